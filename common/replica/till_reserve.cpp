// Asking headquarters for a coupon, and giving up.
#include "common/domain/coupons.h"
#include "common/replica/till.h"

namespace tally::replica {

Result<CouponAnswer> Till::reserve_coupon(const CouponRequest& request, bool offline) {
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(request.member));
    if (!view) return fail(Code::kNotFound, "no member " + domain::uuid_text(request.member));
    TALLY_TRY(const domain::CouponOrder order, order_now(programme, *view, request.order));
    TALLY_TRY(const domain::TotalsById pending, pending_of_coupons(offline));
    CouponAnswer out;
    TALLY_TRY(out.line, coupon_line(programme, request.member, view->account, request.coupon, order, pending, offline));
    if (out.line.offer.verdict != domain::CouponVerdict::kAllowed || out.line.held) return out;
    const domain::Minor most_minor = out.line.offer.discount_minor;
    if (out.line.waiting && out.line.coupon.budget_minor >= most_minor) return out;  // asked already
    TALLY_TRY(Act act, begin_act());
    TALLY_OK(
        add(act, programme, request.member, {request.presented, 0}, domain::CouponReserve{request.coupon, most_minor}));
    TALLY_TRY(const Receipt receipt, write(programme, std::move(act)));
    out.op = receipt.op;
    out.line.waiting = true;
    return out;
}

Status Till::end_coupon(const domain::MemberId& member, const domain::CouponVoid& body) {
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(Act act, begin_act());
    TALLY_OK(add(act, programme, member, {}, body));
    TALLY_TRY(const Receipt receipt, write(programme, std::move(act)));
    return {};
}

Result<domain::CouponHolder> Till::holder() {
    TALLY_TRY(const ChainHead head, replica_->head());
    return domain::CouponHolder{enrolment_.terminal, head.epoch};
}

// Nobody else gets the coupon before its holder says, in its own chain, that it will not use it any more: a sale under
// the reservation stands before that. What an earlier epoch reserved stays so until a person ends it at headquarters.
Status Till::end_reservation(const domain::MemberId& member, const domain::CouponId& coupon) {
    TALLY_TRY(const domain::Account account, account_of(member));
    const domain::Coupon* there = domain::find_coupon(account, coupon);
    if (!there) return fail(Code::kNotFound, "the member has no such coupon");
    TALLY_TRY(const domain::CouponHolder here, holder());
    if (there->state != domain::CouponState::kReserved || there->reserved_by != here.terminal) return {};
    if (!there->is_held_by(here.terminal, here.epoch))
        return fail(Code::kRefused,
                    "the coupon was reserved before this terminal's log began anew: headquarters "
                    "frees it (tally-hq coupon void --reservation)");
    return end_coupon(member, {coupon, true});
}

Status Till::end_old_reservations(Act& act, const domain::Programme& programme) {
    TALLY_TRY(const std::vector<Replica::AskedCoupon> asked, replica_->asked_coupons());
    for (const Replica::AskedCoupon& one : asked) {
        const auto known = act.accounts.find(one.member);
        TALLY_TRY(const domain::Account account,
                  known != act.accounts.end() ? Result<domain::Account>(known->second) : account_of(one.member));
        const domain::Coupon* there = domain::find_coupon(account, one.coupon);
        const bool here = there && there->is_held_by(enrolment_.terminal, act.head.epoch);
        if (!here || there->reserved_day >= today()) continue;
        TALLY_OK(add(act, programme, one.member, {}, domain::CouponVoid{one.coupon, true}));
    }
    return {};
}

Status Till::void_coupon(const domain::MemberId& member, const domain::CouponId& coupon) {
    TALLY_TRY(const domain::Account account, account_of(member));
    const domain::Coupon* there = domain::find_coupon(account, coupon);
    if (!there) return fail(Code::kNotFound, "the member has no such coupon");
    TALLY_TRY(const domain::CouponHolder here, holder());
    const bool elsewhere =
        there->state == domain::CouponState::kReserved && !there->is_held_by(here.terminal, here.epoch);
    if (there->state == domain::CouponState::kRedeemed || elsewhere)
        return fail(Code::kRefused, "the coupon is used, or reserved for another terminal");
    return end_coupon(member, {coupon, false});
}

}  // namespace tally::replica
