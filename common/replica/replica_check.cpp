// Folding everything again: whether what stands beside the log follows from it. Reads only.
#include "common/domain/bill_key.h"
#include "common/replica/account_check.h"
#include "common/replica/pending_list.h"
#include "common/replica/replica_state.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"

namespace tally::replica {
namespace {

std::string member_text(const domain::MemberId& id) { return "member " + id.hex(); }

Error differs(const domain::MemberId& id, const std::string& what) {
    return fail(Code::kDamaged, member_text(id) + ": " + what);
}

Status check_overlay(ReplicaState& replica, const TillState& state, const MemberRow& member, const OwnRow& own) {
    std::int64_t before = 0;
    for (const std::int64_t pos : own.pending) {
        if (pos <= before || pos > state.pos) return differs(member.id, "its list of pending operations is not rising");
        before = pos;
        TALLY_TRY(const StoredOp stored, replica.stored_op(pos));
        if (stored.member_no != member.no)
            return differs(member.id, "operation " + std::to_string(pos) + ", pending here, is another member's");
    }
    TALLY_TRY(const domain::Account folded, replica.refold(member, own));
    TALLY_TRY(const domain::Account stored, replica.overlay_account(member, own));
    if (folded != stored) return differs(member.id, "the overlay is not what its pending operations fold to");
    return {};
}

// Every member: what headquarters confirmed can be read and folded on, and the overlay follows from it.
Status check_members(ReplicaState& replica, const TillState& state, Replica::FoldCheck& out, std::int64_t& pending) {
    TALLY_TRY(Query q, replica.use("SELECT m.no, m.id, m.account, o.pending, o.account FROM member m "
                                   "LEFT JOIN member_own o ON o.no = m.no ORDER BY m.no"));
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) return {};
        out.members += 1;
        MemberRow member;
        member.no = q->int64(0);
        const auto id = domain::MemberId::from(q->blob(1));
        if (!id) return fail(Code::kDamaged, "a member's id has another length");
        member.id = *id;
        member.confirmed = !q->is_null(2);
        member.account.assign(q->blob(2).begin(), q->blob(2).end());
        if (member.confirmed) {
            const auto account = wire::decode_account(member.account);
            if (!account) return differs(member.id, account.error().detail);
            if (const Status sound = check_received(*account); !sound) return differs(member.id, sound.error().detail);
        }
        OwnRow own;
        TALLY_TRY(own.pending, decode_positions(q->blob(3)));
        own.account.assign(q->blob(4).begin(), q->blob(4).end());
        if (own.pending.empty()) continue;
        out.overlays += 1;
        pending += static_cast<std::int64_t>(own.pending.size());
        TALLY_OK(check_overlay(replica, state, member, own));
    }
}

Status check_bill(ReplicaState& replica, std::int64_t pos, const domain::Op& op, const domain::BillKey& key) {
    TALLY_TRY(const std::int64_t there, replica.pos_of_bill(domain::bill_day(op), key));
    if (there == pos) return {};
    return fail(Code::kDamaged, "operation " + std::to_string(pos) +
                                    " of the log: its bill number is not guarded against a second entry");
}

// Every operation: its bill is guarded; without a member and not covered, it is pending.
Status check_bills(ReplicaState& replica, const TillState& state, Replica::FoldCheck& out, std::int64_t& pending) {
    TALLY_TRY(Query q, replica.use("SELECT pos, member_no, bytes FROM op_log ORDER BY pos"));
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) return {};
        const std::int64_t pos = q->int64(0);
        if (q->is_null(1) && !state.floor.covers(pos)) pending += 1;
        const auto op = wire::decode_op(q->blob(2));
        if (!op) return fail(Code::kDamaged, "operation " + std::to_string(pos) + " of the log: " + op.error().detail);
        const auto key = domain::bill_key(op->body);
        if (!key) continue;
        out.bills += 1;
        TALLY_OK(check_bill(replica, pos, *op, *key));
    }
}

}  // namespace

Result<std::uint64_t> Replica::check_programme() {
    TALLY_TRY(const Enrolment* enrolment, state_->enrolment());
    TALLY_TRY(Query q, state_->use("SELECT version, bytes, signature FROM programme ORDER BY version"));
    for (std::uint64_t newest = 0;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) return newest;
        newest = static_cast<std::uint64_t>(q->int64(0));
        const auto signature = crypto::Signature::from(q->blob(2));
        if (!enrolment || !signature ||
            !crypto::verify(enrolment->hq_key, wire::kProgrammeContext, q->blob(1), *signature))
            return fail(Code::kDamaged, "version " + std::to_string(newest) + " is not signed by headquarters");
    }
}

Result<Replica::FoldCheck> Replica::check_fold() {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const TillState state, state_->load_state());
    FoldCheck out;
    std::int64_t pending = 0;
    TALLY_OK(check_members(*state_, state, out, pending));
    TALLY_OK(check_bills(*state_, state, out, pending));
    TALLY_OK(check_reservations(*state_, state));
    TALLY_OK(check_leases(*state_, state));
    if (static_cast<std::int64_t>(out.members) != state.members)
        return fail(Code::kDamaged, "there are " + std::to_string(out.members) + " members, the count says " +
                                        std::to_string(state.members));
    if (pending != state.pending)
        return fail(Code::kDamaged, std::to_string(pending) + " operations are pending, the count says " +
                                        std::to_string(state.pending));
    return out;
}

}  // namespace tally::replica
