// Who works on a replica, one process of a kind: an advisory lock (flock) on a file beside it, held as long as the
// object lives and dropped by the kernel when the process dies, however it dies. The file holds the holder's process
// id, for the words of the refusal. Not a lock of the database: an agent, a screen and support's sqlite3 use it side by
// side.
#pragma once

#include <string>
#include <utility>

#include "common/base/result.h"

namespace tally::agent {

class FileLock {
  public:
    // kBusy: `busy_words`, and the process that holds it; kIo, kFull. Waits up to 200 ms for one that only looks
    // (holder()).
    static Result<FileLock> take(const std::string& path, const std::string& busy_words);
    // The process id of the holder; 0: nobody; kUnknownProcess: somebody. For status only: it may change at any moment.
    static constexpr long kUnknownProcess = -1;
    static Result<long> holder(const std::string& path);

    FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileLock& operator=(FileLock&& other) noexcept;
    ~FileLock();

  private:
    explicit FileLock(int fd) : fd_(fd) {}
    int fd_;
};

// Only one agent serves a replica: <replica>.lock.
class AgentLock {
  public:
    static Result<AgentLock> take(const std::string& replica_path);  // errors of FileLock
    static Result<long> holder(const std::string& replica_path);

  private:
    explicit AgentLock(FileLock lock) : lock_(std::move(lock)) {}
    FileLock lock_;
};

// Only one screen shows a till: <replica>.screen. It runs beside tally-sync, which has the other lock.
class ScreenLock {
  public:
    static Result<ScreenLock> take(const std::string& replica_path);  // errors of FileLock

  private:
    explicit ScreenLock(FileLock lock) : lock_(std::move(lock)) {}
    FileLock lock_;
};

}  // namespace tally::agent
