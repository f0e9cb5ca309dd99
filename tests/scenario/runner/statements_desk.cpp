// What a person at headquarters does to members: a level by hand, a balance from another system.
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
}

}  // namespace tally::scenario
