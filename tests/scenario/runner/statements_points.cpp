// Redemptions and what undoes them, adjustments.
#include "tests/scenario/runner/acts.h"

namespace tally::scenario {

namespace {

// The member by what was shown: `showing CODE`, else as the cashier finds her.
Result<Shown> show_code(Step& step, Terminal& terminal) {
    TALLY_TRY(Shown shown, show(step, terminal, step.text("member")));
    if (!step.has("code")) return shown;
    TALLY_TRY(const auto found, terminal.till().find_code(step.text("code")));
    if (!found || found->member != shown.member)
        return fail(Code::kInvalid, "'" + step.text("code") + "' does not find " + step.text("member"));
    shown.presented = found->presented;
    return shown;
}

Status redeem(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    TALLY_TRY(const Shown shown, show_code(step, *terminal));
    replica::RedeemRequest request;
    request.member = shown.member;
    request.presented = shown.presented;
    request.approved_by = second_person(step);
    if (step.has("points")) request.points = step.number("points");
    if (step.has("reward")) {
        request.reward = step.text("reward");
        request.reward_count = static_cast<std::uint32_t>(step.number("count"));
    }
    request.bill_no = step.text_or("bill", "");
    if (step.has("money")) {
        TALLY_TRY(request.order_minor, step.money("money"));
    }
    bool offline = !step.world.is_online(*terminal);
    if (!offline) {
        domain::Points points = request.points;
        const domain::Programme& programme = step.world.programme();
        if (const auto* reward = domain::reward_of(programme, request.reward))
            points = reward->points * request.reward_count;
        const auto card = terminal->till().card(request.member);
        const bool may_ask = card && points > 0 && points <= card->balance && programme.redeems_by_lease();
        if (may_ask) {
            TALLY_TRY(const bool leased, step.world.want_lease(*terminal, request.member, points));
            offline = !leased;
        }
    }
    auto answer = terminal->till().redeem(request, offline);
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
    return done(step, terminal->till().adjust(shown.member, step.number("points"), reason, words,
                                              step.text_or("code", ""), second_person(step)));
}

}  // namespace

void add_point_statements(Table& statements) {
    const std::string more =
        " at <terminal> {for a bill of <money> | bill <bill> | showing <code:text> | approved by <second:word>}";
    statements.add({.pattern = "<member> redeems <points> point|points" + more,
                    .says = "A redemption as money. A terminal that is cut off keeps within the programme's limit for "
                            "an outage. `showing` is the card or phone that was shown.",
                    .example = "Anna redeems 10 points at T1 for a bill of 100.00 bill R1 showing A1001",
                    .run = redeem,
                    .act = true});
    statements.add({.pattern = "<member> claims <count> <reward:word>" + more,
                    .says = "A redemption for a reward of the programme.",
                    .example = "Anna claims 2 free_drink at T1 for a bill of 100.00",
                    .run = redeem,
                    .act = true});
    statements.add({.pattern = "undo the redemption of bill <of:bill> at <terminal>",
                    .says = "Gives back what is left of a redemption.",
                    .example = "undo the redemption of bill R1 at T1",
                    .run = undo_redemption,
                    .act = true});
    statements.add({.pattern =
                        "adjust <member> by <points> at <terminal> because <reason:text> {code <code:word> | approved "
                        "by <second:word>}",
                    .says = "Points by hand, up or down. The words goodwill, correction and event choose that reason, "
                            "others are kept as words; `code` is one of the programme's reasons.",
                    .example = "adjust Anna by +75 at T1 because goodwill",
                    .run = adjust,
                    .act = true});
}

}  // namespace tally::scenario
