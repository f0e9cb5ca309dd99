// What headquarters alone decides: confirmed accounts, and the campaigns over all members with what this till itself
// adds to them.
#include <set>

#include "common/domain/coupons.h"
#include "common/replica/replica_state.h"
#include "common/wire/codec.h"

namespace tally::replica {

using domain::TotalsById;

Result<domain::Account> Replica::confirmed_account(const domain::MemberId& member) {
    TALLY_TRY(const MemberRow row, state_->member_by_id(member));
    if (row.no == 0 || !row.confirmed) return domain::Account{};
    return wire::decode_account(row.account);
}

Result<domain::CampaignTotals> Replica::campaign(std::string_view id) {
    TALLY_TRY(Query q, state_->use("SELECT points, uses, minor FROM campaign WHERE id = ?1"));
    q->bind(1, id);
    TALLY_TRY(const bool row, q->step());
    if (!row) return domain::CampaignTotals{};
    return domain::CampaignTotals{q->int64(0), q->int64(1), q->int64(2)};
}

Status save_campaign(ReplicaState& replica, const wire::CampaignChange& change, const Coverage& covered) {
    TALLY_TRY(Query q, replica.use("INSERT OR REPLACE INTO campaign(id, points, uses, minor, covered_pos, "
                                   "covered_beyond) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
    q->bind(1, std::string_view(change.id)).bind(2, change.totals.points);
    q->bind(3, change.totals.uses).bind(4, change.totals.minor).bind(5, covered.prefix());
    const Bytes beyond = covered.beyond();
    if (beyond.empty()) {
        q->bind_null(6);
    } else {
        q->bind(6, ByteView(beyond));
    }
    return q->run();
}

namespace {

// The operations that no page which had caught up held: a campaign's row may hold some of them already, since it comes
// with another page of the same fetch than the member.
class PendingWalk {
  public:
    PendingWalk(ReplicaState& replica, const TillState& till) : replica_(replica), till_(till) {}

    Result<TotalsById> run() {
        TALLY_OK(read_covered());
        for (std::int64_t pos = till_.floor.prefix() + 1; pos <= till_.pos; ++pos) {
            if (till_.floor.covers(pos)) {
                pos = till_.floor.reach_from(pos);
            } else {
                TALLY_OK(look_at(pos));
            }
        }
        for (const std::int64_t no : coupon_members_) TALLY_OK(add_coupons(no));
        return std::move(out_);
    }

  private:
    Status read_covered() {
        TALLY_TRY(Query q, replica_.use("SELECT id, covered_pos, covered_beyond FROM campaign"));
        for (;;) {
            TALLY_TRY(const bool row, q->step());
            if (!row) return {};
            TALLY_TRY(covered_[std::string(q->text(0))], Coverage::decode(q->int64(1), q->blob(2)));
        }
    }

    Status look_at(std::int64_t pos) {
        TALLY_TRY(Query q, replica_.use("SELECT kind, member_no, bytes FROM op_log WHERE pos = ?1"));
        q->bind(1, pos);
        TALLY_TRY(const bool row, q->step());
        if (!row) return fail(Code::kDamaged, "the log lacks operation " + std::to_string(pos));
        switch (static_cast<domain::OpKind>(q->int64(0))) {
            case domain::OpKind::kEarn: {
                TALLY_TRY(const domain::Op op, wire::decode_op(q->blob(2)));
                add_earn(pos, op);
                return {};
            }
            case domain::OpKind::kCouponReserve:
            case domain::OpKind::kCouponRedeem:
            case domain::OpKind::kCouponVoid:
            case domain::OpKind::kReverse: coupon_members_.insert(q->int64(1)); return {};
            default: return {};
        }
    }

    void add_earn(std::int64_t pos, const domain::Op& op) {
        if (!op.over_limit.empty()) return;  // held: it gives nothing until a person releases it
        for (const domain::EarnPart& part : std::get<domain::Earn>(op.body).parts) {
            const auto known = covered_.find(part.rule);
            if (part.rule.empty() || (known != covered_.end() && known->second.covers(pos))) continue;
            out_[part.rule].points += part.points;
        }
    }

    // What the overlay has more than the confirmed account.
    Status add_coupons(std::int64_t no) {
        TALLY_TRY(const OwnRow own, replica_.own_of(no));
        if (own.pending.empty()) return {};
        TALLY_TRY(const MemberRow member, replica_.member_by_no(no));
        TALLY_TRY(const domain::Account overlay, replica_.overlay_account(member, own));
        for (const auto& [id, totals] : domain::coupon_totals(overlay)) out_[id] += totals;
        if (!member.confirmed) return {};
        TALLY_TRY(const domain::Account confirmed, wire::decode_account(member.account));
        for (const auto& [id, totals] : domain::coupon_totals(confirmed)) out_[id] -= totals;
        return {};
    }

    ReplicaState& replica_;
    const TillState& till_;
    std::map<std::string, Coverage, std::less<>> covered_;
    std::set<std::int64_t> coupon_members_;
    TotalsById out_;
};

}  // namespace

Result<std::optional<TotalsById>> Replica::pending_campaigns() {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const TillState till, state_->load_state());
    const std::int64_t waiting = till.pos - till.floor.count();
    if (waiting > kCampaignPendingMax) return std::optional<TotalsById>();
    if (waiting == 0) return std::optional(TotalsById());
    TALLY_TRY(TotalsById out, PendingWalk(*state_, till).run());
    return std::optional(std::move(out));
}

}  // namespace tally::replica
