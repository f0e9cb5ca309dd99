// A member's ledger state: what fold() makes of the member's operations in their order. A value; holds no personal
// data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/domain/account_index.h"
#include "common/domain/op.h"

namespace tally::domain {

enum class LotSource : std::uint8_t {  // stored and sent: never renumber
    kSale = 0,
    kAdjustment,
    kBonus,
    kOpening,
    kGivenBack  // points of a redemption that came back after their lot had expired
};

// What an earn, an upward adjustment, a bonus or an opening balance left. A lot of 0 points stays as the record of its
// sale. Invariant L1: issued + loss = free + leased + redeemed + expired + taken.  L2: 0 <= netted <= taken.  L3: 0 <=
// reversed <= issued.
struct Lot {
    OpId maker;
    std::string store;
    std::string bill_no;
    std::string till;
    std::uint32_t part = 0;
    Day day = 0;                 // business day of its operation; of a late earn: of the sale
    std::uint16_t minute = 0;    // of that day, local
    Minor amount_minor = 0;      // of the sale
    Minor refunded_minor = 0;    // of it, so far, at most amount_minor
    std::optional<Day> expires;  // last usable day; none: never
    std::optional<Day> unlocks;  // first usable day; none: at once. Until then `free` is locked
    Points issued = 0;
    Points free = 0;
    Points leased = 0;    // what holders may redeem, and nobody else (Slice::outstanding)
    Points loss = 0;      // redeemed although it had been written off and spent: the chain's, never the member's
    Points redeemed = 0;  // net of reversals
    Points expired = 0;
    Points taken = 0;     // by reversals (its own or another lot's), downward adjustments and debt
    Points netted = 0;    // the part of `taken` that paid debt
    Points reversed = 0;  // of this lot's issue that reversals asked for, from wherever they were taken
    LotSource source = LotSource::kSale;
    std::string rule;             // of a bonus
    std::vector<EarnPart> parts;  // of a sale that rules added to
    bool operator==(const Lot&) const = default;
    Minor kept_minor() const { return amount_minor - refunded_minor; }
    // States that were stored before there were sources know an adjustment by having no bill and no amount.
    bool is_sale() const { return source == LotSource::kSale && (!bill_no.empty() || amount_minor != 0); }
    bool is_locked_on(Day today) const { return unlocks && today < *unlocks; }
    bool usable_on(Day today) const { return !is_locked_on(today) && (!expires || today <= *expires); }
};

// What headquarters leased of one lot to one epoch of a terminal's log. Invariant S1: 0 <= outstanding <= granted.  S2:
// 0 <= risk <= written_off.  S3: a lot's `leased` is the sum of its slices' `outstanding`.  S4: a lot's `loss` is at
// most the sum of their `written_off`.
inline constexpr Points kGrantedMax = Points{1} << 60;  // of one slice, ever
struct Slice {
    TerminalId holder = 0;
    Epoch epoch;
    std::uint32_t lot = 0;       // its index in Account::lots
    Points granted = 0;          // ever, and what was born leased
    Points outstanding = 0;      // neither redeemed, returned nor written off
    Points written_off = 0;      // ever
    Points risk = 0;             // of that, what the holder may still turn out to have redeemed
    std::optional<Day> through;  // the lease's end; none: only born leased so far, which ends when the line is back
    bool operator==(const Slice&) const = default;
    bool is_of(TerminalId terminal, const Epoch& of) const { return holder == terminal && epoch == of; }
};

struct Redemption {
    OpId op;
    Day day = 0;
    Points points = 0;
    Points reversed = 0;
    Minor value_minor = 0;
    std::string store;
    std::string bill_no;
    std::string reward;          // empty: points as money
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
    Points points = 0;  // counts where the target is no sale: an adjustment, a bonus or a redemption
    std::optional<Day> grace_through;
    bool operator==(const WaitingReverse&) const = default;
};

// What a refund, another reversal or a downward adjustment moved: it makes no lot, so this is its line in a member's
// history. Its takes and its debt add up to its points. For people; no rule looks at it.
struct Reversal {
    OpId op;
    Day day = 0;
    bool is_adjustment = false;
    std::string bill_no;         // of the refund itself; may be empty
    Minor amount_minor = 0;      // given back, >= 0; 0 where it is no refund
    Points points = 0;           // signed: below 0 taken from the member; 0 while it waits for what it undoes
    std::vector<LotTake> takes;  // from which lots it took; to which it gave back
    Points debt = 0;             // what no lot could give; of an undone redemption: the debt that it lowered
    OpId of;                     // the sale, adjustment, bonus or redemption it undid; none: none, or while it waits
    bool without_bill = false;   // a refund that names no sale: it counts on its own day
    bool operator==(const Reversal&) const = default;
};

// What one rule has given this member. Caps read `total`, the simulation of a programme `day` and `on_day` too; nothing
// reads `times` yet.
struct RuleUse {
    std::string rule;
    Points total = 0;
    Day day = 0;  // the newest
    Points on_day = 0;
    std::int64_t times = 0;
    bool operator==(const RuleUse&) const = default;
};

// A once-only benefit that this person has had (a bonus, a coupon's issue).
struct OnceKey {
    std::string rule;  // of a bonus; of a coupon: once_rule_of_coupon(its template)
    std::string key;
    OpId op;
    bool operator==(const OnceKey&) const = default;
};

// No rule's id holds a '/', so that a bonus and a coupon of one name are two benefits.
inline std::string once_rule_of_coupon(const std::string& template_id) { return "coupon/" + template_id; }

enum class CouponState : std::uint8_t { kIssued = 1, kReserved, kRedeemed, kVoid };  // stored and sent: never renumber
struct Coupon {
    CouponId id;
    std::string template_id;
    CouponCause cause = CouponCause::kByHand;
    CouponState state = CouponState::kIssued;
    OpId issued_by;  // the operation
    OpId from;       // what gave it; none: nothing, or the state is of before this was kept
    Day valid_from = 0;
    std::optional<Day> valid_through;
    TerminalId reserved_by = 0;
    Epoch reserved_epoch;  // of that terminal's log; zero: not known, so that only headquarters ends it
    Day reserved_day = 0;
    Minor budget_minor = 0;  // reserved
    OpId redeemed_by;        // the operation; of a coupon that was given back: the last one
    std::string store;       // and its bill
    std::string bill_no;
    Day redeemed_day = 0;
    Minor discount_minor = 0;
    bool gives_back = false;
    bool operator==(const Coupon&) const = default;
    // A reservation is its terminal's in the epoch that asked: what an earlier epoch sold under its own may be lost.
    bool is_held_by(TerminalId terminal, const Epoch& epoch) const {
        return state == CouponState::kReserved && reserved_by == terminal && reserved_epoch == epoch &&
               !epoch.is_zero();
    }
    bool usable_on(Day today) const {
        return (state == CouponState::kIssued || state == CouponState::kReserved) && today >= valid_from &&
               (!valid_through || today <= *valid_through);
    }
};

// The tier as HQ settled it. What a till shows may be higher: tiers.h.
struct TierStanding {
    std::optional<Day> since;    // of the last change or renewal
    std::optional<Day> through;  // last day before HQ looks at it again; none: no end
    std::string floor;           // a person's floor; empty: none
    std::optional<Day> floor_through;
    std::uint64_t lots_before = 0;  // how many lots the account had then: what they brought has had its effect
    bool operator==(const TierStanding&) const = default;
};

// Invariant A1: sum(lot.taken) + sum(lot.redeemed) + debt = reversed_total + redeemed_total.
//           A2: debt > 0 implies no free points in any lot that has no unlocking day.
//           A3: sum(lot.issued) = earned + adjusted_up + bonus + opening + given_back totals.
struct Account {
    std::uint64_t folded_ops = 0;  // of this member
    Points debt = 0;
    Points earned_total = 0;       // issued by earns
    Points adjusted_up_total = 0;  // issued by adjustments
    Points reversed_total = 0;     // asked for by reversals of issue and by downward adjustments
    Points redeemed_total = 0;     // net of reversals
    Points bonus_total = 0;        // issued by bonuses
    Points opening_total = 0;      // issued by opening balances
    Points given_back_total = 0;   // issued again with grace days; reversed_total holds them too
    Minor spend_minor = 0;         // net of refunds
    std::int64_t bills = 0;        // sales and refunds
    std::string tier;
    TierStanding standing;
    std::vector<Lot> lots;  // in order of folding
    std::vector<Redemption> redemptions;
    std::vector<WaitingReverse> waiting;
    std::vector<Alias> aliases;       // in order of folding
    std::vector<Reversal> reversals;  // in order of folding
    std::vector<RuleUse> uses;        // in order of first use
    std::vector<OnceKey> once;        // in order of folding
    std::vector<Coupon> coupons;      // in order of issue
    std::vector<Slice> slices;        // in order of their first grant
    AccountIndexHolder index;         // a cache of the fold's: no part of the value
    bool operator==(const Account&) const = default;

    // Free and leased points of lots usable on `today`, less debt.
    Points balance_on(Day today) const;
    Points free_total() const;  // locked ones too, leased ones not
    Points leased_total() const;
    Points locked_on(Day today) const;
    Points expired_total() const;
};

// Indices of lots in redemption order: soonest expiry first, never-expiring last, ties in order of folding.
std::vector<std::size_t> redemption_order(const Account& account);

// Checks L1..L3, S1..S4, A1..A3 and that nothing is negative; kBug names the first that fails.
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
