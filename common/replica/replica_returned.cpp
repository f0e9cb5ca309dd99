// What headquarters holds of this till's operations and the log does not: how far each epoch reaches at both, and the
// keeping of operations that were given back.
#include "common/crypto/hash.h"
#include "common/domain/bill_key.h"
#include "common/replica/replica_state.h"
#include "common/wire/codec.h"

namespace tally::replica {
namespace {

// The newest operation given back of an epoch; seq 0: none.
struct ReturnedHead {
    std::uint64_t seq = 0;
    Hash hash;
};

Result<ReturnedHead> returned_head(ReplicaState& replica, const domain::Epoch& epoch) {
    TALLY_TRY(Query q, replica.use("SELECT seq, hash FROM returned_op WHERE epoch = ?1 ORDER BY seq DESC LIMIT 1"));
    q->bind(1, epoch.view());
    ReturnedHead out;
    TALLY_TRY(const bool row, q->step());
    if (!row) return out;
    out.seq = static_cast<std::uint64_t>(q->int64(0));
    TALLY_TRY(out.hash, Hash::from(q->blob(1)));
    return out;
}

Result<OwnChain> chain_of(ReplicaState& replica, const TillState& state, const EpochRow& epoch, const EpochRow* next) {
    OwnChain out;
    out.epoch = epoch.epoch;
    out.branch_seq = epoch.branch_seq;
    const std::uint64_t made = ReplicaState::count_of(state, epoch, next);
    out.next_seq = made + 1;
    out.acked_through = std::min<std::uint64_t>(
        made, static_cast<std::uint64_t>(state.acked.reach_from(epoch.first_pos) - epoch.first_pos + 1));
    if (made > 0) {
        TALLY_TRY(Query q, replica.use("SELECT hash FROM op_log WHERE pos = ?1"));
        q->bind(1, epoch.first_pos + static_cast<std::int64_t>(made) - 1);
        TALLY_TRY(const bool row, q->step());
        if (!row) return fail(Code::kDamaged, "the log lacks the last operation of an epoch");
        TALLY_TRY(out.head, Hash::from(q->blob(0)));
    }
    TALLY_TRY(const ReturnedHead returned, returned_head(replica, epoch.epoch));
    out.returned_next = std::max(out.next_seq, returned.seq + 1);
    return out;
}

// Epochs of which the log holds nothing at all, only what was given back.
Status add_lost_epochs(ReplicaState& replica, std::vector<OwnChain>& out) {
    TALLY_TRY(Query q, replica.use("SELECT epoch, max(seq) FROM returned_op WHERE epoch NOT IN "
                                   "(SELECT epoch FROM epoch) GROUP BY epoch ORDER BY min(no)"));
    std::vector<OwnChain> lost;
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) break;
        OwnChain& chain = lost.emplace_back();
        TALLY_TRY(chain.epoch, domain::Epoch::from(q->blob(0)));
        chain.returned_next = static_cast<std::uint64_t>(q->int64(1)) + 1;
    }
    out.insert(out.begin(), lost.begin(), lost.end());
    return {};
}

Status insert_returned(ReplicaState& replica, const domain::Op& op, const Hash& hash, const wire::PushedOp& raw) {
    TALLY_TRY(Query q, replica.use("INSERT INTO returned_op(epoch, seq, member, at, hash, bytes, sealed) "
                                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
    q->bind(1, op.id.epoch.view()).bind(2, static_cast<std::int64_t>(op.id.seq));
    if (op.member.is_zero()) {
        q->bind_null(3);
    } else {
        q->bind(3, op.member.view());
    }
    q->bind(4, static_cast<std::int64_t>(op.at.packed)).bind(5, hash.view()).bind(6, ByteView(raw.bytes));
    if (raw.sealed.empty()) {
        q->bind_null(7);
    } else {
        q->bind(7, ByteView(raw.sealed));
    }
    return q->run();
}

Status write_returned(ReplicaState& replica, const domain::Op& op, const Hash& hash, const wire::PushedOp& raw) {
    TALLY_OK(insert_returned(replica, op, hash, raw));
    const auto key = domain::bill_key(op.body);
    if (!key) return {};
    TALLY_TRY(const std::int64_t no, replica.db.query_int64("SELECT last_insert_rowid()"));
    TALLY_TRY(Query q, replica.use("INSERT OR IGNORE INTO own_bill(day, kind, till, bill_no, part, pos) "
                                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
    q->bind(1, std::int64_t{domain::bill_day(op)}).bind(2, static_cast<std::int64_t>(key->kind));
    q->bind(3, std::string_view(key->bill.till)).bind(4, std::string_view(key->bill.bill_no));
    q->bind(5, std::int64_t{key->bill.part}).bind(6, -no);
    return q->run();
}

Result<StoredOp> read_returned(Query& q) {
    StoredOp out;
    out.pos = -q->int64(0);
    TALLY_TRY(out.hash, Hash::from(q->blob(1)));
    auto op = wire::decode_op(q->blob(2));
    if (!op) return fail(Code::kDamaged, "a returned operation: " + op.error().detail);
    out.op = std::move(op).value();
    out.sealed.assign(q->blob(3).begin(), q->blob(3).end());
    return out;
}

}  // namespace

Result<StoredOp> ReplicaState::returned_op(std::int64_t no) {
    StoredOp out;
    {
        TALLY_TRY(Query q, use("SELECT no, hash, bytes, sealed FROM returned_op WHERE no = ?1"));
        q->bind(1, no);
        TALLY_TRY(const bool row, q->step());
        if (!row) return fail(Code::kDamaged, "the replica lacks a returned operation");
        TALLY_TRY(out, read_returned(q));
    }
    if (out.op.member.is_zero()) return out;
    TALLY_TRY(const MemberRow member, member_by_id(out.op.member));
    out.member_no = member.no;
    return out;
}

Result<std::optional<StoredOp>> ReplicaState::returned_op_of(const domain::OpId& id) {
    std::int64_t no = 0;
    {
        TALLY_TRY(Query q, use("SELECT no FROM returned_op WHERE epoch = ?1 AND seq = ?2"));
        q->bind(1, id.epoch.view()).bind(2, static_cast<std::int64_t>(id.seq));
        TALLY_TRY(const bool row, q->step());
        if (!row) return std::optional<StoredOp>();
        no = q->int64(0);
    }
    TALLY_TRY(StoredOp out, returned_op(no));
    return std::optional(std::move(out));
}

Result<std::vector<OwnChain>> Replica::chains() {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const TillState state, state_->load_state());
    TALLY_TRY(const std::vector<EpochRow> epochs, state_->epochs());
    std::vector<OwnChain> out;
    for (std::size_t i = 0; i < epochs.size(); ++i) {
        const EpochRow* next = i + 1 < epochs.size() ? &epochs[i + 1] : nullptr;
        TALLY_TRY(OwnChain chain, chain_of(*state_, state, epochs[i], next));
        if (!next && chain.next_seq == 1) chain.head = state.hash;
        out.push_back(std::move(chain));
    }
    TALLY_OK(add_lost_epochs(*state_, out));
    return out;
}

Result<ReturnedKept> Replica::keep_returned(const wire::OpsReturn& returned) {
    ReplicaState& replica = *state_;
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(replica.db));
    TALLY_TRY(TillState state, replica.load_state());
    TALLY_TRY(const Enrolment* enrolment, replica.enrolment());
    if (!enrolment) return fail(Code::kRefused, "this terminal is not enrolled");
    std::uint64_t made = 0;
    Hash before;
    TALLY_TRY(const std::vector<EpochRow> epochs, replica.epochs());
    for (std::size_t i = 0; i < epochs.size(); ++i) {
        if (epochs[i].epoch != returned.epoch) continue;
        if (i + 1 == epochs.size()) return fail(Code::kInvalid, "operations of the current epoch are not given back");
        TALLY_TRY(const OwnChain chain, chain_of(replica, state, epochs[i], &epochs[i + 1]));
        made = chain.next_seq - 1;
        before = chain.head;
        state.acked.add(epochs[i].first_pos, epochs[i].first_pos + static_cast<std::int64_t>(made) - 1);
    }
    TALLY_TRY(const ReturnedHead head, returned_head(replica, returned.epoch));
    if (head.seq > made) before = head.hash;
    std::uint64_t seq = std::max(made, head.seq);
    if (returned.first_seq != seq + 1)
        return fail(Code::kInvalid, "operations given back do not begin where they are missing");
    for (const wire::PushedOp& raw : returned.ops) {
        if (raw.bytes.size() > wire::kOpBytesMax) return fail(Code::kDamaged, "a returned operation is too large");
        const auto op = wire::decode_op(raw.bytes);
        if (!op) return fail(Code::kDamaged, "a returned operation: " + op.error().detail);
        if (op->id != domain::OpId{enrolment->terminal, returned.epoch, seq + 1})
            return fail(Code::kDamaged, "a returned operation has another id");
        if (seq > 0 && op->previous_hash != before) {
            if (seq == made) return ReturnedKept{seq + 1, true};
            return fail(Code::kDamaged, "a returned operation does not follow the one before");
        }
        if (!raw.sealed.empty() && crypto::hash_of(raw.sealed) != op->sealed_hash)
            return fail(Code::kDamaged, "a returned operation's personal fields are not those it commits to");
        before = crypto::hash_of(raw.bytes);
        TALLY_OK(write_returned(replica, *op, before, raw));
        seq += 1;
    }
    TALLY_OK(replica.save_state(state));
    TALLY_OK(transaction.commit());
    return ReturnedKept{seq + 1, false};
}

Status Replica::mark_branch(const domain::Epoch& epoch, std::uint64_t first_seq, std::uint64_t through_seq) {
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(state_->db));
    TALLY_TRY(TillState state, state_->load_state());
    TALLY_TRY(const std::int64_t first_pos, state_->pos_of(state, epoch, first_seq));
    if (first_pos == 0 || through_seq < first_seq)
        return fail(Code::kInvalid, "a branch of operations that this log does not hold");
    TALLY_TRY(const std::int64_t last_pos, state_->pos_of(state, epoch, through_seq));
    if (last_pos == 0) return fail(Code::kInvalid, "a branch of operations that this log does not hold");
    TALLY_TRY(Query q, state_->use("UPDATE epoch SET branch_seq = ?2 WHERE epoch = ?1 AND branch_seq = 0"));
    q->bind(1, epoch.view()).bind(2, static_cast<std::int64_t>(first_seq));
    TALLY_OK(q->run());
    state.acked.add(first_pos, last_pos);
    TALLY_OK(state_->save_state(state));
    return transaction.commit();
}

}  // namespace tally::replica
