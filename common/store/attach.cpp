// Db::attach and Db::vacuum_into: another encrypted file within one connection, its key handed over while SQLite opens
// it. Everything else that attaches is denied (db_open.cpp).
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

#include "common/store/database_keys.h"
#include "common/store/db.h"
#include "common/store/private_file.h"
#include "common/store/sqlite_error.h"

namespace tally::store {

namespace fs = std::filesystem;

static Status check_arguments(const std::string& path, const crypto::Secret& data_key) {
    if (data_key.size() != 32) return fail(Code::kInvalid, "a data key has 32 bytes");
    if (path.empty() || path.find('\0') != std::string::npos) return fail(Code::kInvalid, "not a path of a database");
    return {};
}

// `sql` has one %Q for the URI, and one %w for `name` where it is not null. Not through Db::exec: its errors quote
// nothing of ours, but SQLite's message here would hold the URI.
static Status run_with(sqlite3* handle, const char* sql, const Handover& offer, const std::string& uri,
                       const char* name) {
    char* text = name == nullptr ? sqlite3_mprintf(sql, uri.c_str()) : sqlite3_mprintf(sql, uri.c_str(), name);
    if (text == nullptr) return fail(Code::kIo, "not enough memory");
    const int code = sqlite3_exec(handle, text, nullptr, nullptr, nullptr);
    sqlite3_free(text);
    if (offer.refusal) return *offer.refusal;
    if (code != SQLITE_OK) return sqlite_error(nullptr, sqlite3_extended_errcode(handle), "attach");
    return {};
}

Status Db::attach(const std::string& path, const crypto::Secret& data_key, const std::string& schema, bool create) {
    TALLY_OK(check_arguments(path, data_key));
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    if (schema.empty() || !std::all_of(schema.begin(), schema.end(), is_letter) || schema == "main" || schema == "temp")
        return fail(Code::kInvalid, "a schema is named by small letters");
    if (in_transaction()) return fail(Code::kRefused, "nothing is attached within a transaction");
    std::error_code failed;
    if (!create && !fs::exists(path, failed)) return fail(Code::kNotFound, "there is no database file");
    if (create) make_private_file(path);
    {
        const Handover offer(std::make_shared<const DatabaseKeys>(data_key));
        TALLY_OK(
            run_with(handle_, "ATTACH %Q AS \"%w\"", offer, offer.uri_of(path, create ? "rwc" : "rw"), schema.c_str()));
    }
    // Reads and so authenticates page 1.
    Status ready = exec("PRAGMA " + schema + ".synchronous = FULL; PRAGMA " + schema + ".secure_delete = ON; PRAGMA " +
                        schema + ".journal_mode = WAL; SELECT count(*) FROM " + schema + ".sqlite_schema");
    if (!ready) (void)exec("DETACH " + schema).has_value();
    return ready;
}

Status Db::vacuum_into(const std::string& path, const crypto::Secret& data_key) {
    TALLY_OK(check_arguments(path, data_key));
    std::error_code failed;
    if (fs::exists(fs::symlink_status(path, failed))) return fail(Code::kExists, "there is a file under this name");
    make_private_file(path);
    Handover offer(std::make_shared<const DatabaseKeys>(data_key));
    offer.alone = true;  // a new file, which nobody else knows
    Status done = run_with(handle_, "VACUUM INTO %Q", offer, offer.uri_of(path), nullptr);
    if (!done) {
        for (const char* suffix : {"", "-journal"}) fs::remove(path + suffix, failed);
    }
    return done;
}

}  // namespace tally::store
