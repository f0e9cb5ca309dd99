// What headquarters alone decides: confirmed accounts, the campaigns over all members, and what became of the
// reservations that this till asked for.
#include <algorithm>

#include "common/replica/replica_state.h"
#include "common/wire/codec.h"

namespace tally::replica {

static_assert(static_cast<int>(domain::OpKind::kCouponReserve) == 16, "schema.h's index and the query below say so");

Result<domain::Account> Replica::confirmed_account(const domain::MemberId& member) {
    TALLY_TRY(const MemberRow row, state_->member_by_id(member));
    if (row.no == 0 || !row.confirmed) return domain::Account{};
    return wire::decode_account(row.account);
}

// Newest first, until `each` says false.
static Status each_reservation(ReplicaState& replica, const std::function<bool(const StoredOp&)>& each) {
    TALLY_TRY(const TillState till, replica.load_state());
    TALLY_TRY(Query q, replica.use("SELECT pos, epoch_no FROM op_log WHERE kind = 16 ORDER BY pos DESC LIMIT ?1"));
    q->bind(1, Replica::kReservationsMax);
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row || q->int64(1) != till.epoch_no) return {};
        TALLY_TRY(const StoredOp stored, replica.stored_op(q->int64(0)));
        if (!each(stored)) return {};
    }
}

Result<Replica::Asked> Replica::asked_for(const domain::MemberId& member, const domain::CouponId& coupon) {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const MemberRow row, state_->member_by_id(member));
    TALLY_TRY(const OwnRow own, state_->own_of(row.no));
    Asked out = Asked::kNever;
    TALLY_OK(each_reservation(*state_, [&](const StoredOp& stored) {
        if (std::get<domain::CouponReserve>(stored.op.body).coupon != coupon) return true;
        const bool waits = std::binary_search(own.pending.begin(), own.pending.end(), stored.pos);
        out = waits ? Asked::kWaiting : Asked::kAnswered;
        return false;
    }));
    return out;
}

Result<std::vector<Replica::AskedCoupon>> Replica::asked_coupons() {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    std::vector<AskedCoupon> out;
    TALLY_OK(each_reservation(*state_, [&](const StoredOp& stored) {
        const AskedCoupon asked{stored.op.member, std::get<domain::CouponReserve>(stored.op.body).coupon};
        if (std::find(out.begin(), out.end(), asked) == out.end()) out.push_back(asked);
        return true;
    }));
    return out;
}

Result<domain::CampaignTotals> Replica::campaign(std::string_view id) {
    TALLY_TRY(Query q, state_->use("SELECT points, uses, minor FROM campaign WHERE id = ?1"));
    q->bind(1, id);
    TALLY_TRY(const bool row, q->step());
    if (!row) return domain::CampaignTotals{};
    return domain::CampaignTotals{q->int64(0), q->int64(1), q->int64(2)};
}

Status save_campaign(ReplicaState& replica, const wire::CampaignChange& change) {
    TALLY_TRY(Query q, replica.use("INSERT OR REPLACE INTO campaign(id, points, uses, minor) VALUES(?1, ?2, ?3, ?4)"));
    q->bind(1, std::string_view(change.id)).bind(2, change.totals.points);
    return q->bind(3, change.totals.uses).bind(4, change.totals.minor).run();
}

}  // namespace tally::replica
