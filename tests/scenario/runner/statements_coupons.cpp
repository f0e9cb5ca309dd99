// Coupons: given by headquarters, shown at a till, used by a sale (statements_sale.cpp), ended.
#include "tests/scenario/runner/acts.h"

namespace tally::scenario {

namespace {

const char* coupon_state_text(const domain::Coupon& coupon, Day today) {
    switch (coupon.state) {
        case domain::CouponState::kReserved: return "reserved";
        case domain::CouponState::kRedeemed: return "used";
        case domain::CouponState::kVoid: return "void";
        case domain::CouponState::kIssued: break;
    }
    if (today < coupon.valid_from) return "early";
    return coupon.usable_on(today) ? "usable" : "expired";
}

Status give_coupon(Step& step) {
    TALLY_TRY(Hq * hq, step.world.hq());
    TALLY_TRY(const Person* person, step.person());
    TALLY_TRY(const auto given,
              hq->desk().issue_by_hand({step.text("coupon")}, std::span(&person->id, 1), step.world.now_ms()));
    if (given.coupons.empty()) step.act->refused = "no more of it for this member";
    if (hq->is_up()) TALLY_OK(step.world.tell_feed());
    return step.world.after_act();
}

Status show_coupon(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    TALLY_TRY(const Shown shown, show(step, *terminal, step.text("member")));
    replica::CouponRequest request;
    request.member = shown.member;
    request.presented = shown.presented;
    request.order.facts.channel = terminal->channel;
    TALLY_TRY(request.order.lines, lines_of(step));
    if (step.has("money")) {
        TALLY_TRY(request.order.order_minor, step.money("money"));
    }
    TALLY_TRY(const Person* owner, step.person(step.has("owner") ? "owner" : "member"));
    request.coupon = coupon_of(*terminal, owner->id, step.text("coupon"));
    const auto answer = terminal->till().reserve_coupon(request, !step.world.is_online(*terminal));
    if (!answer) return done(step, Status(answer.error()));
    const domain::CouponOffer& offer = answer->line.offer;
    if (offer.verdict != domain::CouponVerdict::kAllowed)
        return done(step, Status(fail(Code::kRefused, verdict_text(offer.verdict))));
    step.act->off_minor = offer.discount_minor;
    return done(step, Status{});
}

// A person ends what a till holds that will not come back.
Status free_coupon(Step& step) {
    TALLY_TRY(Hq * hq, step.world.hq());
    TALLY_TRY(const Person* person, step.person());
    TALLY_TRY(const auto account, hq->account(person->id));
    for (const domain::Coupon& coupon : account.value_or(domain::Account{}).coupons) {
        if (coupon.template_id != step.text("coupon") || coupon.state != domain::CouponState::kReserved) continue;
        TALLY_OK(step.world.append_own(person->id, domain::CouponVoid{coupon.id, true}));
        return step.world.after_act();
    }
    return fail(Code::kNotFound, "none of her coupons " + step.text("coupon") + " is reserved");
}

template <bool kReservationOnly>
Status end_coupon(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    TALLY_TRY(const Shown shown, show(step, *terminal, step.text("member")));
    const domain::CouponId coupon = coupon_of(*terminal, shown.member, step.text("coupon"));
    return done(step, kReservationOnly ? terminal->till().end_reservation(shown.member, coupon)
                                       : terminal->till().void_coupon(shown.member, coupon));
}

}  // namespace

void add_coupon_statements(Table& statements) {
    statements.add({.pattern = "HQ gives <member> the coupon <coupon:word>",
                    .says = "A person at headquarters issues a coupon of this template by hand.",
                    .example = "HQ gives Anna the coupon ten_off",
                    .run = give_coupon,
                    .act = true});
    statements.add({.pattern =
                        "<member> shows the coupon <coupon:word> [of <owner:member>] at <terminal> [for a bill of "
                        "<money>]",
                    .says = "The till says what it takes off, and asks headquarters to hold it for this bill. The "
                            "lines of the bill may be indented below. It is used by the sale `with coupon`.",
                    .example = "Anna shows the coupon ten_off at T1 for a bill of 100.00",
                    .run = show_coupon,
                    .act = true,
                    .block = Block::kItems});
    statements.add({.pattern = "<member> puts the coupon <coupon:word> away at <terminal>",
                    .says = "It is not used after all: the till gives its reservation back.",
                    .example = "Anna puts the coupon ten_off away at T1",
                    .run = end_coupon<true>,
                    .act = true});
    statements.add({.pattern = "void the coupon <coupon:word> of <member> at <terminal>",
                    .says = "The coupon is ended.",
                    .example = "void the coupon ten_off of Anna at T1",
                    .run = end_coupon<false>,
                    .act = true});
    statements.add({.pattern = "HQ frees the coupon <coupon:word> of <member>",
                    .says = "A person at headquarters ends the reservation of a till that will not come back.",
                    .example = "HQ frees the coupon ten_off of Anna",
                    .run = free_coupon});
}

void add_coupon_facts(Table& facts) {
    facts.add({"coupon <coupon:word> <words>",
               "Her coupons of this template in order of issue, each usable, early, expired, reserved, used or void; "
               "none without one.",
               "coupon ten_off used + usable", [](Step& step) -> Status {
                   std::string got;
                   for (const domain::Coupon& coupon : step.sight->account.coupons) {
                       if (coupon.template_id != step.text("coupon")) continue;
                       got += (got.empty() ? "" : " + ") + std::string(coupon_state_text(coupon, step.sight->today));
                   }
                   const std::string name = "coupon " + step.text("coupon") + " ";
                   step.same(name + step.text("words"), name + (got.empty() ? "none" : got));
                   return {};
               }});
}

}  // namespace tally::scenario
