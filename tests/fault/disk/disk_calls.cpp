// The C library's calls that reach a disk, as this program defines them; libsqlite3 and libstdc++ resolve to these too.
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/fault/disk/fault_disk.h"

using tally::fault::FaultDisk;

namespace {

mode_t mode_of(int flags, va_list arguments) {
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {
int open(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return FaultDisk::of(path).open(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return FaultDisk::of(path).open(path, flags, mode);
}
int close(int file) { return FaultDisk::of(file).close(file); }
ssize_t read(int file, void* out, size_t size) { return FaultDisk::of(file).read(file, out, size, -1); }
ssize_t pread(int file, void* out, size_t size, off_t at) { return FaultDisk::of(file).read(file, out, size, at); }
ssize_t pread64(int file, void* out, size_t size, off64_t at) { return FaultDisk::of(file).read(file, out, size, at); }
ssize_t write(int file, const void* bytes, size_t size) { return FaultDisk::of(file).write(file, bytes, size, -1); }
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
    return FaultDisk::of(file).write(file, bytes, size, at);
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
    return FaultDisk::of(file).write(file, bytes, size, at);
}
int fsync(int file) { return FaultDisk::of(file).sync(file, SYS_fsync); }
int fdatasync(int file) { return FaultDisk::of(file).sync(file, SYS_fdatasync); }
int ftruncate(int file, off_t size) noexcept { return FaultDisk::of(file).truncate(file, size); }
int ftruncate64(int file, off64_t size) noexcept { return FaultDisk::of(file).truncate(file, size); }
int unlink(const char* path) noexcept { return FaultDisk::of(path).remove(path, SYS_unlink); }
int remove(const char* path) noexcept { return FaultDisk::of(path).remove(path, -1); }
int rename(const char* from, const char* to) noexcept { return FaultDisk::of(from).rename(from, to, 0); }
int renameat2(int, const char* from, int, const char* to, unsigned flags) noexcept {  // whole paths only
    return FaultDisk::of(from).rename(from, to, flags);
}
int link(const char* from, const char* to) noexcept { return FaultDisk::of(to).link(from, to); }
}
