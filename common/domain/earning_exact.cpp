#include "common/domain/earning_exact.h"

#include <algorithm>
#include <numeric>

#include "common/domain/shares.h"

namespace tally::domain {

namespace {

struct Part {
    Wide points;             // over Exact::whole
    bool has_given = false;  // or would have, had its caps left it something
};

// Everything is a numerator over `whole`.
struct Exact {
    const Programme& programme;
    const EligibleLines& eligible;
    const std::vector<ActiveRule>& rules;
    Wide whole;
    std::vector<Wide> lines;  // what each eligible line has so far
    Part base;
    std::vector<Part> parts;  // of `rules`

    bool matches_line(std::size_t rule, std::size_t line) const {
        return matches(rules[rule].rule->when, *eligible.lines[line].line);
    }
    bool is_exhausted(std::size_t rule) const { return rules[rule].left && *rules[rule].left == 0; }

    // What rule `rule` may still add of `wanted`.
    Wide allowed(std::size_t rule, Wide wanted) {
        Part& part = parts[rule];
        if (!wanted.is_zero()) part.has_given = true;
        if (!rules[rule].left) return wanted;
        const Wide left = whole * static_cast<std::uint64_t>(*rules[rule].left) - part.points;
        return std::min(wanted, left);
    }

    void add_rates() {
        std::int64_t multiple = programme.earn_minor;
        for (const ActiveRule& active : rules)
            if (active.rule->kind == EarnKind::kPerUnit) multiple = std::lcm(multiple, active.rule->per_minor);
        whole = Wide(static_cast<std::uint64_t>(eligible.whole_minor)) * static_cast<std::uint64_t>(multiple);
        for (std::size_t line = 0; line < lines.size(); ++line) {
            const Wide amount = Wide(static_cast<std::uint64_t>(eligible.lines[line].amount_minor)) *
                                static_cast<std::uint64_t>(eligible.paid_minor);
            const auto rate = [&](Points points, Minor per_minor) {
                return amount * static_cast<std::uint64_t>(points) * static_cast<std::uint64_t>(multiple / per_minor);
            };
            lines[line] = rate(programme.earn_points, programme.earn_minor);
            base.points += lines[line];
            for (std::size_t i = 0; i < rules.size(); ++i) {
                const EarnRule& rule = *rules[i].rule;
                if (rule.kind != EarnKind::kPerUnit || !matches_line(i, line)) continue;
                const Wide more = allowed(i, rate(rule.points, rule.per_minor));
                lines[line] += more;
                parts[i].points += more;
            }
        }
    }

    void scale_parts() {
        whole *= 1000;
        base.points *= 1000;
        for (Part& part : parts) part.points *= 1000;
    }

    void multiply_by_tier(std::uint32_t factor_milli) {
        if (factor_milli == 1000) return;
        scale_parts();
        for (Wide& line : lines) {
            base.points += line * (factor_milli - 1000);
            line *= factor_milli;
        }
    }

    // The largest of the group's rules that match the line and whose cap has something left; none.
    std::optional<std::size_t> largest(const std::vector<std::size_t>& group, std::size_t line) const {
        std::optional<std::size_t> best;
        for (const std::size_t i : group) {
            if (is_exhausted(i) || !matches_line(i, line)) continue;
            if (!best || rules[i].rule->factor_milli > rules[*best].rule->factor_milli) best = i;
        }
        return best;
    }

    void multiply_by(const std::vector<std::size_t>& group) {
        scale_parts();
        for (std::size_t line = 0; line < lines.size(); ++line) {
            const auto best = largest(group, line);
            const Wide before = lines[line];
            lines[line] *= 1000;
            const auto more_by = [&](std::size_t i) {
                return allowed(i, before * (rules[i].rule->factor_milli - 1000));
            };
            // The part of a used-up one says so: without it, headquarters would take it for one that nothing was used
            // of.
            for (const std::size_t i : group)
                if (is_exhausted(i) && matches_line(i, line)) (void)more_by(i);
            if (!best) continue;
            const Wide more = more_by(*best);
            lines[line] += more;
            parts[*best].points += more;
        }
    }

    void multiply_by_groups() {
        std::vector<bool> done(rules.size(), false);
        for (std::size_t i = 0; i < rules.size(); ++i) {
            if (done[i] || rules[i].rule->kind != EarnKind::kFactor) continue;
            std::vector<std::size_t> group = {i};
            for (std::size_t k = i + 1; k < rules.size() && !rules[i].rule->group.empty(); ++k)
                if (rules[k].rule->kind == EarnKind::kFactor && rules[k].rule->group == rules[i].rule->group)
                    group.push_back(k);
            for (const std::size_t k : group) done[k] = true;
            multiply_by(group);
        }
    }

    // Whole points, so that the lines share them in whole points: by units, or by amount.
    void add_fixed(std::size_t i) {
        const EarnRule& rule = *rules[i].rule;
        std::vector<std::int64_t> weights(lines.size(), 0);
        std::int64_t units = 0;
        bool matched = false;
        for (std::size_t line = 0; line < lines.size(); ++line) {
            if (!matches_line(i, line)) continue;
            matched = true;
            units += eligible.lines[line].units;
            weights[line] = rule.per_item ? eligible.lines[line].units : eligible.lines[line].amount_minor;
        }
        const std::int64_t times = rule.per_item ? units : matched ? 1 : 0;
        if (times == 0) return;
        parts[i].has_given = true;
        const Points points = std::min(rule.points * times, rules[i].left.value_or(INT64_MAX));
        parts[i].points = whole * static_cast<std::uint64_t>(points);
        const std::vector<Points> shares = share_by(weights, points);
        for (std::size_t line = 0; line < lines.size(); ++line)
            lines[line] += whole * static_cast<std::uint64_t>(shares[line]);
    }
};

std::vector<EarnPart> parts_of(const Exact& exact, const WideQuotient& uncut, const Wide& sum, Points points) {
    const bool is_cut = uncut.quotient != points;
    std::vector<Wide> weights = {exact.base.points};
    for (const Part& part : exact.parts) weights.push_back(part.points);
    std::vector<Points> shares(weights.size(), 0);
    if (!sum.is_zero())
        shares = is_cut ? share_exact(weights, static_cast<std::uint64_t>(points), sum, points)
                        : share_exact(weights, 1, exact.whole, points);
    std::vector<EarnPart> out;
    bool any = is_cut;
    if (!exact.base.points.is_zero()) out.push_back({"", shares[0], 0, 0});
    for (std::size_t i = 0; i < exact.parts.size(); ++i) {
        if (!exact.parts[i].has_given) continue;
        any = true;
        out.push_back(exact.rules[i].used);
        out.back().points = shares[i + 1];
    }
    return any ? out : std::vector<EarnPart>();
}

}  // namespace

Result<Earning> earn_exactly(const Programme& programme, const Order& order, const EligibleLines& eligible,
                             const std::vector<ActiveRule>& rules, std::uint32_t tier_milli,
                             const std::optional<Points>& most) {
    Exact exact{
        programme, eligible, rules, {}, std::vector<Wide>(eligible.lines.size()), {}, std::vector<Part>(rules.size())};
    exact.add_rates();
    exact.multiply_by_tier(tier_milli);
    exact.multiply_by_groups();
    for (std::size_t i = 0; i < rules.size(); ++i)
        if (rules[i].rule->kind == EarnKind::kFixed) exact.add_fixed(i);
    Wide sum;
    for (const Wide& line : exact.lines) sum += line;
    const WideQuotient uncut = divide(sum, exact.whole);
    Earning out;
    out.eligible_minor = eligible.eligible_minor;
    out.points = most ? std::min(uncut.quotient, *most) : uncut.quotient;
    if (out.points > kPointsMax) return fail(Code::kOverflow, "the order earns more points than one bill may");
    out.parts = parts_of(exact, uncut, sum, out.points);
    out.lines = order.lines;
    for (BillLine& line : out.lines) line.points = 0;
    if (sum.is_zero()) return out;
    const std::vector<Points> shares =
        share_exact(exact.lines, static_cast<std::uint64_t>(out.points), sum, out.points);
    for (std::size_t i = 0; i < shares.size(); ++i)
        if (eligible.lines[i].at < out.lines.size()) out.lines[eligible.lines[i].at].points = shares[i];
    return out;
}

}  // namespace tally::domain
