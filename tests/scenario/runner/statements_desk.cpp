// What a person at headquarters does to members: a level by hand, a balance from another system.
#include "hq-server/intake/held.h"
#include "hq-server/intake/import_key.h"
#include "tests/scenario/runner/acts.h"

namespace tally::scenario {

namespace {

Status set_floor(Step& step) {
    TALLY_TRY(const Person* person, step.person());
    domain::TierChange change;
    change.level = step.text("level");
    change.cause = domain::TierCause::kManual;
    if (step.has("date")) change.through = step.day("date");
    TALLY_OK(step.world.append_own(person->id, change));
    return step.world.after_act();
}

Status end_floor(Step& step) {
    TALLY_TRY(const Person* person, step.person());
    domain::TierChange change;
    change.cause = domain::TierCause::kManualEnd;
    TALLY_OK(step.world.append_own(person->id, change));
    return step.world.after_act();
}

Status open_balance(Step& step) {
    TALLY_TRY(const Person* person, step.person());
    domain::OpeningBalance opening;
    opening.points = step.number("points");
    opening.earned_day = step.day("date");
    opening.expires = domain::expiry_of(step.world.programme(), opening.earned_day);
    TALLY_TRY(Hq * headquarters, step.world.hq());
    for (std::uint32_t number = 0;; ++number) {  // as the next line of a balances.csv
        const Hash key = intake::import_key_of_balance(person->id, opening.earned_day, opening.expires, number);
        TALLY_TRY(const auto before, headquarters->ledger().imported(key));
        if (before) continue;
        TALLY_OK(
            step.world.append_own(person->id, opening, {{key, intake::import_content_of_balance(opening.points)}}));
        return step.world.after_act();
    }
}

// Everything that is held of a member and undecided, in the order in which it came; what would not count is an answer.
template <intake::Intake::Choice kChoice>
Status decide_held(Step& step) {
    TALLY_TRY(Hq * headquarters, step.world.hq());
    TALLY_TRY(const Person* person, step.person());
    std::vector<std::uint64_t> numbers;
    TALLY_OK(headquarters->ledger().each_conflict([&](const intake::ConflictRow& row) -> Status {
        if (row.member != person->id) return {};
        TALLY_TRY(const auto op, intake::stored_op_at(headquarters->ledger(), row.pos));
        if (!op || !intake::is_holding(row.kind, *op)) return {};
        TALLY_TRY(const auto verdict, headquarters->ledger().verdict(op->hash));
        if (!verdict) numbers.push_back(row.number);
        return {};
    }));
    if (numbers.empty()) return fail(Code::kNotFound, "nothing is held of her");
    for (const std::uint64_t number : numbers) {
        const auto done = headquarters->desk().decide(number, {kChoice, 1, "asked the store"}, step.world.now_ms());
        if (!done && done.error().code != Code::kRefused) return done.error();
        if (!done) step.act->refused = done.error().detail;
    }
    if (headquarters->is_up()) TALLY_OK(step.world.tell_feed());
    return step.world.after_act();
}

}  // namespace

void add_desk_statements(Table& statements) {
    statements.add({.pattern = "HQ gives <member> the level <level:word> [through <date>]",
                    .says = "A level by hand: a floor under what she earns.",
                    .example = "HQ gives Anna the level silver through 2026-06-30",
                    .run = set_floor});
    statements.add({.pattern = "HQ takes back the level of <member>",
                    .says = "The floor ends.",
                    .example = "HQ takes back the level of Anna",
                    .run = end_floor});
    statements.add({.pattern = "HQ gives <member> an opening balance of <points> point|points earned on <date>",
                    .says = "Points that she had in another system, valid as the programme says from that day on.",
                    .example = "HQ gives Anna an opening balance of 500 points earned on 2025-11-03",
                    .run = open_balance});
    statements.add({.pattern = "HQ releases what is held of <member>",
                    .says = "A person at headquarters lets every operation of hers that is held count from now on. "
                            "Refused where one of them would not count.",
                    .example = "HQ releases what is held of Anna",
                    .run = decide_held<intake::Intake::Choice::kRelease>,
                    .act = true});
    statements.add({.pattern = "HQ rejects what is held of <member>",
                    .says = "A person at headquarters decides that none of them ever counts.",
                    .example = "HQ rejects what is held of Anna",
                    .run = decide_held<intake::Intake::Choice::kReject>,
                    .act = true});
}

}  // namespace tally::scenario
