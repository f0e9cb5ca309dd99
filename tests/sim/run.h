// `tally-lab sim`: plans from seeds, or one from a trace; a failing one is made small and written down.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tally::sim {

struct SimOptions {
    std::uint64_t seed = 1;
    std::uint64_t seeds = 1;  // that one and those after it
    int terminals = 8;
    int days = 7;
    double minutes = 0;               // > 0: seeds until so much time has passed
    std::vector<std::string> replay;  // traces, or folders of them, instead of seeds
    std::string traces = ".";         // where a failing trace is written
    bool shrinks = true;
    bool stops_at_first = false;  // failing seed
    bool print_plan = false;
    bool verbose = false;
    bool print_verbs = false;
};

// Exit code: 0 no check failed; 1 one did; 2 it could not be played.
int run_sim(const SimOptions& options);

}  // namespace tally::sim
