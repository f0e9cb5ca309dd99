// The words of earning.h once more, slowly: plain fractions of any size.
#pragma once

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <numeric>

#include "common/domain/earning.h"

namespace tally::domain {

using Whole = boost::multiprecision::cpp_int;
using Fraction = boost::multiprecision::cpp_rational;

inline Whole floor_of(const Fraction& value) {
    return numerator(value) / denominator(value);
}  // values are never below 0

struct SlowLine {
    BillLine line;
    std::size_t at = 0;
    Fraction eligible, points;
};

struct SlowPart {
    std::string rule;
    Fraction points;
    bool told = false;
};

struct Slow {
    const Programme& programme;
    const Order& order;
    const CapsUsed& used;
    std::vector<SlowLine> lines;
    Whole eligible_minor = 0;
    std::vector<SlowPart> parts;  // [0]: the base rate; then the programme's rules
    Whole points = 0;

    EarnPart before(const EarnRule& rule) const {
        for (const EarnPart& part : used.rules)
            if (part.rule == rule.id) return part;
        return {};
    }
    std::optional<Fraction> cap(const EarnRule& rule) const {
        std::vector<Points> caps;
        if (rule.caps.bill) caps.push_back(rule.caps.bill);
        if (rule.caps.campaign) caps.push_back(std::max<Points>(0, rule.caps.campaign - before(rule).used_campaign));
        if (rule.caps.day) caps.push_back(std::max<Points>(0, rule.caps.day - before(rule).used_day));
        if (rule.caps.member) caps.push_back(std::max<Points>(0, rule.caps.member - before(rule).used_member));
        if (caps.empty()) return std::nullopt;
        return Fraction(*std::min_element(caps.begin(), caps.end()));
    }
    bool works(const EarnRule& rule) const {
        return (order.campaigns_open || !rule.caps.campaign) &&
               holds(rule.when, order.facts, static_cast<Minor>(eligible_minor));
    }
    // Adds to a line and to the rule's part, as far as its cap allows.
    void give(std::size_t rule, SlowLine& line, const Fraction& wanted) {
        SlowPart& part = parts[rule + 1];
        if (wanted == 0) return;
        part.told = true;
        const auto most = cap(programme.earn_rules[rule]);
        const Fraction given = most ? std::min<Fraction>(wanted, *most - part.points) : wanted;
        part.points += given;
        line.points += given;
    }

    void find_lines() {
        Whole listed = 0;
        for (const BillLine& line : order.lines) listed += std::max<Minor>(0, line.amount_minor);
        std::vector<std::pair<BillLine, std::size_t>> all;
        for (std::size_t i = 0; i < order.lines.size(); ++i) all.emplace_back(order.lines[i], i);
        if (listed < order.amount_minor) {
            BillLine rest;
            rest.amount_minor = static_cast<Minor>(order.amount_minor - listed);
            rest.quantity_milli = order.lines.empty() ? 1000 : 0;
            all.emplace_back(rest, order.lines.size());
        }
        const Fraction scale = listed > order.amount_minor ? Fraction(order.amount_minor, listed) : Fraction(1);
        const Fraction paid = order.amount_minor == 0
                                  ? Fraction(0)
                                  : Fraction(order.amount_minor - order.paid_with_points_minor, order.amount_minor);
        Fraction sum = 0;
        for (const auto& [line, at] : all) {
            if (line.amount_minor <= 0 || line.excluded || !matches(programme.earn_on, line)) continue;
            const Fraction eligible = Fraction(line.amount_minor) * scale * paid;
            if (eligible == 0) continue;
            lines.push_back({line, at, eligible, 0});
            sum += eligible;
        }
        eligible_minor = floor_of(sum);
        if (!holds(programme.earn_on, order.facts, static_cast<Minor>(eligible_minor))) lines.clear();
        if (lines.empty()) eligible_minor = 0;
    }

    void multiply(std::vector<std::size_t> group) {
        for (SlowLine& line : lines) {
            const Fraction had = line.points;
            // From the largest down, the earlier first: each used-up one is passed over, but told.
            std::stable_sort(group.begin(), group.end(), [&](std::size_t a, std::size_t b) {
                return programme.earn_rules[a].factor_milli > programme.earn_rules[b].factor_milli;
            });
            bool found = false;
            for (const std::size_t i : group) {
                const EarnRule& rule = programme.earn_rules[i];
                if (!matches(rule.when, line.line)) continue;
                const bool is_used_up = cap(rule) == Fraction(0);
                if (is_used_up || !found) give(i, line, had * (rule.factor_milli - 1000) / 1000);
                found = found || !is_used_up;
            }
        }
    }

    void run() {
        find_lines();
        const auto& rules = programme.earn_rules;
        parts.push_back({"", 0, false});
        for (const EarnRule& rule : rules) parts.push_back({rule.id, 0, false});
        for (SlowLine& line : lines) {
            line.points = line.eligible * programme.earn_points / programme.earn_minor;
            parts[0].points += line.points;
            for (std::size_t i = 0; i < rules.size(); ++i)
                if (rules[i].kind == EarnKind::kPerUnit && works(rules[i]) && matches(rules[i].when, line.line))
                    give(i, line, line.eligible * rules[i].points / rules[i].per_minor);
        }
        for (const TierLevel& level : programme.tiers.levels) {
            if (level.id != order.facts.tier) continue;
            for (SlowLine& line : lines) {
                parts[0].points += line.points * (level.factor_milli - 1000) / 1000;
                line.points = line.points * level.factor_milli / 1000;
            }
        }
        std::vector<std::pair<std::string, std::vector<std::size_t>>> groups;
        for (std::size_t i = 0; i < rules.size(); ++i) {
            if (rules[i].kind != EarnKind::kFactor || !works(rules[i])) continue;
            const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
                return !group.first.empty() && group.first == rules[i].group;
            });
            if (same == groups.end()) {
                groups.push_back({rules[i].group, {i}});
            } else {
                same->second.push_back(i);
            }
        }
        for (const auto& group : groups) multiply(group.second);
        for (std::size_t i = 0; i < rules.size(); ++i) {
            if (rules[i].kind != EarnKind::kFixed || !works(rules[i])) continue;
            Whole times = 0;
            for (const SlowLine& line : lines) {
                if (!matches(rules[i].when, line.line)) continue;
                if (rules[i].per_item) {
                    times += std::max<std::int64_t>(0, line.line.quantity_milli / 1000);
                } else {
                    times = 1;
                }
            }
            SlowLine aside;
            give(i, aside, Fraction(times * rules[i].points));
        }
    }

    Fraction sum() const {
        return std::accumulate(parts.begin(), parts.end(), Fraction(0),
                               [](const Fraction& sum, const SlowPart& part) { return sum + part.points; });
    }
    Whole most() const {
        Whole out = Whole(1) << 400;
        if (programme.earn_cap_bill) out = std::min<Whole>(out, programme.earn_cap_bill);
        if (programme.earn_cap_day) out = std::min<Whole>(out, std::max<Points>(0, programme.earn_cap_day - used.day));
        return out;
    }
};

}  // namespace tally::domain
