// What accepting an operation means for coupons and campaigns.
#include "hq-server/intake/ledger_work.h"
#include "hq-server/intake/owed.h"

namespace tally::intake {

using namespace domain;

// Half way to what a terminal accepts nothing more counts into a campaign: a page with more would stop every feed.
static bool has_room(const CampaignTotals& totals) {
    constexpr std::int64_t kHalf = kCampaignTotalMax / 2;
    return totals.points < kHalf && totals.uses < kHalf && totals.minor < kHalf;
}

Status LedgerWork::judge_coupon(const Op& op, const Account& account, const Programme* programme, Judgement& judgement,
                                std::string& reason) {
    if (is_held(op, judgement.ruling) || judgement.ruling.duplicate_of) return {};
    std::string why;
    CampaignTotals totals;
    if (const Coupon* coupon = coupon_of_op(op, account)) {
        TALLY_TRY(totals, campaigns_.of(coupon->template_id));
    }
    if (!has_room(totals)) {
        why = "the campaign's totals are near the end of their range";
    } else {
        why = coupon_hindrance(op, account, newest_, totals);
    }
    if (const auto* earn = std::get_if<Earn>(&op.body); earn && programme) {
        for (const auto& [id, move] : campaign_moves(op, Outcome::kAccepted, programme, {}, {})) {
            TALLY_TRY(const CampaignTotals given, campaigns_.of(id));
            if (!has_room(given)) why = "the campaign's totals are near the end of their range";
        }
    }
    if (why.empty()) {
        if (std::string difference = coupon_difference(op, account, programme); !difference.empty())
            judgement.conflicts.emplace_back(ConflictKind::kCouponDiffers, std::move(difference));
        return {};
    }
    reason = std::move(why);
    judgement.ruling.quarantined = true;
    return {};
}

void LedgerWork::note_owed(const Op& op, const Folded& folded, const Account& after) {
    if (folded.outcome == Outcome::kQuarantined || folded.outcome == Outcome::kDuplicate) return;
    const bool gives_back = std::holds_alternative<Reverse>(op.body) || std::holds_alternative<CouponVoid>(op.body);
    if (gives_back || !folded.settled.empty())
        for (const CouponId& coupon : coupons_to_end(after)) owed_.push_back({op.member, CouponVoid{coupon, false}});
    if (!newest_ || newest_->coupons.empty()) return;
    for (CouponIssue& issue : coupons_owed_for(*newest_, after, op)) owed_.push_back({op.member, std::move(issue)});
}

Status LedgerWork::count_campaigns(const Op& op, const Folded& folded, const Programme* programme,
                                   const TotalsById& before, const Account& after, std::uint64_t index) {
    const TotalsById moves = campaign_moves(op, folded.outcome, programme, before, coupon_totals(after));
    if (moves.empty()) return {};
    TALLY_OK(campaigns_.add(moves, index));
    if (!programme) return {};
    for (const auto& [id, move] : moves) {
        TALLY_TRY(const CampaignTotals totals, campaigns_.of(id));
        if ((move.points > 0 || move.uses > 0 || move.minor > 0) && is_exceeded(*programme, id, totals))
            conflict(index, ConflictKind::kCampaignExceeded, op.member,
                     "campaign " + id + " gave " + std::to_string(totals.points) + " points, " +
                         std::to_string(totals.uses) + " coupons worth " + std::to_string(totals.minor));
    }
    return {};
}

}  // namespace tally::intake
