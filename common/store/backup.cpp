#include "common/store/backup.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

#include "common/store/database_keys.h"
#include "common/store/durable_file.h"
#include "common/store/file.h"
#include "common/store/keys.h"
#include "common/store/private_file.h"
#include "common/store/sqlite_error.h"
#include "common/store/vfs.h"

namespace tally::store {
namespace {

namespace fs = std::filesystem;

void remove_beside(const std::string& part) {
    std::error_code ignored;
    for (const char* suffix : {"-journal", "-wal", "-shm"}) fs::remove(part + suffix, ignored);
}
void remove_part(const std::string& part) {
    std::error_code ignored;
    fs::remove(part, ignored);
    remove_beside(part);
}

// The unfinished copy, which goes away unless it was put in place.
class Part {
  public:
    explicit Part(const std::string& path) : path_(path + ".part") { remove_part(path_); }
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;
    ~Part() { remove_part(path_); }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

// The slot file beside it, likewise, unless it was there before.
class NewSlots {
  public:
    explicit NewSlots(const std::string& path) : path_(path + ".keys") {
        std::error_code ignored;
        kept_ = fs::exists(path_, ignored);
    }
    NewSlots(const NewSlots&) = delete;
    NewSlots& operator=(const NewSlots&) = delete;
    ~NewSlots() {
        std::error_code ignored;
        if (!kept_) fs::remove(path_, ignored);
    }
    void keep() { kept_ = true; }

  private:
    std::string path_;
    bool kept_ = false;
};

struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
using Target = std::unique_ptr<sqlite3, Close>;

// Without a journal: an unfinished copy is thrown away, never rolled back.
Result<Target> open_target(const std::string& part, const crypto::Secret& data_key, const char* vfs) {
    Handover offer(std::make_shared<const DatabaseKeys>(data_key));
    offer.alone = true;  // nobody else knows this name
    constexpr int kFlags =
        SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (std::string_view(vfs) == "tally") make_private_file(part);
    sqlite3* handle = nullptr;
    int code = sqlite3_open_v2(offer.uri_of(part).c_str(), &handle, kFlags, vfs);
    Target out(handle);
    if (offer.refusal) return *offer.refusal;
    if (code == SQLITE_OK)
        code = sqlite3_exec(handle, "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL", nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_error(handle, code, "make the copy");
    return out;
}

// A read transaction of the source: all steps see one moment, and writers do not make the copy begin again.
class Moment {
  public:
    static Result<Moment> of(Db& db) {
        TALLY_OK(db.exec("BEGIN"));
        Moment out(db);
        TALLY_OK(db.query_int64("SELECT count(*) FROM sqlite_schema"));
        return out;
    }
    Moment(Moment&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
    Moment& operator=(Moment&&) = delete;
    ~Moment() {
        if (db_ != nullptr && db_->in_transaction()) (void)db_->exec("ROLLBACK").has_value();
    }

  private:
    explicit Moment(Db& db) : db_(&db) {}
    Db* db_;
};

Error stopped() { return fail(Code::kRefused, "the backup was stopped"); }

Status copy_pages(sqlite3* source, sqlite3* target, const BackupOptions& options) {
    sqlite3_backup* backup = sqlite3_backup_init(target, "main", source, "main");
    if (backup == nullptr) return sqlite_error(target, sqlite3_extended_errcode(target), "begin the copy");
    Status out;
    for (;;) {
        const int code = sqlite3_backup_step(backup, std::max(1, options.pages_each_step));
        if (code != SQLITE_OK && code != SQLITE_DONE) {
            // The source's error is in the code only; the target's in its connection too.
            out = sqlite_error(code == sqlite3_extended_errcode(target) ? target : nullptr, code, "copy");
            break;
        }
        BackupProgress progress;
        progress.pages_all = sqlite3_backup_pagecount(backup);
        progress.pages_done = progress.pages_all - sqlite3_backup_remaining(backup);
        progress.verifying = code == SQLITE_DONE;
        if (options.progress && !options.progress(progress)) {
            out = stopped();
            break;
        }
        if (code == SQLITE_DONE) break;
    }
    const int finished = sqlite3_backup_finish(backup);
    if (out && finished != SQLITE_OK) return sqlite_error(target, finished, "finish the copy");
    return out;
}

struct Figures {
    std::int64_t pages;
    std::int64_t version;
    bool operator==(const Figures&) const = default;
};

Result<Figures> figures_of(Db& db) {
    TALLY_TRY(const std::int64_t pages, db.query_int64("PRAGMA page_count"));
    TALLY_TRY(const std::int64_t version, db.query_int64("PRAGMA user_version"));
    return Figures{pages, version};
}

Status verify(const std::string& part, const crypto::Secret& data_key, const Figures& expected, const char* vfs) {
    {
        OpenOptions options;
        options.vfs = vfs;
        options.alone = true;
        TALLY_TRY(Db copy, Db::open(part, data_key, options));
        TALLY_OK(copy.check_pages());
        TALLY_TRY(const Figures figures, figures_of(copy));
        if (!(figures == expected)) return fail(Code::kDamaged, "the copy is not of the same size");
    }
    std::error_code failed;
    if (fs::exists(part + "-wal", failed)) return fail(Code::kIo, "the copy's log was not taken in");
    return {};
}

Status copy_all(Db& db, sqlite3* source, const std::string& part, const crypto::Secret& data_key,
                const BackupOptions& options) {
    TALLY_TRY(const Moment moment, Moment::of(db));
    TALLY_TRY(const Figures figures, figures_of(db));
    {
        TALLY_TRY(const Target target, open_target(part, data_key, options.vfs));
        TALLY_OK(copy_pages(source, target.get(), options));
    }
    return verify(part, data_key, figures, options.vfs);
}

}  // namespace

Status backup_to(Db& db, const std::string& path, const crypto::Secret& data_key, const BackupOptions& options) {
    if (data_key.size() != 32) return fail(Code::kInvalid, "a data key has 32 bytes");
    if (path.empty() || path.find('\0') != std::string::npos) return fail(Code::kInvalid, "not a path of a database");
    if (db.in_transaction()) return fail(Code::kBug, "a backup within a transaction");
    std::error_code failed;
    if (fs::exists(fs::symlink_status(path, failed))) return fail(Code::kExists, "there is a file under this name");
    if (std::string_view(options.vfs) == "tally") TALLY_OK(register_vfs());

    const Part part(path);
    // Slots alone open nothing. Those a killed backup left are taken over.
    NewSlots slots(path);
    const char* name = sqlite3_db_filename(handle_of(db), "main");
    if (options.copy_slots) TALLY_OK(copy_slots(name == nullptr ? "" : name, path, data_key));
    TALLY_OK(copy_all(db, handle_of(db), part.path(), data_key, options));
    remove_beside(part.path());  // before the folder is synced: a power cut must not bring one back
    TALLY_OK(put_file_in_place(part.path(), path));
    slots.keep();
    return {};
}

}  // namespace tally::store
