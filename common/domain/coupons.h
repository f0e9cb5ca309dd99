// What a coupon takes off a bill, which coupons go together, and the codes that people type. Pure.
#pragma once

#include "common/domain/account.h"
#include "common/domain/campaigns.h"
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
    kUnknownTemplate,  // the programme has none of this name, or one that this program does not understand
};

// The category of the lines that a free-delivery coupon pays for.
inline constexpr std::string_view kDeliveryCategory = "delivery";

struct CouponOrder {
    Facts facts;
    Minor order_minor = 0;        // after the price list's own discounts and the coupons in `used`, >= 0
    std::vector<BillLine> lines;  // may be none
    std::vector<CouponId> used;   // coupons already on this bill
    CampaignTotals campaign;      // of the coupon's template, as far as known
};
struct CouponOffer {
    CouponVerdict verdict = CouponVerdict::kAllowed;
    Minor discount_minor = 0;
    std::string gift_sku;
};
// Who asks: a terminal, in the current epoch of its log.
struct CouponHolder {
    TerminalId terminal = 0;
    Epoch epoch;
};
// Every coupon counts once, so it is redeemed under a reservation: of an `account` as headquarters confirmed it, the
// state kReserved for `here` says that it is held here. Without one, offline: kNeedsHeadquarters; else kAllowed
// means that it may be reserved. The threshold is of the lines that the template's condition matches, where it is about
// lines (the order's lines must then be known), else of the order without its delivery lines for free delivery. Two
// coupons of one template are of one group.
CouponOffer offer_of(const Programme& programme, const Account& account, const CouponId& coupon,
                     const CouponOrder& order, const CouponHolder& here, bool offline);

// Whether `here` may redeem `coupon`, as headquarters confirmed it, for `discount_minor` on `today`: reserved for
// it today, and with enough of the campaign's budget. The day is for order at the counter: that nobody else gets the
// coupon meanwhile rests on its holder alone ending the reservation, in its own chain (LAWS.md), and on no clock.
bool holds_reservation(const CouponTemplate& from, const Coupon& coupon, const CouponHolder& here, Minor discount_minor,
                       Day today);
// What the template takes off `base_minor`, whatever the order; free delivery: of the delivery lines.
Minor discount_of(const CouponTemplate& from, Minor base_minor);

// What a coupon has of its template's campaign: a reserved or redeemed one.
CampaignTotals totals_of(const Coupon& coupon);
// The coupons of one member together, by template.
TotalsById coupon_totals(const Account& account);

const Coupon* find_coupon(const Account& account, const CouponId& coupon);  // null: the member has none of this id
std::uint32_t coupons_issued(const Account& account, std::string_view template_id);  // those that are not void

// Money rounds half up: 28.75 at 10 % is 2.88 (case K3). amount_minor >= 0; percent_basis in hundredths of a percent,
// 0 .. 10,000.
Minor percent_of(Minor amount_minor, std::uint32_t percent_basis);

// A code that a cashier can type: 45 bits of the coupon's id in Crockford's base 32 (nine characters) and a check
// character that catches any one wrong and any two swapped characters. "7K3M9-QW2XC". Case, hyphens and blanks do not
// matter; O reads as 0, I and L as 1.
std::string coupon_code(const CouponId& coupon);
// The member's coupon of that code; kInvalid: not ten characters of the alphabet, or the check character is wrong;
// kNotFound.
Result<CouponId> coupon_of_code(const Account& account, std::string_view typed);

}  // namespace tally::domain
