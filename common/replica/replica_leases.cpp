// The slices that an epoch of this till was leased, a row a lot: how much was granted, and how much its own redemptions
// and returns have named. What is granted is the most that was ever seen, so a state that comes late takes nothing
// away; what is named is written with the operation that names it. A new epoch begins with none, and an earlier one's
// rows only say what its pending operations drew on.
#include <algorithm>
#include <map>

#include "common/replica/replica_state.h"
#include "common/wire/codec.h"

namespace tally::replica {
namespace {

struct LeaseRow {
    std::int64_t epoch_no = 0;
    domain::OpId lot;
    domain::Points granted = 0, named = 0;
    std::optional<Day> through;
};

Result<std::vector<LeaseRow>> rows_of(ReplicaState& replica, std::int64_t member_no) {
    std::vector<LeaseRow> out;
    TALLY_TRY(Query q, replica.use("SELECT lot_terminal, lot_epoch, lot_seq, granted, named, through, epoch_no "
                                   "FROM lease WHERE member_no = ?1"));
    q->bind(1, member_no);
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) return out;
        const auto epoch = domain::Epoch::from(q->blob(1));
        if (!epoch) return fail(Code::kDamaged, "a lease's lot has an epoch of another length");
        LeaseRow& lease = out.emplace_back();
        lease.lot = {static_cast<domain::TerminalId>(q->int64(0)), *epoch, static_cast<std::uint64_t>(q->int64(2))};
        lease.granted = q->int64(3);
        lease.named = q->int64(4);
        if (!q->is_null(5)) lease.through = static_cast<Day>(q->int64(5));
        lease.epoch_no = q->int64(6);
    }
}

// `granted` rises to what is given; `named` is added.
Status raise(ReplicaState& replica, const TillState& state, std::int64_t member_no, const domain::OpId& lot,
             domain::Points granted, domain::Points named, std::optional<Day> through) {
    TALLY_TRY(
        Query q,
        replica.use(
            "INSERT INTO lease(member_no, lot_terminal, lot_epoch, lot_seq, granted, named, through, "
            "epoch_no) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET granted = max(granted, ?5), "
            "named = named + ?6, through = coalesce(max(through, ?7), through, ?7)"));
    q->bind(1, member_no).bind(2, std::int64_t{lot.terminal}).bind(3, lot.epoch.view());
    q->bind(4, static_cast<std::int64_t>(lot.seq)).bind(5, granted).bind(6, named);
    if (through) {
        q->bind(7, std::int64_t{*through});
    } else {
        q->bind_null(7);
    }
    q->bind(8, state.epoch_no);
    return q->run();
}

const std::vector<domain::LotTake>* slices_named_by(const domain::Op& op) {
    if (const auto* redeem = std::get_if<domain::Redeem>(&op.body); redeem && redeem->leased) return &redeem->takes;
    if (const auto* back = std::get_if<domain::LeaseReturn>(&op.body)) return &back->slices;
    return nullptr;
}

domain::Slice* find_slice(domain::Account& account, const domain::OpId& lot, const LeaseHolder& holder) {
    for (domain::Slice& slice : account.slices)
        if (slice.is_of(holder.terminal, holder.epoch) && account.lots[slice.lot].maker == lot) return &slice;
    return nullptr;
}

}  // namespace

Result<LeaseHolder> ReplicaState::lease_holder(std::int64_t epoch_no) {
    TALLY_TRY(const Enrolment* enrolment, this->enrolment());
    TALLY_TRY(const EpochRow epoch, epoch_by_no(epoch_no));
    return LeaseHolder{enrolment ? enrolment->terminal : domain::TerminalId{0}, epoch.epoch};
}

Status note_lease(ReplicaState& replica, const TillState& state, std::int64_t member_no, const domain::Op& op) {
    if (const auto* earn = std::get_if<domain::Earn>(&op.body);
        earn && earn->born_leased && earn->points > 0 && op.over_limit.empty())
        return raise(replica, state, member_no, op.id, earn->points, 0, std::nullopt);
    const auto* named = slices_named_by(op);
    if (!named) return {};
    TALLY_TRY(const std::vector<LeaseRow> before, rows_of(replica, member_no));
    for (const domain::LotTake& take : *named) {
        const auto row = std::find_if(before.begin(), before.end(), [&](const LeaseRow& one) {
            return one.epoch_no == state.epoch_no && one.lot == take.lot;
        });
        if (row == before.end() || row->named + take.points > row->granted)
            return fail(Code::kRefused, "more is named than was leased here");
        TALLY_OK(raise(replica, state, member_no, take.lot, 0, take.points, std::nullopt));
    }
    return {};
}

Status take_leases(ReplicaState& replica, const TillState& state, std::int64_t member_no,
                   const domain::Account& received) {
    if (received.slices.empty()) return {};
    TALLY_TRY(const LeaseHolder holder, replica.lease_holder(state.epoch_no));
    for (const domain::Slice& slice : received.slices)
        if (slice.is_of(holder.terminal, holder.epoch))
            TALLY_OK(raise(replica, state, member_no, received.lots[slice.lot].maker, slice.granted, 0, slice.through));
    return {};
}

Result<KnownLeases> KnownLeases::of(ReplicaState& replica, std::int64_t member_no) {
    KnownLeases out;
    TALLY_TRY(const std::vector<LeaseRow> rows, rows_of(replica, member_no));
    for (const LeaseRow& row : rows) {
        TALLY_TRY(const LeaseHolder holder, replica.lease_holder(row.epoch_no));
        out.rows_.push_back({row.lot, holder, row.granted, row.through});
    }
    return out;
}

void KnownLeases::add_to(domain::Account& account) const {
    for (const Row& row : rows_) {
        const auto lot = std::find_if(account.lots.begin(), account.lots.end(),
                                      [&](const domain::Lot& one) { return one.maker == row.lot; });
        if (lot == account.lots.end()) continue;
        domain::Slice* slice = find_slice(account, row.lot, row.holder);
        const domain::Points missing = std::min(row.granted - (slice ? slice->granted : 0), lot->free);
        if (missing <= 0) continue;
        if (!slice) {
            slice = &account.slices.emplace_back();
            slice->holder = row.holder.terminal;
            slice->epoch = row.holder.epoch;
            slice->lot = static_cast<std::uint32_t>(lot - account.lots.begin());
        }
        slice->granted += missing;
        slice->outstanding += missing;
        slice->through = std::max(slice->through, row.through);
        lot->free -= missing;
        lot->leased += missing;
    }
}

Status Replica::take_lease_state(const wire::LeaseState& told) {
    if (told.page.members.empty()) return {};
    const wire::MemberChange& change = told.page.members.front();
    TALLY_TRY(const domain::Account received, wire::decode_account(change.account));
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(state_->db));
    TALLY_TRY(const TillState state, state_->load_state());
    TALLY_TRY(const MemberRow member, state_->member_by_id(change.member));
    // Of a headquarters that was restored, or of a member that no page brought yet: the feed comes first.
    if (member.no == 0 || told.page.incarnation != state.incarnation) return {};
    TALLY_OK(take_leases(*state_, state, member.no, received));
    TALLY_TRY(OwnRow own, state_->own_of(member.no));
    if (!own.pending.empty()) {
        own.account.clear();  // folded again when it is asked for
        TALLY_OK(state_->save_own(member.no, own));
    }
    return transaction.commit();
}

Result<std::vector<HeldSlice>> Replica::held_slices(const domain::MemberId& id) {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const MemberRow member, state_->member_by_id(id));
    std::vector<HeldSlice> out;
    TALLY_TRY(const std::vector<LeaseRow> rows, rows_of(*state_, member.no));
    if (rows.empty()) return out;
    TALLY_TRY(const OwnRow own, state_->own_of(member.no));
    TALLY_TRY(domain::Account account, state_->overlay_account(member, own));
    TALLY_TRY(const TillState state, state_->load_state());
    TALLY_TRY(const LeaseHolder holder, state_->lease_holder(state.epoch_no));
    for (const LeaseRow& row : rows) {
        if (row.epoch_no != state.epoch_no) continue;
        const domain::Slice* slice = find_slice(account, row.lot, holder);
        if (!slice) continue;
        const domain::Points unnamed = std::max<domain::Points>(0, row.granted - row.named);
        HeldSlice held;
        held.lot = row.lot;
        held.spendable = std::min(unnamed, slice->outstanding);
        held.at_risk = std::min(unnamed - held.spendable, slice->risk);
        held.through = row.through;
        if (held.spendable > 0 || held.at_risk > 0) out.push_back(held);
    }
    return out;
}

Result<std::vector<domain::MemberId>> Replica::members_with_leases() {
    TALLY_TRY(Query q, state_->use("SELECT DISTINCT m.id FROM lease l JOIN member m ON m.no = l.member_no "
                                   "WHERE l.granted > l.named AND l.epoch_no = (SELECT epoch_no FROM till_state)"));
    std::vector<domain::MemberId> out;
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) return out;
        const auto member = domain::MemberId::from(q->blob(0));
        if (!member) return fail(Code::kDamaged, "a member's id has another length");
        out.push_back(*member);
    }
}

// What the log of this epoch names, and what stands there, are the same; and nothing is named that was not granted.
Status check_leases(ReplicaState& replica, const TillState& state) {
    std::map<std::pair<std::int64_t, domain::OpId>, domain::Points> named;
    {
        TALLY_TRY(Query q, replica.use("SELECT member_no, bytes FROM op_log WHERE epoch_no = ?1 AND kind IN (?2, ?3)"));
        q->bind(1, state.epoch_no).bind(2, static_cast<std::int64_t>(domain::OpKind::kRedeem));
        q->bind(3, static_cast<std::int64_t>(domain::OpKind::kLeaseReturn));
        for (;;) {
            TALLY_TRY(const bool row, q->step());
            if (!row) break;
            TALLY_TRY(const domain::Op op, wire::decode_op(q->blob(1)));
            if (const auto* takes = slices_named_by(op))
                for (const domain::LotTake& take : *takes) named[{q->int64(0), take.lot}] += take.points;
        }
    }
    TALLY_TRY(Query q, replica.use("SELECT member_no, lot_terminal, lot_epoch, lot_seq, granted, named FROM lease "
                                   "WHERE epoch_no = ?1"));
    q->bind(1, state.epoch_no);
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) break;
        const auto epoch = domain::Epoch::from(q->blob(2));
        if (!epoch) return fail(Code::kDamaged, "a lease's lot has an epoch of another length");
        const domain::OpId lot{static_cast<domain::TerminalId>(q->int64(1)), *epoch,
                               static_cast<std::uint64_t>(q->int64(3))};
        const auto of_log = named.find({q->int64(0), lot});
        const domain::Points says = of_log == named.end() ? 0 : of_log->second;
        if (says != q->int64(5) || says > q->int64(4))
            return fail(Code::kDamaged, "a lease of lot " + domain::op_text(lot) + " was named " +
                                            std::to_string(says) + " points by the log, noted are " +
                                            std::to_string(q->int64(5)) + " of " + std::to_string(q->int64(4)));
        if (of_log != named.end()) named.erase(of_log);
    }
    if (!named.empty()) return fail(Code::kDamaged, "the log names slices that were never leased here");
    return {};
}

}  // namespace tally::replica
