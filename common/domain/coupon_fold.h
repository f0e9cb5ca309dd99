// What operations on coupons do to an account. Internal to the fold. Each function says why the operation must wait for
// a person, in English; empty: done. A held one changes nothing.
#pragma once

#include "common/domain/account.h"

namespace tally::domain {

std::string issue_coupon(Account& account, const Op& op, const CouponIssue& body);
std::string reserve_coupon(Account& account, const Op& op, const CouponReserve& body);
std::string redeem_coupon(Account& account, const Op& op, const CouponRedeem& body);
std::string void_coupon(Account& account, const Op& op, const CouponVoid& body);
// The coupon that `redemption` used, if it is one, is as issued again.
bool give_back_coupon(Account& account, const OpId& redemption);
// Of a sale that has been refunded whole: the coupons of its bill that say so.
void give_back_coupons(Account& account, const Lot& sale);

}  // namespace tally::domain
