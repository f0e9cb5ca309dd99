// Operations that name a duplicate, and reversals that come before what they undo.
#include <algorithm>

#include "tests/support/book.h"

using namespace tally;
using namespace tally::domain;
using support::Book;

namespace {

Op with_id(Book& book, Day day, Body body, TerminalId terminal, std::uint64_t seq) {
    Op op = book.op(day, std::move(body));
    op.id.terminal = terminal;
    op.id.seq = seq;
    return op;
}

// The parts of an account that a person sees; order of lots and totals included.
void check_same(const Account& a, const Account& b) {
    CHECK(a.lots.size() == b.lots.size());
    CHECK(a.free_total() == b.free_total());
    CHECK(a.debt == b.debt);
    CHECK(a.reversed_total == b.reversed_total);
    CHECK(a.redeemed_total == b.redeemed_total);
    CHECK(a.spend_minor == b.spend_minor);
    CHECK(a.bills == b.bills);
    CHECK(a.waiting.size() == b.waiting.size());
}

struct Sum {
    StoreDay moves;
    Account account;
    void add(const Op& op, const Ruling& ruling = {}) {
        const auto folded = fold(account, op, ruling);
        REQUIRE(folded.has_value());
        for (const StoreMove& move : folded->moves) moves += move.by;
    }
};

}  // namespace

TEST_CASE("alias: a refund that names a duplicate earn undoes the first one, in every order of arrival") {
    Book book;
    Earn sale;
    sale.bill = {"B7", "T1", 0};
    sale.amount_minor = sale.eligible_minor = 10'000;
    sale.points = 100;
    const Op first = with_id(book, 1, sale, 2, 1), again = with_id(book, 1, sale, 3, 1);
    Reverse body;
    body.target = again.id;
    body.amount_minor = 5'000;
    const Op refund = with_id(book, 1, body, 3, 2);
    std::vector<const Op*> order = {&first, &again, &refund};
    std::sort(order.begin(), order.end());
    int orders = 0;
    do {
        Sum sum;
        for (const Op* op : order) sum.add(*op);
        ++orders;
        CHECK(sum.account.lots.size() == 1);
        CHECK(sum.account.waiting.empty());
        CHECK(sum.account.free_total() == 50);
        CHECK(sum.account.spend_minor == 5'000);
        CHECK(sum.account.bills == 2);
        CHECK(sum.moves == StoreDay{.bills = 2, .amount_minor = 5'000, .points_earned = 100, .points_reversed = 50});
        CHECK(sum.account.aliases.size() == 1);
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(orders == 6);
}

TEST_CASE("alias: a ruling that names the first operation makes an alias, for earns and redemptions") {
    Book book;
    const OpId earned = book.earn(1, 10'000, 100);
    const OpId spent = book.redeem(1, 40);
    Redeem again;
    again.points = 40;
    const OpId repeated = book.add(1, again, {.duplicate_of = spent});
    CHECK(book.last.outcome == Outcome::kDuplicate);
    CHECK(book.last.moves.empty());
    CHECK(book.account.free_total() == 60);
    book.undo(1, repeated, 40);
    CHECK(book.account.free_total() == 100);
    CHECK(book.account.redeemed_total == 0);
    Earn other;  // held at HQ under another bill key than this account can see
    other.amount_minor = 10'000;
    other.points = 100;
    const OpId copy = book.add(1, other, {.duplicate_of = earned});
    book.refund(1, copy, 10'000);
    CHECK(book.account.free_total() == 0);
    CHECK(book.account.reversed_total == 100);
}

TEST_CASE("alias: what waits for a duplicate whose first one is held settles when that is folded") {
    Book book;
    Earn sale;
    sale.bill = {"B7", "T1", 0};
    sale.amount_minor = sale.eligible_minor = 10'000;
    sale.points = 100;
    const Op first = with_id(book, 1, sale, 2, 1), again = with_id(book, 1, sale, 3, 1);
    Reverse body;
    body.target = again.id;
    body.amount_minor = 10'000;
    const Op refund = with_id(book, 1, body, 4, 1);
    Sum sum;
    sum.add(refund);
    sum.add(again, {.duplicate_of = first.id});
    CHECK(sum.account.waiting.size() == 1);
    sum.add(first);
    CHECK(sum.account.waiting.empty());
    CHECK(sum.account.free_total() == 0);
    CHECK(sum.account.spend_minor == 0);
}

TEST_CASE("alias: a redemption that names a duplicate's lot draws on the first one's, expired meanwhile or not") {
    Book book;
    Earn sale;
    sale.bill = {"7", "T1", 0};
    sale.amount_minor = sale.eligible_minor = 10'000;
    sale.points = 100;
    sale.expires = 3;
    const Op first = with_id(book, 1, sale, 2, 1), again = with_id(book, 1, sale, 3, 1);
    for (const bool expired : {false, true}) {
        Account by_name[2];
        for (const bool names_duplicate : {false, true}) {
            CAPTURE(expired);
            CAPTURE(names_duplicate);
            Sum sum;
            sum.add(first);
            if (expired) sum.add(with_id(book, 4, Expire{due_to_expire(sum.account, 4)}, kHqTerminal, 1));
            sum.add(again);
            Redeem spend;
            spend.points = 100;
            spend.takes = {{names_duplicate ? again.id : first.id, 100}};
            sum.add(with_id(book, 3, spend, 3, 2));
            CHECK(sum.account.debt == 0);
            CHECK(sum.account.lots.front().redeemed == 100);
            CHECK(sum.account.expired_total() == 0);
            by_name[names_duplicate] = sum.account;
        }
        CHECK(by_name[0] == by_name[1]);
    }
}

TEST_CASE("alias: a ruling that names a duplicate makes an alias of the first") {
    Book book;
    const OpId first = book.earn(1, 10'000, 100, {}, "B7");
    const OpId again = book.earn(1, 10'000, 100, {}, "B7");
    Earn other;
    other.amount_minor = 10'000;
    other.points = 100;
    const OpId third = book.add(1, other, {.duplicate_of = again});
    CHECK(book.account.aliases == std::vector<Alias>{{again, first}, {third, first}});
}

TEST_CASE("waiting: the reverse of an adjustment settles when the adjustment comes") {
    for (const Points points : {1, 30, 50, 80}) {
        Book before, after;
        Reverse body;
        body.is_refund = false;
        body.points = points;
        body.target = with_id(before, 1, Note{}, 2, 2).id;
        const Op undo = with_id(before, 1, body, 2, 3);
        const Op adjust = with_id(before, 1, Adjust{50, AdjustReason::kGoodwill, {}}, 2, 2);
        Sum first, last;
        first.add(adjust), first.add(undo);
        last.add(undo), last.add(adjust);
        CHECK(last.account.waiting.empty());
        check_same(first.account, last.account);
        CHECK(first.moves == last.moves);
        CHECK(last.account.free_total() == 50 - std::min<Points>(points, 50));
    }
}

TEST_CASE("waiting: the reverse of a redemption settles when the redemption comes") {
    for (const Points points : {1, 40, 60, 100}) {
        Book book;
        Redeem spend;
        spend.points = 60;
        spend.value_minor = 600;
        const Op earn = with_id(book, 1, Earn{.amount_minor = 4'000, .points = 40}, 2, 1);
        const Op redeem = with_id(book, 1, spend, 2, 2);
        Reverse body;
        body.is_refund = false;
        body.points = points;
        body.target = redeem.id;
        const Op undo = with_id(book, 1, body, 2, 3);
        Sum first, last;
        first.add(earn), first.add(redeem), first.add(undo);
        last.add(undo), last.add(earn), last.add(redeem);
        CHECK(last.account.waiting.empty());
        check_same(first.account, last.account);
        CHECK(first.moves == last.moves);
    }
}

TEST_CASE("sale: without a member it is counted once, or not at all when ruled so") {
    Book book;
    Op sale = book.op(1, Sale{.bill = {"B1", "", 0}, .amount_minor = 700, .lines = {}});
    sale.member = {};
    CHECK(fold_sale(sale).moves.size() == 1);
    CHECK(fold_sale(sale, {.quarantined = true}).moves.empty());
    const Folded again = fold_sale(sale, {.duplicate_of = sale.id});
    CHECK(again.outcome == Outcome::kDuplicate);
    CHECK(again.moves.empty());
    CHECK(again.reason == "bill B1 has been counted as " + op_text(sale.id));
}
