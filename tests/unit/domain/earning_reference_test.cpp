// Earning against a slow second implementation (slow_earning.h).
#include <random>

#include "common/domain/earning_bounds.h"
#include "tests/support/book.h"
#include "tests/support/seed.h"
#include "tests/unit/domain/slow_earning.h"

using namespace tally;
using namespace tally::domain;

namespace {

struct Dice {
    std::mt19937_64 engine;
    std::int64_t upto(std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(engine);
    }
    bool once_in(int times) { return upto(1, times) == 1; }
    template <class T>
    T one_of(std::initializer_list<T> list) {
        return *(list.begin() + upto(0, static_cast<std::int64_t>(list.size()) - 1));
    }
    // Small ones mostly, and the edges of their range.
    std::int64_t amount(std::int64_t high) {
        return once_in(12) ? high : once_in(3) ? upto(0, high) : upto(0, std::min<std::int64_t>(high, 30'000));
    }
};

Condition some_lists(Dice& dice) {
    Condition out;
    if (dice.once_in(3)) out.categories = {dice.one_of<std::string>({"red", "blue"})};
    if (dice.once_in(5)) out.skus = {dice.one_of<std::string>({"1", "2"})};
    if (dice.once_in(5)) out.not_categories = {dice.one_of<std::string>({"red", "green"})};
    if (dice.once_in(6)) out.not_skus = {"3"};
    return out;
}

Programme some_programme(Dice& dice) {
    Programme out;
    out.version = 1;
    out.chain_name = "Test";
    out.earn_points = dice.one_of<Points>({0, 1, 1, 3, kRulePointsMax});
    out.earn_minor = dice.one_of<Minor>({1, 100, 100, 700, 1'000});
    out.earn_on = dice.once_in(2) ? some_lists(dice) : Condition{};
    if (dice.once_in(4)) out.earn_on.order_min_minor = dice.upto(0, 20'000);
    if (dice.once_in(3)) out.earn_cap_bill = dice.upto(1, 2'000);
    if (dice.once_in(3)) out.earn_cap_day = dice.upto(1, 3'000);
    out.tiers.levels = {{.id = "t0"}, {.id = "t1", .factor_milli = 1250}, {.id = "t2", .factor_milli = 3333}};
    const std::int64_t count = dice.upto(0, 9);
    for (std::int64_t i = 0; i < count; ++i) {
        EarnRule rule;
        rule.id = "rule-" + std::to_string(i);
        rule.kind = dice.one_of({EarnKind::kPerUnit, EarnKind::kFactor, EarnKind::kFixed});
        rule.when = some_lists(dice);
        if (dice.once_in(4)) rule.when.order_min_minor = dice.upto(0, 30'000);
        if (dice.once_in(6)) rule.when.tiers = {"t2"};
        rule.points = dice.one_of<Points>({1, 2, 5, 50, kRulePointsMax});
        rule.per_minor = dice.one_of<Minor>({1, 100, 300, 7'000, 1'100});
        rule.per_item = dice.once_in(2);
        rule.factor_milli = static_cast<std::uint32_t>(dice.one_of<int>({1000, 1100, 1500, 2000, 3333, 100'000}));
        rule.group = dice.one_of<std::string>({"", "a", "a", "b"});
        if (dice.once_in(3)) rule.caps.bill = dice.upto(1, 400);
        if (dice.once_in(4)) rule.caps.day = dice.upto(1, 400);
        if (dice.once_in(4)) rule.caps.member = dice.upto(1, 900);
        if (dice.once_in(6)) rule.caps.campaign = dice.upto(1, 900);
        out.earn_rules.push_back(std::move(rule));
    }
    return out;
}

Order some_order(Dice& dice) {
    Order out;
    out.facts.tier = dice.one_of<std::string>({"", "t0", "t1", "t2", "unheard of"});
    out.campaigns_open = !dice.once_in(4);
    const std::int64_t count = dice.once_in(4) ? 0 : dice.upto(1, 6);
    Minor sum = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        BillLine line;
        line.sku = dice.one_of<std::string>({"1", "2", "3", ""});
        line.category = dice.one_of<std::string>({"red", "blue", "green", ""});
        line.quantity_milli = dice.one_of<std::int64_t>({1'000, 2'000, 500, 0, -1'000, 3'700, kQuantityMilliMax});
        line.amount_minor = dice.once_in(8) ? -dice.amount(kAmountMinorMax) : dice.amount(kAmountMinorMax);
        line.excluded = dice.once_in(5);
        sum += line.amount_minor;
        out.lines.push_back(line);
    }
    out.amount_minor = dice.once_in(2) && sum >= 0 && sum <= kAmountMinorMax ? sum : dice.amount(kAmountMinorMax);
    if (dice.once_in(3)) out.paid_with_points_minor = dice.upto(0, out.amount_minor);
    return out;
}

CapsUsed some_use(Dice& dice, const Programme& programme) {
    CapsUsed out;
    if (dice.once_in(2)) out.day = dice.upto(0, 4'000);
    for (const EarnRule& rule : programme.earn_rules) {
        if (!dice.once_in(2)) continue;
        EarnPart part{rule.id, 0, 0, 0};
        part.used_day = dice.upto(0, 500);
        part.used_member = part.used_day + dice.upto(0, 500);
        part.used_campaign = dice.upto(0, 600);
        out.rules.push_back(part);
    }
    return out;
}

// The share of each exact value: its floor, and one more for the largest fractions.
std::vector<Points> slow_shares(const std::vector<Fraction>& exact, const Whole& points) {
    std::vector<Whole> shares;
    Whole left = points;
    for (const Fraction& value : exact) {
        shares.push_back(floor_of(value));
        left -= shares.back();
    }
    std::vector<bool> has_more(exact.size(), false);
    for (; left > 0; --left) {
        std::optional<std::size_t> best;
        for (std::size_t i = 0; i < exact.size(); ++i) {
            if (has_more[i]) continue;
            if (!best || exact[i] - shares[i] > exact[*best] - shares[*best]) best = i;
        }
        REQUIRE(best);
        has_more[*best] = true;
    }
    std::vector<Points> out;
    for (std::size_t i = 0; i < exact.size(); ++i)
        out.push_back(static_cast<Points>(shares[i]) + (has_more[i] ? 1 : 0));
    return out;
}

void check_same(const Programme& programme, const Order& order, const CapsUsed& used) {
    Slow slow{programme, order, used, {}, 0, {}, 0};
    slow.run();
    const Fraction exact = slow.sum();
    const Whole uncut = floor_of(exact);
    slow.points = std::min(uncut, slow.most());
    const auto fast = compute_earning(programme, order, used);
    if (slow.points > kPointsMax) {
        REQUIRE_FALSE(fast);
        CHECK(fast.error().code == Code::kOverflow);
        return;
    }
    REQUIRE(fast);
    CHECK(Whole(fast->eligible_minor) == slow.eligible_minor);
    CHECK(Whole(fast->points) == slow.points);
    std::vector<EarnPart> expected;
    bool told = slow.points != uncut;
    std::vector<Fraction> weights;
    for (const SlowPart& part : slow.parts)
        weights.push_back(slow.points == uncut ? part.points : part.points * Fraction(slow.points) / exact);
    const std::vector<Points> shares = slow_shares(weights, slow.points);
    for (std::size_t i = 0; i < slow.parts.size(); ++i) {
        const SlowPart& part = slow.parts[i];
        told = told || part.told;
        if (i == 0 ? part.points == 0 : !part.told) continue;
        EarnPart before = i == 0 ? EarnPart{} : slow.before(programme.earn_rules[i - 1]);
        expected.push_back({part.rule, shares[i], before.used_day, before.used_member, before.used_campaign});
    }
    CHECK(fast->parts == (told ? expected : std::vector<EarnPart>()));
    // Lines: each within one point of its exact share (fixed points are shared apart), excluded ones and discounts
    // nothing.
    bool has_fixed = false;
    for (std::size_t i = 1; i < slow.parts.size(); ++i)
        has_fixed = has_fixed || (slow.parts[i].told && programme.earn_rules[i - 1].kind == EarnKind::kFixed);
    for (const SlowLine& line : slow.lines) {
        if (has_fixed || exact == 0 || line.at >= order.lines.size()) continue;
        const Fraction share = line.points * Fraction(slow.points) / exact;
        const Fraction off = share - Fraction(fast->lines[line.at].points);
        CHECK((off > -1 && off < 1));
    }
    Points given = 0;
    for (const BillLine& line : fast->lines) {
        given += line.points;
        if (line.excluded || line.amount_minor <= 0) CHECK(line.points == 0);
    }
    const bool has_rest = !slow.lines.empty() && slow.lines.back().at == order.lines.size();
    if (has_rest || slow.lines.empty()) {
        CHECK(given <= fast->points);
    } else {
        CHECK(given == fast->points);
    }
}

}  // namespace

TEST_CASE("earning: agrees with plain fractions for any programme and order") {
    Dice dice{std::mt19937_64(support::seed())};
    int computed = 0;
    for (int round = 0; round < 4'000; ++round) {
        const Programme programme = some_programme(dice);
        const auto checked = check_earning_bounds(programme);
        REQUIRE_MESSAGE(checked.has_value(), (checked ? "" : checked.error().detail));
        const Order order = some_order(dice);
        const CapsUsed used = some_use(dice, programme);
        CAPTURE(round);
        check_same(programme, order, used);
        computed += compute_earning(programme, order, used).has_value() ? 1 : 0;
    }
    CHECK(computed > 1'000);  // the others are refused as too many points
}

TEST_CASE("earning: at the edges of every bound the result is exact, or an error, never a wrap") {
    Programme programme;
    programme.version = 1;
    programme.chain_name = "Test";
    programme.earn_points = kRulePointsMax;
    programme.earn_minor = 1'000'000;
    Minor per_minor = 999'983;  // a prime: the denominators' multiple is near its bound
    for (std::size_t i = 0; i < kEarnRulesMax - kFactorGroupsMax; ++i) {
        EarnRule rule;
        rule.id = "rate-" + std::to_string(i);
        rule.points = kRulePointsMax;
        rule.per_minor = i % 2 == 0 ? per_minor : 1;
        programme.earn_rules.push_back(rule);
    }
    for (std::size_t i = 0; i < kFactorGroupsMax; ++i) {
        EarnRule rule;
        rule.id = "factor-" + std::to_string(i);
        rule.kind = EarnKind::kFactor;
        rule.factor_milli = kFactorMilliMax - static_cast<std::uint32_t>(i);
        programme.earn_rules.push_back(rule);
    }
    programme.tiers.levels = {{.id = "t2", .factor_milli = kFactorMilliMax}};
    Order order{.amount_minor = kAmountMinorMax};
    order.facts.tier = "t2";
    order.lines.assign(1000, BillLine{});
    for (std::size_t i = 0; i < order.lines.size(); ++i) {
        order.lines[i].amount_minor = kAmountMinorMax - static_cast<Minor>(i);
        order.lines[i].quantity_milli = kQuantityMilliMax;
    }
    SUBCASE("uncut it is an error") { CHECK(compute_earning(programme, order, {}).error().code == Code::kOverflow); }
    SUBCASE("cut to the most that one bill may earn") { programme.earn_cap_bill = kPointsMax; }
    SUBCASE("cut to one point") { programme.earn_cap_bill = 1; }
    SUBCASE("with every fixed point there can be") {
        programme.earn_rules.back().kind = EarnKind::kFixed;
        programme.earn_rules.back().points = kRulePointsMax;
        programme.earn_rules.back().per_item = true;
        programme.earn_cap_day = kPointsMax;
    }
    SUBCASE("one minor unit at the smallest rate") {
        order.amount_minor = 1;
        programme.earn_rules.clear();
        programme.earn_points = 1;
    }
    REQUIRE(check_earning_bounds(programme));
    check_same(programme, order, {});
}
