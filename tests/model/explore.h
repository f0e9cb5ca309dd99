// Breadth-first search through every state within the bounds. Exact: whole states are kept, not hashes of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/model/bounds.h"

namespace tally::lease_model {

struct Found {
    uint64_t states = 0, steps = 0;
    double seconds = 0;  // of the processor
    int bits_most = 0;
    bool complete = true;            // false: states_max was reached
    const char* broken = nullptr;    // the first rule found broken
    std::vector<std::string> trace;  // the shortest way there
};

Found explore(const Bounds& b, uint64_t states_max);

}  // namespace tally::lease_model
