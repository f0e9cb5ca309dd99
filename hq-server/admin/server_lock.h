// Held while headquarters is served, or while something is done to it that no server may see: a lock on
// `<dir>/serve.lock`. It goes with the process, however that ends. Not a lock of the database: other commands work
// beside a server.
#pragma once

#include <string>

#include "common/base/result.h"

namespace tally::admin {

class ServerLock {
  public:
    static Result<ServerLock> take(const std::string& dir);  // kBusy: a server has it; kIo
    ServerLock(ServerLock&& other) noexcept;
    ServerLock& operator=(ServerLock&&) = delete;
    ~ServerLock();

  private:
    explicit ServerLock(int file) : file_(file) {}
    int file_;
};

}  // namespace tally::admin
