// Plays one scenario of a script and says what went wrong. One thread; a folder of its own for the time it takes.
#pragma once

#include "tests/scenario/runner/step.h"

namespace tally::scenario {

struct Failure {
    int line = 0;
    std::string statement;
    std::string order{};  // in which the statements of `in any order:` were played; empty without one
    std::vector<Difference> differences;
    std::string error;  // where the statement could not be carried out at all
};

// A scenario with `in any order:` is played from its start in every order; where there are more than kOrdersMax, in as
// many that the seed chooses. The first statement that fails ends it.
inline constexpr std::size_t kOrdersMax = 120;
std::optional<Failure> play(const Script& script, const Scenario& scenario, std::uint64_t seed, const Trace& trace);

}  // namespace tally::scenario
