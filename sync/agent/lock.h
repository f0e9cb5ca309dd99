// Only one agent serves a replica: an advisory lock (flock) on <replica>.lock, held as long as the object lives and
// dropped by the kernel when the process dies, however it dies. The file holds the holder's process id, for the words
// of the refusal.
#pragma once

#include <string>
#include <utility>

#include "common/base/result.h"

namespace tally::agent {

class AgentLock {
  public:
    // kBusy names the process that holds it; kIo. Waits up to 200 ms for one that only looks (holder()).
    static Result<AgentLock> take(const std::string& replica_path);
    // The process id of the holder; 0: nobody. For status only: it may change at any moment.
    static Result<long> holder(const std::string& replica_path);

    AgentLock(AgentLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    AgentLock& operator=(AgentLock&& other) noexcept;
    ~AgentLock();

  private:
    explicit AgentLock(int fd) : fd_(fd) {}
    int fd_;
};

}  // namespace tally::agent
