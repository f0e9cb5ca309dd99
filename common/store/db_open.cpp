// Opening a database: key first, then SQLite, then its settings, then the walk over the WAL.
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "common/store/database_keys.h"
#include "common/store/db.h"
#include "common/store/file.h"
#include "common/store/private_file.h"
#include "common/store/sqlite_error.h"
#include "common/store/vfs.h"

namespace tally::store {

namespace {

constexpr int kWalPagesBeforeCheckpoint = 1000;  // 4 MB: a checkpoint stays short, a WAL's scan at open too
constexpr int kWalBytesKept = 16 * 1024 * 1024;  // a WAL left longer by one big transaction shrinks to this

// Only Db::attach and Db::vacuum_into attach, with keys on offer: a plain database would be an export in clear (pitfall
// 11), and so would VACUUM INTO, which attaches its target. VACUUM itself attaches a file without a name.
int authorize(void*, int action, const char* name, const char*, const char*, const char*) {
    if (action != SQLITE_ATTACH) return SQLITE_OK;
    return name != nullptr && (*name == 0 || Handover::offers(name)) ? SQLITE_OK : SQLITE_DENY;
}

Status configure(sqlite3* handle, const OpenOptions& options) {
    sqlite3_busy_timeout(handle, options.busy_ms);
    sqlite3_set_authorizer(handle, authorize, nullptr);
    for (const auto& [what, on] : {std::pair{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                   std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1}, std::pair{SQLITE_DBCONFIG_ENABLE_FKEY, 1},
                                   std::pair{SQLITE_DBCONFIG_DQS_DML, 0}, std::pair{SQLITE_DBCONFIG_DQS_DDL, 0}}) {
        const int code = sqlite3_db_config(handle, what, on, nullptr);
        if (code != SQLITE_OK) return sqlite_error(handle, code, "configuration");
    }
    const std::string settings =
        "PRAGMA cache_size = " + std::to_string(-options.cache_kib) +
        "; PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = " +
        std::to_string(kWalBytesKept);
    const int code = sqlite3_exec(handle, settings.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_error(handle, code, "settings");
    return {};
}

int take_mode(void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) = values[0] == nullptr ? "" : values[0];
    return 0;
}

// Two processes that make the same file at once: SQLite does not wait for the lock that changes the mode, so we do.
Status enter_wal(sqlite3* handle, const OpenOptions& options) {
    using std::chrono::steady_clock;
    const auto until = steady_clock::now() + std::chrono::milliseconds(options.busy_ms);
    for (;;) {
        std::string mode;
        const int code = sqlite3_exec(handle, options.read_only ? "PRAGMA journal_mode" : "PRAGMA journal_mode = WAL",
                                      take_mode, &mode, nullptr);
        if (code == SQLITE_OK && mode == "wal") return {};
        if (code == SQLITE_OK && options.read_only) return {};  // an empty file, or one left in journal mode
        if (code == SQLITE_OK) return fail(Code::kIo, "the database does not enter WAL mode but stays in " + mode);
        if ((code & 0xFF) != SQLITE_BUSY || steady_clock::now() >= until) return sqlite_error(handle, code, "WAL mode");
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

// F6. With synchronous=FULL at most the last transaction can be torn, so two commits at or after a frame that fails
// mean damage in what was synced. Another process may write while we look: only what stays is a verdict.
Result<WalScan> scan_wal(sqlite3* handle) {
    WalScan scan;
    WalScan before;
    for (int look = 0; look < 4; ++look) {
        before = scan;
        const int code = sqlite3_file_control(handle, "main", kScanWalControl, &scan);
        if (code != SQLITE_OK) return sqlite_error(handle, code, "WAL scan");
        const bool same = look > 0 && before.first_bad == scan.first_bad && before.generation == scan.generation;
        if (scan.commits_from_bad < 2) return scan;
        if (look >= 2 && same)
            return fail(Code::kDamaged, "WAL frame " + std::to_string(scan.first_bad) + " is changed or damaged");
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
    return scan;
}

// True: it ends in frames that do not authenticate.
Result<bool> check_wal(sqlite3* handle, const OpenOptions& options) {
    if (options.sync != Sync::kFull) return false;  // without syncs any part of the WAL may be torn after a power cut
    TALLY_TRY(const WalScan scan, scan_wal(handle));
    if (scan.first_bad < 0 || options.read_only) return scan.first_bad >= 0;
    // A torn transaction with stray frames behind it: begin the WAL anew, so that a second power cut is not taken for
    // damage. When a reader is in the way this has to wait for the next time.
    sqlite3_busy_timeout(handle, 0);
    sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(handle, options.busy_ms);
    return true;
}

// SQLite goes on with a log or an index that it could only open for reading, until the first write. Told at once, so
// that the next opening may do better. Somebody else's write lock is no obstacle: being read-only is looked at before
// it.
Status check_writable(sqlite3* handle, const OpenOptions& options) {
    if (options.read_only) return {};
    sqlite3_busy_timeout(handle, 0);
    const int code = sqlite3_exec(handle, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
    sqlite3_busy_timeout(handle, options.busy_ms);
    if (code == SQLITE_OK || (code & 0xFF) == SQLITE_BUSY) return {};
    if ((code & 0xFF) == SQLITE_READONLY) return fail(Code::kIo, "the database's log or its index cannot be written");
    return sqlite_error(handle, code, "first lock");
}

Status settle(sqlite3* handle, const OpenOptions& options, bool& wal_was_torn) {
    TALLY_OK(configure(handle, options));
    TALLY_OK(enter_wal(handle, options));
    // Reads and so authenticates page 1, and recovers the WAL if need be.
    int code = sqlite3_exec(handle, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_error(handle, code, "first read");
    TALLY_TRY(wal_was_torn, check_wal(handle, options));
    TALLY_OK(check_writable(handle, options));
    sqlite3_wal_autocheckpoint(handle, kWalPagesBeforeCheckpoint);
    code =
        sqlite3_exec(handle, options.sync == Sync::kFull ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                     nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_error(handle, code, "synchronous");
    return {};
}

bool exists(const std::string& path, const char* vfs_name) {
    sqlite3_vfs* vfs = sqlite3_vfs_find(vfs_name);
    int there = 0;
    return vfs->xAccess(vfs, path.c_str(), SQLITE_ACCESS_EXISTS, &there) == SQLITE_OK && there != 0;
}

}  // namespace

Result<Db> Db::open(const std::string& path, const crypto::Secret& data_key, const OpenOptions& options) {
    if (data_key.size() != 32) return fail(Code::kInvalid, "a data key has 32 bytes");
    if (path.empty() || path.find('\0') != std::string::npos) return fail(Code::kInvalid, "not a path of a database");
    if (std::string_view(options.vfs) == "tally") TALLY_OK(register_vfs());
    if (find_cipher(options.cipher) == nullptr) return fail(Code::kInvalid, "there is no such cipher");
    TALLY_OK(cipher_of_file(options.cipher));
    if (sqlite3_vfs_find(options.vfs) == nullptr) return fail(Code::kInvalid, "the VFS is not registered");
    if (!options.create && !exists(path, options.vfs)) return fail(Code::kNotFound, "there is no database file");

    Handover offer(std::make_shared<const DatabaseKeys>(data_key));
    offer.cipher = options.cipher;
    offer.alone = options.alone;
    offer.wait_ms = options.busy_ms;
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (options.create && !options.read_only) flags |= SQLITE_OPEN_CREATE;
    if (std::string_view(options.vfs) == "tally" && !options.read_only) {  // its journals take their mode from it
        if (options.create) make_private_file(path);
        keep_database_private(path);
    }
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(offer.uri_of(path).c_str(), &handle, flags, options.vfs);
    Db db(handle);  // closes the handle on every way out
    if (offer.refusal) return *offer.refusal;
    if (code != SQLITE_OK) return sqlite_error(handle, code, "open");
    if (!options.read_only && sqlite3_db_readonly(handle, "main") != 0)
        return fail(Code::kRefused, "the database file is not writable");
    TALLY_OK(settle(handle, options, db.wal_was_torn_));
    return db;
}

}  // namespace tally::store
