// Leases in the fold: lease.md's "HQ keeps", one operation at a time, and then any of them in any order.
#include <doctest/doctest.h>

#include "common/base/random.h"
#include "tests/support/book.h"
#include "tests/support/check.h"
#include "tests/support/seed.h"

using namespace tally;
using namespace tally::domain;

namespace {

constexpr TerminalId kHolder = 5, kOtherHolder = 6;
constexpr Day kLeaseDay = 20'000;

Epoch epoch_filled(std::uint8_t byte) {
    Epoch out;
    out.bytes.fill(byte);
    return out;
}

struct LeaseBook {
    Account account;
    std::uint64_t seq = 0;
    OpId last;

    Folded fold_at(TerminalId terminal, Body body, const Ruling& ruling = {}, Day day = kLeaseDay, Epoch epoch = {}) {
        Op op;
        op.id = {terminal, epoch.is_zero() ? epoch_filled(static_cast<std::uint8_t>(terminal)) : epoch, ++seq};
        op.member.bytes[0] = 1;
        op.store = "S1";
        op.business_day = day;
        op.body = std::move(body);
        last = op.id;
        CHECK_DONE(check_op(op));
        Folded out = MUST(domain::fold(account, op, ruling));
        CHECK_DONE(check_account(account));
        return out;
    }
    OpId lot(Points points, std::optional<Day> expires = {}) {
        fold_at(kHolder, Adjust{points, AdjustReason::kGoodwill, expires, {}});
        return last;
    }
    static Redeem redeem(Points points, std::vector<LotTake> takes) {
        Redeem out;
        out.points = points;
        out.takes = std::move(takes);
        out.leased = true;
        return out;
    }
    static LeaseGrant grant(TerminalId to, const OpId& lot, Points points) {
        return {to, epoch_filled(static_cast<std::uint8_t>(to)), {{lot, points}}, kLeaseDay};
    }
    static LeaseWriteOff write_off(TerminalId of, const OpId& lot, Points points) {
        return {of, epoch_filled(static_cast<std::uint8_t>(of)), {{lot, points}}};
    }
    const Slice& slice(std::size_t i = 0) const { return account.slices.at(i); }
};

}  // namespace

TEST_CASE("lease: a grant takes free points from everybody else, and no more than there are") {
    LeaseBook book;
    const OpId lot = book.lot(100);
    book.fold_at(kHqTerminal, LeaseBook::grant(kHolder, lot, 70));
    CHECK(book.account.free_total() == 30);
    CHECK(book.account.balance_on(kLeaseDay) == 100);
    book.fold_at(kHqTerminal, LeaseBook::grant(kOtherHolder, lot, 70));
    CHECK(book.account.free_total() == 0);
    CHECK(book.slice(0).outstanding == 70);
    CHECK(book.slice(1).granted == 30);
    // A debit elsewhere finds nothing free: debt, not leased points.
    CHECK(book.fold_at(9, Adjust{-10, AdjustReason::kCorrection, {}, {}}).outcome == Outcome::kAcceptedWithDebt);
    CHECK(book.account.leased_total() == 100);
    CHECK(book.account.debt == 10);
}

TEST_CASE("lease: a redemption draws on its own slices alone, and one that is not covered changes nothing") {
    LeaseBook book;
    const OpId lot = book.lot(100);
    book.fold_at(kHqTerminal, LeaseBook::grant(kHolder, lot, 70));
    const Account before = book.account;
    CHECK(book.fold_at(kHolder, LeaseBook::redeem(71, {{lot, 71}})).outcome == Outcome::kQuarantined);
    CHECK(book.fold_at(kOtherHolder, LeaseBook::redeem(1, {{lot, 1}})).outcome == Outcome::kQuarantined);
    CHECK(book.fold_at(kHolder, LeaseBook::redeem(1, {{lot, 1}}), {}, kLeaseDay, epoch_filled(77)).outcome ==
          Outcome::kQuarantined);
    CHECK(book.account == before);
    CHECK(book.fold_at(kHolder, LeaseBook::redeem(40, {{lot, 40}})).outcome == Outcome::kAccepted);
    CHECK(book.slice().outstanding == 30);
    CHECK(book.account.lots[0].redeemed == 40);
    CHECK(book.account.balance_on(kLeaseDay) == 60);
}

TEST_CASE("lease: a return frees exactly what it names") {
    LeaseBook book;
    const OpId lot = book.lot(100);
    book.fold_at(kHqTerminal, LeaseBook::grant(kHolder, lot, 70));
    CHECK(book.fold_at(kHolder, LeaseReturn{{{lot, 71}}}).outcome == Outcome::kQuarantined);
    CHECK(book.account.free_total() == 30);
    book.fold_at(kHolder, LeaseReturn{{{lot, 20}}});
    CHECK(book.account.free_total() == 50);
    CHECK(book.slice().outstanding == 50);
    CHECK(book.slice().granted == 70);
}

TEST_CASE(
    "lease: what was written off and redeemed all the same takes free points of its lot, then is the chain's loss") {
    LeaseBook book;
    const OpId lot = book.lot(100), other = book.lot(500);
    book.fold_at(kHqTerminal, LeaseBook::grant(kHolder, lot, 100));
    book.fold_at(kHqTerminal, LeaseBook::write_off(kHolder, lot, 100));
    CHECK(book.account.free_total() == 600);
    book.fold_at(kHqTerminal, LeaseBook::grant(kOtherHolder, lot, 60));
    book.fold_at(kOtherHolder, LeaseBook::redeem(60, {{lot, 60}}));
    const OpId second = book.last;
    CHECK(book.fold_at(kHolder, LeaseBook::redeem(90, {{lot, 90}})).outcome == Outcome::kAccepted);
    const OpId first = book.last;
    CHECK(book.account.lots[0].loss == 50);  // 40 were free
    CHECK(book.account.debt == 0);
    CHECK(book.slice().risk == 10);
    CHECK(book.account.balance_on(kLeaseDay) == 500);  // the other lot is not touched
    // Undoing gives back to the chain what it lost before it gives points back.
    Reverse undo;
    undo.target = second;
    undo.is_refund = false;
    undo.points = 30;
    book.fold_at(kOtherHolder, undo);
    CHECK(book.account.lots[0].loss == 20);
    CHECK(book.account.balance_on(kLeaseDay) == 500);
    undo.target = first;
    undo.points = 90;
    book.fold_at(kHolder, undo);
    CHECK(book.account.lots[0].loss == 0);
    CHECK(book.account.balance_on(kLeaseDay) == 570);
    (void)other;
}

TEST_CASE("lease: what was written off and returned all the same has no effect") {
    LeaseBook book;
    const OpId lot = book.lot(100);
    book.fold_at(kHqTerminal, LeaseBook::grant(kHolder, lot, 100));
    book.fold_at(kHqTerminal, LeaseBook::write_off(kHolder, lot, 60));
    book.fold_at(kHolder, LeaseReturn{{{lot, 100}}});
    CHECK(book.account.free_total() == 100);
    CHECK(book.slice().outstanding == 0);
    CHECK(book.slice().risk == 0);
    CHECK(book.account.lots[0].loss == 0);
}

TEST_CASE("lease: of a corrected price the rest is free again, and the slice is spent as it was named") {
    LeaseBook book;
    const OpId lot = book.lot(100);
    book.fold_at(kHqTerminal, LeaseBook::grant(kHolder, lot, 70));
    CHECK(book.fold_at(kHolder, LeaseBook::redeem(60, {{lot, 60}}), {.corrected_points = 45}).outcome ==
          Outcome::kCorrected);
    CHECK(book.slice().outstanding == 10);
    CHECK(book.account.lots[0].redeemed == 45);
    CHECK(book.account.free_total() == 45);
}

TEST_CASE("lease: what is born leased is its till's, also where the member owes points") {
    LeaseBook book;
    book.fold_at(kHolder, Adjust{-30, AdjustReason::kCorrection, {}, {}});
    Earn earn;
    earn.bill.bill_no = "B1";
    earn.amount_minor = earn.eligible_minor = 5'000;
    earn.points = 50;
    earn.born_leased = true;
    book.fold_at(kHolder, earn);
    const OpId lot = book.last;
    CHECK(book.account.debt == 30);
    CHECK(book.account.leased_total() == 50);
    CHECK_FALSE(book.slice().through);
    book.fold_at(kHolder, LeaseReturn{{{lot, 50}}});
    CHECK(book.account.debt == 0);
    CHECK(book.account.free_total() == 20);
}

TEST_CASE("lease: what headquarters lets count of a branch is leased to nobody") {
    LeaseBook book;
    Earn earn;
    earn.bill.bill_no = "B1";
    earn.amount_minor = earn.eligible_minor = 5'000;
    earn.points = 50;
    earn.born_leased = true;
    book.fold_at(kHqTerminal, earn);
    CHECK(book.account.free_total() == 50);
    CHECK(book.account.slices.empty());
}

TEST_CASE("lease: expiry takes free points only; leased ones expire when they are settled") {
    LeaseBook book;
    const OpId lot = book.lot(100, kLeaseDay);
    book.fold_at(kHqTerminal, LeaseBook::grant(kHolder, lot, 70));
    const std::vector<LotTake> due = due_to_expire(book.account, kLeaseDay + 1);
    CHECK(due == std::vector<LotTake>{{lot, 30}});
    book.fold_at(kHqTerminal, Expire{due}, {}, kLeaseDay + 1);
    book.fold_at(kHolder, LeaseBook::redeem(40, {{lot, 40}}), {}, kLeaseDay + 2);  // late, and it stands
    book.fold_at(kHolder, LeaseReturn{{{lot, 30}}}, {}, kLeaseDay + 3);
    CHECK(due_to_expire(book.account, kLeaseDay + 3) == std::vector<LotTake>{{lot, 30}});
}

TEST_CASE("lease: two names of one lot are counted together") {
    LeaseBook book;
    const OpId lot = book.lot(100);
    book.fold_at(kHqTerminal, LeaseBook::grant(kHolder, lot, 70));
    OpId again = lot;
    again.seq = 900;
    book.account.aliases.push_back({again, lot});
    CHECK(book.fold_at(kHolder, LeaseBook::redeem(80, {{lot, 40}, {again, 40}})).outcome == Outcome::kQuarantined);
    CHECK(book.fold_at(kHolder, LeaseBook::redeem(70, {{lot, 40}, {again, 30}})).outcome == Outcome::kAccepted);
}

TEST_CASE("law: whatever is granted, redeemed, returned, written off, refunded and expired, the points add up") {
    const std::uint64_t seed = support::seed();
    MESSAGE("TALLY_SEED=" << seed);
    SeededRandom random(seed);
    const auto below = [&](std::uint64_t bound) { return random.below(bound); };
    for (int round = 0; round < 300; ++round) {
        LeaseBook book;
        std::vector<OpId> lots, redemptions;
        Points printed = 0;
        for (int step = 0; step < 60; ++step) {
            const TerminalId at = below(2) ? kHolder : kOtherHolder;
            const Day day = kLeaseDay + static_cast<Day>(step / 10);
            const Points points = 1 + static_cast<Points>(below(40));
            const OpId some = lots.empty() ? OpId{} : lots[below(lots.size())];
            const Points debt_before = book.account.debt;
            switch (lots.empty() ? 0 : below(9)) {
                case 0: {
                    Earn earn;
                    earn.amount_minor = earn.eligible_minor = points * 100;
                    earn.points = points;
                    earn.born_leased = below(2) != 0;
                    if (below(2)) earn.expires = day + static_cast<Day>(below(3));
                    book.fold_at(at, earn, {}, day);
                    lots.push_back(book.last);
                    break;
                }
                case 1:
                case 2: book.fold_at(kHqTerminal, LeaseBook::grant(at, some, points), {}, day); break;
                case 3:
                case 4: {
                    const Ruling ruling = below(4) ? Ruling{} : Ruling{.corrected_points = points / 2};
                    const Folded folded = book.fold_at(at, LeaseBook::redeem(points, {{some, points}}), ruling, day);
                    CHECK(book.account.debt <= debt_before);  // no redemption by lease makes debt
                    if (folded.outcome == Outcome::kQuarantined) break;
                    redemptions.push_back(book.last);
                    printed += ruling.corrected_points.value_or(points);
                    break;
                }
                case 5: book.fold_at(at, LeaseReturn{{{some, points}}}, {}, day); break;
                case 6: book.fold_at(kHqTerminal, LeaseBook::write_off(at, some, points), {}, day); break;
                case 7: {
                    Reverse undo;
                    undo.target = !redemptions.empty() && below(2) ? redemptions[below(redemptions.size())] : some;
                    undo.is_refund = undo.target == some;
                    (undo.is_refund ? undo.amount_minor : undo.points) = undo.is_refund ? points * 100 : points;
                    const Points redeemed_before = book.account.redeemed_total;
                    book.fold_at(at, undo, {}, day);
                    printed -= redeemed_before - book.account.redeemed_total;
                    break;
                }
                case 8: {
                    const auto due = due_to_expire(book.account, day);
                    if (!due.empty()) book.fold_at(kHqTerminal, Expire{due}, {}, day);
                    break;
                }
            }
            Points issued = 0, written_off = 0, loss = 0;
            for (const Lot& lot : book.account.lots) issued += lot.issued, loss += lot.loss;
            for (const Slice& slice : book.account.slices) written_off += slice.written_off;
            CHECK(loss <= written_off);
            CHECK(printed == book.account.redeemed_total);
            CHECK(printed <= issued + written_off);
        }
    }
}
