#include "common/store/rotation_files.h"

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "common/base/bytes.h"
#include "common/store/database_lock.h"
#include "common/store/durable_file.h"

namespace tally::store {
namespace {

namespace fs = std::filesystem;

constexpr int kWaitForEnd_ms = 5000;  // from writing the slot file to renaming it

struct Leftovers {
    std::vector<std::string> next;   // the new main file and what SQLite keeps beside it: gone with a cut change
    std::vector<std::string> keyed;  // slot files and witnesses that wait for their moment
    bool none() const { return next.empty() && keyed.empty(); }
};

// `rest` is exactly what a change of the data key calls its files: a prefix, the new file's id in hex, and perhaps the
// end of a write that was cut. Anything else beside the database is somebody's own copy, and stays.
bool is_keyed(std::string_view rest) {
    constexpr std::size_t kIdDigits = 2 * kDatabaseIdBytes;
    if (!rest.starts_with(".keys-") && !rest.starts_with(".head-")) return false;
    rest.remove_prefix(6);
    const std::string_view id = rest.substr(0, kIdDigits), end = rest.substr(id.size());
    constexpr std::string_view kHex = "0123456789abcdef", kCut = ".new.";
    if (id.size() != kIdDigits || id.find_first_not_of(kHex) != std::string_view::npos) return false;
    return end.empty() || (end.starts_with(kCut) && end.size() > kCut.size() &&
                           end.find_first_not_of("0123456789", kCut.size()) == std::string_view::npos);
}

Result<Leftovers> look(const std::string& database_path) {
    const fs::path path(database_path);
    const std::string base = path.filename().string();
    const fs::path folder = path.parent_path().empty() ? fs::path(".") : path.parent_path();
    Leftovers out;
    std::error_code failed;
    fs::directory_iterator entry(folder, failed);
    for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
        const std::string name = entry->path().filename().string();
        if (!name.starts_with(base)) continue;
        const std::string_view rest = std::string_view(name).substr(base.size());
        if (rest == ".next" || rest == ".next-wal" || rest == ".next-shm" || rest == ".next-journal")
            out.next.push_back(entry->path().string());
        else if (is_keyed(rest))
            out.keyed.push_back(entry->path().string());
    }
    if (failed == std::errc::no_such_file_or_directory) return Leftovers{};
    if (failed) return fail(Code::kIo, folder.string() + " cannot be read: " + failed.message());
    return out;
}

Status remove(const std::string& path) {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    return fail(Code::kIo, path + " cannot be removed: " + std::strerror(errno));
}

Status move_if_there(const std::string& from, const std::string& to) {
    std::error_code failed;
    if (!fs::exists(from, failed)) return {};
    return move_durably(from, to);
}

}  // namespace

std::string slot_path(const std::string& database_path) { return database_path + ".keys"; }
std::string next_main_path(const std::string& database_path) { return database_path + ".next"; }
std::string next_slot_path(const std::string& database_path, const DatabaseId& id) {
    return database_path + ".keys-" + to_hex(ByteView(id));
}
std::string next_witness_path(const std::string& database_path, const DatabaseId& id) {
    return database_path + ".head-" + to_hex(ByteView(id));
}

Result<std::optional<DatabaseId>> database_id_of(const std::string& database_path, const char* vfs_name) {
    std::error_code failed;
    if (!fs::exists(database_path, failed)) return std::optional<DatabaseId>();
    sqlite3_vfs* vfs = sqlite3_vfs_find(vfs_name);  // starts SQLite when nobody has
    if (vfs == nullptr) return fail(Code::kBug, "SQLite has no VFS");
    const auto storage = std::make_unique<std::uint64_t[]>(static_cast<std::size_t>(vfs->szOsFile) / 8 + 1);
    auto* file = reinterpret_cast<sqlite3_file*>(storage.get());
    const char* name = sqlite3_create_filename(fs::absolute(database_path).c_str(), "", "", 0, nullptr);
    if (name == nullptr) return fail(Code::kIo, "out of memory");
    std::array<std::uint8_t, kClearBytes> head{};
    int out_flags = 0;
    int code = vfs->xOpen(vfs, name, file, SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READONLY, &out_flags);
    if (code == SQLITE_OK) code = file->pMethods->xRead(file, head.data(), static_cast<int>(head.size()), 0);
    if (file->pMethods != nullptr) file->pMethods->xClose(file);
    sqlite3_free_filename(name);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return fail(Code::kIo, database_path + " cannot be read");
    if (std::memcmp(head.data(), kMagic.data(), kMagic.size()) != 0) return std::optional<DatabaseId>();
    DatabaseId id;
    std::memcpy(id.data(), head.data() + kDatabaseIdAt, id.size());
    return std::optional<DatabaseId>(id);
}

Status settle_rotation(const std::string& database_path, const char* vfs) {
    TALLY_TRY(const Leftovers left, look(database_path));
    if (left.none()) return {};
    const Result<DatabaseLock> lock =
        DatabaseLock::alone(database_path, DatabaseLock::Part::kKeys, left.keyed.empty() ? 0 : kWaitForEnd_ms);
    // Busy with the new main file only: the change is going on, and everything is as before.
    if (!lock && lock.error().code == Code::kBusy && left.keyed.empty()) return {};
    if (!lock) return lock.error();
    return settle_rotation_locked(database_path, vfs);
}

Status settle_rotation_locked(const std::string& database_path, const char* vfs) {
    TALLY_TRY(const Leftovers before, look(database_path));
    if (before.none()) return {};
    TALLY_TRY(const std::optional<DatabaseId> id, database_id_of(database_path, vfs));
    if (!id) return {};  // not a database: nothing is taken away from one who may still save something
    TALLY_OK(move_if_there(next_witness_path(database_path, *id), database_path + ".head"));
    TALLY_OK(move_if_there(next_slot_path(database_path, *id), slot_path(database_path)));
    TALLY_TRY(const Leftovers rest, look(database_path));
    for (const std::string& path : rest.keyed) TALLY_OK(remove(path));
    for (const std::string& path : rest.next) TALLY_OK(remove(path));
    return {};
}

}  // namespace tally::store
