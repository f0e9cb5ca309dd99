#include "sync/agent/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "common/store/os_file.h"

namespace tally::agent {

namespace {

constexpr int kTries = 10;
constexpr auto kBetweenTries = std::chrono::milliseconds(20);

Result<int> open_lock_file(const std::string& path, int flags) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == ENOENT) return fail(Code::kNotFound, "there is no " + path);
    if (fd < 0) return store::io_error(path);
    return fd;
}

// 0 when the file says nothing usable: the holder may not have written yet.
long pid_in(int fd) {
    char text[32] = {};
    if (::pread(fd, text, sizeof text - 1, 0) <= 0) return 0;
    const long pid = std::strtol(text, nullptr, 10);
    return pid > 0 ? pid : 0;
}

// 0, or the errno. Whoever only asks (holder()) shares the lock for a moment, which is waited out; an agent has it for
// itself, and is not waited for.
int lock_exclusive(int fd) {
    for (int tried = 1;; ++tried) {
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return 0;
        const int why = errno;
        if (why != EWOULDBLOCK || tried == kTries) return why;
        if (::flock(fd, LOCK_SH | LOCK_NB) != 0) return errno;
        ::flock(fd, LOCK_UN);
        std::this_thread::sleep_for(kBetweenTries);
    }
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& path, const std::string& busy_words) {
    TALLY_TRY(const int fd, open_lock_file(path, O_RDWR | O_CREAT));
    FileLock lock(fd);
    if (const int why = lock_exclusive(fd); why != 0) {
        if (why != EWOULDBLOCK) return fail(Code::kIo, path + ": " + std::strerror(why));
        const long pid = pid_in(fd);
        return fail(Code::kBusy, busy_words + (pid ? ": process " + std::to_string(pid) : std::string()));
    }
    const std::string text = std::to_string(::getpid()) + "\n";
    // Only a help to others' words: the lock is held, also where a full disk has no room for the number.
    if (::ftruncate(fd, 0) == 0) (void)(::pwrite(fd, text.data(), text.size(), 0) != 0);
    return lock;
}

Result<long> FileLock::holder(const std::string& path) {
    Result<int> fd = open_lock_file(path, O_RDONLY);
    if (!fd && fd.error().code == Code::kNotFound) return 0L;
    if (!fd) return fd.error();
    const FileLock closes(*fd);
    if (::flock(*fd, LOCK_SH | LOCK_NB) == 0) return 0L;
    const long pid = pid_in(*fd);
    return pid != 0 ? pid : kUnknownProcess;
}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

FileLock::~FileLock() {
    if (fd_ >= 0) ::close(fd_);  // the lock goes with it
}

Result<AgentLock> AgentLock::take(const std::string& replica_path) {
    TALLY_TRY(FileLock lock, FileLock::take(replica_path + ".lock", "another agent serves this replica"));
    return AgentLock(std::move(lock));
}

Result<long> AgentLock::holder(const std::string& replica_path) { return FileLock::holder(replica_path + ".lock"); }

Result<ScreenLock> ScreenLock::take(const std::string& replica_path) {
    TALLY_TRY(FileLock lock,
              FileLock::take(replica_path + ".screen", "this till is open already on another screen of this machine"));
    return ScreenLock(std::move(lock));
}

}  // namespace tally::agent
