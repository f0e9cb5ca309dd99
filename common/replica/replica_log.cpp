// Reading the log: lists for people, batches for headquarters, and the walk that verifies it.
#include "common/crypto/hash.h"
#include "common/replica/replica_state.h"
#include "common/wire/codec.h"

namespace tally::replica {
namespace {

Result<std::optional<wire::OpOutcome>> outcome_of(ReplicaState& replica, const StoredOp& stored) {
    TALLY_TRY(Query q, replica.use("SELECT outcome, reason FROM outcome WHERE pos = ?1"));
    q->bind(1, stored.pos);
    TALLY_TRY(const bool row, q->step());
    if (!row) return std::optional<wire::OpOutcome>();
    wire::OpOutcome out{stored.op.id.epoch, stored.op.id.seq, static_cast<domain::Outcome>(q->int64(0)),
                        std::string(q->text(1))};
    return std::optional(std::move(out));
}

Result<LoggedOp> logged(ReplicaState& replica, const TillState& state, StoredOp stored) {
    LoggedOp out;
    out.returned = stored.pos < 0;
    out.acknowledged = out.returned || state.acked.covers(stored.pos);
    out.covered = out.returned || state.floor.covers(stored.pos);
    if (stored.member_no != 0) {
        TALLY_TRY(const OwnRow own, replica.own_of(stored.member_no));
        if (!out.returned) out.covered = !std::binary_search(own.pending.begin(), own.pending.end(), stored.pos);
        if (!stored.sealed.empty()) {
            TALLY_TRY(const MemberRow member, replica.member_by_no(stored.member_no));
            TALLY_TRY(out.fields, replica.fields_of(stored, member, own));
        }
    }
    TALLY_TRY(out.outcome, outcome_of(replica, stored));
    out.op = std::move(stored.op);
    return out;
}

// For pushing: the member's key, wrapped, where this operation brings it to headquarters.
Result<Bytes> key_to_send(ReplicaState& replica, std::int64_t member_no, const crypto::KeyWrap& to_hq) {
    TALLY_TRY(const MemberRow member, replica.member_by_no(member_no));
    TALLY_TRY(const OwnRow own, replica.own_of(member_no));
    const Bytes& key = own.former_key.empty() ? member.key : own.former_key;
    return key.empty() ? Bytes() : to_hq.wrap(key);
}

Error damaged_op(std::int64_t pos, const std::string& what) {
    return fail(Code::kDamaged, "operation " + std::to_string(pos) + " of the log: " + what);
}

// One row of verify_log's walk: what the log said so far, to which the next row has to fit.
struct LogWalk {
    domain::TerminalId terminal = 0;
    std::int64_t pos = 0;
    EpochRow epoch;
    std::uint64_t seq = 0;
    Hash hash;

    Status next_epoch(ReplicaState& replica) {
        TALLY_TRY(epoch, replica.epoch_by_no(epoch.no + 1));
        if (epoch.first_pos != pos + 1) return damaged_op(pos + 1, "is not where its epoch begins");
        seq = 0;
        return {};
    }

    Status take(ReplicaState& replica, Query& q) {
        const std::int64_t at = q->int64(0);
        if (at != pos + 1) return damaged_op(pos + 1, "is missing");
        while (epoch.no < q->int64(1)) TALLY_OK(next_epoch(replica));  // one may be without operations
        if (epoch.no != q->int64(1)) return damaged_op(at, "belongs to another epoch");
        const auto stated = Hash::from(q->blob(5));
        const Hash computed = crypto::hash_of(q->blob(6));
        if (!stated || *stated != computed) return damaged_op(at, "its bytes do not have its hash");
        const auto op = wire::decode_op(q->blob(6));
        if (!op) return damaged_op(at, op.error().detail);
        if (op->previous_hash != hash) return damaged_op(at, "does not name the hash of the one before");
        if (op->id != domain::OpId{terminal, epoch.epoch, seq + 1} || q->int64(2) != static_cast<std::int64_t>(seq + 1))
            return damaged_op(at, "has another id than its place");
        if (q->int64(3) != static_cast<std::int64_t>(domain::kind_of(op->body)) ||
            q->is_null(4) != op->member.is_zero())
            return damaged_op(at, "is filed under another kind or member");
        if (!q->is_null(7) && crypto::hash_of(q->blob(7)) != op->sealed_hash)
            return damaged_op(at, "its personal fields are not those it commits to");
        pos = at;
        seq += 1;
        hash = computed;
        return {};
    }
};

}  // namespace

// Operations that were given back stand among the log's by their time.
static Result<std::vector<LoggedOp>> with_returned(ReplicaState& replica, const TillState& state,
                                                   std::vector<LoggedOp> own, Query q, std::size_t count) {
    std::vector<std::int64_t> numbers;
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) break;
        numbers.push_back(q->int64(0));
    }
    if (numbers.empty()) return own;
    std::vector<LoggedOp> out;
    auto next = own.begin();
    for (const std::int64_t no : numbers) {
        TALLY_TRY(StoredOp stored, replica.returned_op(no));
        TALLY_TRY(LoggedOp returned, logged(replica, state, std::move(stored)));
        while (next != own.end() && next->op.at > returned.op.at) out.push_back(std::move(*next++));
        out.push_back(std::move(returned));
    }
    out.insert(out.end(), std::move_iterator(next), std::move_iterator(own.end()));
    if (out.size() > count) out.resize(count);
    return out;
}

Result<std::vector<LoggedOp>> Replica::last_operations(std::size_t count) {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const TillState state, state_->load_state());
    std::vector<LoggedOp> out;
    for (std::int64_t pos = state.pos; pos > 0 && out.size() < count; --pos) {
        TALLY_TRY(StoredOp stored, state_->stored_op(pos));
        TALLY_TRY(LoggedOp op, logged(*state_, state, std::move(stored)));
        out.push_back(std::move(op));
    }
    TALLY_TRY(Query q, state_->use("SELECT no FROM returned_op ORDER BY at DESC, no DESC LIMIT ?1"));
    q->bind(1, static_cast<std::int64_t>(count));
    return with_returned(*state_, state, std::move(out), std::move(q), count);
}

Result<std::vector<LoggedOp>> Replica::operations_of(const domain::MemberId& member, std::size_t count) {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const TillState state, state_->load_state());
    TALLY_TRY(const MemberRow row, state_->member_by_id(member));
    TALLY_TRY(const OwnRow own, state_->own_of(row.no));
    std::vector<LoggedOp> out;
    for (std::int64_t pos = own.last_pos; pos > 0 && out.size() < count;) {
        TALLY_TRY(StoredOp stored, state_->stored_op(pos));
        if (stored.previous_pos >= pos) return damaged_op(pos, "its link does not lead back");
        pos = stored.previous_pos;
        TALLY_TRY(LoggedOp op, logged(*state_, state, std::move(stored)));
        out.push_back(std::move(op));
    }
    TALLY_TRY(Query q, state_->use("SELECT no FROM returned_op WHERE member = ?1 ORDER BY at DESC, no DESC LIMIT ?2"));
    q->bind(1, member.view()).bind(2, static_cast<std::int64_t>(count));
    return with_returned(*state_, state, std::move(out), std::move(q), count);
}

Result<std::optional<LoggedOp>> Replica::operation(const domain::OpId& id) {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const TillState state, state_->load_state());
    TALLY_TRY(const std::int64_t pos, state_->pos_of(state, id.epoch, id.seq));
    std::optional<StoredOp> stored;
    if (pos != 0) {
        TALLY_TRY(stored, state_->stored_op(pos));
    } else {
        TALLY_TRY(stored, state_->returned_op_of(id));
    }
    if (!stored || stored->op.id != id) return std::optional<LoggedOp>();
    TALLY_TRY(LoggedOp op, logged(*state_, state, std::move(*stored)));
    return std::optional(std::move(op));
}

Result<std::vector<PendingOp>> Replica::pending_ops() {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const TillState state, state_->load_state());
    std::vector<PendingOp> out;
    for (std::int64_t pos = state.floor.prefix() + 1; pos <= state.pos; ++pos) {
        if (state.floor.covers(pos)) continue;
        TALLY_TRY(const StoredOp stored, state_->stored_op(pos));
        if (stored.member_no != 0) {
            TALLY_TRY(const OwnRow own, state_->own_of(stored.member_no));
            if (!std::binary_search(own.pending.begin(), own.pending.end(), pos)) continue;
        }
        out.push_back({stored.op.id, domain::kind_of(stored.op.body), stored.op.member, state.acked.covers(pos)});
    }
    return out;
}

Status Replica::verify_log() {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const TillState state, state_->load_state());
    TALLY_TRY(const Enrolment* enrolment, state_->enrolment());
    LogWalk walk;
    walk.terminal = enrolment ? enrolment->terminal : 0;
    TALLY_TRY(walk.epoch, state_->epoch_by_no(1));
    TALLY_TRY(
        Query q,
        state_->use("SELECT l.pos, l.epoch_no, l.seq, l.kind, l.member_no, l.hash, l.bytes, s.sealed FROM op_log l "
                    "LEFT JOIN op_sealed s ON s.pos = l.pos ORDER BY l.pos"));
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) break;
        TALLY_OK(walk.take(*state_, q));
    }
    while (walk.epoch.no < state.epoch_no) TALLY_OK(walk.next_epoch(*state_));
    if (walk.pos != state.pos || walk.seq != state.seq || walk.hash != state.hash)
        return fail(Code::kDamaged, "the log ends at operation " + std::to_string(walk.pos) + ", its head says " +
                                        std::to_string(state.pos));
    return {};
}

Result<std::vector<wire::PushedOp>> Replica::operations_from(const domain::Epoch& epoch, std::uint64_t first_seq,
                                                             std::size_t count_max, std::size_t bytes_max,
                                                             const crypto::KeyWrap& to_hq) {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const TillState state, state_->load_state());
    std::vector<wire::PushedOp> out;
    if (count_max == 0) return out;
    TALLY_TRY(const std::int64_t first_pos, state_->pos_of(state, epoch, first_seq));
    if (first_pos == 0) return out;
    TALLY_TRY(Query q, state_->use("SELECT l.bytes, s.sealed, s.with_key, l.member_no, l.epoch_no FROM op_log l "
                                   "LEFT JOIN op_sealed s ON s.pos = l.pos WHERE l.pos >= ?1 ORDER BY l.pos"));
    q->bind(1, first_pos);
    std::size_t bytes = 0;
    std::int64_t epoch_no = 0;
    while (out.size() < count_max) {
        TALLY_TRY(const bool row, q->step());
        if (!row || (epoch_no != 0 && q->int64(4) != epoch_no)) break;
        epoch_no = q->int64(4);
        wire::PushedOp op;
        op.bytes.assign(q->blob(0).begin(), q->blob(0).end());
        op.sealed.assign(q->blob(1).begin(), q->blob(1).end());
        if (q->int64(2) != 0) {
            TALLY_TRY(op.wrapped_key, key_to_send(*state_, q->int64(3), to_hq));
        }
        bytes += op.bytes.size() + op.sealed.size() + op.wrapped_key.size();
        if (bytes > bytes_max && !out.empty()) break;
        out.push_back(std::move(op));
    }
    return out;
}

Result<Hash> Replica::hash_of_operation(const domain::Epoch& epoch, std::uint64_t seq) {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const TillState state, state_->load_state());
    TALLY_TRY(const std::int64_t pos, state_->pos_of(state, epoch, seq));
    if (pos == 0) return fail(Code::kNotFound, "this epoch has no operation " + std::to_string(seq));
    TALLY_TRY(Query q, state_->use("SELECT hash FROM op_log WHERE pos = ?1"));
    q->bind(1, pos);
    TALLY_TRY(const bool row, q->step());
    if (!row) return fail(Code::kDamaged, "the log lacks operation " + std::to_string(seq));
    return Hash::from(q->blob(0));
}

Status Replica::record_ack(const wire::Ack& ack) {
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(state_->db));
    TALLY_TRY(TillState state, state_->load_state());
    if (ack.through_seq > 0) {
        TALLY_TRY(const std::int64_t pos, state_->pos_of(state, ack.epoch, ack.through_seq));
        if (pos == 0) return fail(Code::kInvalid, "an acknowledgement of operations that this terminal never made");
        state.acked.add(pos - static_cast<std::int64_t>(ack.through_seq) + 1, pos);
    }
    for (const wire::OpOutcome& outcome : ack.not_simply_accepted) {
        TALLY_TRY(const std::int64_t pos, state_->pos_of(state, outcome.epoch, outcome.seq));
        if (pos != 0) TALLY_OK(write_outcome(*state_, pos, outcome));
    }
    TALLY_OK(state_->save_state(state));
    return transaction.commit();
}

}  // namespace tally::replica
