// What operations on coupons do to an account. Internal to the fold. Each function says why the operation must wait for
// a person, in English; empty: done. A held one changes nothing.
#pragma once

#include "common/domain/account.h"

namespace tally::domain {

std::string issue_coupon(Account& account, const Op& op, const CouponIssue& body);
std::string reserve_coupon(Account& account, const Op& op, const CouponReserve& body);
std::string redeem_coupon(Account& account, const Op& op, const CouponRedeem& body);
// Of a reservation alone: of another terminal's or epoch's, or of none, it has no effect (it ended already, or the
// coupon is used); headquarters may end any. Of the coupon: not of one that another terminal has reserved, but by
// headquarters.
std::string void_coupon(Account& account, const Op& op, const CouponVoid& body);
// The redemption that `body` repeats: of the same coupon, bill and amount. Without a bill number nothing is a repeat.
std::optional<OpId> redeemed_before(const Account& account, const Op& op, const CouponRedeem& body);
// The coupon that `redemption` used last is as issued again, if it is not already; false: it used none.
bool give_back_coupon(Account& account, const OpId& redemption);
// Of a sale that has been refunded whole: the coupons of its bill that say so. One terminal writes a bill's sale and
// its coupons, on one day.
void give_back_coupons(Account& account, const Lot& sale);

}  // namespace tally::domain
