#include "tests/lab/bench.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/lab/process.h"
#include "tests/lab/work_folder.h"

namespace tally::lab {

using nlohmann::json;

double percentile(std::vector<double>& values, double share) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

double median(std::vector<double> values) { return percentile(values, 0.5); }

double now_us() {
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Another program's figures, passed on: tests/bench prints JSON lines too.
Status bench_ingest(const std::string&, const BenchOptions&, const Print& print) {
    TALLY_TRY(const Answer answer, run_command({program_beside("bench-ingest")}, 1'200'000));
    if (answer.exit_code != 0)
        return fail(Code::kBug, "bench-ingest ended with " + std::to_string(answer.exit_code) + ": " + answer.errors);
    std::size_t begin = 0;
    for (std::size_t end; (end = answer.output.find('\n', begin)) != std::string::npos; begin = end + 1) {
        const json line = json::parse(answer.output.substr(begin, end - begin), nullptr, false);
        if (line.is_object()) print(line);
    }
    return {};
}

int run_bench(const BenchOptions& options) {
    using Bench = Status (*)(const std::string&, const BenchOptions&, const Print&);
    const std::vector<std::pair<std::string, Bench>> all = {{"upload", bench_ingest}, {"live", bench_live},
                                                            {"earn", bench_append},   {"lookup", bench_lookup},
                                                            {"store", bench_store},   {"fold", bench_fold}};
    for (const std::string& name : options.names)
        if (std::none_of(all.begin(), all.end(), [&](const auto& bench) { return bench.first == name; })) {
            std::fprintf(stderr, "tally-lab: no bench '%s'; there are upload, live, earn, lookup, store, fold\n",
                         name.c_str());
            return 2;
        }
    auto folder = WorkFolder::make(options.dir, "tally-bench");
    if (!folder) {
        std::fprintf(stderr, "tally-lab: %s\n", to_string(folder.error()).c_str());
        return 2;
    }
    int code = 0;
    for (const auto& [name, bench] : all) {
        if (!options.names.empty() &&
            std::find(options.names.begin(), options.names.end(), name) == options.names.end())
            continue;
        const Status done = bench(folder->path() + "/" + name, options,
                                  [](const json& line) { std::cout << line.dump() << std::endl; });
        if (done) continue;
        std::fprintf(stderr, "tally-lab: bench %s: %s\n", name.c_str(), to_string(done.error()).c_str());
        code = 1;
    }
    folder->remove();
    return code;
}

}  // namespace tally::lab
