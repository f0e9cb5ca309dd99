// What a coupon takes off a bill, which coupons go together, and the codes that people type. Pure.
#pragma once

#include "common/domain/account.h"
#include "common/domain/programme.h"

namespace tally::domain {

enum class CouponVerdict : std::uint8_t {
    kAllowed,
    kNoSuchCoupon,  // the member has none of this id or code
    kUsed,
    kVoid,
    kNotYet,  // before its first day, or the order that gives it is not confirmed
    kExpired,
    kReservedElsewhere,
    kConditions,  // its programme's conditions do not hold for this order
    kBelowThreshold,
    kStacking,  // not together with another one on this bill
    kNothingToTakeOff,
    kNeedsHeadquarters,  // single use or a budget, and headquarters cannot be asked
    kCampaignOver,
    kUnknownTemplate,
};

struct CouponOrder {
    Facts facts;
    Minor order_minor = 0;        // after the price list's own discounts
    std::vector<BillLine> lines;  // may be none
    std::vector<CouponId> used;   // coupons already on this bill
};
struct CouponOffer {
    CouponVerdict verdict = CouponVerdict::kAllowed;
    Minor discount_minor = 0;
    std::string gift_sku;
};
// `reserved_here`: this terminal holds it (headquarters has accepted its CouponReserve).
CouponOffer offer_of(const Programme& programme, const Account& account, const CouponId& coupon,
                     const CouponOrder& order, TerminalId terminal, bool offline);

// Money rounds half up: 28.75 at 10 % is 2.88 (case K3).
Minor percent_of(Minor amount_minor, std::uint32_t percent_basis);

// A code that a cashier can type: Crockford's base 32 of the coupon's last bytes and a check character that catches any
// one wrong or two swapped characters. Case, hyphens and blanks do not matter; O reads as 0, I and L as 1.
std::string coupon_code(const CouponId& coupon);
// The member's coupon of that code; kInvalid: the check character is wrong; kNotFound.
Result<CouponId> coupon_of_code(const Account& account, std::string_view typed);

}  // namespace tally::domain
