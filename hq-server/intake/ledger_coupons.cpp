// What accepting an operation means for coupons and campaigns.
#include "hq-server/intake/ledger_work.h"
#include "hq-server/intake/owed.h"

namespace tally::intake {

using namespace domain;

Status LedgerWork::judge_coupon(const Op& op, const Account& account, const Programme* programme, Judgement& judgement,
                                std::string& reason) {
    if (is_held(op, judgement.ruling) || judgement.ruling.duplicate_of) return {};
    CampaignTotals totals;
    if (const Coupon* coupon = coupon_of_op(op, account)) {
        TALLY_TRY(totals, campaigns_.of(coupon->template_id));
    }
    std::string why = coupon_hindrance(op, account, newest_, totals);
    if (why.empty()) {
        if (std::string difference = coupon_difference(op, account, programme ? programme : newest_);
            !difference.empty())
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
    if (!newest_) return {};
    for (const auto& [id, move] : moves) {
        TALLY_TRY(const CampaignTotals totals, campaigns_.of(id));
        if ((move.points > 0 || move.uses > 0 || move.minor > 0) && is_exceeded(*newest_, id, totals))
            conflict(index, ConflictKind::kCampaignExceeded, op.member,
                     "campaign " + id + " gave " + totals_text(totals));
    }
    return {};
}

}  // namespace tally::intake
