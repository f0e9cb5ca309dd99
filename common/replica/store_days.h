// The confirmed totals of the stores' days, as rows. Internal to common/replica. Inside a transaction.
#pragma once

#include "common/replica/replica_state.h"

namespace tally::replica {

struct StoreDayTotals {
    domain::StoreDay totals;
    Coverage covered;  // this till's operations that are in them
};

Status save_day(ReplicaState& replica, std::string_view store, Day day, const StoreDayTotals& row);  // or replaces it
// What one operation of this log moved, into the row that is here, where it is not in it already.
Status add_to_day(ReplicaState& replica, const domain::StoreMove& move, std::int64_t pos);

}  // namespace tally::replica
