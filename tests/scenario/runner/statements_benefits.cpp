// What the programme gives besides purchases: bonuses, referrals, forgotten bills.
#include "tests/scenario/runner/acts.h"

namespace tally::scenario {

namespace {

Status bring_bill(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    TALLY_TRY(const Shown shown, show(step, *terminal, step.text("member")));
    replica::LateRequest request;
    request.member = shown.member;
    request.presented = shown.presented;
    request.bill_no = step.text("bill");
    if (step.has("date")) request.day = step.day("date");
    if (step.has("money")) {
        TALLY_TRY(request.amount_minor, step.money("money"));
    }
    return done(step, terminal->till().late_points(request));
}

Status give_bonus(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    TALLY_TRY(const Shown shown, show(step, *terminal, step.text("member")));
    return done(step, terminal->till().bonus(shown.member, step.text("rule"), step.text_or("key", "")));
}

Status refer(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    TALLY_TRY(const Shown shown, show(step, *terminal, step.text("member")));
    TALLY_TRY(const Person* friend_of, step.person("friend"));
    return done(step, terminal->till().refer(shown.member, friend_of->id));
}

}  // namespace

void add_benefit_statements(Table& statements) {
    statements.add({.pattern = "<member> brings the forgotten bill <bill> [of <date> for <money>] at <terminal>",
                    .says = "Points for a sale that was made without her card. Where the terminal did not sell it, day "
                            "and amount stand on the bill.",
                    .example = "Anna brings the forgotten bill B9 of 2026-01-14 for 20.00 at T2",
                    .run = bring_bill,
                    .act = true});
    statements.add({.pattern = "<member> gets the bonus <rule:word> [for <key:text>] at <terminal>",
                    .says = "Points of the programme's bonus of this id; `for` says what it counts once for.",
                    .example = "Anna gets the bonus review for post-17 at T1",
                    .run = give_bonus,
                    .act = true});
    statements.add({.pattern = "<member> referred <friend:member> at <terminal>",
                    .says = "What the programme gives both for a friend who came.",
                    .example = "Anna referred Bob at T1",
                    .run = refer,
                    .act = true});
}

}  // namespace tally::scenario
