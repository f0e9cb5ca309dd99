// The programme's risk limits once more, on the whole chain's account: what its till could not see is held here.
#include <algorithm>
#include <cstdlib>

#include "common/domain/limits.h"
#include "common/wire/codec.h"
#include "hq-server/intake/intake_limits.h"
#include "hq-server/intake/ledger_work.h"

namespace tally::intake {

using namespace domain;

namespace {

bool counts_for(const Op& op, Outcome outcome, std::uint32_t cashier, Day day, CashierDay& sum) {
    const auto* adjust = std::get_if<Adjust>(&op.body);
    if (!adjust || op.cashier != cashier || op.business_day != day || outcome == Outcome::kQuarantined) return false;
    sum.adjusts += 1;
    sum.adjusted_points += std::abs(adjust->points);
    return true;
}

}  // namespace

// Of this terminal's current epoch alone: no cashier works at two tills at once, and a walk over the other tills' logs
// would cost more than it shows. Adjustments are rare, so the log is walked, back to the day before; once a
// transaction.
Result<CashierDay> LedgerWork::cashier_day(const Op& op) {
    const CashierKey key{op.id.terminal, op.id.epoch, op.cashier, op.business_day};
    if (const auto found = cashier_days_.find(key); found != cashier_days_.end()) return found->second;
    CashierDay sum;
    for (const OpRow& row : ops_) {
        if (row.id.terminal != op.id.terminal || row.id.epoch != op.id.epoch) continue;
        TALLY_TRY(const Op earlier, wire::decode_op(row.bytes));
        counts_for(earlier, row.outcome, op.cashier, op.business_day, sum);
    }
    const std::uint64_t unwritten =
        static_cast<std::uint64_t>(std::count_if(ops_.begin(), ops_.end(), [&](const OpRow& row) {
            return row.id.terminal == op.id.terminal && row.id.epoch == op.id.epoch;
        }));
    std::uint64_t end = op.id.seq - unwritten;  // the first that is not stored
    std::uint64_t walked = 0;
    for (bool is_day_before = false; end > 1 && !is_day_before && walked < kCashierOpsMax;) {
        const std::uint64_t count = std::min<std::uint64_t>(kCashierOpsPerStep, end - 1);
        end -= count;
        walked += count;
        is_day_before = true;
        TALLY_OK(store_.each_op_of_chain(op.id.terminal, op.id.epoch, end, count, [&](const OpRow& row) -> Status {
            TALLY_TRY(const Op earlier, wire::decode_op(row.bytes));
            is_day_before = is_day_before && earlier.business_day < op.business_day;
            counts_for(earlier, row.outcome, op.cashier, op.business_day, sum);
            return {};
        }));
    }
    return cashier_days_[key] = sum;
}

void LedgerWork::note_adjust(const Op& op, Outcome outcome) {
    const auto found = cashier_days_.find({op.id.terminal, op.id.epoch, op.cashier, op.business_day});
    if (found != cashier_days_.end()) counts_for(op, outcome, op.cashier, op.business_day, found->second);
}

Status LedgerWork::hold_over_limit(const Op& op, const Programme* programme, const Account& account, Ruling& ruling,
                                   std::string& reason) {
    if (!programme || !op.over_limit.empty() || ruling.quarantined || ruling.duplicate_of) return {};
    const Limits& limits = programme->limits;
    CashierDay cashier;
    const bool asks_cashier = limits.adjusts_cashier_day > 0 || limits.adjust_points_cashier_day > 0;
    if (asks_cashier && kind_of(op.body) == OpKind::kAdjust) {
        TALLY_TRY(cashier, cashier_day(op));
    }
    const std::string limit = limit_exceeded(*programme, account, op, cashier);
    if (limit.empty()) return {};
    ruling = {};
    ruling.quarantined = true;
    reason = "exceeds the limit " + limit + " in the whole chain";
    return {};
}

}  // namespace tally::intake
