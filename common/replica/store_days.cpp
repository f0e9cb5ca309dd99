#include "common/replica/store_days.h"

namespace tally::replica {

Status save_day(ReplicaState& replica, std::string_view store, Day day, const StoreDayTotals& row) {
    TALLY_TRY(Query q, replica.use("INSERT OR REPLACE INTO store_day(store, day, bills, amount_minor, points_earned, "
                                   "points_reversed, points_redeemed, redeemed_minor, covered_pos, covered_beyond) "
                                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"));
    const domain::StoreDay& by = row.totals;
    const Bytes beyond = row.covered.beyond();
    q->bind(1, store).bind(2, std::int64_t{day}).bind(3, by.bills).bind(4, by.amount_minor);
    q->bind(5, by.points_earned).bind(6, by.points_reversed).bind(7, by.points_redeemed).bind(8, by.redeemed_minor);
    q->bind(9, row.covered.prefix());
    if (beyond.empty()) {
        q->bind_null(10);
    } else {
        q->bind(10, ByteView(beyond));
    }
    return q->run();
}

Status add_to_day(ReplicaState& replica, const domain::StoreMove& move, std::int64_t pos) {
    StoreDayTotals row;
    {
        TALLY_TRY(Query q, replica.use("SELECT bills, amount_minor, points_earned, points_reversed, points_redeemed, "
                                       "redeemed_minor, covered_pos, covered_beyond FROM store_day WHERE store = ?1 "
                                       "AND day = ?2"));
        q->bind(1, std::string_view(move.store)).bind(2, std::int64_t{move.day});
        TALLY_TRY(const bool there, q->step());
        if (there) {
            row.totals = {q->int64(0), q->int64(1), q->int64(2), q->int64(3), q->int64(4), q->int64(5)};
            TALLY_TRY(row.covered, Coverage::decode(q->int64(6), q->blob(7)));
        }
    }
    if (row.covered.covers(pos)) return {};
    row.totals += move.by;
    row.covered.add(pos, pos);
    return save_day(replica, move.store, move.day, row);
}

}  // namespace tally::replica
