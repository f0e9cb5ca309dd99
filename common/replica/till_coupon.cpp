// Coupons on a bill, and which coupons a member has for an order.
#include <algorithm>

#include "common/domain/coupons.h"
#include "common/replica/till.h"

namespace tally::replica {

using domain::CouponVerdict;

// Where too many operations wait to be looked through, nothing: headquarters judges a request as it comes.
Result<domain::TotalsById> Till::pending_of_coupons(bool offline) {
    if (offline) return domain::TotalsById{};
    TALLY_TRY(std::optional<domain::TotalsById> pending, replica_->pending_campaigns());
    return std::move(pending).value_or(domain::TotalsById{});
}

// A reservation counts as headquarters confirmed it, and only one that this till asked for in its current epoch: what
// an earlier epoch did under its own may be lost. Everything else is as this till knows it.
Result<CouponLine> Till::coupon_line(const domain::Programme& programme, const domain::MemberId& member,
                                     domain::Account account, const domain::CouponId& id, domain::CouponOrder order,
                                     const domain::TotalsById& pending, bool offline) {
    CouponLine out;
    const auto there = std::find_if(account.coupons.begin(), account.coupons.end(),
                                    [&](const domain::Coupon& coupon) { return coupon.id == id; });
    if (there == account.coupons.end()) {
        out.offer.verdict = CouponVerdict::kNoSuchCoupon;
        return out;
    }
    out.coupon = *there;
    out.code = domain::coupon_code(id);
    const domain::CouponTemplate* from = domain::coupon_of(programme, out.coupon.template_id);
    if (from) out.name = from->name;
    using Asked = Replica::Asked;
    Asked asked = Asked::kNever;
    TALLY_TRY(const domain::CouponHolder here, holder());
    if (out.coupon.is_held_by(here.terminal, here.epoch)) {
        TALLY_TRY(asked, replica_->asked_for(member, id));
        out.waiting = asked == Asked::kWaiting;
        if (asked == Asked::kNever) {
            out.offer.verdict = CouponVerdict::kReservedElsewhere;
            return out;
        }
        TALLY_TRY(const domain::Account confirmed, replica_->confirmed_account(member));
        const domain::Coupon* sure = domain::find_coupon(confirmed, id);
        if (sure) *there = *sure;
        if (!sure) account.coupons.erase(there);
    }
    TALLY_TRY(order.campaign, replica_->campaign(out.coupon.template_id));
    if (const auto own = pending.find(out.coupon.template_id); own != pending.end()) {
        order.campaign += own->second;
        // Of this coupon itself as much as it is judged by.
        order.campaign -= domain::totals_of(out.coupon);
        if (const domain::Coupon* judged = domain::find_coupon(account, id))
            order.campaign += domain::totals_of(*judged);
    }
    out.offer = domain::offer_of(programme, account, id, order, here, offline);
    const domain::Coupon* counted = domain::find_coupon(account, id);
    out.held = from && counted && asked == Asked::kAnswered && out.offer.verdict == CouponVerdict::kAllowed &&
               domain::holds_reservation(*from, *counted, here, out.offer.discount_minor, today());
    return out;
}

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
        TALLY_TRY(const CouponLine line, coupon_line(basis.programme, request.member.value_or(domain::MemberId{}),
                                                     basis.account, coupon, order, basis.pending, request.offline));
        CouponVerdict verdict = line.offer.verdict;
        if (verdict == CouponVerdict::kAllowed && !line.held) verdict = CouponVerdict::kNeedsHeadquarters;
        if (verdict != CouponVerdict::kAllowed) {
            refused.push_back({coupon, verdict});
            continue;
        }
        domain::CouponRedeem redeem;
        redeem.coupon = coupon;
        redeem.bill = basis.bill;
        redeem.order_minor = order.order_minor;
        redeem.discount_minor = line.offer.discount_minor;
        redeem.gives_back = domain::coupon_of(basis.programme, line.coupon.template_id)->gives_back;
        order.order_minor -= line.offer.discount_minor;
        order.used.push_back(coupon);
        out.push_back(std::move(redeem));
    }
    return out;
}

Result<domain::CouponOrder> Till::order_now(const domain::Programme& programme, const MemberView& view,
                                            domain::CouponOrder order) {
    if (order.order_minor < 0 || order.order_minor > domain::kAmountMinorMax)
        return fail(Code::kInvalid, "amount: out of range");
    order.facts = facts_for(programme, view.account, person_of(view).facts, order.facts.channel, today(), minute_now());
    return order;
}

Result<std::vector<CouponLine>> Till::coupons(const domain::MemberId& member, const domain::CouponOrder& order,
                                              bool offline) {
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(member));
    if (!view) return fail(Code::kNotFound, "no member " + domain::uuid_text(member));
    TALLY_TRY(const domain::CouponOrder now, order_now(programme, *view, order));
    TALLY_TRY(const domain::TotalsById pending, pending_of_coupons(offline));
    std::vector<CouponLine> out;
    for (const domain::Coupon& coupon : view->account.coupons) {
        TALLY_TRY(CouponLine line, coupon_line(programme, member, view->account, coupon.id, now, pending, offline));
        out.push_back(std::move(line));
    }
    return out;
}

}  // namespace tally::replica
