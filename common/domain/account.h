// A member's ledger state: what fold() makes of the member's operations in their order. A value; holds no personal
// data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/domain/op.h"

namespace tally::domain {

// What an earn, an upward adjustment or an opening balance left. A lot of 0 points stays as the record of its sale.
// Invariant L1: issued = free + redeemed + expired + taken.  L2: 0 <= netted <= taken.  L3: 0 <= reversed <= issued.
struct Lot {
    OpId maker;
    std::string store;
    std::string bill_no;
    std::string till;
    std::uint32_t part = 0;
    Day day = 0;                 // business day of its operation
    Minor amount_minor = 0;      // of the sale
    Minor refunded_minor = 0;    // of it, so far, at most amount_minor
    std::optional<Day> expires;  // last usable day; none: never
    Points issued = 0;
    Points free = 0;
    Points redeemed = 0;  // net of reversals
    Points expired = 0;
    Points taken = 0;     // by reversals (its own or another lot's), downward adjustments and debt
    Points netted = 0;    // the part of `taken` that paid debt
    Points reversed = 0;  // of this lot's issue that reversals asked for, from wherever they were taken
    bool operator==(const Lot&) const = default;
    bool usable_on(Day today) const { return !expires || today <= *expires; }
};

struct Redemption {
    OpId op;
    Day day = 0;
    Points points = 0;
    Points reversed = 0;
    Minor value_minor = 0;
    Points overdrawn = 0;        // the part no lot could give, not yet reversed
    std::vector<LotTake> takes;  // what each lot gave, not yet reversed
    bool operator==(const Redemption&) const = default;
};

// A duplicate that a reversal may name, and the operation that it repeats: whoever undoes the duplicate undoes the
// first.
struct Alias {
    OpId duplicate;
    OpId first;
    bool operator==(const Alias&) const = default;
};

// A reversal of what has not been folded yet. `target` is never a known duplicate: it has been resolved.
struct WaitingReverse {
    OpId op;
    std::string store;  // of the refund
    Day day = 0;
    OpId target;
    std::string target_store;
    std::string target_bill_no;
    Minor amount_minor = 0;
    Points points = 0;  // counts where the target is no sale: an adjustment or a redemption
    bool operator==(const WaitingReverse&) const = default;
};

// What a refund, another reversal or a downward adjustment moved: it makes no lot, so this is its line in a member's
// history. For people; no rule looks at it.
struct Reversal {
    OpId op;
    Day day = 0;
    bool is_adjustment = false;
    std::string bill_no;     // of the refund itself; may be empty
    Minor amount_minor = 0;  // given back, >= 0; 0 where it is no refund
    Points points = 0;       // signed: below 0 taken from the member; 0 while it waits for what it undoes
    bool operator==(const Reversal&) const = default;
};

// Invariant A1: sum(lot.taken) + sum(lot.redeemed) + debt = reversed_total + redeemed_total.
//           A2: debt > 0 implies no free points in any lot.
struct Account {
    std::uint64_t folded_ops = 0;  // of this member
    Points debt = 0;
    Points earned_total = 0;       // issued by earns
    Points adjusted_up_total = 0;  // issued by adjustments
    Points reversed_total = 0;     // asked for by reversals of issue and by downward adjustments
    Points redeemed_total = 0;     // net of reversals
    Minor spend_minor = 0;         // net of refunds
    std::int64_t bills = 0;        // sales and refunds
    std::string tier;
    std::vector<Lot> lots;  // in order of folding
    std::vector<Redemption> redemptions;
    std::vector<WaitingReverse> waiting;
    std::vector<Alias> aliases;       // in order of folding
    std::vector<Reversal> reversals;  // in order of folding
    bool operator==(const Account&) const = default;

    // Free points of lots usable on `today`, less debt.
    Points balance_on(Day today) const;
    Points free_total() const;
    Points expired_total() const;
};

// Indices of lots in redemption order: soonest expiry first, never-expiring last, ties in order of folding.
std::vector<std::size_t> redemption_order(const Account& account);

// Checks L1..L3, A1, A2 and that nothing is negative; kBug names the first that fails.
Status check_account(const Account& account);

// A store's day holds no total beyond this, so that sums over days stay inside 64 bits.
inline constexpr std::int64_t kStoreDayTotalMax = std::int64_t{1} << 52;

// The totals of one store on one business day (bills counts refunds too; amounts are net).
struct StoreDay {
    std::int64_t bills = 0;
    Minor amount_minor = 0;
    Points points_earned = 0;
    Points points_reversed = 0;
    Points points_redeemed = 0;
    Minor redeemed_minor = 0;
    bool operator==(const StoreDay&) const = default;
    StoreDay& operator+=(const StoreDay& other);
    Points points_net() const { return points_earned - points_reversed; }
};

}  // namespace tally::domain
