#include "common/store/os_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tally::store {

Descriptor::~Descriptor() {
    if (value_ >= 0) ::close(value_);
}

Error io_error(const std::string& what) {
    const int reason = errno;
    const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    return fail(full ? Code::kFull : Code::kIo, what + ": " + std::strerror(reason));
}

Status write_whole(int descriptor, ByteView bytes, const std::string& what) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(descriptor, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return io_error(what);
        bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
    return {};
}

}  // namespace tally::store
