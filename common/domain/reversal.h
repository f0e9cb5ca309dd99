// How points are taken back from an account and given back to it (LAWS.md). Internal to the fold.
#pragma once

#include "common/domain/account.h"

namespace tally::domain {

Lot* lot_of(Account& account, const OpId& maker);             // null: none
Redemption* redemption_of(Account& account, const OpId& op);  // null: none
OpId first_of(const Account& account, const OpId& named);     // what an alias stands for, else `named`

// Takes `points` from `first` (may be null), then from the others in redemption order; what is missing becomes debt.
void take(Account& account, Lot* first, Points points);
void net_debt(Account& account);  // against any free points

// Both return what they move at the store and on the day of the reversal. Of a sale by amount, its own lot first; of a
// lot that is no sale by points.
StoreDay undo_lot(Account& account, Lot& lot, Minor amount_minor, Points points);
StoreDay undo_redemption(Account& account, Redemption& redemption, Points points);

}  // namespace tally::domain
