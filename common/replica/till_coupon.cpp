// Coupons on a bill.
#include "common/domain/coupons.h"
#include "common/replica/till.h"

namespace tally::replica {

using domain::CouponVerdict;

// One after the other, each on what the ones before it left (case K2). A coupon counts once in the chain, so it is used
// under a reservation that headquarters has confirmed; while this till's own reservation waits for that, it is not.
Result<std::vector<domain::CouponRedeem>> Till::coupons_on(const SaleRequest& request, const SaleBasis& basis,
                                                           std::vector<CouponRefusal>& refused) {
    std::vector<domain::CouponRedeem> out;
    domain::CouponOrder order;
    order.facts = basis.order.facts;
    order.order_minor = basis.order.amount_minor;
    order.lines = basis.order.lines;
    for (const domain::CouponId& coupon : request.coupons) {
        domain::CouponOffer offer =
            domain::offer_of(basis.programme, basis.account, coupon, order, enrolment_.terminal, request.offline);
        const domain::Coupon* held = domain::find_coupon(basis.account, coupon);
        if (offer.verdict == CouponVerdict::kAllowed &&
            (basis.reservation_pending || held->state != domain::CouponState::kReserved))
            offer.verdict = CouponVerdict::kNeedsHeadquarters;
        if (offer.verdict != CouponVerdict::kAllowed) {
            refused.push_back({coupon, offer.verdict});
            continue;
        }
        domain::CouponRedeem redeem;
        redeem.coupon = coupon;
        redeem.bill = basis.bill;
        redeem.order_minor = order.order_minor;
        redeem.discount_minor = offer.discount_minor;
        redeem.gives_back = domain::coupon_of(basis.programme, held->template_id)->gives_back;
        order.order_minor -= offer.discount_minor;
        order.used.push_back(coupon);
        out.push_back(std::move(redeem));
    }
    return out;
}

}  // namespace tally::replica
