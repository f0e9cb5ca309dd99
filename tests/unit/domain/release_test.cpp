// Law Q: what a person releases counts at its release as though it had come there, once. Over every sequence of up to
// three small operations and every kind that may be held.
#include "tests/support/small_ops.h"

using namespace tally;
using namespace tally::domain;
using support::Book;
using support::Letter;

namespace {

const std::vector<Letter> kAll = {Letter::kEarn,       Letter::kEarnLocked,   Letter::kEarnAgain, Letter::kLate,
                                  Letter::kSpendNamed, Letter::kSpend,        Letter::kAdjustUp,  Letter::kAdjustDown,
                                  Letter::kRefundHalf, Letter::kRefundByBill, Letter::kUndo,      Letter::kBonus,
                                  Letter::kCouponUse,  Letter::kCouponIssue};

Op release_of(const Op& held, bool renamed = false, std::uint64_t seq = 1) {
    Op out;
    out.id.terminal = kHqTerminal;
    out.id.epoch.bytes[0] = 9;
    out.id.seq = seq;
    out.business_day = held.business_day;
    out.member = held.member;
    out.body = Release{Bytes{1}, std::make_shared<const Op>(held), renamed};
    return out;
}

Op held_op(const Account& account, Letter letter) {
    Op op = *support::small_op(account, letter, 7);  // a number that no sequence reaches
    op.over_limit = "bills_hour";
    return op;
}

// The moves as one, where it happened.
StoreDay sum_of(const Folded& folded) {
    StoreDay out;
    for (const StoreMove& move : folded.moves) out += move.by;
    return out;
}

}  // namespace

TEST_CASE("release: law Q, what is released counts as though it had come there, whatever was folded between") {
    std::size_t seen = 0;
    for (const Letter letter : kAll) {
        support::every_sequence(kAll, 2, [&](const Account& account, const std::vector<Op>&, const StoreDay&) {
            const Op held = held_op(account, letter);
            Account waited = account, came = account;
            REQUIRE(fold(waited, held)->outcome == Outcome::kQuarantined);
            REQUIRE(waited == account);
            REQUIRE(released_op(release_of(held))->over_limit.empty());
            Op free = held;
            free.over_limit.clear();
            const auto direct = fold(came, free);
            const auto released = fold(waited, release_of(held));
            REQUIRE(direct.has_value());
            REQUIRE(released.has_value());
            CHECK(waited == came);
            CHECK(released->outcome == direct->outcome);
            CHECK(released->settled == direct->settled);
            CHECK(sum_of(*released) == sum_of(*direct));
            if (!released->moves.empty()) CHECK(released->moves.front().store == held.store);
            CHECK(check_account(waited).has_value());
            ++seen;
        });
    }
    CHECK(seen > 2'000);
}

TEST_CASE("release: a second release of what moved points or a coupon has no effect") {
    for (const Letter letter : kAll) {
        support::every_sequence(kAll, 1, [&](const Account& account, const std::vector<Op>&, const StoreDay&) {
            const Op held = held_op(account, letter);
            Account once = account;
            const auto first = fold(once, release_of(held));
            REQUIRE(first.has_value());
            Account twice = once;
            const auto again = fold(twice, release_of(held, false, 2));
            REQUIRE(again.has_value());
            CHECK(twice == once);
            const bool may_not_count = first->outcome == Outcome::kQuarantined;
            CHECK(again->outcome == (may_not_count ? Outcome::kQuarantined : Outcome::kDuplicate));
            CHECK(again->moves.empty());
        });
    }
}

TEST_CASE("release: what headquarters rules a duplicate of an earlier release has no effect") {
    Book book;
    Op held = book.op(1, TierChange{"gold", TierCause::kManual, 0, 90});
    Account account;
    const Op first = release_of(held);
    REQUIRE(fold(account, first).has_value());
    CHECK(account.standing.floor == "gold");
    account.standing.floor = "silver";
    const auto again = fold(account, release_of(held, false, 2), {.duplicate_of = first.id});
    REQUIRE(again.has_value());
    CHECK(again->outcome == Outcome::kDuplicate);
    CHECK(account.standing.floor == "silver");
    CHECK(account.aliases.empty());
}

TEST_CASE("release: a bill with another amount counts as a bill of its own, the same amount never twice") {
    Book book;
    const OpId first = book.earn(1, 1000, 10, {}, "77");
    const Op other = book.op(1, Earn{{"77", "", 0}, 900, 900, {}, "", 0, false, 9});
    CHECK(fold(book.account, other)->outcome == Outcome::kQuarantined);
    const auto released = fold(book.account, release_of(other));
    CHECK(released->outcome == Outcome::kAccepted);
    CHECK(book.account.earned_total == 19);
    CHECK(book.account.bills == 2);
    CHECK(book.lot(other.id).amount_minor == 900);

    Op same = book.op(1, Earn{{"77", "", 0}, 1000, 1000, {}, "", 0, false, 10});
    same.id.seq = 40;
    const auto again = fold(book.account, release_of(same, false, 2));
    CHECK(again->outcome == Outcome::kDuplicate);
    CHECK(again->reason.find(op_text(first)) != std::string::npos);
    CHECK(book.account.earned_total == 19);
}

TEST_CASE("release: refunds that waited for what was held settle with its release") {
    Book book;
    Op held = book.op(1, Earn{{"77", "", 0}, 1000, 1000, {}, "", 0, false, 10});
    held.over_limit = "bills_hour";
    book.ops.push_back(held);
    REQUIRE(fold(book.account, held).has_value());
    const OpId refund = book.refund(2, held.id, 500);
    CHECK(book.last.outcome == Outcome::kWaiting);
    const auto released = fold(book.account, release_of(held));
    CHECK(released->settled == std::vector{refund});
    CHECK(book.account.balance_on(2) == 5);
    CHECK(book.account.waiting.empty());
}

TEST_CASE("release: a branch's operation is named by its release, beside the one that has its id") {
    Book book;
    const OpId kept = book.earn(1, 1000, 10, {}, "1");
    Op branch = book.op(1, Earn{{"2", "", 0}, 500, 500, {}, "", 0, false, 5});
    branch.id = kept;
    const Op release = release_of(branch, true);
    const auto folded = fold(book.account, release);
    CHECK(folded->outcome == Outcome::kAccepted);
    REQUIRE(book.account.lots.size() == 2);
    CHECK(book.lot(kept).issued == 10);
    CHECK(book.lot(release.id).issued == 5);
    CHECK(book.lot(release.id).bill_no == "2");
    CHECK(fold(book.account, release_of(branch))->outcome == Outcome::kDuplicate);  // under its own id it is the other
}

TEST_CASE("release: a sale without a member moves its own store on its own day") {
    Book book;
    Op sale = book.op(4, Sale{{"5", "", 0}, 700, {}});
    sale.member = {};
    sale.over_limit = "bills_hour";
    CHECK(fold_sale(sale).outcome == Outcome::kQuarantined);
    Op release = release_of(sale);
    release.business_day = 9;
    REQUIRE(check_op(release).has_value());
    const Folded folded = fold_sale(release);
    REQUIRE(folded.moves.size() == 1);
    CHECK(folded.moves.front().store == "S1");
    CHECK(folded.moves.front().day == 4);
    CHECK(folded.moves.front().by.amount_minor == 700);
    CHECK(fold_sale(release, {.duplicate_of = sale.id}).moves.empty());
    CHECK(fold_sale(release, {.quarantined = true}).moves.empty());
}

TEST_CASE("release: is headquarters' alone, of the same member, and of nothing that cannot be released") {
    Book book;
    const Op held = book.op(1, Note{});
    const auto fault_of = [](Op op) { return check_op(op).has_value() ? std::string() : check_op(op).error().detail; };
    CHECK(fault_of(release_of(held)).empty());
    Op by_till = release_of(held);
    by_till.id.terminal = 2;
    by_till.store = "S1";
    CHECK(fault_of(by_till) == "an operation of headquarters alone");
    Op of_other = release_of(held);
    of_other.member.bytes[15] = 8;
    CHECK(fault_of(of_other) == "a release is of its operation's member");
    CHECK(fault_of(release_of(release_of(held))) == "release: of another release");
    CHECK(fault_of(release_of(book.op(1, CouponReserve{{{1}}, 5}))) ==
          "release: a refused reservation is asked for again");
    Op empty = release_of(held);
    empty.body = Release{};
    CHECK_FALSE(fault_of(empty).empty());
    Op long_one = release_of(held);
    std::get<Release>(long_one.body).bytes.resize(kReleasedBytesMax + 1);
    CHECK(fault_of(long_one) == "release: the operation is too long to be released");
    Op wrong = held;
    wrong.business_day = kBusinessDayMax + 1;
    CHECK(fault_of(release_of(wrong)) == "business day out of range");
    CHECK(kind_of(release_of(held).body) == OpKind::kRelease);
    CHECK(static_cast<int>(OpKind::kRelease) == 22);
}
