// Where a headquarters lives: a folder with its encrypted database and the database's key slots. Opens it for the
// commands and for the server. One Home is one connection, used by one thread.
//
//     <dir>/hq.db, hq.db.keys     the database, its key slots
//     <dir>/hq.key                the key file, where neither another one nor a passphrase was chosen
//     <dir>/offline-root.key      to be moved off the machine: certifies HQ's working keys
//     <dir>/recovery.key          to be moved off the machine: opens every replica and this database
#pragma once

#include <optional>

#include "common/store/unlock_source.h"
#include "hq-server/intake/intake.h"
#include "hq-server/storage/sqlite_ledger_store.h"

namespace tally::admin {

// How the database is unlocked: a passphrase read from a descriptor, or a key file. Neither: where unlock_source.h
// looks, with <dir>/hq.key for the settings' key file.
struct UnlockChoice {
    std::string key_file;
    int passphrase_fd = -1;
};

std::string database_path(const std::string& dir);
std::string default_key_file(const std::string& dir);
std::string root_key_file(const std::string& dir);
std::string recovery_key_file(const std::string& dir);

// For what is built in `site` and moves up into `dir`: a key file that is named within `dir` is made in the site.
UnlockChoice choice_in(const std::string& site, const std::string& dir, const UnlockChoice& choice);

// For a headquarters that is made: (empty: <dir>/hq.key).
Result<store::Unlock> unlock_with(const std::string& dir, const UnlockChoice& choice);

struct Home {
    crypto::Secret data_key;
    std::unique_ptr<storage::SqliteLedgerStore> store;
    crypto::Device device;  // HQ's working device
};

// Makes the folder, keys, devices and database, and issues `programme` as version 1. All or nothing: it is built in
// `<dir>/.init` (building_site.h) and moves up when it is whole, hq.db last; what an attempt that was cut short has
// left is removed first. `dir` is new, or holds nothing but lost+found: else kExists. kBusy: another attempt is at
// work.
Status create_home(const std::string& dir, const UnlockChoice& choice, const domain::Programme& programme,
                   std::int64_t now_ms);
Result<Home> open_home(const std::string& dir, const UnlockChoice& choice);

}  // namespace tally::admin
