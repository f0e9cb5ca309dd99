// The business key of an operation's bill, and what counts as the same bill entered again. Pure.
#pragma once

#include <optional>

#include "common/domain/op.h"

namespace tally::replica {

enum class BillKind : std::uint8_t { kSale = 1, kRefund = 2, kRedemption = 3 };  // stored: never renumber

struct BillKey {
    BillKind kind = BillKind::kSale;
    domain::Bill bill;
    std::int64_t amount = 0;  // minor units; of a redemption: points. The sign is the kind's.
};

// None for an operation without a numbered bill.
std::optional<BillKey> bill_key(const domain::Body& body);

// The same key was met: is it the same thing once more? (Points and targets may differ: they follow from what was
// known.)
bool is_same_bill(const domain::Op& first, const domain::Op& again);

}  // namespace tally::replica
