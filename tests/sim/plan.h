// A plan from a seed: about twelve acts a terminal and day in the shops' hours, and faults of those kinds that the seed
// has chosen, so that some weeks see everything and others one thing often. Pure.
#pragma once

#include "tests/sim/event.h"

namespace tally::sim {

Plan make_plan(std::uint64_t seed, int terminals, int days);

}  // namespace tally::sim
