#include "common/store/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "common/store/os_file.h"

namespace tally::store {
namespace {

Status write_and_sync(int descriptor, ByteView bytes) {
    TALLY_OK(write_whole(descriptor, bytes, "write"));
    if (::fsync(descriptor) != 0) return io_error("sync");
    return {};
}

// Root may change the keys of another user's database: the files stay that user's.
Status give_owner(int descriptor, const char* like) {
    struct stat before {};
    struct stat now {};
    if (::stat(like, &before) != 0) return {};
    if (::fstat(descriptor, &now) != 0) return io_error("stat");
    if (before.st_uid == now.st_uid && before.st_gid == now.st_gid) return {};
    if (::fchown(descriptor, before.st_uid, before.st_gid) != 0) return io_error("owner");
    return {};
}

Status put_in_place(const std::string& temporary, const std::string& path, IfThere if_there) {
    if (if_there == IfThere::kReplace) {
        if (::rename(temporary.c_str(), path.c_str()) != 0) return io_error("rename");
        return {};
    }
    const int linked = ::link(temporary.c_str(), path.c_str());  // unlike rename, never over a file that is there
    const int reason = errno;
    ::unlink(temporary.c_str());
    errno = reason;
    if (linked != 0 && reason == EEXIST) return fail(Code::kExists, "the file exists");
    if (linked != 0) return io_error("link");
    return {};
}

}  // namespace

Status sync_folder_of(const std::string& path) {
    const std::string parent = std::filesystem::path(path).parent_path().string();
    const Descriptor folder(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0) return io_error("open of the folder");
    if (::fsync(folder.get()) == 0 || errno == EINVAL) return {};  // EINVAL: a file system that syncs no folders
    return io_error("sync of the folder");
}

static Status write_and_place(const std::string& path, ByteView bytes, IfThere if_there) {
    const std::string temporary = path + ".new." + std::to_string(::getpid());
    ::unlink(temporary.c_str());  // left by a process of this number that was cut
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0) return io_error("create");
    Status done = if_there == IfThere::kReplace ? give_owner(file.get(), path.c_str()) : Status();
    if (done) done = write_and_sync(file.get(), bytes);
    if (done) done = put_in_place(temporary, path, if_there);
    if (!done) {
        ::unlink(temporary.c_str());
        return done;
    }
    done = sync_folder_of(path);
    // A new file of which nobody can say whether it is there for good is none: the caller makes it again.
    if (!done && if_there == IfThere::kFail) ::unlink(path.c_str());
    return done;
}

Status write_durably(const std::string& path, ByteView bytes, IfThere if_there) {
    const Status done = write_and_place(path, bytes, if_there);
    return done ? done : fail(done.error().code, path + ": " + done.error().detail);
}

Status sync_files_in(const std::string& folder) {
    std::error_code failed;
    for (auto entry = std::filesystem::directory_iterator(folder, failed);
         !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
        const Descriptor file(::open(entry->path().c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (file.get() < 0 || ::fsync(file.get()) != 0) return io_error("sync");
    }
    if (failed) return fail(Code::kIo, folder + ": " + failed.message());
    return sync_folder_of(folder + "/.");
}

Status put_file_in_place(const std::string& from, const std::string& to) {
    {
        const Descriptor file(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
        if (file.get() < 0 || ::fsync(file.get()) != 0) return io_error("sync");
    }
    int placed = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
    if (placed != 0 && (errno == EINVAL || errno == ENOSYS)) {  // a file system without it, a memory stick's for one
        placed = ::access(to.c_str(), F_OK) == 0 ? -1 : ::rename(from.c_str(), to.c_str());
        if (placed != 0 && ::access(to.c_str(), F_OK) == 0) errno = EEXIST;
    }
    if (placed != 0 && errno == EEXIST) return fail(Code::kExists, "the file exists");
    if (placed != 0) return io_error("rename");
    const Status durable = sync_folder_of(to);
    if (!durable) (void)::rename(to.c_str(), from.c_str());  // as before, for a caller that clears away what it made
    return durable;
}

Status move_durably(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return io_error("rename");
    return sync_folder_of(to);
}

Status take_owner(const std::string& path, const std::string& like) {
    struct stat before {};
    if (::stat(like.c_str(), &before) != 0) return io_error("stat");
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.get() < 0) return io_error("open");
    TALLY_OK(give_owner(file.get(), like.c_str()));
    if (::fchmod(file.get(), before.st_mode & 07777) != 0) return io_error("permissions");
    if (::fsync(file.get()) != 0) return io_error("sync");
    return {};
}

Result<SmallFile> read_small(const std::string& path, std::size_t bytes_max) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe must not hold us up
    if (file.get() < 0 && (errno == ENOENT || errno == ENOTDIR)) return fail(Code::kNotFound, "there is no such file");
    if (file.get() < 0) return io_error("open");
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return io_error("stat");
    if (!S_ISREG(status.st_mode)) return fail(Code::kDamaged, "not a plain file");
    SmallFile out;
    out.mode = status.st_mode & 07777;
    out.bytes.resize(bytes_max + 1);
    std::size_t size = 0;
    while (size < out.bytes.size()) {
        const ssize_t done = ::read(file.get(), out.bytes.data() + size, out.bytes.size() - size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return io_error("read");
        if (done == 0) break;
        size += static_cast<std::size_t>(done);
    }
    if (size > bytes_max) return fail(Code::kDamaged, "the file is too long");
    out.bytes.resize(size);
    return out;
}

}  // namespace tally::store
