// An encrypted database on the memory disk, as a power cut leaves it: what fuzz_database.cpp edits. 40 rows (id, n);
// with a WAL of five commits that each count n of every ninth row up, or a hot rollback journal of n counted up in all
// rows.
#pragma once

#include "common/store/db.h"
#include "tests/fuzz/memory_vfs.h"

namespace tally::fuzz {

inline constexpr int kCommits = 5, kRows = 40;
using Disk = std::map<std::string, Bytes>;
// Nothing is ever made there. The VFS syncs the folder of a new file by the system's own calls; this one costs nothing.
inline const std::string kDatabase = "/dev/shm/d";

inline Result<store::Db> open_database(bool create) {
    store::OpenOptions options{.create = create, .sync = store::Sync::kNormal, .cache_kib = 16, .busy_ms = 0};
    options.vfs = kMemoryTally;
    return store::Db::open(kDatabase, crypto::Secret::copy_of(Bytes(32, 1)), options);
}

// The files while a connection has them open, as a power cut leaves them.
inline Disk made(const char* prepare, const char* step, int steps) {
    memory_disk().clear();
    auto db = open_database(true);
    TALLY_ASSERT(db.has_value() && db->exec(prepare).has_value(), "a database is made");
    for (int i = 0; i < steps; ++i) TALLY_ASSERT(db->exec(step).has_value(), "a step is made");
    return memory_disk();
}

inline const Disk& disk_of(bool wal) {
    constexpr const char* kPrepare =
        "PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, body TEXT);"
        "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 40)"
        " INSERT INTO t SELECT i, 0, hex(zeroblob(300)) FROM s; PRAGMA wal_checkpoint(TRUNCATE)";
    static const Disk with_wal = made(kPrepare, "UPDATE t SET n = n + 1 WHERE id % 9 = 1", kCommits);
    static const std::string journal = std::string(kPrepare) + "; PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE";
    static const Disk with_journal = made(journal.c_str(), "PRAGMA cache_size = 1; UPDATE t SET n = n + 1", 1);
    return wal ? with_wal : with_journal;
}

}  // namespace tally::fuzz
