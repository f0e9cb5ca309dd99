// Caps of earning: what they count, what is recorded of them, and that they hold over bills.
#include "common/domain/earning.h"
#include "tests/support/book.h"

using namespace tally;
using namespace tally::domain;
using support::Book;

namespace {

EarnRule rate(const std::string& id, Points points) {
    EarnRule out;
    out.id = id;
    out.points = points;
    out.per_minor = 100;
    return out;
}

EarnRule factor(const std::string& id, std::uint32_t factor_milli) {
    EarnRule out;
    out.id = id;
    out.kind = EarnKind::kFactor;
    out.factor_milli = factor_milli;
    return out;
}

// Writes a sale as a till would, and folds it.
Earn sell(Book& book, Day day, Minor amount_minor, const std::string& bill_no) {
    Order order{.amount_minor = amount_minor};
    order.facts = facts_of(book.programme, book.account, {}, book.store, "", day, 600);
    const auto earn = make_earn(book.programme, book.account, order, {.bill_no = bill_no});
    REQUIRE(earn);
    book.add(day, *earn);
    return *earn;
}

}  // namespace

TEST_CASE("caps: a bill's cap of a rule cuts that rule's own points, before factors") {
    Book book;
    book.programme.earn_rules = {rate("more", 2), factor("double", 2000)};
    book.programme.earn_rules[0].caps.bill = 50;
    const Earn earn = sell(book, 0, 10'000, "1");
    CHECK(earn.points == (100 + 50) * 2);
    CHECK(earn.parts == std::vector<EarnPart>{{"", 100, 0, 0}, {"more", 50, 0, 0}, {"double", 150, 0, 0}});
}

TEST_CASE("caps: a factor's cap cuts what the factor adds") {
    Book book;
    book.programme.earn_rules = {factor("triple", 3000)};
    book.programme.earn_rules[0].caps.bill = 30;
    const Earn earn = sell(book, 0, 10'000, "1");
    CHECK(earn.points == 130);
    CHECK(earn.parts == std::vector<EarnPart>{{"", 100, 0, 0}, {"triple", 30, 0, 0}});
}

TEST_CASE("caps: a factor whose cap is used up leaves the next of its group") {
    Book book;
    book.programme.earn_rules = {factor("triple", 3000), factor("double", 2000)};
    for (EarnRule& rule : book.programme.earn_rules) rule.group = "promo";
    book.programme.earn_rules[0].caps.member = 200;
    CHECK(sell(book, 0, 10'000, "1").points == 300);
    const Earn second = sell(book, 0, 10'000, "2");
    CHECK(second.points == 200);
    CHECK(second.parts == std::vector<EarnPart>{{"", 100, 0, 0}, {"triple", 0, 200, 200}, {"double", 100, 0, 0}});
}

TEST_CASE("caps: of a group every used-up factor is recorded, so that headquarters passes over the same ones") {
    Book book;
    book.programme.earn_rules = {factor("triple", 3000), factor("double", 2000), factor("half", 1500)};
    for (EarnRule& rule : book.programme.earn_rules) rule.group = "promo";
    book.programme.earn_rules[0].caps.member = 200;
    book.programme.earn_rules[1].caps.day = 100;
    CHECK(sell(book, 0, 10'000, "1").points == 300);
    CHECK(sell(book, 0, 10'000, "2").points == 200);
    const Earn third = sell(book, 0, 10'000, "3");
    CHECK(third.points == 150);
    CHECK(third.parts ==
          std::vector<EarnPart>{{"", 100, 0, 0}, {"triple", 0, 200, 200}, {"double", 0, 100, 100}, {"half", 50, 0, 0}});
    const auto again = compute_earning(book.programme, order_of(third, book.store, 0), caps_used_of(third));
    REQUIRE(again);
    CHECK(again->points == third.points);
    CHECK(again->parts == third.parts);
}

TEST_CASE("caps: a rule's caps of a day and of a member hold over bills, and every bill records what was used before") {
    Book book;
    book.programme.earn_points = 0;
    book.programme.earn_rules = {rate("more", 1)};
    book.programme.earn_rules[0].caps.day = 150;
    book.programme.earn_rules[0].caps.member = 250;
    const struct {
        Day day;
        Points points, used_day, used_member;
    } bills[] = {{0, 100, 0, 0},   {0, 50, 100, 100}, {0, 0, 150, 150},
                 {1, 100, 0, 150}, {1, 0, 100, 250},  {2, 0, 0, 250}};
    int number = 0;
    for (const auto& bill : bills) {
        const Earn earn = sell(book, bill.day, 10'000, std::to_string(++number));
        CAPTURE(number);
        CHECK(earn.points == bill.points);
        CHECK(earn.parts == std::vector<EarnPart>{{"more", bill.points, bill.used_day, bill.used_member}});
    }
    CHECK(book.account.earned_total == 250);
}

TEST_CASE("caps: the programme's caps of a bill and of a day cut the total, in proportion over its parts") {
    Book book;
    book.programme.earn_rules = {rate("more", 2)};
    book.programme.earn_cap_bill = 200;
    book.programme.earn_cap_day = 250;
    const Earn first = sell(book, 0, 10'000, "1");
    CHECK(first.points == 200);
    CHECK(first.parts == std::vector<EarnPart>{{"", 67, 0, 0}, {"more", 133, 0, 0}});
    const Earn second = sell(book, 0, 10'000, "2");
    CHECK(second.cap_used == 200);
    CHECK(second.points == 50);
    CHECK(sell(book, 0, 10'000, "3").points == 0);
    CHECK(sell(book, 1, 10'000, "4").points == 200);
}

TEST_CASE("caps: a bill that only the programme's cap cut says so in its parts") {
    Book book;
    book.programme.earn_cap_bill = 60;
    CHECK(sell(book, 0, 10'000, "1").parts == std::vector<EarnPart>{{"", 60, 0, 0}});
    CHECK(sell(book, 0, 6'000, "2").parts.empty());
}

TEST_CASE("caps: rules with a campaign's cap give nothing while headquarters cannot be asked") {
    Book book;
    book.programme.earn_rules = {rate("campaign", 3)};
    book.programme.earn_rules[0].caps.campaign = 120;
    Order order{.amount_minor = 10'000};
    const auto points = [&] { return make_earn(book.programme, book.account, order, {})->points; };
    CHECK(points() == 100 + 120);
    order.campaigns_open = false;
    CHECK(points() == 100);
}

TEST_CASE("caps: of a campaign a bill gets what all members have left of it, and records what that was") {
    Book book;
    book.programme.earn_rules = {rate("campaign", 3), rate("plain", 1)};
    book.programme.earn_rules[0].caps = {.day = 1000, .campaign = 500};
    Order order{.amount_minor = 10'000};
    const auto parts = [&](Points given) {
        const auto earn = make_earn(book.programme, book.account, order, {}, {{"campaign", {given, 0, 0}}});
        const auto again = compute_earning(book.programme, order_of(*earn, book.store, 0), caps_used_of(*earn));
        CHECK(again->parts == earn->parts);
        return earn->parts;
    };
    using Parts = std::vector<EarnPart>;
    CHECK(parts(100) == Parts{{"", 100}, {"campaign", 300, 0, 0, 100}, {"plain", 100}});
    CHECK(parts(320) == Parts{{"", 100}, {"campaign", 180, 0, 0, 320}, {"plain", 100}});
    CHECK(parts(500) == Parts{{"", 100}, {"campaign", 0, 0, 0, 500}, {"plain", 100}});
    CHECK(parts(700) == Parts{{"", 100}, {"campaign", 0, 0, 0, 700}, {"plain", 100}});
}

TEST_CASE("caps: the order and the use that an earn recorded compute its result again") {
    Book book;
    book.programme.tiers.levels = {{.id = "t0"}, {.id = "t1", .threshold = 1, .factor_milli = 1500}};
    book.programme.earn_rules = {rate("more", 2), factor("double", 2000)};
    book.programme.earn_rules[0].caps.day = 120;
    book.programme.earn_rules[1].when.categories = {"red"};
    book.programme.earn_cap_day = 900;
    for (int i = 0; i < 6; ++i) {
        Order order{.amount_minor = 9'990, .paid_with_points_minor = 333};
        order.lines = {{"a", "red", 1000, 5'000, false, 0}, {"b", "blue", 1000, 5'000, false, 0}};
        order.facts = facts_of(book.programme, book.account, {}, book.store, "app", 3, 61);
        const auto earn = make_earn(book.programme, book.account, order, {.bill_no = std::to_string(i)});
        REQUIRE(earn);
        const auto again = compute_earning(book.programme, order_of(*earn, book.store, 3), caps_used_of(*earn));
        REQUIRE(again);
        CHECK(again->points == earn->points);
        CHECK(again->eligible_minor == earn->eligible_minor);
        CHECK(again->parts == earn->parts);
        CHECK(again->lines == earn->lines);
        book.add(3, *earn);
    }
    CHECK(book.account.earned_total == 900);
}
