// A member as one place sees her, and whether all places see the same.
#pragma once

#include "tests/scenario/runner/step.h"

namespace tally::scenario {

Result<Sight> sight_at_hq(World& world, const domain::MemberId& member);
Result<Sight> sight_at(World& world, Terminal& terminal, const domain::MemberId& member);
// `place`: HQ or a terminal.
Result<Sight> sight_of(World& world, const std::string& place, const domain::MemberId& member);

// Its reasons sum up to the balance and to what counts for the level.
void check_explained(Step& step, const Sight& sight, const std::string& who);

// Every terminal that has caught up holds every member as headquarters does, to the byte; headquarters' ledger and
// every terminal's log stand up to verification. Differences go to `step`.
Status check_agreement(Step& step);
// The part of it that holds at every moment, whoever is cut off: each ledger and each log by itself.
Status check_sound(Step& step);

}  // namespace tally::scenario
