// The operations: the only truth about members (domain, section 2). A value of what the hashed bytes say; the bytes
// themselves are made once by wire/op_codec and never re-serialised. Personal fields are not in here: they travel
// sealed beside the bytes (profile.h), which hold only `sealed_hash`. Nothing here is ever removed or renumbered.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/timezone.h"
#include "common/domain/hlc.h"
#include "common/domain/ids.h"

namespace tally::domain {

using Points = std::int64_t;
using Minor = std::int64_t;                                // money in the minor unit (fen, cent)
inline constexpr Minor kAmountMinorMax = 100'000'000'000;  // one bill: a thousand million units
inline constexpr Day kBusinessDayMin = -719'162;           // 0001-01-01
inline constexpr Day kBusinessDayMax = 2'932'896;          // 9999-12-31
inline constexpr Points kPointsMax = 1'000'000'000'000;    // one operation

// How a member was found or named. Values are stored: never renumber.
enum class IdentityKind : std::uint8_t {
    kNone = 0,
    kPhone,
    kCard,
    kEmail,
    kChannelUser,
    kExternalRef,
    kName,
    kMemberCode
};

// Sealed with the member's key; the map's values are UTF-8, at most 1,000 bytes each.
enum class Field : std::uint8_t {
    kNone = 0,
    kName,
    kPhone,
    kCard,
    kEmail,
    kBirthday,
    kExternalRef,
    kNote,
    kReason,
    kPhoneAsWritten,
    kIdentity
};
using PersonalFields = std::map<Field, std::string>;
inline constexpr std::size_t kFieldBytesMax = 1000;

// `tag` = BLAKE2b-128 keyed with the member's key over kind || value: tells which identity was meant without saying it,
// and tells nothing once the key is erased. Empty (zero) where the member's key was not known at the till.
using IdentityTag = FixedBytes<struct IdentityTagTag, 16>;
struct Presented {
    IdentityKind kind = IdentityKind::kNone;
    IdentityTag tag;
    bool operator==(const Presented&) const = default;
};

enum class Verification : std::uint8_t { kStated = 0, kEchoedCode, kPhoneCode, kDocument, kChannel };

struct Bill {
    std::string bill_no;  // at most kBillNoBytesMax
    std::string till;     // empty: the terminal is the till
    std::uint32_t part = 0;
    bool operator==(const Bill&) const = default;
};

struct BillLine {
    std::string sku;
    std::string category;
    std::int64_t quantity_milli = 1000;
    Minor amount_minor = 0;
    bool excluded = false;  // earns nothing
    Points points = 0;      // its share
    bool operator==(const BillLine&) const = default;
};

struct LotTake {
    OpId lot;
    Points points = 0;
    bool operator==(const LotTake&) const = default;
};

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
struct Earn {
    Bill bill;
    Minor amount_minor = 0;    // the bill's net amount, >= 0
    Minor eligible_minor = 0;  // the part that earns
    std::vector<BillLine> lines;
    std::string tier;     // the tier it was computed with
    Points cap_used = 0;  // of the caps in force, before this bill
    bool first_purchase = false;
    Points points = 0;           // the result
    std::optional<Day> expires;  // last usable day; none: never
    std::optional<Day> unlocks;
    bool born_leased = false;
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
    bool operator==(const Redeem&) const = default;
};
enum class AdjustReason : std::uint8_t { kGoodwill = 1, kCorrection, kEvent, kOther };
struct Adjust {
    Points points = 0;  // signed, not zero; the reason in words is sealed (Field::kReason)
    AdjustReason reason = AdjustReason::kOther;
    std::optional<Day> expires;
    bool operator==(const Adjust&) const = default;
};
// Undoes an earn, an adjust or a redeem. Exactly one of: `target`; `target_bill_no` (a sale that this till has not
// seen: it waits until the sale is folded); neither (a refund without a bill: `points` at today's rate).
struct Reverse {
    OpId target;
    std::string target_store;  // of target_bill_no; empty: any store of the chain
    std::string target_bill_no;
    Bill bill;               // of the refund itself
    bool is_refund = true;   // a refund of money counts as a bill; undoing a redeem or an adjust does not
    Minor amount_minor = 0;  // refunded, >= 0
    Points points = 0;       // the result as the till saw it: taken from an earn, given back of a redeem
    bool operator==(const Reverse&) const = default;
};
struct Note {  // the text is sealed (Field::kNote)
    bool operator==(const Note&) const = default;
};
struct Expire {  // HQ only: free points of lots past their date
    std::vector<LotTake> lots;
    bool operator==(const Expire&) const = default;
};

using Body =
    std::variant<Register, ProfileEdit, IdentityBind, Consent, Earn, Sale, Redeem, Adjust, Reverse, Note, Expire>;

enum class OpKind : std::uint8_t {
    kRegister = 1,
    kProfileEdit,
    kIdentityBind,
    kConsent,
    kEarn,
    kSale,
    kRedeem,
    kAdjust,
    kReverse,
    kNote,
    kExpire
};
OpKind kind_of(const Body& body);
std::string_view kind_name(OpKind kind);

struct Op {
    OpId id;
    Hash previous_hash;    // of the operation before; of a new epoch's first: the last known of the epoch before
    Epoch previous_epoch;  // set only on an epoch's first operation; zero when there was none
    Hlc at;
    Day business_day = 0;  // in the chain's time zone
    std::string store;
    std::uint32_t cashier = 1;
    MemberId member;  // zero for a sale without a member
    Presented presented;
    std::uint64_t programme_version = 0;
    Hash sealed_hash;  // BLAKE2b-256 of the sealed fields; zero when there are none
    Body body;
    bool operator==(const Op&) const = default;
};

// What the grammar cannot say: ranges of amounts and points, lengths, one target at most. Every operation is checked by
// whoever makes it and by whoever receives it. kInvalid names the field.
Status check_op(const Op& op);

}  // namespace tally::domain
