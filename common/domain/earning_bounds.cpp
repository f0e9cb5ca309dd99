#include "common/domain/earning_bounds.h"

#include <numeric>
#include <set>

namespace tally::domain {

namespace {

Status wrong(const std::string& where, const char* what) { return fail(Code::kInvalid, where + what); }

bool is_cap(Points cap) { return cap >= 0 && cap <= kPointsMax; }

Status check_caps(const std::string& where, const Caps& caps) {
    if (!is_cap(caps.bill)) return wrong(where, ".caps.bill: 0 to 10^12");
    if (!is_cap(caps.day)) return wrong(where, ".caps.day: 0 to 10^12");
    if (!is_cap(caps.member)) return wrong(where, ".caps.member: 0 to 10^12");
    if (!is_cap(caps.campaign)) return wrong(where, ".caps.campaign: 0 to 10^12");
    return {};
}

// Widens `multiple` by one more denominator; false: beyond the bound.
bool widen(std::int64_t& multiple, Minor denominator) {
    const std::int64_t factor = denominator / std::gcd(multiple, denominator);
    if (factor > kRateDenominatorMax / multiple) return false;
    multiple *= factor;
    return true;
}

Status check_rule(const std::string& where, const EarnRule& rule, std::int64_t& multiple) {
    TALLY_OK(check_caps(where, rule.caps));
    switch (rule.kind) {
        case EarnKind::kPerUnit:
            if (rule.points < 1 || rule.points > kRulePointsMax) return wrong(where, ".points: 1 to 1,000,000");
            if (rule.per_minor < 1 || rule.per_minor > kAmountMinorMax) return wrong(where, ".per_minor: 1 or more");
            if (!widen(multiple, rule.per_minor))
                return wrong(where, ".per_minor: the least common multiple of all rates' amounts is above 10^12");
            return {};
        case EarnKind::kFactor:
            if (rule.factor_milli < kFactorMilliMin || rule.factor_milli > kFactorMilliMax)
                return wrong(where, ".factor_milli: 1000 to 100,000");
            return {};
        case EarnKind::kFixed:
            if (rule.points < 1 || rule.points > kRulePointsMax) return wrong(where, ".points: 1 to 1,000,000");
            return {};
    }
    return {};  // unset, or newer than this program: check_programme says so, and compute_earning computes nothing
}

}  // namespace

Status check_earning_bounds(const Programme& programme) {
    if (programme.earn_points < 0 || programme.earn_points > kRulePointsMax)
        return wrong("earn_points", ": 0 to 1,000,000");
    if (programme.earn_minor < 1 || programme.earn_minor > kAmountMinorMax) return wrong("earn_minor", ": 1 or more");
    if (!is_cap(programme.earn_cap_bill)) return wrong("earn_cap_bill", ": 0 to 10^12");
    if (!is_cap(programme.earn_cap_day)) return wrong("earn_cap_day", ": 0 to 10^12");
    if (programme.earn_rules.size() > kEarnRulesMax) return wrong("earn_rules", ": at most 200");
    std::int64_t multiple = programme.earn_minor;
    std::set<std::string> groups;
    std::size_t alone = 0;
    for (std::size_t i = 0; i < programme.earn_rules.size(); ++i) {
        const EarnRule& rule = programme.earn_rules[i];
        TALLY_OK(check_rule("earn_rules[" + std::to_string(i) + "]", rule, multiple));
        if (rule.kind != EarnKind::kFactor) continue;
        rule.group.empty() ? void(++alone) : void(groups.insert(rule.group));
    }
    if (groups.size() + alone > kFactorGroupsMax) return wrong("earn_rules", ": factors of at most 16 groups");
    for (std::size_t i = 0; i < programme.tiers.levels.size(); ++i) {
        const std::uint32_t factor = programme.tiers.levels[i].factor_milli;
        if (factor < kFactorMilliMin || factor > kFactorMilliMax)
            return wrong("tiers.levels[" + std::to_string(i) + "]", ".factor_milli: 1000 to 100,000");
    }
    return {};
}

}  // namespace tally::domain
