// bench-ingest: the figures of headquarters' intake, as one JSON line.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "common/base/log.h"
#include "common/crypto/secret.h"
#include "tests/bench/ingest_bench.h"

int main(int count, char** arguments) {
    using namespace tally;
    bench::IngestOptions ingest;
    CLI::App app{"Figures of headquarters' intake"};
    app.add_option("--terminals", ingest.terminals);
    app.add_option("--ops", ingest.ops);
    app.add_option("--members", ingest.members);
    app.add_option("--rounds", ingest.rounds);
    app.add_option("--batch", ingest.batch_ops);
    app.add_option("--folder", ingest.folder);
    CLI11_PARSE(app, count, arguments);
    start_log("bench-ingest", "warn");
    crypto::start();
    const auto figures = bench::run_ingest_bench(ingest);
    if (!figures) return std::fprintf(stderr, "%s\n", to_string(figures.error()).c_str()), 1;
    std::printf(
        "{\"bench\":\"ingest\",\"terminals\":%zu,\"ops\":%zu,\"ops_per_s\":%.0f,\"floor_ops_per_s\":%.0f,"
        "\"ratio\":%.3f,\"group_ops\":%.0f}\n",
        ingest.terminals, ingest.ops, figures->ops_per_s, figures->floor_ops_per_s, figures->ratio, figures->group_ops);
    return 0;
}
