// Points for a forgotten bill, at the till.
#include "tests/unit/replica/till_bench.h"

using namespace tally;
using namespace tally::test;

namespace {

struct LateShop : Shop {
    domain::MemberId anna;

    explicit LateShop(std::uint32_t days = 7) : Shop(programme_of(days)), anna(join("Anna").member) {}
    static domain::Programme programme_of(std::uint32_t days) {
        domain::Programme out = plain();
        out.late_days = days;
        return out;
    }
    replica::Receipt sell_to_nobody(domain::Minor amount, const std::string& number = "") {
        replica::SaleRequest sale;
        sale.amount_minor = amount;
        sale.bill_no = number;
        return MUST(till.sale(sale));
    }
    replica::LateRequest late(const std::string& number) {
        replica::LateRequest out;
        out.member = anna;
        out.bill_no = number;
        return out;
    }
    void days_pass(int days) { clock.advance_ms(days * 86'400'000LL); }
};

}  // namespace

TEST_CASE("late points: a bill of this till's log needs its number alone, and earns what it was") {
    LateShop shop;
    const Day sold = shop.till.today();
    const auto bill = shop.sell_to_nobody(12'345);
    shop.days_pass(3);
    const auto preview = MUST(shop.till.preview_late_points(shop.late(bill.bill_no)));
    const auto receipt = MUST(shop.till.late_points(shop.late(bill.bill_no)));
    CHECK(preview.points == 123);
    CHECK(receipt.points == 123);
    CHECK(receipt.amount_minor == 12'345);
    CHECK(receipt.balance == 123);
    const auto account = shop.overlay(shop.anna);
    REQUIRE(account.lots.size() == 1);
    CHECK(account.lots[0].day == sold);
    shop.check_sound();
    shop.sync();
    CHECK(shop.balance(shop.anna) == 123);
    CHECK(shop.hq.store_total("S1").bills == 1);  // the sale moved the store, the points do not again
    CHECK(shop.hq.store_total("S1").amount_minor == 12'345);
}

TEST_CASE("late points: a bill counts once, for one member, also after another start") {
    LateShop shop;
    const auto bill = shop.sell_to_nobody(5000);
    (void)MUST(shop.till.late_points(shop.late(bill.bill_no)));
    CHECK_FAILS(shop.till.late_points(shop.late(bill.bill_no)), Code::kExists);
    shop.reopen();
    auto ben = shop.late(bill.bill_no);
    ben.member = shop.join("Ben").member;
    CHECK_FAILS(shop.till.late_points(ben), Code::kExists);
    CHECK(shop.balance(shop.anna) == 50);
    CHECK(shop.balance(ben.member) == 0);
}

TEST_CASE("late points: a bill that a member had is nobody's forgotten one") {
    LateShop shop;
    const auto bill = MUST(shop.till.sale(shop.bill(shop.anna, 5000)));
    auto ben = shop.late(bill.bill_no);
    ben.member = shop.join("Ben").member;
    CHECK_FAILS(shop.till.late_points(ben), Code::kExists);
    CHECK_FAILS(shop.till.late_points(shop.late(bill.bill_no)), Code::kExists);
}

TEST_CASE("late points: only within the programme's days, and only where it gives any") {
    LateShop shop(3);
    const auto bill = shop.sell_to_nobody(5000);
    shop.days_pass(4);
    auto late = shop.late(bill.bill_no);
    CHECK_FAILS(shop.till.late_points(late), Code::kNotFound);  // not among the bills of those days
    late.day = shop.till.today() - 4;
    CHECK_FAILS(shop.till.late_points(late), Code::kRefused);
    LateShop never(0);
    const auto other = never.sell_to_nobody(5000);
    CHECK_FAILS(never.till.late_points(never.late(other.bill_no)), Code::kRefused);
}

TEST_CASE("late points: a bill of another till is typed with day and amount") {
    LateShop shop;
    auto late = shop.late("T9-17");
    CHECK_FAILS(shop.till.late_points(late), Code::kNotFound);
    late.day = shop.till.today() - 1;
    CHECK_FAILS(shop.till.late_points(late), Code::kNotFound);
    late.amount_minor = 8000;
    CHECK(MUST(shop.till.late_points(late)).points == 80);
    CHECK_FAILS(shop.till.late_points(late), Code::kExists);
    late.day = shop.till.today() + 1;
    CHECK_FAILS(shop.till.late_points(late), Code::kInvalid);
    late.bill_no.clear();
    CHECK_FAILS(shop.till.late_points(late), Code::kInvalid);
}

TEST_CASE("late points: of two bills of one number the newest is meant, or that of the day that is said") {
    LateShop shop;
    const Day first = shop.till.today();
    (void)shop.sell_to_nobody(1000, "17");
    shop.days_pass(1);
    (void)shop.sell_to_nobody(2000, "17");
    CHECK(MUST(shop.till.late_points(shop.late("17"))).points == 20);
    auto late = shop.late("17");
    late.day = first;
    CHECK(MUST(shop.till.late_points(late)).points == 10);
}
