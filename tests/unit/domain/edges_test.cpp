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

TEST_CASE("duplicates: the same number on an older day is another bill, on its own day it is the same") {
    Book book;
    book.earn(5, 1'000, 10, {}, "77");
    book.earn(3, 1'000, 10, {}, "77");
    CHECK(book.last.outcome == Outcome::kAccepted);
    CHECK(book.account.balance_on(5) == 20);
    book.earn(3, 1'000, 10, {}, "77");
    CHECK(book.last.outcome == Outcome::kDuplicate);
    book.earn(5, 1'000, 10, {}, "77");
    CHECK(book.last.outcome == Outcome::kDuplicate);
    CHECK(book.account.balance_on(5) == 20);
}

TEST_CASE("duplicates: a bill is known again in an account that was copied, moved or put back") {
    Book book;
    book.earn(5, 1'000, 10, {}, "77");
    const Account before = book.account;
    book.earn(9, 2'000, 20, {}, "78");
    SUBCASE("copied") { book.account = Account(book.account); }
    SUBCASE("moved") {
        Account other = std::move(book.account);
        book.account = {};
        book.account = std::move(other);
    }
    SUBCASE("put back, then 78 is new") {
        book.account = before;
        book.earn(9, 2'000, 20, {}, "78");
        CHECK(book.last.outcome == Outcome::kAccepted);
    }
    for (const char* bill : {"77", "78"}) {
        const Day day = bill[1] == '7' ? 5 : 9;
        book.earn(day, day == 5 ? 1'000 : 2'000, 1, {}, bill);
        CHECK(book.last.outcome == Outcome::kDuplicate);
    }
    CHECK(book.account.balance_on(9) == 30);
}

TEST_CASE("conditions: a promotion holds on its first and on its last day, and not beside them") {
    Condition promotion;
    promotion.from = 10;
    promotion.through = 12;
    for (const Day day : {9, 10, 11, 12, 13}) {
        Facts facts;
        facts.day = day;
        CAPTURE(day);
        CHECK(holds(promotion, facts, 0) == (day >= 10 && day <= 12));
    }
}
