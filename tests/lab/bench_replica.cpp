// One durable earn, and scan to member card: the replica alone, on this thread.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/wire/codec.h"
#include "tests/lab/bench.h"
#include "tests/lab/made_replica.h"

namespace tally::lab {

using nlohmann::json;

namespace {

constexpr std::size_t kEarnsOfRound = 60;  // their pages stay below a checkpoint's limit, which is counted apart

// Appends to a growing file, synced: what any durable record costs at least.
class GrowingFile {
  public:
    explicit GrowingFile(const std::string& path) : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) {}
    ~GrowingFile() {
        if (file_ >= 0) ::close(file_);
    }
    Status append(const Bytes& bytes) {
        if (::write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) || ::fdatasync(file_) != 0)
            return fail(Code::kIo, "the floor's file cannot be written");
        return {};
    }

  private:
    int file_;
};

Result<double> earn_once(MadeReplica& made, std::size_t index, std::size_t bill) {
    replica::SaleRequest sale;
    sale.member = made.ids()[index];
    sale.bill_no = "bench-" + std::to_string(bill);
    sale.amount_minor = 12'345;
    const double begin = now_us();
    TALLY_TRY(const replica::Receipt receipt, made.till().sale(sale));
    if (receipt.points != 123) return fail(Code::kBug, "a sale of 123.45 earns 123 points");
    return now_us() - begin;
}

}  // namespace

Status bench_append(const std::string& dir, const BenchOptions& options, const Print& print) {
    std::filesystem::create_directories(dir);
    const std::size_t members = std::min<std::size_t>(options.members, 100'000);
    TALLY_TRY(const auto made, MadeReplica::make(dir + "/till", members, kBenchSeed));
    SeededRandom random(kBenchSeed);
    const std::string wal = replica::Replica::database_path(dir + "/till") + "-wal";
    GrowingFile pages_file(dir + "/floor-pages"), record_file(dir + "/floor-record");
    Bytes record, pages;
    std::vector<double> earn_p50, pages_p50, record_p50, checkpoints, wal_bytes, all;
    std::size_t bill = 0;
    for (std::size_t round = 0; round < options.rounds + 1; ++round) {
        std::vector<double> earns, of_pages, of_records;
        for (std::size_t i = 0; i < kEarnsOfRound; ++i) {
            TALLY_TRY(const double us, earn_once(*made, random.below(members), ++bill));
            earns.push_back(us);
        }
        const double bytes = static_cast<double>(std::filesystem::file_size(wal)) / kEarnsOfRound;
        TALLY_TRY(const auto last, made->replica().last_operations(1));
        record.assign(wire::encode_op(last.front().op).size(), 0x5A);
        pages.assign(static_cast<std::size_t>(bytes), 0x5A);
        const double begin = now_us();
        TALLY_OK(made->replica().db().checkpoint(true));
        const double checkpoint = now_us() - begin;
        for (std::size_t i = 0; i < kEarnsOfRound; ++i) {
            double from = now_us();
            TALLY_OK(pages_file.append(pages));
            of_pages.push_back(now_us() - from);
            from = now_us();
            TALLY_OK(record_file.append(record));
            of_records.push_back(now_us() - from);
        }
        if (round == 0) continue;  // warms up
        all.insert(all.end(), earns.begin(), earns.end());
        earn_p50.push_back(median(earns));
        pages_p50.push_back(median(of_pages));
        record_p50.push_back(median(of_records));
        checkpoints.push_back(checkpoint);
        wal_bytes.push_back(bytes);
    }
    print({{"bench", "earn"},
           {"earn_us", median(earn_p50)},
           {"earn_p99_us", percentile(all, 0.99)},
           {"floor_us", median(pages_p50)},
           {"floor", "the bytes that the earn writes, appended to a growing file, fdatasync"},
           {"ratio", median(earn_p50) / median(pages_p50)},
           {"ratio_max", 1.5},
           {"record_floor_us", median(record_p50)},
           {"ratio_to_record_floor", median(earn_p50) / median(record_p50)},
           {"wal_bytes", median(wal_bytes)},
           {"record_bytes", record.size()},
           {"checkpoint_us_per_earn", median(checkpoints) / kEarnsOfRound},
           {"members", members},
           {"rounds", options.rounds}});
    return {};
}

namespace {

// The same rows in a plain SQLite file: one index lookup, one row.
class PlainTable {
  public:
    static Result<std::unique_ptr<PlainTable>> make(const std::string& path, std::size_t members) {
        auto table = std::make_unique<PlainTable>();
        if (sqlite3_open(path.c_str(), &table->db_) != SQLITE_OK) return fail(Code::kIo, "plain database");
        table->run(
            "PRAGMA cache_size=-131072; PRAGMA synchronous=OFF; PRAGMA journal_mode=WAL;"
            "CREATE TABLE lookup(kind INTEGER, value TEXT, no INTEGER, PRIMARY KEY(kind, value, no)) WITHOUT ROWID;"
            "CREATE TABLE member(no INTEGER PRIMARY KEY, body BLOB); BEGIN");
        sqlite3_stmt *lookup = nullptr, *member = nullptr;
        sqlite3_prepare_v2(table->db_, "INSERT INTO lookup VALUES(?1, ?2, ?3)", -1, &lookup, nullptr);
        sqlite3_prepare_v2(table->db_, "INSERT INTO member VALUES(?1, randomblob(400))", -1, &member, nullptr);
        for (std::size_t i = 0; i < members; ++i) {
            for (const auto& [kind, value] : {std::pair{1, MadeReplica::phone_of(i)}, {2, MadeReplica::card_of(i)}}) {
                sqlite3_bind_int(lookup, 1, kind);
                sqlite3_bind_text(lookup, 2, value.c_str(), -1, SQLITE_TRANSIENT);
                sqlite3_bind_int64(lookup, 3, static_cast<sqlite3_int64>(i));
                sqlite3_step(lookup);
                sqlite3_reset(lookup);
            }
            sqlite3_bind_int64(member, 1, static_cast<sqlite3_int64>(i));
            sqlite3_step(member);
            sqlite3_reset(member);
        }
        sqlite3_finalize(lookup);
        sqlite3_finalize(member);
        table->run("COMMIT");
        sqlite3_prepare_v2(table->db_, "SELECT body FROM lookup JOIN member USING(no) WHERE kind = 2 AND value = ?1",
                           -1, &table->find_, nullptr);
        return table;
    }
    ~PlainTable() {
        sqlite3_finalize(find_);
        sqlite3_close(db_);
    }
    bool find(const std::string& card) {
        sqlite3_bind_text(find_, 1, card.c_str(), -1, SQLITE_TRANSIENT);
        const bool found = sqlite3_step(find_) == SQLITE_ROW && sqlite3_column_bytes(find_, 0) == 400;
        sqlite3_reset(find_);
        return found;
    }

  private:
    void run(const char* sql) { sqlite3_exec(db_, sql, nullptr, nullptr, nullptr); }
    sqlite3* db_ = nullptr;
    sqlite3_stmt* find_ = nullptr;
};

// On a shared machine a scan is now and then interrupted for a few milliseconds: its processor time tells that apart.
struct Scan {
    double us = 0, cpu_us = 0;
};

double thread_cpu_us() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

Result<Scan> scan(MadeReplica& made, std::size_t index, bool by_card) {
    const std::string code = by_card ? MadeReplica::card_of(index) : MadeReplica::phone_of(index);
    const double begin = now_us(), cpu_begin = thread_cpu_us();
    TALLY_TRY(const auto found, made.till().find_code(code));
    if (!found) return fail(Code::kBug, "a code of the replica was not found");
    TALLY_TRY(const auto card, made.till().card(found->member));
    const Scan us{now_us() - begin, thread_cpu_us() - cpu_begin};
    if (card.balance != 100) return fail(Code::kBug, "the card shows another balance");
    return us;
}

}  // namespace

Status bench_lookup(const std::string& dir, const BenchOptions& options, const Print& print) {
    constexpr std::size_t kScansOfRound = 2000;
    std::filesystem::create_directories(dir);
    const double begin = now_us();
    TALLY_TRY(const auto made, MadeReplica::make(dir + "/till", options.members, kBenchSeed));
    const double fill_s = (now_us() - begin) / 1e6;
    TALLY_TRY(const auto plain, PlainTable::make(dir + "/plain.db", options.members));
    SeededRandom random(kBenchSeed);
    std::vector<double> first, scans, cpu, floors;
    for (std::size_t round = 0; round < options.rounds + 4; ++round) {
        const bool warm = round >= 4;
        for (std::size_t i = 0; i < kScansOfRound; ++i) {
            const std::size_t index = random.below(options.members);
            TALLY_TRY(const Scan one, scan(*made, index, i % 2 == 0));
            (warm ? scans : first).push_back(one.us);
            if (warm) cpu.push_back(one.cpu_us);
        }
        for (std::size_t i = 0; i < kScansOfRound; ++i) {
            const std::size_t index = random.below(options.members);
            const std::string card = MadeReplica::card_of(index);
            const double from = now_us();
            if (!plain->find(card)) return fail(Code::kBug, "the plain table has lost a row");
            if (warm) floors.push_back(now_us() - from);
        }
    }
    print({{"bench", "lookup"},
           {"scan_to_card_p50_us", percentile(scans, 0.5)},
           {"scan_to_card_p99_us", percentile(scans, 0.99)},
           {"scan_to_card_cpu_p50_us", percentile(cpu, 0.5)},
           {"scan_to_card_cpu_p99_us", percentile(cpu, 0.99)},
           {"p99_max_us", 1000},
           {"colder_p99_us", percentile(first, 0.99)},
           {"floor_p50_us", percentile(floors, 0.5)},
           {"floor_p99_us", percentile(floors, 0.99)},
           {"floor", "one indexed lookup and one row in a plain SQLite file"},
           {"ratio_p50", percentile(scans, 0.5) / percentile(floors, 0.5)},
           {"members", options.members},
           {"fill_members_per_s", static_cast<double>(options.members) / fill_s},
           {"replica_bytes", std::filesystem::file_size(replica::Replica::database_path(dir + "/till"))},
           {"scans", scans.size()}});
    return {};
}

}  // namespace tally::lab
