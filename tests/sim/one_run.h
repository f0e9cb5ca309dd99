// One plan played in a process of its own, so that an assertion that ends it is a finding like any other.
#pragma once

#include <string>

#include "tests/sim/world.h"

namespace tally::sim {

struct Outcome {
    std::string check;  // that failed; "assertion" or "hang" for the process; empty: none
    std::string detail;
    Counts counts;
    bool is_good() const { return check.empty(); }
};

// `verbose`: what happens goes to standard error.
Outcome play_apart(const Plan& plan, bool verbose);

}  // namespace tally::sim
