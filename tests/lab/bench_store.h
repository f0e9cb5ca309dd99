// What the encryption costs below everything else: one database under the product's VFS and one under SQLite's own, in
// one process, with the same SQL and the same settings, in turns. Raw connections, so that both go the same way.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/crypto/secret.h"
#include "common/store/format.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tally::lab {

struct BenchDb {
    struct Close {
        void operator()(sqlite3* db) const;
    };
    std::unique_ptr<sqlite3, Close> handle;

    void run(const char* sql) const;  // anything but success ends the program: a figure of half a run is none
};

// How a database is opened. Without a cipher it is a plain SQLite file.
struct BenchStore {
    const char* name;
    std::uint8_t cipher = 0;
    crypto::Secret data_key = crypto::Secret::random(32);

    // WAL, synchronous FULL, secure_delete as the product has them. `cache_kib` 0: SQLite's default cache.
    BenchDb open(const std::string& path, int cache_kib) const;
};

class BenchStatement {
  public:
    BenchStatement(const BenchDb& db, const char* sql);
    BenchStatement(BenchStatement&&) = delete;
    ~BenchStatement();
    BenchStatement& bind(int index, std::int64_t value);
    BenchStatement& bind(int index, const std::string& text);  // must live until the step
    // All its rows; how many there were. Then ready to be bound again.
    std::int64_t run();

  private:
    sqlite3_stmt* statement_ = nullptr;
};

// The steps of a mixed workload in the manner of SQLite's speedtest1, on an empty database: inserts in and out of
// order, range reads with and without index, index making, updates, deletes, sorting, joins, and a whole check.
// Microseconds a step, in order. `rows` a table.
struct StepTime {
    const char* name;
    double us;
};
std::vector<StepTime> run_mixed(const BenchDb& db, int rows);

}  // namespace tally::lab
