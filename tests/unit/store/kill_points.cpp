#include "tests/unit/store/kill_points.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace {

constexpr int kKilled = 77;
int calls_left = -1;  // -1: nothing is counted

void count() {
    if (calls_left < 0) return;
    if (calls_left == 0) ::_exit(kKilled);
    --calls_left;
}

}  // namespace

extern "C" {
int rename(const char* from, const char* to) noexcept {
    count();
    return static_cast<int>(::syscall(SYS_rename, from, to));
}
int link(const char* from, const char* to) noexcept {
    count();
    return static_cast<int>(::syscall(SYS_link, from, to));
}
int unlink(const char* path) noexcept {
    count();
    return static_cast<int>(::syscall(SYS_unlink, path));
}
int fsync(int file) {
    count();
    return static_cast<int>(::syscall(SYS_fsync, file));
}
int fdatasync(int file) {
    count();
    return static_cast<int>(::syscall(SYS_fdatasync, file));
}
int ftruncate64(int file, off64_t size) noexcept {
    count();
    return static_cast<int>(::syscall(SYS_ftruncate, file, size));
}
int fchmod(int file, mode_t mode) noexcept {
    count();
    return static_cast<int>(::syscall(SYS_fchmod, file, mode));
}
ssize_t write(int file, const void* bytes, size_t size) {
    count();
    return ::syscall(SYS_write, file, bytes, size);
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t offset) {
    count();
    return ::syscall(SYS_pwrite64, file, bytes, size, offset);
}
}

namespace tally::store::test {

bool killed_at(int n, const std::function<int()>& work) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        calls_left = n;
        const int code = work();
        calls_left = -1;
        ::_exit(code);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    const int code = WEXITSTATUS(status);
    REQUIRE_MESSAGE((code == 0 || code == kKilled), "the child's own failure: " << code);
    return code == kKilled;
}

}  // namespace tally::store::test
