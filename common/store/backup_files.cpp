#include "common/store/backup_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "common/base/progress_line.h"
#include "common/store/database_lock.h"
#include "common/store/durable_file.h"
#include "common/store/format.h"
#include "common/store/os_file.h"

namespace tally::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSettingsBytesMax = 1 << 20;
constexpr std::size_t kCopyBytes = 4 << 20;

fs::path folder_of(const std::string& file) {
    std::error_code failed;
    return fs::weakly_canonical(fs::absolute(file, failed).parent_path(), failed);
}

Status check_target(const std::string& to, const std::string& database) {
    if (to.empty() || fs::path(to).filename().empty()) return fail(Code::kInvalid, "the backup needs a file name");
    const fs::path target = folder_of(to), own = folder_of(database);
    std::error_code failed;
    if (!fs::is_directory(target, failed))
        return fail(Code::kNotFound, "there is no folder " + target.string() + " to write the backup to");
    const fs::path within = target.lexically_relative(own);
    if (!within.empty() && *within.begin() != "..")
        return fail(Code::kInvalid, to + " would lie in the folder that it is a backup of, and be lost with it: name a "
                                         "file elsewhere, best on another disk");
    return {};
}

// The settings beside the backup, which go away again unless it was finished.
class SettingsCopy {
  public:
    static Result<SettingsCopy> make(const std::string& settings, const std::string& to) {
        if (settings.empty()) return SettingsCopy("");
        auto file = read_small(settings, kSettingsBytesMax);
        if (!file && file.error().code == Code::kNotFound) return SettingsCopy("");
        if (!file) return fail(file.error().code, settings + ": " + file.error().detail);
        const Status written = write_durably(to, file->bytes, IfThere::kFail);
        if (written) return SettingsCopy(to);
        // A backup that was killed may have left just these.
        const auto there = read_small(to, kSettingsBytesMax);
        if (written.error().code == Code::kExists && there && there->bytes == file->bytes) return SettingsCopy("");
        return fail(written.error().code, to + ": " + written.error().detail);
    }
    SettingsCopy(SettingsCopy&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    SettingsCopy& operator=(SettingsCopy&&) = delete;
    ~SettingsCopy() {
        if (!path_.empty()) ::unlink(path_.c_str());
    }
    void keep() { path_.clear(); }

  private:
    explicit SettingsCopy(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

// kNotFound: there is no such file.
Status copy_file(const std::string& from, const std::string& to, const CopyProgress& progress) {
    const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (source.get() < 0 && errno == ENOENT) return fail(Code::kNotFound, "there is no file " + from);
    if (source.get() < 0) return io_error(from);
    struct stat status {};
    if (::fstat(source.get(), &status) != 0) return io_error(from);
    if (!S_ISREG(status.st_mode)) return fail(Code::kInvalid, from + " is not a plain file");
    const Descriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (target.get() < 0) return errno == EEXIST ? Status(fail(Code::kExists, to + " is there")) : io_error(to);
    Bytes buffer(kCopyBytes);
    BackupProgress figures;
    figures.pages_all = status.st_size / static_cast<off_t>(kPageBytes);
    for (std::int64_t copied = 0;;) {
        const ssize_t got = ::read(source.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return io_error(from);
        if (got == 0) break;
        TALLY_OK(write_whole(target.get(), ByteView(buffer).first(static_cast<std::size_t>(got)), to));
        copied += got;
        figures.pages_done = copied / static_cast<std::int64_t>(kPageBytes);
        if (progress) progress(figures);
    }
    if (::fsync(target.get()) != 0) return io_error(to);
    return {};
}

}  // namespace

Status make_backup(Db& db, const std::string& database, const crypto::Secret& data_key, const BackupJob& job) {
    TALLY_OK(check_target(job.to, database));
    std::error_code failed;
    if (fs::exists(fs::symlink_status(job.to, failed)))
        return fail(Code::kExists, job.to + " is there already, and a backup is never written over a file");
    TALLY_TRY(SettingsCopy settings, SettingsCopy::make(job.settings, job.to + ".toml"));
    BackupOptions options;
    options.vfs = job.vfs;
    options.progress = [&job](const BackupProgress& progress) {
        if (job.progress) job.progress(progress);
        return true;
    };
    if (const Status copied = backup_to(db, job.to, data_key, options); !copied)
        return fail(copied.error().code, job.to + ": " + copied.error().detail);
    settings.keep();
    return {};
}

Status lay_out_backup(const std::string& from, const std::string& to, const std::string& settings_to,
                      const CopyProgress& progress) {
    std::error_code failed;
    if (!fs::exists(from, failed)) return fail(Code::kNotFound, "there is no file " + from);
    if (!fs::exists(from + ".keys", failed))
        return fail(Code::kNotFound, from + ".keys is missing: a backup is " + from + " and " + from +
                                         ".keys, and without its key slots nothing opens it");
    DatabaseLock lock = DatabaseLock::nothing();
    // With a WAL it is no backup but a database, which somebody may have open where it can be written to.
    if (fs::exists(from + "-wal", failed) && ::access(folder_of(from).c_str(), W_OK) == 0) {
        TALLY_TRY(lock, DatabaseLock::alone(from, DatabaseLock::Part::kUse, 0));
    }
    TALLY_OK(copy_file(from, to, progress));
    for (const char* beside : {"-wal", "-journal"}) {
        const Status copied = copy_file(from + beside, to + beside, {});
        if (!copied && copied.error().code != Code::kNotFound) return copied;
    }
    TALLY_OK(copy_file(from + ".keys", to + ".keys", {}));
    if (settings_to.empty()) return sync_folder_of(to);
    const Status settings = copy_file(from + ".toml", settings_to, {});
    if (!settings && settings.error().code != Code::kNotFound) return settings;
    return sync_folder_of(to);
}

CopyProgress progress_on_terminal() {
    return [line = std::make_shared<ProgressLine>()](const BackupProgress& now) {
        line->show(now.verifying ? "verifying" : "copying", static_cast<std::uint64_t>(now.pages_done),
                   static_cast<std::uint64_t>(now.pages_all));
    };
}

std::string size_text(std::uint64_t bytes) {
    constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
    std::uint64_t tenths = bytes * 10 / 1024;
    std::size_t unit = 0;
    for (; tenths >= 10240 && unit + 1 < std::size(kUnits); ++unit) tenths /= 1024;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + kUnits[unit];
}

}  // namespace tally::store
