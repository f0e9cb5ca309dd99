// Tiers and their benefits, coupons, segments, limits: what they may say.
#include <algorithm>

#include "common/domain/earning_bounds.h"
#include "common/domain/programme_findings.h"

namespace tally::domain {

static void check_growth(Checking& checking) {
    const TierRules& rules = checking.programme.tiers;
    const Growth& growth = rules.growth;
    Findings& out = checking.findings;
    if (rules.basis != TierBasis::kGrowth) {  // or a newer one, which reads as kSpend
        if (checking.knows_all()) out.unused("tiers.growth", growth != Growth{}, "the basis growth");
        return;
    }
    out.range("tiers.growth.per_spend_unit_milli", growth.per_spend_unit_milli, 0, kGrowthWeightMilliMax);
    out.range("tiers.growth.per_point_milli", growth.per_point_milli, 0, kGrowthWeightMilliMax);
    out.range("tiers.growth.per_visit_milli", growth.per_visit_milli, 0, kGrowthWeightMilliMax);
    if (growth.per_spend_unit_milli == 0 && growth.per_point_milli == 0 && growth.per_visit_milli == 0)
        out.add("tiers.growth", "spend, points or visits must count for something");
    out.range("tiers.growth.keep_milli", growth.keep_milli, 0, 1000);
    out.range("tiers.growth.refund_deduction", growth.refund_deduction, 0, kPointsMax);
    out.range("tiers.growth.idle_month_deduction", growth.idle_month_deduction, 0, kPointsMax);
}

static void check_level(Checking& checking, std::size_t i) {
    const std::vector<TierLevel>& levels = checking.programme.tiers.levels;
    const TierLevel& level = levels[i];
    Findings& out = checking.findings;
    const std::string path = at("tiers.levels", i);
    out.id(path + ".id", level.id, checking.names.taken);
    out.words(path + ".name", level.name);
    out.range(path + ".threshold", level.threshold, 0, kThresholdMax);
    if (i == 0 && level.threshold != 0) out.add(path + ".threshold", "0: everybody is in the first level");
    if (i > 0 && level.threshold <= levels[i - 1].threshold)
        out.add(path + ".threshold",
                "must rise: " + number_text(level.threshold) + " after " + number_text(levels[i - 1].threshold));
    if (level.keep_threshold < 0 || level.keep_threshold > std::max<std::int64_t>(level.threshold, 0))
        out.add(path + ".keep_threshold", "0 to the level's threshold");
    out.range(path + ".factor_milli", level.factor_milli, kFactorMilliMin, kFactorMilliMax);
    out.named(path + ".benefits", level.benefits, checking.names.benefits, "benefit");
}

void check_tiers(Checking& checking) {
    const TierRules& rules = checking.programme.tiers;
    Findings& out = checking.findings;
    if (rules.basis < TierBasis::kSpend || rules.basis > TierBasis::kGrowth)
        out.add("tiers.basis", "spend, points, visits or growth");
    if (rules.period < TierPeriod::kRolling || rules.period > TierPeriod::kSinceChange)
        out.add("tiers.period", "rolling, calendar_year or since_change");
    out.range("tiers.period_months", rules.period_months, 1, 120);
    if (rules.downgrade > Downgrade::kAutomatic)
        out.add("tiers.downgrade", "never, period_end_one_step, period_end_to_fit or automatic");
    out.range("tiers.grace_days", rules.grace_days, 0, kDaysMax);
    check_growth(checking);
    if (!rules.levels.empty() && (rules.levels.size() < 3 || rules.levels.size() > 5))
        out.add("tiers.levels", "none, or 3 to 5, not " + std::to_string(rules.levels.size()));
    for (std::size_t i = 0; i < rules.levels.size() && i < 5 && !out.is_full(); ++i) check_level(checking, i);
    const auto& benefits = checking.programme.benefits;
    if (!out.count("benefits", benefits.size(), kListedRulesMax)) return;
    for (std::size_t i = 0; i < benefits.size() && !out.is_full(); ++i) {
        const std::string path = at("benefits", i);
        out.id(path + ".id", benefits[i].id, checking.names.taken);
        out.words(path + ".name", benefits[i].name);
        if (!benefits[i].coupon.empty())
            out.named(path + ".coupon", {benefits[i].coupon}, checking.names.coupons, "coupon");
    }
}

// The lowest level that gives this coupon as a benefit; none: no level does.
static std::optional<std::size_t> given_from(const Programme& programme, const std::string& coupon) {
    const auto& levels = programme.tiers.levels;
    for (std::size_t rank = 0; rank < levels.size(); ++rank)
        for (const Benefit& benefit : programme.benefits)
            if (benefit.coupon == coupon && std::find(levels[rank].benefits.begin(), levels[rank].benefits.end(),
                                                      benefit.id) != levels[rank].benefits.end())
                return rank;
    return std::nullopt;
}

static void check_worth(Checking& checking, const std::string& path, const CouponTemplate& in) {
    Findings& out = checking.findings;
    const bool percent = in.kind == CouponKind::kPercent, gift = in.kind == CouponKind::kGift;
    const bool amount = in.kind == CouponKind::kAmount || in.kind == CouponKind::kThreshold;
    if (amount) out.range(path + ".amount_minor", in.amount_minor, 1, kAmountMinorMax);
    if (in.kind == CouponKind::kFreeDelivery) out.range(path + ".amount_minor", in.amount_minor, 0, kAmountMinorMax);
    if (percent || gift) out.unused(path + ".amount_minor", in.amount_minor != 0, "a coupon of an amount");
    if (percent) out.range(path + ".percent_basis", in.percent_basis, 1, 10'000);
    if (percent) out.range(path + ".cap_minor", in.cap_minor, 0, kAmountMinorMax);
    if (gift && in.gift_sku.empty()) out.add(path + ".gift_sku", "empty: which article");
    out.text(path + ".gift_sku", in.gift_sku, kListedNameBytesMax);
    if (in.kind == CouponKind::kThreshold && in.when.order_min_minor <= 0)
        out.add(path + ".when.order_min_minor", "1 or more: it is the threshold");
    if (in.kind < CouponKind::kAmount || in.kind > CouponKind::kFreeDelivery) {
        if (checking.knows_all()) out.add(path + ".kind", "amount, percent, threshold, gift or free_delivery");
        return;
    }
    if (!percent) out.unused(path + ".percent_basis", in.percent_basis != 0, "a coupon of kind percent");
    if (!percent) out.unused(path + ".cap_minor", in.cap_minor != 0, "a coupon of kind percent");
    if (!gift) out.unused(path + ".gift_sku", !in.gift_sku.empty(), "a coupon of kind gift");
}

static void check_coupon(Checking& checking, const std::string& path, const CouponTemplate& in) {
    Findings& out = checking.findings;
    out.id(path + ".id", in.id, checking.names.taken);
    out.words(path + ".name", in.name);
    check_worth(checking, path, in);
    check_condition(checking, path + ".when", in.when);
    if (in.cause < CouponCause::kByHand || in.cause > CouponCause::kCampaign)
        out.add(path + ".cause", "not a known one");
    out.range(path + ".valid_days", in.valid_days, 0, kDaysMax);
    if (!in.stack_group.empty()) {
        std::set<std::string, std::less<>> alone;
        out.id(path + ".stack_group", in.stack_group, alone);
    }
    out.range(path + ".per_member", in.per_member, 0, 1'000'000);
    out.range(path + ".campaign_count", in.campaign_count, 0, 1'000'000'000);
    out.range(path + ".campaign_minor", in.campaign_minor, 0, kThresholdMax);
    const auto from = given_from(checking.programme, in.id);
    if (!from || in.when.tiers.empty()) return;
    const auto& levels = checking.programme.tiers.levels;
    for (std::size_t rank = *from; rank < levels.size(); ++rank)
        if (std::find(in.when.tiers.begin(), in.when.tiers.end(), levels[rank].id) != in.when.tiers.end()) return;
    out.add(path + ".when.tiers", "given on reaching " + levels[*from].id + ", and no level from there on may use it");
}

void check_coupons(Checking& checking) {
    const auto& coupons = checking.programme.coupons;
    if (!checking.findings.count("coupons", coupons.size(), kListedRulesMax)) return;
    for (std::size_t i = 0; i < coupons.size() && !checking.findings.is_full(); ++i)
        check_coupon(checking, at("coupons", i), coupons[i]);
}

void check_segments(Checking& checking) {
    const auto& segments = checking.programme.segments;
    Findings& out = checking.findings;
    if (!out.count("segments", segments.size(), kSegmentsMax)) return;
    for (std::size_t i = 0; i < segments.size() && !out.is_full(); ++i) {
        const Segment& segment = segments[i];
        const std::string path = at("segments", i);
        out.id(path + ".id", segment.id, checking.names.taken_segments);
        out.words(path + ".name", segment.name);
        out.range(path + ".within_days", segment.within_days, 0, kDaysMax);
        out.range(path + ".spend_min_minor", segment.spend_min_minor, 0, kThresholdMax);
        out.range(path + ".visits_min", segment.visits_min, 0, 1'000'000);
        out.range(path + ".absent_days_min", segment.absent_days_min, 0, kDaysMax);
        out.range(path + ".joined_days_max", segment.joined_days_max, 0, 36'500);
    }
}

void check_limits(Checking& checking) {
    const Limits& limits = checking.programme.limits;
    Findings& out = checking.findings;
    out.range("limits.earn_points_day", limits.earn_points_day, 0, kPointsMax);
    out.range("limits.redeem_points_day", limits.redeem_points_day, 0, kPointsMax);
    out.range("limits.adjust_points_cashier_day", limits.adjust_points_cashier_day, 0, kPointsMax);
    out.range("limits.second_person_above", limits.second_person_above, 0, kPointsMax);
    if (!out.count("limits.reasons", limits.reasons.size(), 100)) return;
    for (std::size_t i = 0; i < limits.reasons.size() && !out.is_full(); ++i) {
        const std::string path = at("limits.reasons", i);
        out.id(path + ".id", limits.reasons[i].id, checking.names.taken_reasons);
        out.words(path + ".name", limits.reasons[i].name);
    }
}

}  // namespace tally::domain
