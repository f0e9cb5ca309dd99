#include "common/domain/coupon_fold.h"

#include <algorithm>

namespace tally::domain {

namespace {

Coupon* coupon_with(Account& account, const CouponId& id) {
    const auto found = std::find_if(account.coupons.begin(), account.coupons.end(),
                                    [&](const Coupon& coupon) { return coupon.id == id; });
    return found == account.coupons.end() ? nullptr : &*found;
}

// As issued, but for `redeemed_by`: who undoes that redemption once more means this coupon still.
void release(Coupon& coupon) {
    coupon.state = CouponState::kIssued;
    coupon.reserved_by = 0;
    coupon.reserved_epoch = {};
    coupon.reserved_day = 0;
    coupon.budget_minor = 0;
    coupon.store.clear();
    coupon.bill_no.clear();
    coupon.redeemed_day = 0;
    coupon.discount_minor = 0;
    coupon.gives_back = false;
}

// Bill numbers begin anew every day, and each till has its own.
bool goes_back_with(const Coupon& coupon, const Lot& sale) {
    return coupon.state == CouponState::kRedeemed && coupon.gives_back && !sale.bill_no.empty() &&
           coupon.bill_no == sale.bill_no && coupon.store == sale.store && coupon.redeemed_day == sale.day &&
           coupon.redeemed_by.terminal == sale.maker.terminal;
}

std::string held_text(const Coupon& coupon, const Op& op) {
    return "the coupon is reserved for terminal " + std::to_string(coupon.reserved_by) +
           (coupon.reserved_by == op.id.terminal ? ", by another epoch of its log" : "");
}

// Why `op` may not use this coupon; empty: it may.
std::string hindrance(const Coupon* coupon, const Op& op) {
    if (!coupon) return "the member has no such coupon";
    if (coupon->state == CouponState::kVoid) return "the coupon is void";
    if (coupon->state == CouponState::kRedeemed)
        return "the coupon was used already as " + op_text(coupon->redeemed_by);
    if (coupon->state == CouponState::kReserved && !coupon->is_held_by(op.id.terminal, op.id.epoch))
        return held_text(*coupon, op);
    if (op.business_day < coupon->valid_from) return "the coupon is not valid yet";
    if (coupon->valid_through && op.business_day > *coupon->valid_through) return "the coupon is no longer valid";
    return {};
}

}  // namespace

std::string issue_coupon(Account& account, const Op& op, const CouponIssue& body) {
    if (coupon_with(account, body.coupon)) return "a coupon of this id exists";
    Coupon coupon;
    coupon.id = body.coupon;
    coupon.template_id = body.template_id;
    coupon.cause = body.cause;
    coupon.issued_by = op.id;
    coupon.from = body.from;
    coupon.valid_from = body.valid_from;
    coupon.valid_through = body.valid_through;
    account.coupons.push_back(std::move(coupon));
    return {};
}

std::string reserve_coupon(Account& account, const Op& op, const CouponReserve& body) {
    Coupon* coupon = coupon_with(account, body.coupon);
    if (std::string why = hindrance(coupon, op); !why.empty()) return why;
    coupon->state = CouponState::kReserved;
    coupon->reserved_by = op.id.terminal;
    coupon->reserved_epoch = op.id.epoch;
    coupon->reserved_day = op.business_day;
    coupon->budget_minor = body.budget_minor;
    return {};
}

std::string redeem_coupon(Account& account, const Op& op, const CouponRedeem& body) {
    Coupon* coupon = coupon_with(account, body.coupon);
    if (std::string why = hindrance(coupon, op); !why.empty()) return why;
    release(*coupon);
    coupon->state = CouponState::kRedeemed;
    coupon->redeemed_by = op.id;
    coupon->store = op.store;
    coupon->bill_no = body.bill.bill_no;
    coupon->redeemed_day = op.business_day;
    coupon->discount_minor = body.discount_minor;
    coupon->gives_back = body.gives_back;
    for (const Lot& lot : account.lots)  // a refund that came before this operation
        if (lot.amount_minor > 0 && lot.refunded_minor == lot.amount_minor && goes_back_with(*coupon, lot)) {
            release(*coupon);
            break;
        }
    return {};
}

std::optional<OpId> redeemed_before(const Account& account, const Op& op, const CouponRedeem& body) {
    if (body.bill.bill_no.empty()) return std::nullopt;
    for (const Coupon& coupon : account.coupons)
        if (coupon.id == body.coupon && coupon.state == CouponState::kRedeemed && coupon.store == op.store &&
            coupon.bill_no == body.bill.bill_no && coupon.redeemed_day == op.business_day &&
            coupon.redeemed_by.terminal == op.id.terminal && coupon.discount_minor == body.discount_minor)
            return coupon.redeemed_by;
    return std::nullopt;
}

std::string void_coupon(Account& account, const Op& op, const CouponVoid& body) {
    Coupon* coupon = coupon_with(account, body.coupon);
    if (!coupon) return "the member has no such coupon";
    const bool mine = coupon->is_held_by(op.id.terminal, op.id.epoch) || op.id.terminal == kHqTerminal;
    if (body.reservation_only) {
        if (coupon->state == CouponState::kReserved && mine) release(*coupon);
        return {};
    }
    if (coupon->state == CouponState::kRedeemed)
        return "the coupon was used already as " + op_text(coupon->redeemed_by);
    if (coupon->state == CouponState::kReserved && !mine) return held_text(*coupon, op);
    release(*coupon);
    coupon->state = CouponState::kVoid;
    return {};
}

bool give_back_coupon(Account& account, const OpId& redemption) {
    for (Coupon& coupon : account.coupons) {
        if (coupon.redeemed_by.is_none() || coupon.redeemed_by != redemption) continue;
        if (coupon.state == CouponState::kRedeemed) release(coupon);
        return true;
    }
    return false;
}

void give_back_coupons(Account& account, const Lot& sale) {
    if (sale.bill_no.empty() || sale.refunded_minor < sale.amount_minor) return;
    for (Coupon& coupon : account.coupons)
        if (goes_back_with(coupon, sale)) release(coupon);
}

}  // namespace tally::domain
