#include "tests/lab/bench_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "common/base/random.h"
#include "common/store/page_cipher.h"
#include "tests/lab/bench.h"

namespace tally::lab {

using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr int kProductCache_kib = 32 * 1024;   // OpenOptions::cache_kib
constexpr std::size_t kMixedRowsMax = 60'000;  // a table: 30 MB in all, so the default cache of 2 MB misses
constexpr std::size_t kAppendsOfRound = 100;
constexpr std::size_t kColdLookups = 300;
constexpr std::size_t kWarmLookups = 20'000;

void remove_database(const std::string& path) {
    for (const char* end : {"", "-wal", "-shm", "-use"}) fs::remove(path + end);
}

std::vector<BenchStore> stores() {
    std::vector<BenchStore> out;
    out.push_back({"plain"});
    for (const store::CipherKind& kind : store::all_ciphers()) out.push_back({kind.name, kind.id});
    return out;
}

struct MixedTimes {
    std::vector<double> totals;  // a round
    std::map<std::string, std::vector<double>> steps;
};

void mixed(const std::string& dir, const BenchOptions& options, const Print& print, int cache_kib, double ratio_max) {
    const std::vector<BenchStore> all = stores();
    std::vector<MixedTimes> times(all.size());
    const int rows = static_cast<int>(std::min(kMixedRowsMax, options.members));
    for (std::size_t round = 0; round < options.rounds; ++round) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            const std::string path = dir + "/mixed.db";
            remove_database(path);
            double total = 0;
            for (const StepTime& step : run_mixed(all[i].open(path, cache_kib), rows)) {
                times[i].steps[step.name].push_back(step.us);
                total += step.us;
            }
            times[i].totals.push_back(total);
        }
    }
    remove_database(dir + "/mixed.db");
    const double floor = median(times[0].totals);
    for (std::size_t i = 1; i < all.size(); ++i) {
        json steps;
        for (auto& [name, values] : times[i].steps) steps[name] = median(values) / median(times[0].steps[name]);
        print({{"bench", cache_kib == 0 ? "store mixed, default cache" : "store mixed, product's cache"},
               {"cipher", all[i].name},
               {"ms", median(times[i].totals) / 1e3},
               {"floor_ms", floor / 1e3},
               {"floor", "plain SQLite, the same settings"},
               {"ratio", median(times[i].totals) / floor},
               {"ratio_max", ratio_max},
               {"ratio_of_steps", steps},
               {"rounds", options.rounds}});
    }
}

// A row of an operation's size, one transaction each, synced.
void append(const std::string& dir, const BenchOptions& options, const Print& print) {
    const std::vector<BenchStore> all = stores();
    std::vector<BenchDb> dbs;
    std::vector<std::vector<double>> medians(all.size());
    const std::string bytes(300, 'x');
    for (std::size_t i = 0; i < all.size(); ++i) {
        dbs.push_back(all[i].open(dir + "/append-" + std::to_string(i) + ".db", kProductCache_kib));
        dbs[i].run("CREATE TABLE op(pos INTEGER PRIMARY KEY, bytes BLOB); PRAGMA wal_autocheckpoint = 0");
    }
    for (std::size_t round = 0; round < options.rounds + 1; ++round)
        for (std::size_t i = 0; i < all.size(); ++i) {
            BenchStatement insert(dbs[i], "INSERT INTO op(bytes) VALUES(?1)");
            std::vector<double> us;
            for (std::size_t n = 0; n < kAppendsOfRound; ++n) {
                const double begin = now_us();
                insert.bind(1, bytes).run();
                us.push_back(now_us() - begin);
            }
            if (round > 0) medians[i].push_back(median(us));
            dbs[i].run("PRAGMA wal_checkpoint(TRUNCATE)");
        }
    for (std::size_t i = 1; i < all.size(); ++i)
        print({{"bench", "store append"},
               {"cipher", all[i].name},
               {"append_us", median(medians[i])},
               {"floor_us", median(medians[0])},
               {"floor", "plain SQLite, the same row, synchronous FULL"},
               {"ratio", median(medians[i]) / median(medians[0])},
               {"ratio_max", 1.25}});
}

// As a replica keeps its members: one row a member under a random id, two ways to find it.
std::string card_of(std::uint64_t no) { return "6900" + std::to_string(100'000'000'000 + no * 7919); }

void fill_members(const BenchDb& db, std::size_t members) {
    db.run(
        "CREATE TABLE member(no INTEGER PRIMARY KEY, body BLOB);"
        "CREATE TABLE lookup(value TEXT, no INTEGER, PRIMARY KEY(value)) WITHOUT ROWID;"
        "PRAGMA synchronous = OFF; BEGIN");
    BenchStatement member(db, "INSERT INTO member VALUES(?1, randomblob(300))");
    BenchStatement lookup(db, "INSERT INTO lookup VALUES(?2, ?1)");
    for (std::size_t no = 0; no < members; ++no) {
        const std::string card = card_of(no);
        member.bind(1, static_cast<std::int64_t>(no)).run();
        lookup.bind(1, static_cast<std::int64_t>(no)).bind(2, card).run();
    }
    db.run("COMMIT; PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)");
}

Status forget_pages(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return fail(Code::kIo, path + " cannot be opened");
    ::fsync(file);
    const int failed = ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
    return failed == 0 ? Status() : fail(Code::kIo, "the kernel keeps the file's pages");
}

// All of it into the kernel's page cache.
Status read_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<char> buffer(1 << 20);
    while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()))) {
    }
    return file.eof() ? Status() : fail(Code::kIo, path + " cannot be read");
}

void look_up(const BenchDb& db, std::size_t members, std::size_t count, SeededRandom& random,
             std::vector<double>& out) {
    BenchStatement find(db, "SELECT body FROM lookup JOIN member USING(no) WHERE value = ?1");
    for (std::size_t i = 0; i < count; ++i) {
        const std::string card = card_of(random.below(members));
        const double begin = now_us();
        const std::int64_t rows = find.bind(1, card).run();
        out.push_back(now_us() - begin);
        if (rows != 1) std::abort();
    }
}

Status members_bench(const std::string& dir, const BenchOptions& options, const Print& print) {
    const std::vector<BenchStore> all = stores();
    const auto path = [&](std::size_t i) { return dir + "/members-" + std::to_string(i) + ".db"; };
    for (std::size_t i = 0; i < all.size(); ++i) fill_members(all[i].open(path(i), 256 * 1024), options.members);
    std::vector<std::vector<double>> cold(all.size()), warm(all.size()), opens(all.size());
    SeededRandom random(kBenchSeed);
    for (std::size_t round = 0; round < options.rounds; ++round)
        for (std::size_t i = 0; i < all.size(); ++i) {
            TALLY_OK(forget_pages(path(i)));
            const double begin = now_us();
            const BenchDb db = all[i].open(path(i), kProductCache_kib);
            db.run("SELECT count(*) FROM sqlite_schema");
            opens[i].push_back(now_us() - begin);
            look_up(db, options.members, kColdLookups, random, cold[i]);
        }
    // Warm: the file in the kernel's page cache, and SQLite's own cache filled.
    for (std::size_t i = 0; i < all.size(); ++i) TALLY_OK(read_whole(path(i)));
    std::vector<BenchDb> dbs;
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::vector<double> first;
        dbs.push_back(all[i].open(path(i), kProductCache_kib));
        look_up(dbs[i], options.members, kWarmLookups, random, first);
    }
    for (std::size_t round = 0; round < options.rounds; ++round)
        for (std::size_t i = 0; i < all.size(); ++i)
            look_up(dbs[i], options.members, kWarmLookups / 10, random, warm[i]);
    for (std::size_t i = 1; i < all.size(); ++i)
        print({{"bench", "store lookup"},
               {"cipher", all[i].name},
               {"members", options.members},
               {"bytes", fs::file_size(path(i))},
               {"warm_p50_us", percentile(warm[i], 0.5)},
               {"warm_p99_us", percentile(warm[i], 0.99)},
               {"warm_p99_max_us", 200},
               {"floor_warm_p50_us", percentile(warm[0], 0.5)},
               {"floor_warm_p99_us", percentile(warm[0], 0.99)},
               {"cold_p50_us", percentile(cold[i], 0.5)},
               {"floor_cold_p50_us", percentile(cold[0], 0.5)},
               {"cold_ratio", percentile(cold[i], 0.5) / percentile(cold[0], 0.5)},
               {"cold_ratio_max", 1.1},
               {"open_ms", median(opens[i]) / 1e3},
               {"floor_open_ms", median(opens[0]) / 1e3},
               {"open_max_ms", 150}});
    return {};
}

}  // namespace

Status bench_store(const std::string& dir, const BenchOptions& options, const Print& print) {
    fs::create_directories(dir);
    mixed(dir, options, print, kProductCache_kib, 1.10);
    mixed(dir, options, print, 0, 1.6);
    append(dir, options, print);
    return members_bench(dir, options, print);
}

}  // namespace tally::lab
