// The business key of an operation's bill, and what counts as the same bill entered again. Pure.
#pragma once

#include <compare>
#include <optional>

#include "common/domain/op.h"

namespace tally::domain {

// Stored: never renumber. kLate: a forgotten bill that earned afterwards; the sale itself keeps its own key.
enum class BillKind : std::uint8_t { kSale = 1, kRefund = 2, kRedemption = 3, kLate = 4 };

struct BillKey {
    BillKind kind = BillKind::kSale;
    Bill bill;
    std::int64_t amount = 0;  // minor units; of a redemption: points. The sign is the kind's.
};

// None for an operation without a numbered bill. A refund is a bill of its own: its number, not that of what it
// refunds.
std::optional<BillKey> bill_key(const Body& body);

// The same key was met: is it the same thing once more? (Points and targets may differ: they follow from what was
// known.)
bool is_same_bill(const Op& first, const Op& again);

// The business key in the whole chain of stores: no two operations that count share one. A forgotten bill has the day
// of its sale and no till: whoever brings it to its store, at whichever till, it counts once.
struct BusinessKey {
    std::string store;
    Day day = 0;
    std::string till;         // empty: the terminal is the till
    TerminalId terminal = 0;  // 0 where the till has a name
    BillKind kind = BillKind::kSale;
    std::string bill_no;
    std::uint32_t part = 0;
    auto operator<=>(const BusinessKey&) const = default;
};
std::optional<BusinessKey> business_key(const Op& op);  // none where bill_key() has none
Day bill_day(const Op& op);                             // its key's: of a forgotten bill the day of its sale
BusinessKey late_key(BusinessKey of_sale);              // of the same bill, forgotten and brought later
std::string bill_text(const BusinessKey& key);          // "sale 17", for people

}  // namespace tally::domain
