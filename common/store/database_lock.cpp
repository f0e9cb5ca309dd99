#include "common/store/database_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "common/store/os_file.h"

namespace tally::store {
namespace {

// A file made by root on behalf of somebody else must stay usable to them, as SQLite does with its own files.
void give_to_owner(int file, const std::string& database_path) {
    if (::geteuid() != 0) return;
    struct stat owner {};
    const std::string folder = std::filesystem::path(database_path).parent_path().string();
    if (::stat(database_path.c_str(), &owner) != 0 && ::stat(folder.empty() ? "." : folder.c_str(), &owner) != 0)
        return;
    if (owner.st_uid != 0 && ::fchown(file, owner.st_uid, owner.st_gid) != 0) return;  // then root's own it stays
}

// A group that may write the database was given that by a person (private_file.h): it shares the lock too.
void give_group(int file, const std::string& database_path) {
    struct stat database {};
    struct stat own {};
    if (::stat(database_path.c_str(), &database) != 0 || ::fstat(file, &own) != 0 || own.st_uid != ::geteuid()) return;
    bool shared = (database.st_mode & S_IWGRP) != 0;
    if (shared && database.st_gid != own.st_gid) shared = ::fchown(file, static_cast<uid_t>(-1), database.st_gid) == 0;
    const mode_t mode = shared ? 0660 : 0600;
    if ((own.st_mode & 0777) != mode) (void)::fchmod(file, mode);
}

Result<int> open_lock_file(const std::string& database_path, bool alone) {
    const std::string path = database_path + "-use";
    int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0) {
        give_group(file, database_path);
        give_to_owner(file, database_path);
        return file;
    }
    const int reason = errno;
    if (!alone && (reason == EACCES || reason == EROFS)) {
        file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (file >= 0) return file;
        if (errno == ENOENT || errno == EROFS) return -1;  // nobody can change what stands there
    }
    errno = reason;
    return io_error(path);
}

}  // namespace

Result<DatabaseLock> DatabaseLock::take(const std::string& database_path, Part part, bool alone, int wait_ms) {
    using std::chrono::steady_clock;
    TALLY_TRY(const int file, open_lock_file(database_path, alone));
    if (file < 0) return nothing();
    DatabaseLock lock(file);
    const auto until = steady_clock::now() + std::chrono::milliseconds(wait_ms);
    for (;;) {
        struct flock wanted {};
        wanted.l_type = alone ? F_WRLCK : F_RDLCK;
        wanted.l_whence = SEEK_SET;
        wanted.l_start = static_cast<off_t>(part);
        wanted.l_len = 1;
        if (::fcntl(file, F_OFD_SETLK, &wanted) == 0) return lock;
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EACCES)
            return fail(Code::kIo, database_path + "-use cannot be locked: " + std::strerror(errno));
        if (steady_clock::now() >= until) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (part == Part::kKeys) return fail(Code::kBusy, "the keys of this database are being changed");
    return fail(Code::kBusy, alone ? "another program has the database open: end it first"
                                   : "the data key of this database is being changed: wait for its end");
}

Result<DatabaseLock> DatabaseLock::shared(const std::string& database_path, Part part, int wait_ms) {
    return take(database_path, part, false, wait_ms);
}

Result<DatabaseLock> DatabaseLock::alone(const std::string& database_path, Part part, int wait_ms) {
    return take(database_path, part, true, wait_ms);
}

DatabaseLock::~DatabaseLock() {
    if (file_ >= 0) ::close(file_);  // the lock goes with it
}

}  // namespace tally::store
