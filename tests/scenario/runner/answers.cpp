// What can be said about an act behind `->`: one row an answer. Read after the terminals have synced.
#include "tests/scenario/runner/step.h"

namespace tally::scenario {

namespace {

std::string got_of(const Act& act) { return act.refused.empty() ? "carried out" : "refused: " + act.refused; }

// What headquarters says of it, or the terminal as long as headquarters has said nothing.
Result<Hq::Fate> fate_of(Step& step) {
    const Act& act = *step.act;
    if (!act.receipt) return Hq::Fate{};
    const domain::Folded& folded = act.receipt->folded;
    if (folded.outcome == domain::Outcome::kDuplicate) return Hq::Fate{folded.outcome, folded.reason};
    TALLY_TRY(Hq * hq, step.world.hq());
    TALLY_TRY(const auto fate, hq->fate_of(act.receipt->op));
    return fate ? *fate : Hq::Fate{folded.outcome, folded.reason};
}

template <domain::Outcome kOutcome>
Status outcome(Step& step) {
    TALLY_TRY(const Hq::Fate fate, fate_of(step));
    const std::string expected(domain::outcome_name(kOutcome));
    const std::string got = step.act->refused.empty() ? std::string(domain::outcome_name(fate.outcome)) +
                                                            (fate.reason.empty() ? "" : ": " + fate.reason)
                                                      : got_of(*step.act);
    const bool is_it = step.act->refused.empty() && fate.outcome == kOutcome;
    const bool for_it = !step.has("words") || fate.reason.find(step.text("words")) != std::string::npos;
    if (!is_it || !for_it) step.same(expected + (step.has("words") ? ": " + step.text("words") : ""), got);
    return {};
}

Status refused(Step& step) {
    step.refusal_expected = true;
    const std::string& reason = step.act->refused;
    const bool for_it = !step.has("words") || reason.find(step.text("words")) != std::string::npos;
    if (reason.empty() || !for_it)
        step.same("refused" + (step.has("words") ? ": " + step.text("words") : ""), got_of(*step.act));
    return {};
}

// An answer about the receipt, which only an act that was carried out has.
template <class Compare>
Status of_receipt(Step& step, const std::string& expected, Compare compare) {
    if (step.act->receipt)
        compare(*step.act->receipt);
    else
        step.same(expected, step.act->refused.empty() ? "no receipt" : got_of(*step.act));
    return {};
}

Status points(Step& step) {
    return of_receipt(step, step.text("points") + " points", [&](const replica::Receipt& receipt) {
        step.same_number("points", step.number("points"), receipt.points);
    });
}

Status balance(Step& step) {
    return of_receipt(step, "balance " + step.text("points"), [&](const replica::Receipt& receipt) {
        step.same_number("balance", step.number("points"), receipt.balance);
    });
}

Status worth(Step& step) {
    TALLY_TRY(const domain::Minor expected, step.money("money"));
    return of_receipt(step, "worth " + step.text("money"), [&](const replica::Receipt& receipt) {
        step.same_money("worth", expected, receipt.value_minor);
    });
}

Status off(Step& step) {
    TALLY_TRY(const domain::Minor expected, step.money("money"));
    if (step.act->off_minor) {
        step.same_money("off", expected, *step.act->off_minor);
        return {};
    }
    return of_receipt(step, "off " + step.text("money"), [&](const replica::Receipt& receipt) {
        step.same_money("off", expected, receipt.discount_minor);
    });
}

Status pays(Step& step) {
    TALLY_TRY(const domain::Minor expected, step.money("money"));
    return of_receipt(step, "pays " + step.text("money"), [&](const replica::Receipt& receipt) {
        step.same_money("pays", expected, receipt.amount_minor - receipt.value_minor);
    });
}

Status redeemed(Step& step) {
    return of_receipt(step, step.text("points") + " redeemed", [&](const replica::Receipt& receipt) {
        step.same_number("redeemed", step.number("points"), receipt.redeemed);
    });
}

Status given(Step& step) {
    return of_receipt(step, step.text("count") + " given", [&](const replica::Receipt& receipt) {
        step.same_number("given", step.number("count"), receipt.reward_count);
    });
}

Status given_back(Step& step) {
    return of_receipt(step, step.text("points") + " given back", [&](const replica::Receipt& receipt) {
        step.same_number("given back", step.number("points"), receipt.given_back);
    });
}

Status bonus(Step& step) {
    step.same_number("bonus", step.number("points"), step.act->receipt ? step.act->receipt->bonus : step.act->bonus);
    return {};
}

Status by_rule(Step& step) {
    return of_receipt(step, step.text("points") + " by " + step.text("rule"), [&](const replica::Receipt& receipt) {
        domain::Points got = 0;
        for (const auto& part : receipt.by_rule)
            if (part.rule == step.text("rule")) got += part.points;
        step.same_number("by " + step.text("rule"), step.number("points"), got);
    });
}

Status over_limit(Step& step) {
    return of_receipt(step, "over the limit " + step.text("limit"), [&](const replica::Receipt& receipt) {
        step.same("over the limit " + step.text("limit"),
                  "over the limit " + (receipt.held.empty() ? "none" : receipt.held));
    });
}

Status existed(Step& step) {
    step.same("exists already", step.act->existed ? "exists already" : "newly registered");
    return {};
}

}  // namespace

void add_answers(Table& answers) {
    answers.add(
        {"<points> point|points", "The points on the receipt: + earned, - taken or redeemed.", "90 points", points});
    answers.add({"balance <points>", "The balance on the receipt.", "balance 90", balance});
    answers.add({"worth <money>", "What a redemption is worth.", "worth 0.10", worth});
    answers.add({"off <money>", "What coupons took off, or a coupon that is shown will take off.", "off 10.00", off});
    answers.add({"pays <money>", "What is left to pay with money, after coupons and points.", "pays 80.00", pays});
    answers.add({"<points> redeemed", "Points that paid a part of the bill.", "20 redeemed", redeemed});
    answers.add({"<count> given", "How many of the reward were given.", "3 given", given});
    answers.add(
        {"<points> given back", "Redeemed points that came back with a full refund.", "20 given back", given_back});
    answers.add({"bonus <points>", "What the programme gave besides.", "bonus 100", bonus});
    answers.add({"<points> by <rule:word>", "What one rule of the programme gave.", "50 by birthday", by_rule});
    answers.add({"over the limit <limit:word>",
                 "The till recorded it, and it waits for a person: earn_points_day, redemptions_day, "
                 "redeem_points_day, bills_hour, adjusts_cashier_day, adjust_points_cashier_day, second_person, "
                 "reason.",
                 "over the limit bills_hour", over_limit});
    answers.add({"refused", "The till does not do it.", "refused", refused});
    answers.add({"refused: <words>", "The till does not do it, and this is a part of the reason.",
                 "refused: over balance", refused});
    answers.add({"accepted",
                 "Simply accepted. This and what follows is what headquarters says once it has the "
                 "operation, and what the terminal says as long as it has not.",
                 "accepted", outcome<domain::Outcome::kAccepted>});
    answers.add({"accepted with debt", "More was taken than there was.", "accepted with debt",
                 outcome<domain::Outcome::kAcceptedWithDebt>});
    answers.add({"corrected", "Headquarters corrected the price.", "corrected", outcome<domain::Outcome::kCorrected>});
    answers.add({"duplicate", "The bill had been counted.", "duplicate", outcome<domain::Outcome::kDuplicate>});
    answers.add({"waiting", "For the sale that it names.", "waiting", outcome<domain::Outcome::kWaiting>});
    answers.add({"held", "For a person at headquarters.", "held", outcome<domain::Outcome::kQuarantined>});
    answers.add({"held: <words>", "The same, and a part of the reason.", "held: the bill",
                 outcome<domain::Outcome::kQuarantined>});
    answers.add({"exists already", "A registration found somebody.", "exists already", existed});
}

}  // namespace tally::scenario
