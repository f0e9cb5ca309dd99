// Tiers and coupons.
#include "common/domain/coupon_fold.h"
#include "common/domain/folder.h"

namespace tally::domain {

Status Folder::operator()(const Register& body) {
    if (account.tier.empty()) account.tier = body.opening_tier;
    return {};
}

Status Folder::operator()(const TierChange& body) {
    if (body.cause == TierCause::kManual || body.cause == TierCause::kManualEnd) {
        account.standing.floor = body.level;
        account.standing.floor_through = body.level.empty() ? std::nullopt : body.through;
    } else {
        account.tier = body.level;
        account.standing.since = op.business_day;
        account.standing.through = body.through;
        account.standing.lots_before = account.lots.size();
    }
    return {};
}

Status Folder::operator()(const CouponIssue& body) {
    const std::string rule = once_rule_of_coupon(body.template_id);
    if (const OnceKey* had = body.key.empty() ? nullptr : ledger.once_of(rule, body.key)) return repeat(OpId(had->op));
    std::string why = issue_coupon(account, op, body);
    if (why.empty() && !body.key.empty()) ledger.add(OnceKey{rule, body.key, op.id});
    return held(std::move(why));
}

Status Folder::operator()(const CouponReserve& body) { return held(reserve_coupon(account, op, body)); }

Status Folder::operator()(const CouponRedeem& body) {
    if (const auto first = redeemed_before(account, op, body)) return repeat(*first);
    std::string why = redeem_coupon(account, op, body);
    if (why.empty()) settle_waiting(op.id);
    return held(std::move(why));
}

Status Folder::operator()(const CouponVoid& body) { return held(void_coupon(account, op, body)); }

Status Folder::held(std::string why) {
    return why.empty() ? Status() : conclude(Outcome::kQuarantined, std::move(why));
}

}  // namespace tally::domain
