// How points are taken back from an account and given back to it (LAWS.md). Internal to the fold.
#pragma once

#include "common/domain/ledger.h"

namespace tally::domain {

// Takes `points` from `first` (may be null, may be locked), what has expired of it included, then from the others that
// are unlocked on `today`, in redemption order; what is missing becomes debt. Both tell `record`, which may be null,
// what came from where.
void take(Ledger& ledger, Lot* first, Points points, Day today, Reversal* record);
void net_debt(Ledger& ledger, Day today);  // against any free points that are unlocked on `today`

// What undoes: the operation, its day and store, its grace, its line in the history.
struct Undo {
    OpId op;
    Day day = 0;
    std::string store;
    std::optional<Day> grace_through;
    Reversal* record = nullptr;
};
// Both return what they move at the store and on the day of the reversal. Of a sale by amount, its own lot first; of a
// lot that is no sale by points.
StoreDay undo_lot(Ledger& ledger, Lot& lot, Minor amount_minor, Points points, const Undo& undo);
// Points go back to their lots, the last one first. With grace days, those of a lot that has expired by then make a lot
// of their own.
StoreDay undo_redemption(Ledger& ledger, Redemption& redemption, Points points, const Undo& undo);

}  // namespace tally::domain
