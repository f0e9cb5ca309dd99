// Which conflicts are told to the terminal that made the other operation, once of each operation of its own.
#pragma once

#include "hq-server/intake/conflict_rows.h"

namespace tally::intake {

inline constexpr ConflictKind kToldKinds[] = {ConflictKind::kOverdrawn, ConflictKind::kHeldForReview,
                                              ConflictKind::kCouponTwice};

}  // namespace tally::intake
