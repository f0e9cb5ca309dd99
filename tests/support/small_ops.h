// A small alphabet of operations of all kinds, with small numbers and dates, for tests that go through every sequence.
#pragma once

#include "tests/support/book.h"

namespace tally::support {

enum class Letter : int {
    kEarn,        // 3 points through day 5, bill A
    kEarnLocked,  // 5 points from day 3, bill B
    kEarnAgain,   // bill A, typed at another till
    kLate,        // 1 point of a forgotten bill
    kSpendNamed,  // 4 points, names the first earn
    kSpend,       // 2 points of any lot
    kAdjustUp,
    kAdjustDown,
    kRefundHalf,    // of the first earn
    kRefundByBill,  // of bill B, whole
    kRefundBare,    // names no bill
    kUndo,          // 1 point of the first named spend
    kUndoGrace,     // 3 of it, after its lot's end
    kExpire,        // what is due on day 6
    kBonus,
    kOpening,
    kCouponIssue,
    kCouponUse,  // on bill A
    kTier,
    kHeld,  // over a limit
};
inline constexpr int kLetters = 20;

// The n-th operation of this letter; what it names is always the first of its kind, there or not. Nothing: no lot is
// due to expire.
inline std::optional<domain::Op> small_op(const domain::Account& account, Letter letter, int n) {
    using namespace domain;
    const auto id_of = [](Letter of, int count) {
        OpId id;
        id.terminal = of == Letter::kOpening || of == Letter::kTier || of == Letter::kExpire ? kHqTerminal
                      : of == Letter::kEarnAgain                                             ? 3
                                                                                             : 2;
        id.epoch.bytes[0] = 1;
        id.seq = static_cast<std::uint64_t>(static_cast<int>(of) * 100 + count + 1);
        return id;
    };
    const std::string suffix = n == 0 ? "" : std::to_string(n);
    const OpId first_earn = id_of(Letter::kEarn, 0), first_spend = id_of(Letter::kSpendNamed, 0);
    CouponId coupon;
    coupon.bytes[15] = 1;
    Op op;
    op.id = id_of(letter, n);
    op.store = "S1";
    op.member.bytes[15] = 7;
    op.business_day = 1;
    const auto earn = [&](const std::string& bill, Points points, std::optional<Day> expires,
                          std::optional<Day> unlocks) {
        Earn body;
        body.bill = {bill, "T1", 0};
        body.amount_minor = body.eligible_minor = points * 100;
        body.points = points;
        body.expires = expires;
        body.unlocks = unlocks;
        return body;
    };
    switch (letter) {
        case Letter::kEarn: op.body = earn("A" + suffix, 3, 5, {}); break;
        case Letter::kEarnLocked: op.body = earn("B" + suffix, 5, {}, 3); break;
        case Letter::kEarnAgain: op.body = earn("A", 3, 5, {}); break;
        case Letter::kLate: {
            Earn body = earn("L" + suffix, 1, 9, {});
            body.late_for = 0;
            body.parts = {{"tea", 1, 0, 0}};
            op.body = body;
            break;
        }
        case Letter::kSpendNamed:
            op.business_day = 2;
            op.body = Redeem{.points = 4, .value_minor = 40, .takes = {{first_earn, 3}}};
            break;
        case Letter::kSpend:
            op.business_day = 4;
            op.body = Redeem{.points = 2, .value_minor = 20};
            break;
        case Letter::kAdjustUp: op.body = Adjust{2, AdjustReason::kGoodwill, 4}; break;
        case Letter::kAdjustDown:
            op.business_day = 3;
            op.body = Adjust{-3, AdjustReason::kCorrection, {}};
            break;
        case Letter::kRefundHalf:
            op.business_day = 3;
            op.body = Reverse{.target = first_earn, .amount_minor = 150};
            break;
        case Letter::kRefundByBill:
            op.business_day = 3;
            op.body = Reverse{.target_bill_no = "B", .amount_minor = 500};
            break;
        case Letter::kRefundBare:
            op.business_day = 4;
            op.body = Reverse{.amount_minor = 200, .points = 2};
            break;
        case Letter::kUndo:
            op.business_day = 3;
            op.body = Reverse{.target = first_spend, .is_refund = false, .points = 1};
            break;
        case Letter::kUndoGrace:
            op.business_day = 7;
            op.body = Reverse{.target = first_spend, .is_refund = false, .points = 3, .grace_through = 9};
            break;
        case Letter::kExpire: {
            op.business_day = 6;
            const std::vector<LotTake> due = due_to_expire(account, 6);
            if (due.empty()) return std::nullopt;
            op.body = Expire{due};
            break;
        }
        case Letter::kBonus: op.body = Bonus{"welcome", "", 2, 8, {}, 0, 0}; break;
        case Letter::kOpening: op.body = OpeningBalance{4, 0, 6}; break;
        case Letter::kCouponIssue: op.body = CouponIssue{coupon, "tea", CouponCause::kByHand, "", {}, 0, 9}; break;
        case Letter::kCouponUse: op.body = CouponRedeem{coupon, {"A", "T1", 0}, 300, 30, true}; break;
        case Letter::kTier: op.body = TierChange{"silver", TierCause::kUpgrade, 1, 9}; break;
        case Letter::kHeld:
            op.body = Adjust{50, AdjustReason::kGoodwill, {}};
            op.over_limit = "adjust_points_cashier_day";
            break;
    }
    return op;
}

// Goes through every sequence of `letters`, up to `length` of them; `visit(account, ops, folded)` after each operation.
// Each step folds on a copy, as a till does with what it received.
template <class Visit>
void every_sequence(const std::vector<Letter>& letters, int length, const Visit& visit) {
    std::vector<domain::Op> ops;
    std::vector<int> count(kLetters, 0);
    const auto go = [&](const auto& self, const domain::Account& account, const domain::StoreDay& moved) -> void {
        if (static_cast<int>(ops.size()) == length) return;
        for (const Letter letter : letters) {
            const auto op = small_op(account, letter, count[static_cast<std::size_t>(letter)]);
            if (!op) continue;
            domain::Account next = account;
            const auto folded = domain::fold(next, *op);
            REQUIRE(folded.has_value());
            domain::StoreDay sum = moved;
            for (const domain::StoreMove& move : folded->moves) sum += move.by;
            ops.push_back(*op);
            ++count[static_cast<std::size_t>(letter)];
            visit(next, ops, sum);
            self(self, next, sum);
            --count[static_cast<std::size_t>(letter)];
            ops.pop_back();
        }
    };
    go(go, domain::Account{}, domain::StoreDay{});
}

inline std::vector<Letter> all_letters() {
    std::vector<Letter> out;
    for (int i = 0; i < kLetters; ++i) out.push_back(static_cast<Letter>(i));
    return out;
}

}  // namespace tally::support
