// What each kind of operation says: every input that was used, and the result (domain, section 2). Values; nothing here
// is ever removed or renumbered.
#pragma once

#include <memory>

#include "common/domain/op_parts.h"

namespace tally::domain {

struct Register {
    std::string channel;  // "store", "web", "import" ...
    Day joined_day = 0;
    std::string opening_tier;  // of another system's import; else empty
    std::vector<Presented> identities;
    bool operator==(const Register&) const = default;
};
struct ProfileEdit {
    std::vector<Field> fields;  // which were set; an absent value in the sealed map clears
    bool operator==(const ProfileEdit&) const = default;
};
struct IdentityBind {
    Presented identity;
    bool bound = true;  // false: unbind
    Verification verification = Verification::kStated;
    Day verified_day = 0;
    bool operator==(const IdentityBind&) const = default;
};
struct Consent {
    std::string purpose;
    bool granted = false;
    std::string wording_version;
    std::string channel;
    std::vector<OpId> observed;  // consent operations of this purpose that were known where this was made
    bool operator==(const Consent&) const = default;
};
// What one rule of the programme gave, and what had been used of its caps before. Without a rule's name: the base rate.
struct EarnPart {
    std::string rule;
    Points points = 0;       // its share of the result, by largest remainder, after caps
    Points used_day = 0;     // points that it gave this member before: on this day
    Points used_member = 0;  // ever
    // Of a rule with a campaign: what it had given all members, as far as the terminal knew.
    Points used_campaign = 0;
    bool operator==(const EarnPart&) const = default;
};

struct Earn {
    Bill bill;
    Minor amount_minor = 0;    // the bill's net amount, >= 0
    Minor eligible_minor = 0;  // the part that earns
    std::vector<BillLine> lines;
    std::string tier;     // the tier it was computed with
    Points cap_used = 0;  // of the programme's day cap, before this bill
    bool first_purchase = false;
    Points points = 0;           // the result
    std::optional<Day> expires;  // last usable day; none: never
    std::optional<Day> unlocks;  // first usable day; none: at once
    bool born_leased = false;
    // What the rules' conditions saw besides.
    std::uint16_t minute = 0;           // of the local day, 0 .. 1439
    std::string channel;                // empty: the store
    std::uint32_t occasions = 0;        // Occasion bits that hold, of those that the programme asks for
    std::vector<std::string> segments;  // of those that the programme asks for
    Minor paid_with_points_minor = 0;   // the part of the bill that points or stored benefits paid
    std::vector<EarnPart> parts;        // empty: the base rate alone, without caps
    std::optional<Day> late_for;        // of a forgotten bill: the day of its sale without a member, which counts there
    bool operator==(const Earn&) const = default;
};
struct Sale {  // without a member: moves store totals only; a negative amount is a refund
    Bill bill;
    Minor amount_minor = 0;
    std::vector<BillLine> lines;
    bool operator==(const Sale&) const = default;
};
struct Redeem {
    Bill bill;
    Points points = 0;      // the result: what the member pays
    Minor value_minor = 0;  // what the member gets for it
    Minor order_minor = 0;  // the bill it pays for
    Points balance_seen = 0;
    std::vector<LotTake> takes;
    bool offline = false;
    std::string reward;       // of the programme; empty: points as money
    std::uint32_t count = 0;  // of the reward
    bool leased = false;      // `takes` are slices leased to this terminal and epoch, and are all of `points`
    bool operator==(const Redeem&) const = default;
};
enum class AdjustReason : std::uint8_t { kGoodwill = 1, kCorrection, kEvent, kOther };
struct Adjust {
    Points points = 0;  // signed, not zero; the reason in words is sealed (Field::kReason)
    AdjustReason reason = AdjustReason::kOther;
    std::optional<Day> expires;
    std::string code;  // one of the programme's reason codes; may be empty
    bool operator==(const Adjust&) const = default;
};
// Undoes an earn, an adjust or a redeem. Exactly one of: `target`; `target_bill_no` (a sale that this till has not
// seen: it waits until the sale is folded); neither (a refund without a bill: `points` at today's rate).
struct Reverse {
    OpId target;
    std::string target_store;  // of target_bill_no; empty: any store of the chain
    std::string target_bill_no;
    Bill bill;                         // of the refund itself
    bool is_refund = true;             // a refund of money counts as a bill; undoing a redeem or an adjust does not
    Minor amount_minor = 0;            // refunded, >= 0
    Points points = 0;                 // the result as the till saw it: taken from an earn, given back of a redeem
    std::optional<Day> grace_through;  // points given back whose lot has expired are usable through this day; none: not
    bool operator==(const Reverse&) const = default;
};
struct Note {  // the text is sealed (Field::kNote)
    bool operator==(const Note&) const = default;
};
struct Expire {  // HQ only: free points of lots past their date
    std::vector<LotTake> lots;
    bool operator==(const Expire&) const = default;
};

// Points from another source than a purchase. Counts once for each (rule, key) of a person, also after a merge.
struct Bonus {
    std::string rule;   // of the programme
    std::string key;    // what makes it once-only: empty: once per person; a day, an event, the other member ...
    Points points = 0;  // > 0
    std::optional<Day> expires;  // last usable day; none: never
    std::optional<Day> unlocks;  // first usable day; none: at once
    Points used_day = 0;         // of the rule's caps, before
    Points used_member = 0;
    bool operator==(const Bonus&) const = default;
};
// HQ only: points that the member had in another system. One lot.
struct OpeningBalance {
    Points points = 0;  // > 0
    Day earned_day = 0;
    std::optional<Day> expires;
    bool operator==(const OpeningBalance&) const = default;
};
enum class TierCause : std::uint8_t { kUpgrade = 1, kDowngrade, kRetain, kManual, kManualEnd };
// A person sets a floor (kManual, kManualEnd); the others are HQ's decisions alone.
struct TierChange {
    std::string level;  // of the programme; of kManualEnd: empty
    TierCause cause = TierCause::kUpgrade;
    std::int64_t value = 0;      // the qualifying value that was found
    std::optional<Day> through;  // last day before it is looked at again, or of the floor; none: never
    bool operator==(const TierChange&) const = default;
};
using CouponId = FixedBytes<struct CouponIdTag, 16>;  // UUIDv7
enum class CouponCause : std::uint8_t {
    kByHand = 1,
    kBirthday,
    kAnniversary,
    kFirstOrder,
    kTierGift,
    kNextOrder,
    kSignUp,
    kCampaign
};
inline constexpr std::size_t kCouponKeyBytesMax = 64;
struct CouponIssue {
    CouponId coupon;
    std::string template_id;
    CouponCause cause = CouponCause::kByHand;
    std::string key;  // once-only with the template, as of a Bonus; empty: as often as issued
    OpId from;        // the operation that gave it; none: none
    Day valid_from = 0;
    std::optional<Day> valid_through;
    bool operator==(const CouponIssue&) const = default;
};
// Holds a single-use coupon, and its part of the campaign's budget, for this terminal once HQ has accepted it.
struct CouponReserve {
    CouponId coupon;
    Minor budget_minor = 0;  // the most that it may take off
    bool operator==(const CouponReserve&) const = default;
};
struct CouponRedeem {
    CouponId coupon;
    Bill bill;
    Minor order_minor = 0;     // what it was used on
    Minor discount_minor = 0;  // the result
    bool gives_back = false;   // a full refund of the bill gives the coupon back
    bool operator==(const CouponRedeem&) const = default;
};
struct CouponVoid {  // ends a coupon; of a reserved one: ends the reservation alone
    CouponId coupon;
    bool reservation_only = false;
    bool operator==(const CouponVoid&) const = default;
};

inline constexpr std::size_t kSlicesPerOpMax = 1000;
// Leases: named slices of named lots that one epoch of one terminal alone may redeem.
struct LeaseGrant {  // HQ only: free points become the holder's
    TerminalId holder = 0;
    Epoch epoch;
    std::vector<LotTake> slices;
    Day through = 0;  // its end: the last day on which the holder begins a redemption from it
    bool operator==(const LeaseGrant&) const = default;
};
struct LeaseReturn {  // by the holder, of its own epoch: exactly what it names is free again
    std::vector<LotTake> slices;
    bool operator==(const LeaseReturn&) const = default;
};
// A person, at HQ: what a silent holder keeps is free again, at the chain's risk: what the holder redeemed of it all
// the same is the chain's loss.
struct LeaseWriteOff {
    TerminalId holder = 0;
    Epoch epoch;
    std::vector<LotTake> slices;
    bool operator==(const LeaseWriteOff&) const = default;
};

// HQ only, by a person: an operation that was held, or kept as a branch, counts from here. It is carried whole, so that
// the log is folded without looking back.
struct Op;
struct Release {
    Bytes bytes;                   // exactly as its terminal hashed them
    std::shared_ptr<const Op> op;  // what they say: never another release, nor a refused reservation
    // Of a branch: another operation has its id, so that what it makes is named by the release's id.
    bool renamed = false;
    bool operator==(const Release& other) const { return bytes == other.bytes && renamed == other.renamed; }
};
inline constexpr std::size_t kReleasedBytesMax = 255 * 1024;  // below wire::kOpBytesMax, with the release around it

}  // namespace tally::domain
