// Operations that do not count and wait for a person: held in the log, or kept beside it as a branch; with what is
// known of each. For intake and for the commands that show them. Pure over LedgerStore.
#pragma once

#include "hq-server/intake/ledger_store.h"

namespace tally::intake {

struct HeldOp {
    domain::Op op;
    Bytes bytes, sealed;
    Hash hash;
    Position pos = 0;  // in the log; 0: a branch
    domain::Outcome outcome = domain::Outcome::kQuarantined;
    std::int64_t received_ms = 0;
    Bytes wrapped_key;  // of a branch
    bool is_branch() const { return pos == 0; }
};

// The stored operation under this id, at this position; none: not there. kDamaged and the like: it cannot be read.
Result<std::optional<HeldOp>> stored_op(LedgerStore& store, const domain::OpId& id);
Result<std::optional<HeldOp>> stored_op_at(LedgerStore& store, Position pos);
// Every operation that is kept as a branch, also decided ones, by terminal, epoch and seq.
Result<std::vector<HeldOp>> branch_ops(LedgerStore& store);

// Whether a conflict of this kind holds the operation that it concerns: it waits for a release or a rejection.
bool is_holding(ConflictKind kind, const HeldOp& op);

}  // namespace tally::intake
