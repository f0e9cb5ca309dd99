// The invariants of the contract. Each returns what is broken, in words, or nothing.
#pragma once

#include "tests/model/world.h"

namespace tally::lease_model {

const char* broken_invariant(const World& w, const Bounds& b);
// Everything that still exists arrives, persons release what is held, holders return what they have: what then stays
// wrong.
const char* broken_at_rest(World w, const Bounds& b);

}  // namespace tally::lease_model
