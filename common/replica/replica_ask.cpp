// Questions that the rules of selling put to the log.
#include <cstdlib>

#include "common/domain/bill_key.h"
#include "common/replica/replica_state.h"

namespace tally::replica {

static_assert(static_cast<int>(domain::OpKind::kAdjust) == 8, "schema.h's index and the query below say so");
static_assert(static_cast<int>(domain::BillKind::kSale) == 1, "the query below says so");

// Back from the newest to the day before: a clock that stepped back over midnight in between hides what lies behind.
Result<domain::CashierDay> Replica::cashier_day(std::uint32_t cashier, Day day) {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(Query q, state_->use("SELECT pos FROM op_log WHERE kind = 8 ORDER BY pos DESC"));
    domain::CashierDay sum;
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) return sum;
        TALLY_TRY(const StoredOp stored, state_->stored_op(q->int64(0)));
        if (stored.op.business_day < day) return sum;
        const auto& adjust = std::get<domain::Adjust>(stored.op.body);
        if (stored.op.business_day != day || stored.op.cashier != cashier || !stored.op.over_limit.empty()) continue;
        sum.adjusts += 1;
        sum.adjusted_points += std::abs(adjust.points);
    }
}

Result<std::optional<LoggedOp>> Replica::sale_of_bill(const domain::Bill& bill, Day day) {
    TALLY_TRY(const std::int64_t pos, state_->pos_of_bill(day, {domain::BillKind::kSale, bill, 0}));
    if (pos == 0) return std::optional<LoggedOp>();
    TALLY_TRY(const StoredOp stored, state_->stored_op(pos));
    return operation(stored.op.id);
}

Result<std::optional<LoggedOp>> Replica::sale_of_bill(const std::string& bill_no, Day from, Day through) {
    std::optional<domain::OpId> found;
    {
        TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
        TALLY_TRY(Query q, state_->use("SELECT pos FROM own_bill WHERE day BETWEEN ?1 AND ?2 AND kind = 1 AND "
                                       "bill_no = ?3 ORDER BY day DESC, pos DESC LIMIT 1"));
        q->bind(1, std::int64_t{from}).bind(2, std::int64_t{through}).bind(3, std::string_view(bill_no));
        TALLY_TRY(const bool row, q->step());
        if (!row) return std::optional<LoggedOp>();
        const std::int64_t pos = q->int64(0);  // below 0: given back by headquarters
        TALLY_TRY(const StoredOp stored, state_->stored_op(pos));
        found = stored.op.id;
    }
    return operation(*found);
}

}  // namespace tally::replica
