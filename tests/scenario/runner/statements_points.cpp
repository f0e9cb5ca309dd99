// Redemptions and what undoes them, adjustments.
#include "tests/scenario/runner/acts.h"

namespace tally::scenario {

namespace {

const char* verdict_text(domain::RedeemVerdict verdict) {
    switch (verdict) {
        case domain::RedeemVerdict::kAllowed: return "allowed";
        case domain::RedeemVerdict::kNoProgramme: return "no programme";
        case domain::RedeemVerdict::kNotPositive: return "not positive";
        case domain::RedeemVerdict::kNotAStep: return "not a step";
        case domain::RedeemVerdict::kBelowMinimum: return "below the minimum";
        case domain::RedeemVerdict::kOverBalance: return "over balance";
        case domain::RedeemVerdict::kOverOrder: return "over the bill";
        case domain::RedeemVerdict::kOverOfflineLimit: return "over the offline limit";
    }
    return "for another reason";
}

Status redeem(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    TALLY_TRY(const Shown shown, show(step, *terminal, step.text("member")));
    replica::RedeemRequest request;
    request.member = shown.member;
    request.presented = shown.presented;
    request.points = step.number("points");
    request.bill_no = step.text_or("bill", "");
    if (step.has("money")) {
        TALLY_TRY(request.order_minor, step.money("money"));
    }
    auto answer = terminal->till().redeem(request, !step.world.is_online(*terminal));
    if (!answer) return done(step, Result<replica::Receipt>(answer.error()));
    if (!answer->receipt)
        return done(step, Result<replica::Receipt>(fail(Code::kRefused, verdict_text(answer->verdict))));
    return done(step, std::move(*answer->receipt));
}

Status undo_redemption(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    TALLY_TRY(const Act* act, step.world.bill(step.text("of"), nullptr));
    if (!act->member) return fail(Code::kInvalid, "bill " + step.text("of") + " is of no member");
    step.act->member = act->member;
    return done(step, terminal->till().reverse_redeem(*act->member, act->receipt->op));
}

Status adjust(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    TALLY_TRY(const Shown shown, show(step, *terminal, step.text("member")));
    const std::string words = step.text("reason");
    domain::AdjustReason reason = domain::AdjustReason::kOther;
    if (words == "goodwill") reason = domain::AdjustReason::kGoodwill;
    if (words == "correction") reason = domain::AdjustReason::kCorrection;
    if (words == "event") reason = domain::AdjustReason::kEvent;
    return done(step, terminal->till().adjust(shown.member, step.number("points"), reason, words));
}

}  // namespace

void add_point_statements(Table& statements) {
    statements.add(
        {.pattern = "<member> redeems <points> point|points at <terminal> [for a bill of <money>] [bill <bill>]",
         .says = "A redemption. A terminal that is cut off keeps within the programme's limit for an outage.",
         .example = "Anna redeems 10 points at T1 for a bill of 100.00 bill R1",
         .run = redeem,
         .act = true});
    statements.add({.pattern = "undo the redemption of bill <of:bill> at <terminal>",
                    .says = "Gives back what is left of a redemption.",
                    .example = "undo the redemption of bill R1 at T1",
                    .run = undo_redemption,
                    .act = true});
    statements.add({.pattern = "adjust <member> by <points> at <terminal> because <reason:text>",
                    .says = "Points by hand, up or down. The words goodwill, correction and event choose that reason, "
                            "others are kept as words.",
                    .example = "adjust Anna by +75 at T1 because goodwill",
                    .run = adjust,
                    .act = true});
}

}  // namespace tally::scenario
