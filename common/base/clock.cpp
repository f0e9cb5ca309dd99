#include "common/base/clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

namespace tally {

std::int64_t SystemClock::wall_ms() const {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::int64_t SystemClock::steady_ms() const {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

void CorrectedClock::correct(std::int64_t offset_ms) {
    const std::lock_guard lock(mutex_);
    known_ = true;
    offset_ms_ = offset_ms;
    ahead_of_steady_ms_ = own_.wall_ms() - own_.steady_ms();
}

bool CorrectedClock::in_force() const {
    const std::int64_t jumped_ms = own_.wall_ms() - own_.steady_ms() - ahead_of_steady_ms_;
    return known_ && jumped_ms <= kJump_ms && jumped_ms >= -kJump_ms;
}

std::int64_t CorrectedClock::wall_ms() const {
    const std::lock_guard lock(mutex_);
    return own_.wall_ms() + (in_force() ? offset_ms_ : 0);
}

bool CorrectedClock::is_confirmed() const {
    const std::lock_guard lock(mutex_);
    return in_force();
}

Result<std::unique_ptr<FileClock>> FileClock::open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail(Code::kNotFound, "clock file " + path + " does not open");
    struct stat info {};
    if (::fstat(fd, &info) != 0 || info.st_size < 8) {
        ::close(fd);
        return fail(Code::kInvalid, "clock file " + path + " is shorter than 8 bytes");
    }
    void* map = ::mmap(nullptr, 8, PROT_READ, MAP_SHARED, fd, 0);
    ::close(fd);
    if (map == MAP_FAILED) return fail(Code::kIo, "clock file " + path + " does not map");
    return std::unique_ptr<FileClock>(new FileClock(map));
}

FileClock::~FileClock() { ::munmap(map_, 8); }

std::int64_t FileClock::wall_ms() const {
    return __atomic_load_n(static_cast<const std::int64_t*>(map_), __ATOMIC_RELAXED);
}

std::int64_t FileClock::steady_ms() const { return SystemClock().steady_ms(); }

}  // namespace tally
