// What a received account must hold so that no operation folded on it can break an invariant of the fold (which
// asserts): redemptions and their lots agree. wire::decode_account has checked ranges and sums (L1..L3, A1, A2) before.
// Pure.
#pragma once

#include "common/domain/account.h"

namespace tally::replica {

// R1: of each redemption, takes + overdrawn = points - reversed.  R2: a lot's redeemed = what redemptions took of it.
// R3: overdrawn points are open debt or were netted.  kDamaged names the first that fails.
Status check_received(const domain::Account& account);

}  // namespace tally::replica
