// `tally-lab scenario`: reads files, plays their scenarios, prints what failed and a line that sums up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tally::scenario {

struct RunOptions {
    std::vector<std::string> files;  // folders too: every *.scenario in them
    std::string only;                // a part of the titles that are played
    bool list = false;
    bool verbose = false;
    bool grammar = false;
    std::uint64_t seed = 20261122;  // of member ids; keys are always random
};

// The exit code: 0 when all passed, 1 when one failed or a file cannot be read, 2 when there was nothing to play.
int run_scenarios(const RunOptions& options);

}  // namespace tally::scenario
