// What operations are made of: amounts, identities, bills, lots. Values; nothing here is ever removed or renumbered.
#pragma once

#include <map>
#include <optional>
#include <string>
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

}  // namespace tally::domain
