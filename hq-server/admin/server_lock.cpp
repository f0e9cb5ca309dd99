#include "hq-server/admin/server_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tally::admin {

Result<ServerLock> ServerLock::take(const std::string& dir) {
    const int file = ::open((dir + "/serve.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return fail(Code::kIo, dir + "/serve.lock cannot be opened: " + std::strerror(errno));
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        ::close(file);
        return fail(Code::kBusy, "another tally-hq serves the headquarters in " + dir + " (it holds " + dir +
                                     "/serve.lock); stop that one first");
    }
    return ServerLock(file);
}

ServerLock::ServerLock(ServerLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

ServerLock::~ServerLock() {
    if (file_ >= 0) ::close(file_);
}

}  // namespace tally::admin
