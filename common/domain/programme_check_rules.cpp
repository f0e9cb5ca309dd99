// Conditions, earning, bonuses, redeeming: what they may say.
#include <algorithm>

#include "common/domain/bill_key.h"
#include "common/domain/earning_bounds.h"
#include "common/domain/programme_findings.h"

namespace tally::domain {

void check_condition(Checking& checking, const std::string& path, const Condition& when) {
    if (when == Condition{}) return;
    Findings& out = checking.findings;
    if (when.from) out.range(path + ".from", *when.from, kBusinessDayMin, kBusinessDayMax);
    if (when.through) out.range(path + ".through", *when.through, kBusinessDayMin, kBusinessDayMax);
    if (when.from && when.through && *when.through < *when.from) out.add(path + ".through", "before from");
    if (when.weekdays > 127) out.add(path + ".weekdays", "mon to sun");
    for (std::size_t i = 0; i < when.month_days.size() && !out.is_full(); ++i) {
        const std::string here = path + ".month_days[" + std::to_string(i) + "]";
        out.range(here, when.month_days[i], 1, 31);
        if (std::count(when.month_days.begin(), when.month_days.begin() + static_cast<std::ptrdiff_t>(i),
                       when.month_days[i]) > 0)
            out.add(here, "twice: " + std::to_string(when.month_days[i]));
    }
    if (when.until_minute > 24 * 60) out.add(path + ".until_time", "00:01 to 24:00");
    if (when.from_minute >= when.until_minute)
        out.add(path + ".until_time", "not after from_time (what goes over midnight is two rules)");
    out.listed(path + ".stores", when.stores, kStoreCodeBytesMax);
    out.listed(path + ".channels", when.channels, kRuleIdBytesMax);
    out.named(path + ".tiers", when.tiers, checking.names.levels, "level");
    out.named(path + ".segments", when.segments, checking.names.segments, "segment");
    if (when.occasion > Occasion::kFirstPurchase) out.add(path + ".occasion", "not a known one");
    out.range(path + ".order_min_minor", when.order_min_minor, 0, kAmountMinorMax);
    out.listed(path + ".categories", when.categories, kListedNameBytesMax);
    out.listed(path + ".skus", when.skus, kListedNameBytesMax);
    out.listed(path + ".not_categories", when.not_categories, kListedNameBytesMax);
    out.listed(path + ".not_skus", when.not_skus, kListedNameBytesMax);
}

static void check_earn_rule(Checking& checking, const std::string& path, const EarnRule& rule) {
    Findings& out = checking.findings;
    out.id(path + ".id", rule.id, checking.names.taken);
    out.words(path + ".name", rule.name);
    check_condition(checking, path + ".when", rule.when);
    const bool per_unit = rule.kind == EarnKind::kPerUnit, factor = rule.kind == EarnKind::kFactor,
               fixed = rule.kind == EarnKind::kFixed;
    if (!per_unit && !factor && !fixed && checking.knows_all()) out.add(path + ".kind", "per_unit, factor or fixed");
    if (per_unit) out.range(path + ".points", rule.points, 1, kRulePointsMax);
    if (per_unit) out.range(path + ".per_minor", rule.per_minor, 1, kAmountMinorMax);
    if (fixed) out.range(path + ".points", rule.points, 1, kRulePointsMax);
    if (factor) out.range(path + ".factor_milli", rule.factor_milli, kFactorMilliMin, kFactorMilliMax);
    if (factor) out.unused(path + ".points", rule.points != 0, "a rule of kind per_unit or fixed");
    if (factor || fixed) out.unused(path + ".per_minor", rule.per_minor != 0, "a rule of kind per_unit");
    if (per_unit || factor) out.unused(path + ".per_item", rule.per_item, "a rule of kind fixed");
    if (per_unit || fixed) out.unused(path + ".factor_milli", rule.factor_milli != 1000, "a rule of kind factor");
    if (per_unit || fixed) out.unused(path + ".group", !rule.group.empty(), "a rule of kind factor");
    if (!rule.group.empty()) {
        std::set<std::string, std::less<>> alone;
        out.id(path + ".group", rule.group, alone);
    }
    out.range(path + ".caps.bill", rule.caps.bill, 0, kPointsMax);
    out.range(path + ".caps.day", rule.caps.day, 0, kPointsMax);
    out.range(path + ".caps.member", rule.caps.member, 0, kPointsMax);
    out.range(path + ".caps.campaign", rule.caps.campaign, 0, kPointsMax);
}

void check_earning_rules(Checking& checking) {
    const Programme& in = checking.programme;
    Findings& out = checking.findings;
    out.range("earn_points", in.earn_points, 0, kRulePointsMax);
    out.range("earn_minor", in.earn_minor, 1, kAmountMinorMax);
    Condition lines_and_order;
    lines_and_order.order_min_minor = in.earn_on.order_min_minor;
    lines_and_order.categories = in.earn_on.categories;
    lines_and_order.skus = in.earn_on.skus;
    lines_and_order.not_categories = in.earn_on.not_categories;
    lines_and_order.not_skus = in.earn_on.not_skus;
    if (in.earn_on != lines_and_order) out.add("earn_on", "about categories, skus and order_min_minor only");
    check_condition(checking, "earn_on", lines_and_order);
    if (out.count("earn_rules", in.earn_rules.size(), kEarnRulesMax))
        for (std::size_t i = 0; i < in.earn_rules.size() && !out.is_full(); ++i)
            check_earn_rule(checking, at("earn_rules", i), in.earn_rules[i]);
    out.range("earn_cap_bill", in.earn_cap_bill, 0, kPointsMax);
    out.range("earn_cap_day", in.earn_cap_day, 0, kPointsMax);
    out.range("late_days", in.late_days, 0, kDaysMax);
    // What only all rules together can exceed; where one alone is wrong that has been said.
    if (!out.lines().empty()) return;
    if (const Status bounds = check_earning_bounds(in); !bounds) out.add_line(bounds.error().detail);
}

static void check_bonus(Checking& checking, const std::string& path, const BonusRule& rule) {
    Findings& out = checking.findings;
    out.id(path + ".id", rule.id, checking.names.taken);
    out.words(path + ".name", rule.name);
    const bool known = rule.source >= BonusSource::kSignUp && rule.source <= BonusSource::kEvent;
    if (!known && checking.knows_all())
        out.add(path + ".source", "sign_up, profile, sign_in, review, referrer, referred or event");
    check_condition(checking, path + ".when", rule.when);
    if (rule.when.is_about_lines() || rule.when.order_min_minor != 0) out.add(path + ".when", "a bonus has no order");
    out.range(path + ".points", rule.points, 1, kBonusPointsMax);
    if (rule.once < Once::kPerson || rule.once > Once::kKey) out.add(path + ".once", "per_person, per_day or per_key");
    const bool once_in_life = rule.source == BonusSource::kSignUp || rule.source == BonusSource::kProfile ||
                              rule.source == BonusSource::kReferred;
    if (once_in_life && rule.once != Once::kPerson)
        out.add(path + ".once", "per_person: signing up, a complete profile and being referred happen once");
    const bool profile = rule.source == BonusSource::kProfile;
    if (profile && rule.fields.empty()) out.add(path + ".fields", "empty: which must be known");
    if (known && !profile) out.unused(path + ".fields", !rule.fields.empty(), "a bonus of source profile");
    if (rule.fields.size() > 20) out.add(path + ".fields", "at most 20");
    for (std::size_t i = 0; i < rule.fields.size() && i < 20; ++i) {
        const std::string here = path + ".fields[" + std::to_string(i) + "]";
        if ((rule.fields[i] == Field::kNone || rule.fields[i] > Field::kExternalRef) && checking.knows_all())
            out.add(here, "name, phone, card, email, birthday or external_ref");
        const auto before = rule.fields.begin() + static_cast<std::ptrdiff_t>(i);
        // Whatever a newer headquarters names reads as kNone: two of those need not be the same.
        if (rule.fields[i] != Field::kNone && std::find(rule.fields.begin(), before, rule.fields[i]) != before)
            out.add(here, "twice");
    }
    out.range(path + ".cap_day", rule.cap_day, 0, kPointsMax);
    out.range(path + ".cap_member", rule.cap_member, 0, kPointsMax);
}

void check_bonuses(Checking& checking) {
    const auto& bonuses = checking.programme.bonuses;
    if (!checking.findings.count("bonuses", bonuses.size(), kListedRulesMax)) return;
    for (std::size_t i = 0; i < bonuses.size() && !checking.findings.is_full(); ++i)
        check_bonus(checking, at("bonuses", i), bonuses[i]);
}

static void check_rewards(Checking& checking) {
    Findings& out = checking.findings;
    const auto& rewards = checking.programme.rewards;
    if (!out.count("rewards", rewards.size(), kListedRulesMax)) return;
    for (std::size_t i = 0; i < rewards.size() && !out.is_full(); ++i) {
        const std::string path = at("rewards", i);
        out.id(path + ".id", rewards[i].id, checking.names.taken);
        out.words(path + ".name", rewards[i].name);
        out.range(path + ".points", rewards[i].points, 1, kPointsMax);
        out.range(path + ".value_minor", rewards[i].value_minor, 0, kAmountMinorMax);
        check_condition(checking, path + ".when", rewards[i].when);
    }
}

void check_redeeming(Checking& checking) {
    const Programme& in = checking.programme;
    Findings& out = checking.findings;
    out.range("redeem_step_points", in.redeem_step_points, 1, kPointsMax);
    out.range("redeem_step_minor", in.redeem_step_minor, 1, kAmountMinorMax);
    out.range("redeem_min_points", in.redeem_min_points, 0, kPointsMax);
    out.range("redeem_max_points", in.redeem_max_points, 0, kPointsMax);
    if (in.redeem_max_points != 0 && in.redeem_max_points < std::max(in.redeem_min_points, in.redeem_step_points))
        out.add("redeem_max_points", "below redeem_min_points or one step, so nothing could be redeemed");
    out.range("redeem_share_max_milli", in.redeem_share_max_milli, 1, 1000);
    check_rewards(checking);
    if (!out.count("redeem_requires", in.redeem_requires.size(), 20)) return;
    for (std::size_t i = 0; i < in.redeem_requires.size(); ++i) {
        const RedeemWay& way = in.redeem_requires[i];
        const std::string path = at("redeem_requires", i);
        if ((way.kind == IdentityKind::kNone || way.kind > IdentityKind::kMemberCode) && checking.knows_all())
            out.add(path + ".kind", "phone, card, email, channel_user, external_ref, name or member_code");
        for (std::size_t before = 0; before < i && way.kind != IdentityKind::kNone; ++before)
            if (in.redeem_requires[before].kind == way.kind) out.add(path + ".kind", "twice");
        out.range(path + ".up_to_points", way.up_to_points, 0, kPointsMax);
    }
    out.range("redeem_approval_above", in.redeem_approval_above, 0, kPointsMax);
}

}  // namespace tally::domain
