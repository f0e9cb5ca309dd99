#include "hq-server/intake/held.h"

#include "common/wire/codec.h"

namespace tally::intake {

using namespace domain;

static Bytes copied(ByteView view) { return Bytes(view.begin(), view.end()); }

Result<std::optional<HeldOp>> stored_op(LedgerStore& store, const OpId& id) {
    std::optional<HeldOp> out;
    TALLY_OK(store.each_op_of_chain(id.terminal, id.epoch, id.seq, 1, [&](const OpRow& row) -> Status {
        TALLY_TRY(Op op, wire::decode_op(row.bytes));
        out = HeldOp{std::move(op), copied(row.bytes), copied(row.sealed), row.hash,
                     row.pos,       row.outcome,       row.received_ms,    {}};
        return {};
    }));
    return out;
}

Result<std::optional<HeldOp>> stored_op_at(LedgerStore& store, Position pos) {
    TALLY_TRY(const std::optional<Bytes> bytes, store.op_bytes(pos));
    if (!bytes) return std::optional<HeldOp>();
    TALLY_TRY(const Op op, wire::decode_op(*bytes));
    return stored_op(store, op.id);
}

Result<std::vector<HeldOp>> branch_ops(LedgerStore& store) {
    std::vector<HeldOp> out;
    TALLY_OK(store.each_branch([&](const BranchRow& row) -> Status {
        TALLY_TRY(Op op, wire::decode_op(row.bytes));
        out.push_back({std::move(op), copied(row.bytes), copied(row.sealed), row.hash, 0, Outcome::kQuarantined,
                       row.received_ms, copied(row.wrapped_key)});
        return {};
    }));
    return out;
}

bool is_holding(ConflictKind kind, const HeldOp& op) {
    const bool holds =
        kind == ConflictKind::kHeldForReview || kind == ConflictKind::kCouponTwice || kind == ConflictKind::kNoLease;
    return holds && op.outcome == Outcome::kQuarantined && !std::holds_alternative<Release>(op.op.body);
}

}  // namespace tally::intake
