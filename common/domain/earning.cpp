#include "common/domain/earning.h"

#include <algorithm>

#include "common/domain/earning_exact.h"
#include "common/domain/shares.h"
#include "common/domain/tiers.h"

namespace tally::domain {

namespace {

EarnPart use_of(const CapsUsed& used, const std::string& rule) {
    const auto found =
        std::find_if(used.rules.begin(), used.rules.end(), [&](const EarnPart& part) { return part.rule == rule; });
    EarnPart out = found == used.rules.end() ? EarnPart{} : *found;
    out.rule = rule;
    out.points = 0;
    return out;
}

std::optional<Points> left_of(const Caps& caps, const EarnPart& used) {
    std::optional<Points> left;
    const auto bound = [&](Points cap, Points before) {
        if (cap > 0) left = std::max<Points>(0, std::min(left.value_or(INT64_MAX), cap - std::min(before, cap)));
    };
    bound(caps.bill, 0);
    bound(caps.day, used.used_day);
    bound(caps.member, used.used_member);
    bound(caps.campaign, used.used_campaign);
    return left;
}

std::vector<ActiveRule> active_rules(const Programme& programme, const Order& order, Minor eligible_minor,
                                     const CapsUsed& used) {
    std::vector<ActiveRule> out;
    for (const EarnRule& rule : programme.earn_rules) {
        if (rule.caps.campaign > 0 && !order.campaigns_open) continue;
        if (!holds(rule.when, order.facts, eligible_minor)) continue;
        EarnPart before = use_of(used, rule.id);
        out.push_back({&rule, left_of(rule.caps, before), std::move(before)});
    }
    return out;
}

// The base rate and the tier's factor alone: every line earns at one rate, and 128 bits hold it (120 are used).
Result<Earning> earn_plainly(const Programme& programme, const Order& order, const EligibleLines& eligible,
                             std::uint32_t tier_milli, const std::optional<Points>& most) {
    const __int128 exact = static_cast<__int128>(eligible.sum_minor) * eligible.paid_minor * programme.earn_points *
                           tier_milli / (static_cast<__int128>(eligible.whole_minor) * programme.earn_minor * 1000);
    Earning out;
    out.eligible_minor = eligible.eligible_minor;
    out.points = static_cast<Points>(most ? std::min<__int128>(exact, *most) : std::min<__int128>(exact, INT64_MAX));
    if (out.points > kPointsMax) return fail(Code::kOverflow, "the order earns more points than one bill may");
    if (out.points < exact) out.parts = {{"", out.points, 0, 0}};
    out.lines = order.lines;
    for (BillLine& line : out.lines) line.points = 0;
    std::vector<std::int64_t> weights;
    for (const EligibleLine& line : eligible.lines) weights.push_back(line.amount_minor);
    const std::vector<Points> shares = share_by(weights, out.points);
    for (std::size_t i = 0; i < shares.size(); ++i)
        if (eligible.lines[i].at < out.lines.size()) out.lines[eligible.lines[i].at].points = shares[i];
    return out;
}

}  // namespace

Result<Earning> compute_earning(const Programme& programme, const Order& order, const CapsUsed& used) {
    if (!programme.unknown.empty())
        return fail(Code::kNewer, "the programme says what this program does not know: " + programme.unknown.front());
    TALLY_TRY(const EligibleLines eligible, eligible_lines(programme, order));
    const std::vector<ActiveRule> rules = eligible.lines.empty()
                                              ? std::vector<ActiveRule>()
                                              : active_rules(programme, order, eligible.eligible_minor, used);
    std::optional<Points> most;
    if (programme.earn_cap_bill > 0) most = programme.earn_cap_bill;
    if (programme.earn_cap_day > 0)
        most = std::min(most.value_or(INT64_MAX), programme.earn_cap_day - std::min(used.day, programme.earn_cap_day));
    const std::uint32_t factor = tier_factor_milli(programme, order.facts.tier);
    if (rules.empty()) return earn_plainly(programme, order, eligible, factor, most);
    return earn_exactly(programme, order, eligible, rules, factor, most);
}

}  // namespace tally::domain
