// Reversals at the edges of days, stores and lots that are past.
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
