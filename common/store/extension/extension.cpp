// libtally_vfs.so: the encrypting VFS for foreign programs, keyed by key files. How to use it: SUPPORT.md. It is not
// part of the product's programs. Everything here may run on any thread of the host.
#include <sqlite3ext.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "common/store/database_keys.h"
#include "common/store/durable_file.h"
#include "common/store/keys.h"
#include "common/store/vfs.h"

extern "C" {
SQLITE_EXTENSION_INIT1
}

namespace tally::store {
namespace {

namespace fs = std::filesystem;

constexpr int kOldestHost = 3039000;  // the first SQLite whose table has sqlite3_db_name
constexpr const char* kKeyFileParameter = "keyfile";
constexpr const char* kKeyFileVariable = "TALLY_VFS_KEYFILE";
constexpr const char* kDefaultVariable = "TALLY_VFS_DEFAULT";

// The environment's key file, made absolute when the extension is loaded: a program may change its folder later.
std::string& environment_key_file() {
    static std::string path;
    return path;
}

// SQLite shows its own words for a result code only, so ours go to standard error and to SQLite's log.
void say(const std::string& line) {
    std::fprintf(stderr, "tally: %s\n", line.c_str());
    sqlite3_log(SQLITE_WARNING, "tally: %s", line.c_str());
}

Status check_key_file(const std::string& path) {
    Result<SmallFile> file = read_small(path, 32);
    if (!file) return fail(file.error().code, "key file " + path + ": " + file.error().detail);
    const std::size_t bytes = file->bytes.size();
    crypto::wipe(file->bytes);
    if (bytes != 32) return fail(Code::kDamaged, "key file " + path + ": a key file has exactly 32 bytes");
    static std::atomic<bool> warned = false;
    if ((file->mode & 077) != 0 && !warned.exchange(true))
        say("warning: key file " + path + " can be read by others; chmod 600 it");
    return {};
}

enum class There { kNothing, kEmpty, kFile };

There what_is_at(const char* name) {
    struct stat status {};
    if (::stat(name, &status) != 0) return There::kNothing;
    return S_ISREG(status.st_mode) && status.st_size == 0 ? There::kEmpty : There::kFile;
}

// A database without slots, told apart for whoever has to find out why.
Error without_slots(const std::string& name) {
    std::array<char, 16> head{};
    std::ifstream(name, std::ios::binary).read(head.data(), head.size());
    const std::string_view begins(head.data(), head.size());
    if (begins == std::string_view("SQLite format 3", 16))
        return fail(Code::kDamaged, "a plain SQLite file, not an encrypted database");
    if (!begins.starts_with("TLYDB\n")) return fail(Code::kDamaged, "not a database of Tallystick");
    return fail(Code::kNotFound, "its key slot file " + name + ".keys is missing");
}

Result<crypto::Secret> data_key_of(const std::string& name, const std::string& key_file, int flags) {
    const Unlock with = KeyFile{key_file, true};
    const There there = what_is_at(name.c_str());
    std::error_code ignored;
    if (!fs::exists(name + ".keys", ignored)) {
        if (there == There::kFile) return without_slots(name);
        if (there == There::kNothing && (flags & SQLITE_OPEN_CREATE) == 0)
            return fail(Code::kNotFound, "there is no such file");
        // Nothing can be written under this key, so nobody needs it again.
        if ((flags & SQLITE_OPEN_READWRITE) == 0) return crypto::Secret::random(32);
        Result<crypto::Secret> made = create_keys(name, with);
        if (made || made.error().code != Code::kExists) return made;
        // Another process was first.
    }
    Result<crypto::Secret> key = unlock_keys(name, with);
    if (key) return key;
    if (key.error().code == Code::kWrongKey)
        return fail(Code::kWrongKey, "wrong key: key file " + key_file + " opens no slot of " + name + ".keys");
    return fail(key.error().code, name + ".keys: " + key.error().detail);
}

Result<std::shared_ptr<const DatabaseKeys>> keys_of(const char* name, int flags) {
    const char* given = sqlite3_uri_parameter(name, kKeyFileParameter);
    const std::string key_file = given != nullptr ? given : environment_key_file();
    if (key_file.empty())
        return fail(Code::kInvalid, std::string("no key file: name it in the URI, file:PATH?vfs=tally&keyfile=KEYFILE, "
                                                "or in ") +
                                        kKeyFileVariable);
    TALLY_OK(check_key_file(key_file));
    static std::mutex making;  // two threads may open the same new database
    const std::lock_guard lock(making);
    TALLY_TRY(const crypto::Secret data_key, data_key_of(name, key_file, flags));
    return std::make_shared<const DatabaseKeys>(data_key);
}

void refused(const char* name, const Error& why) { say(std::string(name) + ": " + why.detail); }

// A database in memory that is saved to a file by the backup API needs the reserved bytes from its first page on.
void reserve_in(sqlite3* connection) {
    const char* name = sqlite3_db_filename(connection, "main");
    if (name != nullptr && *name != 0) return;  // files are seen to by the VFS
    int reserve = 40;
    sqlite3_file_control(connection, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
}

int on_connection(sqlite3* connection, char**, const sqlite3_api_routines*) {
    reserve_in(connection);
    return SQLITE_OK;
}

Status load(sqlite3* connection) {
    if (sqlite3_libversion_number() < kOldestHost)
        return fail(Code::kInvalid,
                    std::string("needs SQLite 3.39 or newer; this program has ") + sqlite3_libversion());
    const char* key_file = ::secure_getenv(kKeyFileVariable);
    if (key_file != nullptr && *key_file != 0 && environment_key_file().empty())
        environment_key_file() = fs::absolute(key_file).string();
    const char* wanted = ::secure_getenv(kDefaultVariable);
    const bool is_default = wanted != nullptr && std::string_view(wanted) == "1";
    crypto::start();
    if (is_default) {
        if (environment_key_file().empty())
            return fail(Code::kInvalid, std::string(kDefaultVariable) + " needs " + kKeyFileVariable);
        TALLY_OK(check_key_file(environment_key_file()));
    }
    VfsHost host;
    host.keys_of = keys_of;
    host.refused = refused;
    host.guest = true;
    host.is_default = is_default;
    TALLY_OK(register_vfs("tally", nullptr, std::move(host)));
    if (!is_default) return {};
    if (sqlite3_auto_extension(reinterpret_cast<void (*)()>(on_connection)) != SQLITE_OK)
        return fail(Code::kIo, "SQLite takes no automatic extension");
    if (connection != nullptr) reserve_in(connection);
    return {};
}

}  // namespace
}  // namespace tally::store

// The name that SQLite derives from libtally_vfs.so. The library stays loaded: its VFS outlives every connection.
extern "C" __attribute__((visibility("default"))) int sqlite3_tallyvfs_init(sqlite3* connection, char** message,
                                                                            const sqlite3_api_routines* api) {
    SQLITE_EXTENSION_INIT2(api);
    std::string why;
    try {
        const tally::Status loaded = tally::store::load(connection);
        if (loaded) return SQLITE_OK_LOAD_PERMANENTLY;
        why = loaded.error().detail;
    } catch (const std::exception& failure) {
        why = failure.what();
    }
    *message = sqlite3_mprintf("tally: %s", why.c_str());
    return SQLITE_ERROR;
}
