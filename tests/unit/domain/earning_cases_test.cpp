// The worked cases of earning (E1 ... E12), table-driven: the order of 152 with items 123 (12, red) and 000 (100,
// blue) and a delivery of 40.
#include "common/domain/earning_bounds.h"
#include "tests/support/book.h"

using namespace tally;
using namespace tally::domain;
using support::Book;

namespace {

BillLine line(const std::string& sku, const std::string& category, Minor amount_minor,
              std::int64_t quantity_milli = 1000) {
    return {sku, category, quantity_milli, amount_minor, false, 0};
}

Order order_152() {
    Order order;
    order.amount_minor = 15'200;
    order.lines = {line("123", "red", 1'200), line("000", "blue", 10'000), line("", "delivery", 4'000)};
    return order;
}

Programme four_a_unit() {
    Programme programme;
    programme.version = 1;
    programme.chain_name = "Test";
    programme.earn_points = 4;
    programme.earn_minor = 100;
    return programme;
}

EarnRule rule(const std::string& id, EarnKind kind, Points points = 0, Minor per_minor = 0) {
    EarnRule out;
    out.id = id;
    out.kind = kind;
    out.points = points;
    out.per_minor = per_minor;
    return out;
}

EarnRule factor(const std::string& id, std::uint32_t factor_milli, const std::string& group = "") {
    EarnRule out = rule(id, EarnKind::kFactor);
    out.factor_milli = factor_milli;
    out.group = group;
    return out;
}

Earning earned(const Programme& programme, const Order& order, const CapsUsed& used = {}) {
    const auto checked = check_earning_bounds(programme);
    CHECK_MESSAGE(checked.has_value(), (checked ? "" : checked.error().detail));
    const auto out = compute_earning(programme, order, used);
    REQUIRE_MESSAGE(out.has_value(), (out ? "" : out.error().detail));
    Points lines = 0, parts = 0;
    for (const BillLine& one : out->lines) lines += one.points;
    for (const EarnPart& part : out->parts) parts += part.points;
    CHECK(lines <= out->points);
    if (!out->parts.empty()) CHECK(parts == out->points);
    return *out;
}

}  // namespace

TEST_CASE("cases: E1 to E8, one order under eight programmes") {
    struct Row {
        const char* id;
        Points points;
        void (*change)(Programme&);
    };
    const Row rows[] = {
        {"E1 4 a unit of money", 608, [](Programme&) {}},
        {"E2 without item 000", 208, [](Programme& p) { p.earn_on.not_skus = {"000"}; }},
        {"E3 without red", 560, [](Programme& p) { p.earn_on.not_categories = {"red"}; }},
        {"E4 without red and delivery", 400,
         [](Programme& p) {
             p.earn_on.not_categories = {"red", "delivery"};
         }},
        {"E5 200 for buying 000", 200,
         [](Programme& p) {
             p.earn_points = 0;
             p.earn_rules = {rule("buy-000", EarnKind::kFixed, 200)};
             p.earn_rules[0].when.skus = {"000"};
         }},
        {"E6 10 a unit and 4 a unit", 2128,
         [](Programme& p) { p.earn_rules = {rule("ten", EarnKind::kPerUnit, 10, 100)}; }},
        {"E7 three times on item 123", 704,
         [](Programme& p) {
             p.earn_rules = {factor("three", 3000)};
             p.earn_rules[0].when.skus = {"123"};
         }},
        {"E8 an order of at least 100", 608, [](Programme& p) { p.earn_on.order_min_minor = 10'000; }},
        {"E8 an order of at least 300", 0, [](Programme& p) { p.earn_on.order_min_minor = 30'000; }},
    };
    for (const Row& row : rows) {
        CAPTURE(row.id);
        Programme programme = four_a_unit();
        row.change(programme);
        const Earning out = earned(programme, order_152());
        CHECK(out.points == row.points);
        Points lines = 0;
        for (const BillLine& one : out.lines) lines += one.points;
        CHECK(lines == row.points);
    }
}

TEST_CASE("cases: E5 and E7 what one article gives is that article's line's") {
    Programme five = four_a_unit();
    five.earn_points = 0;
    five.earn_rules = {rule("buy-000", EarnKind::kFixed, 200)};
    five.earn_rules[0].when.skus = {"000"};
    CHECK(earned(five, order_152()).lines[1].points == 200);
    Programme seven = four_a_unit();
    seven.earn_rules = {factor("three", 3000)};
    seven.earn_rules[0].when.skus = {"123"};
    const Earning out = earned(seven, order_152());
    CHECK(out.lines[0].points == 144);
    CHECK(out.parts == std::vector<EarnPart>{{"", 608, 0, 0}, {"three", 96, 0, 0}});
}

TEST_CASE("cases: E9 points are of what is paid, net of an order's discount, however the lines say it") {
    Programme programme = four_a_unit();
    programme.earn_points = 1;
    Order order;
    order.amount_minor = 9'000;
    SUBCASE("without lines") {}
    SUBCASE("the lines are before the discount") { order.lines = {line("a", "", 10'000)}; }
    SUBCASE("the discount is a line below zero") { order.lines = {line("a", "", 10'000), line("", "", -1'000)}; }
    SUBCASE("the lines are net") { order.lines = {line("a", "", 4'500), line("b", "", 4'500)}; }
    const Earning out = earned(programme, order);
    CHECK(out.eligible_minor == 9'000);
    CHECK(out.points == 90);
}

TEST_CASE("earning: a discount of the order and what points paid are taken off every line in proportion") {
    Programme programme = four_a_unit();
    programme.earn_points = 1;
    Order order;
    order.amount_minor = 9'000;
    order.lines = {line("a", "", 6'000), line("b", "", 4'000)};
    order.lines[1].excluded = true;
    CHECK(earned(programme, order).eligible_minor == 5'400);
    order.paid_with_points_minor = 4'500;
    CHECK(earned(programme, order).eligible_minor == 2'700);
    CHECK(earned(programme, order).points == 27);
    CHECK(earned(programme, order).lines[1].points == 0);
    order.paid_with_points_minor = 9'000;
    CHECK(earned(programme, order).points == 0);
    order.paid_with_points_minor = 9'001;
    CHECK(compute_earning(programme, order, {}).error().code == Code::kInvalid);
}

TEST_CASE("earning: what the lines do not account for earns as a line without a name") {
    Programme programme = four_a_unit();
    programme.earn_points = 1;
    Order order;
    order.amount_minor = 10'000;
    order.lines = {line("card", "gift card", 2'000)};
    order.lines[0].excluded = true;
    CHECK(earned(programme, order).eligible_minor == 8'000);
    order.lines[0].excluded = false;
    CHECK(earned(programme, order).points == 100);
    CHECK(earned(programme, order).lines[0].points == 20);
    programme.earn_on.categories = {"gift card"};
    CHECK(earned(programme, order).points == 20);
}

TEST_CASE("cases: E10 what points paid for earns nothing, and the order is floored once") {
    Book book;
    book.programme.earn_points = 1;
    book.programme.earn_minor = 1'000;
    const auto first = make_earn(book.programme, book.account, {.amount_minor = 10'000}, {.bill_no = "1"});
    REQUIRE(first);
    CHECK(first->points == 10);
    book.add(0, *first);
    const RedeemQuestion question{.points = 10, .order_minor = 10'000};
    const auto redeem = make_redeem(book.programme, book.account, 1, question, {.bill_no = "2"});
    REQUIRE(redeem);
    CHECK(redeem->value_minor == 10);
    book.add(1, *redeem);
    Order order{.amount_minor = 10'000, .paid_with_points_minor = redeem->value_minor};
    order.lines = {line("a", "", 3'333), line("b", "", 6'667)};
    const auto second = make_earn(book.programme, book.account, order, {.bill_no = "2"});
    REQUIRE(second);
    CHECK(second->eligible_minor == 9'990);
    CHECK(second->points == 9);
    CHECK(book.account.balance_on(1) == 0);
}

TEST_CASE("cases: E10 two lines of nine tenths of a point are one point, not none") {
    Programme programme = four_a_unit();
    programme.earn_points = 1;
    programme.earn_minor = 1'000;
    const Order order{.amount_minor = 1'800, .lines = {line("a", "", 900), line("b", "", 900)}};
    CHECK(earned(programme, order).points == 1);
    CHECK(earned(programme, order).lines[0].points == 1);
}

TEST_CASE("cases: E11 a sign-up bonus counts once for a person") {
    Book book;
    book.programme.bonuses = {{.id = "sign-up", .points = 200}};
    const auto bonus = make_bonus(book.programme, book.account, {}, "sign-up", "");
    REQUIRE(bonus);
    CHECK(bonus->points == 200);
    book.add(0, *bonus);
    CHECK(book.account.balance_on(0) == 200);
    const auto again = make_bonus(book.programme, book.account, {}, "sign-up", "");
    CHECK(again.error().code == Code::kRefused);
    book.add(1, *bonus);  // another till, which could not know
    CHECK(book.last.outcome == Outcome::kDuplicate);
    CHECK(book.account.balance_on(1) == 200);
}

TEST_CASE("cases: E12 a kept draft that is opened again and saved earns once") {
    Book book;
    const auto draft = make_earn(book.programme, book.account, {.amount_minor = 10'000}, {.bill_no = "D1"});
    REQUIRE(draft);
    book.add(0, *draft);
    const auto again = make_earn(book.programme, book.account, {.amount_minor = 10'000}, {.bill_no = "D1"});
    REQUIRE(again);
    book.add(0, *again);
    CHECK(book.last.outcome == Outcome::kDuplicate);
    CHECK(book.account.balance_on(0) == 100);
    CHECK(book.account.bills == 1);
}

TEST_CASE("earning: rates add up, then factors multiply, then fixed points are added") {
    Programme programme = four_a_unit();
    programme.tiers.levels = {
        {.id = "base"}, {.id = "gold", .threshold = 1, .factor_milli = 1500}, {.id = "top", .threshold = 2}};
    programme.earn_rules = {rule("one-more", EarnKind::kPerUnit, 1, 100), factor("double", 2000),
                            rule("gift", EarnKind::kFixed, 7)};
    Order order{.amount_minor = 10'000};
    order.facts.tier = "gold";
    const Earning out = earned(programme, order);
    CHECK(out.points == (400 + 100) * 3 / 2 * 2 + 7);
    CHECK(out.parts ==
          std::vector<EarnPart>{{"", 650, 0, 0}, {"one-more", 100, 0, 0}, {"double", 750, 0, 0}, {"gift", 7, 0, 0}});
    order.facts.tier = "";
    CHECK(earned(programme, order).points == 500 * 2 + 7);
}

TEST_CASE("earning: of one group of factors the largest counts, for each line its own; groups multiply") {
    Programme programme = four_a_unit();
    programme.earn_points = 1;
    programme.earn_rules = {factor("two", 2000, "promo"), factor("red", 3000, "promo"), factor("day", 1500)};
    programme.earn_rules[1].when.categories = {"red"};
    const Order order{.amount_minor = 20'000, .lines = {line("a", "red", 10'000), line("b", "blue", 10'000)}};
    const Earning out = earned(programme, order);
    CHECK(out.points == 100 * 3 * 3 / 2 + 100 * 2 * 3 / 2);
    CHECK(out.lines[0].points == 450);
    programme.earn_rules[0].when.weekdays = 1;  // Mondays; day 0 is a Thursday
    CHECK(earned(programme, order).points == 100 * 3 * 3 / 2 + 100 * 3 / 2);
}

TEST_CASE("earning: fixed points per item count whole units of the lines that match and earn") {
    Programme programme = four_a_unit();
    programme.earn_points = 0;
    programme.earn_rules = {rule("each", EarnKind::kFixed, 5)};
    programme.earn_rules[0].per_item = true;
    programme.earn_rules[0].when.categories = {"tea"};
    Order order{.amount_minor = 4'000};
    order.lines = {line("a", "tea", 1'000, 3'900), line("b", "tea", 1'000, 500), line("c", "tea", 1'000, 2'000),
                   line("d", "milk", 1'000, 9'000)};
    order.lines[2].excluded = true;
    CHECK(earned(programme, order).points == 15);
    CHECK(earned(programme, order).lines[0].points == 15);
    order.lines[1].quantity_milli = 1'000;
    CHECK(earned(programme, order).points == 20);
}

TEST_CASE("earning: a programme that says what this program does not know computes nothing") {
    Programme programme = four_a_unit();
    programme.unknown = {"earn_rules[2].kind"};
    CHECK(compute_earning(programme, order_152(), {}).error().code == Code::kNewer);
    CHECK(make_earn(programme, {}, order_152(), {}).error().code == Code::kNewer);
    CHECK(make_bonus(programme, {}, {}, "x", "").error().code == Code::kNewer);
    CHECK(make_refund(programme, {}, "S1", {}, "", 100).error().code == Code::kNewer);
    CHECK(judge_redeem(programme, {}, 0, {.points = 100}) == RedeemVerdict::kNewerProgramme);
    CHECK(redeemable(programme, {}, 0, {}) == 0);
}
