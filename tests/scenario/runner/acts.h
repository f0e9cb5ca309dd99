// What every cashier's act has in common: who, where, how the member was found, and what is kept of it.
#pragma once

#include "tests/scenario/runner/step.h"

namespace tally::scenario {

// The member as the cashier of this terminal finds her: by a card or phone where the replica has it, else by her
// member code, which a till accepts though it does not know her.
struct Shown {
    domain::MemberId member;
    domain::Presented presented;
};
Result<Shown> show(Step& step, Terminal& terminal, const std::string& name);

// Begins the act at `<terminal>`: fills act->at.
Result<Terminal*> at_till(Step& step);

// Keeps what the till answered, under the bill's number if it has one, and lets the terminals sync.
Status done(Step& step, Result<replica::Receipt> receipt);
Status done(Step& step, const Status& status);

}  // namespace tally::scenario
