// The fold at the edges: a day more or less, another store, a lot that is past.
#include "tests/support/book.h"

using namespace tally;
using namespace tally::domain;
using namespace tally::support;

TEST_CASE("reverse: what expired of the sale's own lot is taken from it, and from no other lot") {
    Book book;
    const OpId sale = book.earn(0, 10'000, 100, 10);
    const OpId other = book.earn(0, 5'000, 50);
    book.expire(11);
    REQUIRE(book.lot(sale).expired == 100);
    book.refund(12, sale, 10'000);
    CHECK(book.lot(sale).taken == 100);
    CHECK(book.lot(sale).expired == 0);
    CHECK(book.lot(other).free == 50);
    CHECK(book.account.debt == 0);
}

TEST_CASE(
    "grace: what comes back on its lot's last usable day is usable in that lot, and its grace begins the day after") {
    for (const Day day : {10, 11}) {
        Book book;
        const OpId sale = book.earn(0, 10'000, 100, 10);
        const OpId spent = book.redeem(5, 60, 60);
        Reverse undo;
        undo.target = spent;
        undo.is_refund = false;
        undo.points = 60;
        undo.grace_through = 20;
        book.add(day, undo);
        CAPTURE(day);
        CHECK(book.lot(sale).taken == (day == 10 ? 0 : 60));
        CHECK(book.account.lots.size() == (day == 10 ? 1 : 2));
        CHECK(book.account.balance_on(15) == (day == 10 ? 0 : 60));
    }
}

TEST_CASE("reverse: one that waits for another store's bill is not settled by a bill of the same number here") {
    for (const std::string& store : {std::string("S1"), std::string("S2"), std::string()}) {
        Book book;
        Reverse refund;
        refund.target_bill_no = "77";
        refund.target_store = store;
        refund.amount_minor = 10'000;
        book.add(0, refund);
        REQUIRE(book.account.waiting.size() == 1);
        book.earn(0, 10'000, 100, {}, "77");  // of S1
        CAPTURE(store);
        CHECK(book.account.waiting.size() == (store == "S2" ? 1 : 0));
        CHECK(book.account.balance_on(0) == (store == "S2" ? 100 : 0));
    }
}

TEST_CASE("coupons: usable through the last day, held the day after") {
    for (const Day day : {5, 6}) {
        Book book;
        CouponId id;
        id.bytes[15] = 9;
        book.add(0, CouponIssue{id, "ten", CouponCause::kByHand, "", {}, 0, 5});
        book.add(day, CouponRedeem{id, {"7", "", 0}, 1000, 100, true});
        CAPTURE(day);
        CHECK(book.last.outcome == (day == 5 ? Outcome::kAccepted : Outcome::kQuarantined));
        CHECK(book.account.coupons.front().state == (day == 5 ? CouponState::kRedeemed : CouponState::kIssued));
    }
}

TEST_CASE("caps: points of a forgotten bill's day do not make the newer day's use forgotten") {
    Book book;
    Earn today;
    today.bill.bill_no = "1";
    today.amount_minor = today.eligible_minor = 3'000;
    today.points = 30;
    today.parts = {{"double", 30, 0, 0}};
    book.add(5, today);
    Earn late = today;
    late.bill.bill_no = "2";
    late.late_for = 3;
    late.points = 10;
    late.parts = {{"double", 10, 0, 0}};
    book.add(5, late);
    REQUIRE(book.account.uses.size() == 1);
    CHECK(book.account.uses.front().day == 5);
    CHECK(book.account.uses.front().on_day == 30);
    CHECK(book.account.uses.front().total == 40);
}
