// Plays one scenario of a script and says what went wrong. One thread; a folder of its own for the time it takes.
#pragma once

#include "tests/scenario/runner/step.h"

namespace tally::scenario {

struct Failure {
    int line = 0;
    std::string statement;
    std::vector<Difference> differences;
    std::string error;  // where the statement could not be carried out at all
};

// The first statement that fails ends it.
std::optional<Failure> play(const Script& script, const Scenario& scenario, std::uint64_t seed, const Trace& trace);

}  // namespace tally::scenario
