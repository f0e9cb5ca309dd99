// A backup as a person keeps it, made of two or three files that lie together:
//
//     FILE        the database, encrypted as it is in the shop (backup.h)
//     FILE.keys   its key slots: it opens with the same secrets
//     FILE.toml   the settings, where there are some; no secret is in them
//
// Makes them from an open database, and lays them out in a folder again. B1.. are in FILES.md. Not what a restored
// database does next (a new epoch, a new incarnation). One thread, the one that owns the Db.
#pragma once

#include "common/store/backup.h"

namespace tally::store {

using CopyProgress = std::function<void(const BackupProgress&)>;

struct BackupJob {
    std::string to;              // FILE
    std::string settings;        // a file that goes along; empty or not there: none
    CopyProgress progress = {};  // the first call comes within the moment that is copied
    const char* vfs = "tally";   // tests put another name here
};
// Copies `db`, whose file is `database` and whose data key is `data_key`, all with mode 0600. FILE comes last, whole,
// and never over a file. kInvalid: FILE would lie in the database's own folder, and be lost with it; kNotFound: its
// folder is not there; else as backup_to().
Status make_backup(Db& db, const std::string& database, const crypto::Secret& data_key, const BackupJob& job);

// Lays the files of a backup out as the database `to`, with its key slots, in a folder without them, and synced; the
// settings as `settings_to` (empty: left out). FILE is only read, so a stick that cannot be written to will do. It may
// also be a database out of a lost terminal's folder, with its WAL beside it, if nobody has it open. kNotFound names
// the file that is missing; kBusy; kFull; kIo.
Status lay_out_backup(const std::string& from, const std::string& to, const std::string& settings_to,
                      const CopyProgress& progress);

// Shows itself on one line of standard error (progress_line.h), which ends when the last copy of it goes.
CopyProgress progress_on_terminal();

// "12.3 MiB", for people.
std::string size_text(std::uint64_t bytes);

}  // namespace tally::store
