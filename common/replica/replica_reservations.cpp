// The coupons that this till holds or has asked for in its current epoch: a row each, written with the operation. A row
// stays while its request is pending, and then for as long as headquarters says that the coupon is reserved for this
// terminal; so there is no bound on how many a till may hold, and none is forgotten.
#include <algorithm>
#include <map>

#include "common/domain/coupons.h"
#include "common/replica/replica_state.h"
#include "common/wire/codec.h"

namespace tally::replica {
namespace {

using Key = std::pair<std::int64_t, domain::CouponId>;  // of a member's number and a coupon
using Open = std::map<Key, std::int64_t>;               // the position of the newest request

Result<std::vector<std::pair<domain::CouponId, std::int64_t>>> rows_of_member(ReplicaState& replica, std::int64_t no) {
    std::vector<std::pair<domain::CouponId, std::int64_t>> out;
    TALLY_TRY(Query q, replica.use("SELECT coupon, pos FROM own_reservation WHERE member_no = ?1"));
    q->bind(1, no);
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) return out;
        const auto coupon = domain::CouponId::from(q->blob(0));
        if (!coupon) return fail(Code::kDamaged, "a reservation's coupon id has another length");
        out.emplace_back(*coupon, q->int64(1));
    }
}

// Whether a request at `pos` is to be kept: `confirmed` as headquarters sent it.
bool is_open(const OwnRow& own, std::int64_t pos, const domain::Account& confirmed, const domain::CouponId& coupon,
             domain::TerminalId terminal) {
    if (std::binary_search(own.pending.begin(), own.pending.end(), pos)) return true;
    const domain::Coupon* there = domain::find_coupon(confirmed, coupon);
    return there && there->state == domain::CouponState::kReserved && there->reserved_by == terminal;
}

Result<domain::Account> account_confirmed(const MemberRow& member) {
    return member.confirmed ? wire::decode_account(member.account) : Result<domain::Account>(domain::Account{});
}

Result<domain::TerminalId> own_terminal(ReplicaState& replica) {
    TALLY_TRY(const Enrolment* enrolment, replica.enrolment());
    return enrolment ? enrolment->terminal : domain::TerminalId{0};
}

}  // namespace

Status note_reservation(ReplicaState& replica, std::int64_t member_no, const domain::Op& op, std::int64_t pos) {
    const auto* reserve = std::get_if<domain::CouponReserve>(&op.body);
    if (!reserve) return {};
    TALLY_TRY(Query q, replica.use("INSERT OR REPLACE INTO own_reservation(member_no, coupon, pos) "
                                   "VALUES(?1, ?2, ?3)"));
    return q->bind(1, member_no).bind(2, reserve->coupon.view()).bind(3, pos).run();
}

Status settle_reservations(ReplicaState& replica, const MemberRow& member, const OwnRow& own) {
    TALLY_TRY(const auto rows, rows_of_member(replica, member.no));
    if (rows.empty()) return {};
    TALLY_TRY(const domain::Account confirmed, account_confirmed(member));
    TALLY_TRY(const domain::TerminalId terminal, own_terminal(replica));
    for (const auto& [coupon, pos] : rows) {
        if (is_open(own, pos, confirmed, coupon, terminal)) continue;
        TALLY_TRY(Query q, replica.use("DELETE FROM own_reservation WHERE member_no = ?1 AND coupon = ?2"));
        TALLY_OK(q->bind(1, member.no).bind(2, coupon.view()).run());
    }
    return {};
}

Status renew_reservations(ReplicaState& replica, const TillState& state, std::int64_t member_no,
                          const std::vector<std::int64_t>& positions) {
    for (const std::int64_t pos : positions) {
        bool asks = false;
        {
            TALLY_TRY(Query q, replica.use("SELECT kind, epoch_no FROM op_log WHERE pos = ?1"));
            q->bind(1, pos);
            TALLY_TRY(const bool row, q->step());
            asks = row && q->int64(0) == static_cast<std::int64_t>(domain::OpKind::kCouponReserve) &&
                   q->int64(1) == state.epoch_no;
        }
        if (!asks) continue;
        TALLY_TRY(const StoredOp stored, replica.stored_op(pos));
        TALLY_OK(note_reservation(replica, member_no, stored.op, pos));
    }
    return {};
}

Status recall_reservations(ReplicaState& replica, const TillState& state, const MemberRow& member) {
    TALLY_TRY(const domain::Account confirmed, account_confirmed(member));
    TALLY_TRY(const domain::TerminalId terminal, own_terminal(replica));
    const auto is_ours = [&](const domain::Coupon& coupon) {
        return coupon.state == domain::CouponState::kReserved && coupon.reserved_by == terminal;
    };
    if (std::none_of(confirmed.coupons.begin(), confirmed.coupons.end(), is_ours)) return {};
    Open asked;  // the whole log, once in a restore of headquarters
    {
        TALLY_TRY(Query q, replica.use("SELECT pos, bytes FROM op_log WHERE kind = ?1 AND epoch_no = ?2 AND "
                                       "member_no = ?3 ORDER BY pos"));
        q->bind(1, static_cast<std::int64_t>(domain::OpKind::kCouponReserve))
            .bind(2, state.epoch_no)
            .bind(3, member.no);
        for (;;) {
            TALLY_TRY(const bool row, q->step());
            if (!row) break;
            TALLY_TRY(const domain::Op op, wire::decode_op(q->blob(1)));
            asked[{member.no, std::get<domain::CouponReserve>(op.body).coupon}] = q->int64(0);
        }
    }
    for (const domain::Coupon& coupon : confirmed.coupons) {
        const auto found = asked.find({member.no, coupon.id});
        if (!is_ours(coupon) || found == asked.end()) continue;
        TALLY_TRY(Query q, replica.use("INSERT OR REPLACE INTO own_reservation(member_no, coupon, pos) "
                                       "VALUES(?1, ?2, ?3)"));
        TALLY_OK(q->bind(1, member.no).bind(2, coupon.id.view()).bind(3, found->second).run());
    }
    return {};
}

Status forget_reservations(ReplicaState& replica) {
    TALLY_TRY(Query q, replica.use("DELETE FROM own_reservation"));
    return q->run();
}

Result<Replica::Asked> Replica::asked_for(const domain::MemberId& member, const domain::CouponId& coupon) {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const MemberRow row, state_->member_by_id(member));
    TALLY_TRY(Query q, state_->use("SELECT pos FROM own_reservation WHERE member_no = ?1 AND coupon = ?2"));
    q->bind(1, row.no).bind(2, coupon.view());
    TALLY_TRY(const bool there, q->step());
    if (!there) return Asked::kNever;
    TALLY_TRY(const OwnRow own, state_->own_of(row.no));
    const bool waits = std::binary_search(own.pending.begin(), own.pending.end(), q->int64(0));
    return waits ? Asked::kWaiting : Asked::kAnswered;
}

Result<std::vector<Replica::AskedCoupon>> Replica::asked_coupons() {
    TALLY_TRY(Query q, state_->use("SELECT m.id, r.coupon FROM own_reservation r JOIN member m ON m.no = r.member_no "
                                   "ORDER BY r.pos DESC"));
    std::vector<AskedCoupon> out;
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) return out;
        const auto member = domain::MemberId::from(q->blob(0));
        const auto coupon = domain::CouponId::from(q->blob(1));
        if (!member || !coupon) return fail(Code::kDamaged, "a reservation's ids have another length");
        out.push_back({*member, *coupon});
    }
}

// What the log and the confirmed accounts say, and what stands there, are the same.
Status check_reservations(ReplicaState& replica, const TillState& state) {
    Open asked, open, there;
    {
        TALLY_TRY(Query q, replica.use("SELECT pos, member_no, bytes FROM op_log WHERE kind = ?1 AND epoch_no = ?2 "
                                       "ORDER BY pos"));
        q->bind(1, static_cast<std::int64_t>(domain::OpKind::kCouponReserve)).bind(2, state.epoch_no);
        for (;;) {
            TALLY_TRY(const bool row, q->step());
            if (!row) break;
            TALLY_TRY(const domain::Op op, wire::decode_op(q->blob(2)));
            asked[{q->int64(1), std::get<domain::CouponReserve>(op.body).coupon}] = q->int64(0);
        }
    }
    TALLY_TRY(const domain::TerminalId terminal, own_terminal(replica));
    for (const auto& [key, pos] : asked) {
        TALLY_TRY(const MemberRow member, replica.member_by_no(key.first));
        TALLY_TRY(const OwnRow own, replica.own_of(key.first));
        TALLY_TRY(const domain::Account confirmed, account_confirmed(member));
        if (is_open(own, pos, confirmed, key.second, terminal)) open[key] = pos;
    }
    TALLY_TRY(Query q, replica.use("SELECT member_no, coupon, pos FROM own_reservation"));
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) break;
        const auto coupon = domain::CouponId::from(q->blob(1));
        if (!coupon) return fail(Code::kDamaged, "a reservation's coupon id has another length");
        there[{q->int64(0), *coupon}] = q->int64(2);
    }
    if (there == open) return {};
    return fail(Code::kDamaged, std::to_string(there.size()) + " coupons are noted as asked for or held here, the " +
                                    "log and the confirmed states say " + std::to_string(open.size()) +
                                    ", or other ones");
}

}  // namespace tally::replica
