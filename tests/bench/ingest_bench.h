// How fast headquarters takes operations in, beside a plain floor measured in the same run, because only ratios mean
// something on a shared machine. Not the time of a live change: tests/lab/bench_live.cpp has it, through real agents.
//
// Blocks; starts threads of its own; makes its files in a temporary folder and removes them.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"

namespace tally::bench {

struct IngestOptions {
    std::size_t terminals = 50;
    std::size_t ops = 200'000;     // of all terminals together
    std::size_t batch_ops = 1000;  // of one push
    std::size_t members = 50'000;  // of all terminals together; nine of ten operations are a terminal's own members'
    std::size_t rounds = 3;        // of ingest and floor, in turns
    std::uint64_t seed = 20261122;
    std::string folder;  // empty: a temporary one
};

struct IngestFigures {     // medians over the rounds
    double ops_per_s = 0;  // from the first connect to the last acknowledgement
    double floor_ops_per_s =
        0;             // the same rows by bulk insert: same tables, indexes, VFS, transaction size; no fold, no network
    double ratio = 0;  // of one round; the median of the rounds' ratios
    double group_ops = 0;  // operations a transaction
};
// kBug when headquarters' log does not hold every operation exactly once afterwards.
Result<IngestFigures> run_ingest_bench(const IngestOptions& options);

}  // namespace tally::bench
