// What a programme may say and probably does not mean.
#include <algorithm>

#include "common/base/checked.h"
#include "common/domain/programme_findings.h"

namespace tally::domain {

namespace {

constexpr std::int64_t kCostBasisMax = 2'000;  // hundredths of a percent of sales that points may give back

bool overlap(const std::vector<std::string>& left, const std::vector<std::string>& right) {
    return std::any_of(left.begin(), left.end(), [&](const std::string& text) {
        return std::find(right.begin(), right.end(), text) != right.end();
    });
}

bool covers(const std::vector<std::string>& all, const std::vector<std::string>& part) {
    return std::all_of(part.begin(), part.end(),
                       [&](const std::string& text) { return std::find(all.begin(), all.end(), text) != all.end(); });
}

// Within its dates, or within eight years (a leap day's longest wait) where it has none or they are further apart.
bool falls_on_some_day(const Condition& when) {
    if (when.weekdays == 0 && when.month_days.empty()) return true;
    const Day from = when.from.value_or(day_of_civil(2024, 1, 1));
    const Day through = std::min(when.through.value_or(from + 8 * 366), from + 8 * 366);
    Condition calendar;
    calendar.weekdays = when.weekdays;
    calendar.month_days = when.month_days;
    for (Day day = from; day <= through; ++day) {
        Facts facts;
        facts.day = day;
        if (holds(calendar, facts, 0)) return true;
    }
    return false;
}

void warn_condition(Findings& out, const std::string& path, const Condition& when) {
    if (!falls_on_some_day(when)) out.add(path, "can never apply: no such day lies between from and through");
    const bool only_excluded = (!when.categories.empty() || !when.skus.empty()) &&
                               covers(when.not_categories, when.categories) && covers(when.not_skus, when.skus);
    if (only_excluded)
        out.add(path, "can never apply: what it names is excluded too");
    else if (overlap(when.categories, when.not_categories))
        out.add(path + ".not_categories", "named in categories too");
    else if (overlap(when.skus, when.not_skus))
        out.add(path + ".not_skus", "named in skus too");
}

void warn_name(Findings& out, const std::string& path, const Words& name) {
    if (name.zh.empty() && name.en.empty())
        out.add(path + ".name", "empty: people see the id");
    else if (name.zh.empty())
        out.add(path + ".name.zh", "empty: Chinese screens show the English name");
    else if (name.en.empty())
        out.add(path + ".name.en", "empty: English screens show the Chinese name");
}

// Hundredths of a percent of sales that come back when `points` at the base rate are worth `minor`; kOverflow: far too
// much.
std::int64_t cost_basis(const Programme& in, Points points, Minor minor) {
    // minor / points a point, earn_points / earn_minor points an amount.
    const __int128 top = static_cast<__int128>(in.earn_points) * minor * 10'000;
    const __int128 bottom = static_cast<__int128>(in.earn_minor) * points;
    return static_cast<std::int64_t>(std::min<__int128>(top / bottom, kThresholdMax));
}

std::string percent_text(std::int64_t basis) {
    std::string out = number_text(basis / 100);
    if (basis % 100 != 0) out += "." + std::to_string(basis % 100 + 100).substr(1);
    return out + " %";
}

void warn_cost(Findings& out, const Programme& in) {
    const auto say = [&](const std::string& path, std::int64_t basis) {
        if (basis <= kCostBasisMax) return;
        out.add(path, std::string(basis > 10'000 ? "gives back more than was paid: " : "costs ") + percent_text(basis) +
                          " of sales at the base rate of " + number_text(in.earn_points) + " points for each " +
                          number_text(in.earn_minor) + " of the minor unit");
    };
    say("redeem_step_minor", cost_basis(in, in.redeem_step_points, in.redeem_step_minor));
    for (std::size_t i = 0; i < in.rewards.size(); ++i)
        say(at("rewards", i) + ".points", cost_basis(in, in.rewards[i].points, in.rewards[i].value_minor));
}

void warn_earning(Findings& out, const Programme& in) {
    warn_condition(out, "earn_on", in.earn_on);
    if (in.earn_points == 0 && in.earn_rules.empty())
        out.add("earn_points", "0, and there are no rules: nothing earns");
    if (in.earn_cap_bill != 0 && in.earn_cap_day != 0 && in.earn_cap_bill > in.earn_cap_day)
        out.add("earn_cap_bill", "above earn_cap_day, so it never cuts");
    for (std::size_t i = 0; i < in.earn_rules.size(); ++i) {
        const EarnRule& rule = in.earn_rules[i];
        const std::string path = at("earn_rules", i);
        warn_name(out, path, rule.name);
        warn_condition(out, path + ".when", rule.when);
        if (rule.kind == EarnKind::kFactor && rule.factor_milli == 1000)
            out.add(path + ".factor_milli", "1000 changes nothing");
        if (rule.kind == EarnKind::kFixed && rule.caps.bill != 0 && rule.caps.bill < rule.points)
            out.add(path + ".caps.bill", "below points, so it always cuts");
        const std::pair<const char*, Points> caps[] = {{"bill", rule.caps.bill},
                                                       {"day", rule.caps.day},
                                                       {"member", rule.caps.member},
                                                       {"campaign", rule.caps.campaign}};
        for (std::size_t wide = 1; wide < std::size(caps); ++wide)
            if (caps[wide - 1].second != 0 && caps[wide].second != 0 && caps[wide - 1].second > caps[wide].second)
                out.add(path + ".caps." + caps[wide - 1].first,
                        std::string("above caps.") + caps[wide].first + ", so it never cuts");
    }
    for (std::size_t i = 0; i < in.bonuses.size(); ++i) {
        const BonusRule& rule = in.bonuses[i];
        const std::string path = at("bonuses", i);
        warn_name(out, path, rule.name);
        warn_condition(out, path + ".when", rule.when);
        if (rule.cap_day != 0 && rule.cap_day < rule.points)
            out.add(path + ".cap_day", "below points, so it always cuts");
        if (rule.cap_member != 0 && rule.cap_member < rule.points)
            out.add(path + ".cap_member", "below points, so it always cuts");
        if (rule.source == BonusSource::kSignUp && rule.when.occasion == Occasion::kAnniversary)
            out.add(path + ".when", "can never apply: nobody signs up on an anniversary of joining");
    }
}

void warn_redeeming(Findings& out, const Programme& in) {
    if (in.redeem_min_points % in.redeem_step_points != 0)
        out.add("redeem_min_points",
                "no whole steps of " + number_text(in.redeem_step_points) + ": the next whole step is meant");
    if (in.redeem_max_points % in.redeem_step_points != 0)
        out.add("redeem_max_points", "no whole steps of " + number_text(in.redeem_step_points));
    if (in.floor_limit_points != 0 && in.floor_limit_points < std::max(in.redeem_min_points, in.redeem_step_points))
        out.add("floor_limit_points", "below what can be redeemed at once, so offline nothing can");
    const bool leases = in.lease_share_milli != 0 || in.lease_cap_points != 0 || in.lease_days != 0;
    if (!in.redeems_by_lease() && leases)
        out.add("lease_share_milli", "tills redeem by floor_limit_points (0: by leases), so leases count for nothing");
    else if (in.lease_share_milli == 0 && leases)
        out.add("lease_share_milli", "0: nothing is leased in advance, so the cap and the days count for nothing");
    if (in.redeems_by_lease() && in.lease_share_milli != 0 && in.lease_cap_points != 0 &&
        in.lease_cap_points < std::max(in.redeem_min_points, in.redeem_step_points))
        out.add("lease_cap_points", "below what can be redeemed at once, so offline nothing can");
    if (in.redeem_max_points != 0 && in.redeem_approval_above >= in.redeem_max_points)
        out.add("redeem_approval_above", "at or above redeem_max_points, so nobody is ever asked");
    if ((in.expiry_rule == ExpiryRule::kDays || in.expiry_rule == ExpiryRule::kMonths) && in.expiry_count == 0)
        out.add("expiry_count", "0: points are usable on the day they come and no longer");
    if (in.expiry_rule == ExpiryRule::kNever && in.expiry_count != 0)
        out.add("expiry_count", "points never expire, so it counts for nothing");
    if (in.expiry_rule == ExpiryRule::kNever && in.give_back_grace_days != 0)
        out.add("give_back_grace_days", "points never expire, so it counts for nothing");
    for (std::size_t i = 0; i < in.rewards.size(); ++i) {
        warn_name(out, at("rewards", i), in.rewards[i].name);
        warn_condition(out, at("rewards", i) + ".when", in.rewards[i].when);
    }
}

void warn_tiers(Findings& out, const Programme& in) {
    if (in.tiers.levels.empty() && in.tiers != TierRules{})
        out.add("tiers.levels", "none, so the rest of tiers counts for nothing");
    std::set<std::string> had;
    for (std::size_t i = 0; i < in.tiers.levels.size(); ++i) {
        const TierLevel& level = in.tiers.levels[i];
        const std::string path = at("tiers.levels", i);
        warn_name(out, path, level.name);
        if (i > 0 && level.factor_milli < in.tiers.levels[i - 1].factor_milli)
            out.add(path + ".factor_milli", "below that of the level under it");
        for (const std::string& benefit : level.benefits)
            if (!had.insert(benefit).second)
                out.add(path + ".benefits", benefit + ": a level under it gives it already");
    }
    std::set<std::string> gifts;
    for (std::size_t i = 0; i < in.benefits.size(); ++i) {
        const Benefit& benefit = in.benefits[i];
        warn_name(out, at("benefits", i), benefit.name);
        if (!had.contains(benefit.id)) out.add(at("benefits", i), "no level gives it");
        if (!benefit.coupon.empty()) gifts.insert(benefit.coupon);
        const CouponTemplate* coupon = coupon_of(in, benefit.coupon);
        if (coupon && coupon->cause != CouponCause::kTierGift)
            out.add(at("benefits", i) + ".coupon", "its cause is not tier_gift");
    }
    for (std::size_t i = 0; i < in.coupons.size(); ++i)
        if (in.coupons[i].cause == CouponCause::kTierGift && !gifts.contains(in.coupons[i].id))
            out.add(at("coupons", i) + ".cause", "tier_gift, but no benefit gives it");
}

void warn_coupons(Findings& out, const Programme& in) {
    for (std::size_t i = 0; i < in.coupons.size(); ++i) {
        const CouponTemplate& coupon = in.coupons[i];
        const std::string path = at("coupons", i);
        warn_name(out, path, coupon.name);
        warn_condition(out, path + ".when", coupon.when);
        if (coupon.kind == CouponKind::kThreshold && coupon.amount_minor > coupon.when.order_min_minor)
            out.add(path + ".amount_minor", "above its threshold");
        if (coupon.campaign_minor != 0 && coupon.campaign_minor < std::max(coupon.amount_minor, coupon.cap_minor))
            out.add(path + ".campaign_minor", "less than one coupon may take off");
        if (coupon.kind == CouponKind::kPercent && coupon.percent_basis == 10'000 && coupon.cap_minor == 0)
            out.add(path + ".percent_basis", "takes off everything, without a cap");
        if (coupon.stacks && coupon.valid_days == 0 && coupon.per_member == 0 && !coupon.has_budget() &&
            coupon.cause == CouponCause::kNextOrder)
            out.add(path, "every order gives one, they stack and never end");
    }
    for (std::size_t i = 0; i < in.segments.size(); ++i) {
        const Segment& segment = in.segments[i];
        const std::string path = at("segments", i);
        const bool counts = segment.spend_min_minor != 0 || segment.visits_min != 0;
        if (!counts && segment.absent_days_min == 0 && segment.joined_days_max == 0)
            out.add(path, "everybody is in it");
        else if (segment.within_days != 0 && !counts)
            out.add(path + ".within_days", "asks for no spend and no visits");
        if (segment.within_days != 0 && counts && segment.absent_days_min >= segment.within_days)
            out.add(path, "nobody can be in it: absent for longer than the span in which they bought");
        warn_name(out, path, segment.name);
    }
    for (std::size_t i = 0; i < in.limits.reasons.size(); ++i)
        warn_name(out, at("limits.reasons", i), in.limits.reasons[i].name);
}

}  // namespace

std::vector<std::string> programme_warnings(const Programme& programme) {
    Findings out;
    for (const std::string& strange : programme.unknown) out.add(strange, "not known to this program");
    out.text("chain_name", programme.chain_name, kWordsBytesMax);  // documents in force may hold what this names
    for (const auto part : {warn_earning, warn_cost, warn_redeeming, warn_tiers, warn_coupons}) part(out, programme);
    return out.lines();
}

}  // namespace tally::domain
