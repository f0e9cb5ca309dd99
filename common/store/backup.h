// Online encrypted backup: a copy of one moment of an open database, made page by page while other connections write.
// Runs on the thread that owns the Db, which should be one of its own: its log cannot be begun anew meanwhile, so it
// grows by what the others write.
#pragma once

#include <functional>
#include <string>

#include "common/store/db.h"

namespace tally::store {

struct BackupProgress {
    std::int64_t pages_done = 0;
    std::int64_t pages_all = 0;
    bool verifying = false;  // all is copied; the copy is read back whole
};

struct BackupOptions {
    // Called after every step and before the verification. false stops the backup: kRefused, and nothing is left.
    std::function<bool(const BackupProgress&)> progress;
    int pages_each_step = 1024;  // 4 MiB
    // The copy gets this database's key slots. It must then have this database's data key, for that is what they hold.
    // false: the caller has put a slot file beside the copy.
    bool copy_slots = true;
    const char* vfs = "tally";  // tests put another name here
};

// Copies `db` to `path`, sealed under `data_key` (32 bytes). Written to `<path>.part`, read back and checked (every
// page, and SQLite's integrity check), synced, then renamed: under its name the copy is whole or not there. What a
// killed backup left behind is removed by the next one to the same path. On failure nothing is left. kExists: there is
// a file under that name already, or a slot file of another key. kFull: the disk is full. kRefused: stopped. kBug:
// within a transaction. kDamaged: the database itself, or its copy. Restoring is the same call, from the backup to a
// new path.
Status backup_to(Db& db, const std::string& path, const crypto::Secret& data_key, const BackupOptions& options = {});

}  // namespace tally::store
