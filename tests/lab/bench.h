// `tally-lab bench`: measures what the product promises, each figure beside a plain floor of the same run, in
// interleaved rounds, as JSON lines. Medians; ratios count, not absolute times. Nothing here is a test.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace tally::lab {

inline constexpr std::uint64_t kBenchSeed = 20261122;  // what is made up is the same in every run

struct BenchOptions {
    std::vector<std::string> names;  // empty: all
    std::string dir;                 // work here; empty: a fresh folder
    std::size_t members = 1'000'000;
    std::size_t rounds = 9;
};

int run_bench(const BenchOptions& options);

// The value below which `share` (0..1) of the values lie; sorts them. 0 when there are none.
double percentile(std::vector<double>& values, double share);
double median(std::vector<double> values);
double now_us();  // of the steady clock

// The benches; each prints its lines through `print`.
using Print = std::function<void(const nlohmann::json&)>;
Status bench_append(const std::string& dir, const BenchOptions& options, const Print& print);
Status bench_lookup(const std::string& dir, const BenchOptions& options, const Print& print);
Status bench_live(const std::string& dir, const BenchOptions& options, const Print& print);
Status bench_store(const std::string& dir, const BenchOptions& options, const Print& print);
Status bench_fold(const std::string& dir, const BenchOptions& options, const Print& print);
Status bench_ingest(const std::string& dir, const BenchOptions& options, const Print& print);

}  // namespace tally::lab
