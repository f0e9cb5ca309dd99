// A refund whose sale's lot had been expired by headquarters' night became debt, and the same refund folded before that
// night did not: who came first decided. Points that expired unused are not owed a second time.
#include "tests/support/book.h"

using namespace tally;
using namespace tally::domain;
using support::Book;

namespace {

Book with_sale(Points spent) {
    Book book;
    book.earn(0, 10000, 100, 5, "1");
    if (spent > 0) book.redeem(1, spent);
    return book;
}

}  // namespace

TEST_CASE("law X: expiring a lot and refunding its sale give the same in both orders") {
    for (const Points spent : {0, 30, 100})
        for (const Minor refunded : {1000, 5000, 10000})
            for (const Day day : {3, 5, 6, 9}) {  // of the refund: before and after the last usable day
                Book night_first = with_sale(spent), refund_first = with_sale(spent);
                night_first.expire(6);
                night_first.refund(day, night_first.ops.front().id, refunded);
                refund_first.refund(day, refund_first.ops.front().id, refunded);
                refund_first.expire(6);
                CAPTURE(spent);
                CAPTURE(refunded);
                CAPTURE(day);
                CHECK(night_first.account.balance_on(6) == refund_first.account.balance_on(6));
                CHECK(night_first.account.debt == refund_first.account.debt);
                CHECK(night_first.account.expired_total() == refund_first.account.expired_total());
            }
}

TEST_CASE("regress: a refund of points that expired unused leaves no debt") {
    Book book = with_sale(0);
    book.expire(6);
    book.refund(9, book.ops.front().id, 10000);
    CHECK(book.account.debt == 0);
    CHECK(book.account.balance_on(9) == 0);
    CHECK(book.account.expired_total() == 0);
}
