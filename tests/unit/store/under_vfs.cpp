#include "tests/unit/store/under_vfs.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>

#include "common/store/vfs.h"

namespace tally::store::test {
namespace {

constexpr std::int64_t kSector = 512;

struct UnderFile {
    sqlite3_file head;
    UnderVfs::Kind kind;
    std::string* path;  // null: a temporary file
    sqlite3_file* base;
};

UnderFile& file_of(sqlite3_file* file) { return *reinterpret_cast<UnderFile*>(file); }
const sqlite3_io_methods& base_of(sqlite3_file* file) { return *file_of(file).base->pMethods; }
std::string path_of(sqlite3_file* file) { return file_of(file).path == nullptr ? "" : *file_of(file).path; }

int u_close(sqlite3_file* file) {
    sqlite3_file* base = file_of(file).base;
    delete file_of(file).path;
    return base->pMethods->xClose(base);
}
int u_read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    if (UnderVfs::get().dead) return SQLITE_IOERR_READ;
    UnderVfs::get().bytes_read += size;
    return base_of(file).xRead(file_of(file).base, out, size, offset);
}
Bytes current(sqlite3_file* file, std::int64_t offset, std::int64_t size) {
    Bytes out(static_cast<std::size_t>(std::max<std::int64_t>(size, 0)));
    if (!out.empty()) base_of(file).xRead(file_of(file).base, out.data(), static_cast<int>(out.size()), offset);
    return out;
}
int u_write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    sqlite3_int64 before = 0;
    base_of(file).xFileSize(file_of(file).base, &before);
    const std::string path = path_of(file);
    const int refused = UnderVfs::get().before_write(path, std::max<std::int64_t>(0, offset + size - before));
    if (refused != SQLITE_OK) return refused;
    const auto* from = static_cast<const std::uint8_t*>(bytes);
    if (const auto& watch = UnderVfs::get().watch) {
        watch(file_of(file).kind, offset, {from, static_cast<std::size_t>(size)});
        return base_of(file).xWrite(file_of(file).base, bytes, size, offset);
    }
    UnderVfs::Write write{file_of(file).kind, path, offset, {}, false, before, {}};
    write.bytes.assign(from, from + size);
    write.before = current(file, offset, std::min<std::int64_t>(size, before - offset));
    const int code = base_of(file).xWrite(file_of(file).base, bytes, size, offset);
    if (code == SQLITE_OK) UnderVfs::get().wrote(std::move(write));
    return code;
}
int u_truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (UnderVfs::get().before_write(path_of(file), 0) != SQLITE_OK) return SQLITE_IOERR_TRUNCATE;
    sqlite3_int64 before = 0;
    base_of(file).xFileSize(file_of(file).base, &before);
    UnderVfs::Write write{
        file_of(file).kind, path_of(file), size, {}, true, before, current(file, size, before - size)};
    const int code = base_of(file).xTruncate(file_of(file).base, size);
    if (code == SQLITE_OK) UnderVfs::get().wrote(std::move(write));
    return code;
}
int u_sync(sqlite3_file* file, int) {  // not passed on: what is "on the disk" here is what was not undone
    if (UnderVfs::get().dead) return SQLITE_IOERR_FSYNC;
    UnderVfs::get().synced(path_of(file));
    return SQLITE_OK;
}
int u_size(sqlite3_file* file, sqlite3_int64* out) { return base_of(file).xFileSize(file_of(file).base, out); }
int u_lock(sqlite3_file* file, int level) { return base_of(file).xLock(file_of(file).base, level); }
int u_unlock(sqlite3_file* file, int level) { return base_of(file).xUnlock(file_of(file).base, level); }
int u_check(sqlite3_file* file, int* out) { return base_of(file).xCheckReservedLock(file_of(file).base, out); }
int u_control(sqlite3_file* file, int operation, void* argument) {
    return base_of(file).xFileControl(file_of(file).base, operation, argument);
}
int u_sector(sqlite3_file* file) { return base_of(file).xSectorSize(file_of(file).base); }
// Boasts of everything, so that a VFS above that passes it on is found out (pitfall 6).
int u_characteristics(sqlite3_file*) {
    return SQLITE_IOCAP_ATOMIC | SQLITE_IOCAP_SAFE_APPEND | SQLITE_IOCAP_BATCH_ATOMIC;
}
int u_shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
    return base_of(file).xShmMap(file_of(file).base, region, size, extend, out);
}
int u_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return base_of(file).xShmLock(file_of(file).base, offset, count, flags);
}
void u_shm_barrier(sqlite3_file* file) { base_of(file).xShmBarrier(file_of(file).base); }
int u_shm_unmap(sqlite3_file* file, int remove) { return base_of(file).xShmUnmap(file_of(file).base, remove); }

const sqlite3_io_methods kMethods = {
    2,           u_close, u_read,    u_write,  u_truncate,        u_sync,    u_size,     u_lock,
    u_unlock,    u_check, u_control, u_sector, u_characteristics, u_shm_map, u_shm_lock, u_shm_barrier,
    u_shm_unmap, nullptr, nullptr};

sqlite3_vfs* below(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

int u_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    file->pMethods = nullptr;
    UnderFile& under = file_of(file);
    under.base = reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::uint8_t*>(file) + sizeof(UnderFile));
    const int code = below(vfs)->xOpen(below(vfs), name, under.base, flags, out_flags);
    if (code != SQLITE_OK) return code;
    under.kind = (flags & SQLITE_OPEN_MAIN_DB) != 0        ? UnderVfs::Kind::kMain
                 : (flags & SQLITE_OPEN_WAL) != 0          ? UnderVfs::Kind::kWal
                 : (flags & SQLITE_OPEN_MAIN_JOURNAL) != 0 ? UnderVfs::Kind::kJournal
                                                           : UnderVfs::Kind::kTemporary;
    under.path = under.kind == UnderVfs::Kind::kTemporary || name == nullptr ? nullptr : new std::string(name);
    file->pMethods = &kMethods;
    return SQLITE_OK;
}
int u_delete(sqlite3_vfs* vfs, const char* name, int sync) {
    if (UnderVfs::get().before_write(name, 0) != SQLITE_OK) return SQLITE_IOERR_DELETE;
    UnderVfs::get().removed(name);
    return below(vfs)->xDelete(below(vfs), name, sync);
}
int u_access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
    return below(vfs)->xAccess(below(vfs), name, flags, out);
}
int u_full_path(sqlite3_vfs* vfs, const char* name, int size, char* out) {
    return below(vfs)->xFullPathname(below(vfs), name, size, out);
}
int u_random(sqlite3_vfs* vfs, int size, char* out) { return below(vfs)->xRandomness(below(vfs), size, out); }
int u_sleep(sqlite3_vfs* vfs, int microseconds) { return below(vfs)->xSleep(below(vfs), microseconds); }
int u_time(sqlite3_vfs* vfs, double* out) { return below(vfs)->xCurrentTime(below(vfs), out); }
int u_last_error(sqlite3_vfs* vfs, int size, char* out) { return below(vfs)->xGetLastError(below(vfs), size, out); }

}  // namespace

UnderVfs& UnderVfs::get() {
    static UnderVfs* instance = [] {
        sqlite3_vfs* base = sqlite3_vfs_find(nullptr);
        auto* vfs = new sqlite3_vfs{};
        vfs->iVersion = 1;
        vfs->szOsFile = static_cast<int>(sizeof(UnderFile)) + base->szOsFile;
        vfs->mxPathname = base->mxPathname;
        vfs->zName = kName;
        vfs->pAppData = base;
        vfs->xOpen = u_open;
        vfs->xDelete = u_delete;
        vfs->xAccess = u_access;
        vfs->xFullPathname = u_full_path;
        vfs->xRandomness = u_random;
        vfs->xSleep = u_sleep;
        vfs->xCurrentTime = u_time;
        vfs->xGetLastError = u_last_error;
        sqlite3_vfs_register(vfs, 0);
        TALLY_ASSERT(register_vfs(kTallyName, kName).has_value(), "the encrypting VFS stands above the test's");
        return new UnderVfs;
    }();
    return *instance;
}

void UnderVfs::reset() { *this = UnderVfs(); }

int UnderVfs::before_write(const std::string&, std::int64_t grows_by) {
    if (dead) return SQLITE_IOERR_WRITE;
    if (writes_left >= 0 && writes >= writes_left) {
        dead = true;
        return SQLITE_IOERR_WRITE;
    }
    ++writes;
    if (space_left >= 0) {
        if (grows_by > space_left) return SQLITE_FULL;
        space_left -= grows_by;
    }
    return SQLITE_OK;
}

void UnderVfs::wrote(Write write) {
    if (recording) log.push_back(write);
    if (!write.path.empty()) unsynced_[write.path].push_back(std::move(write));
}

static void put(int file, const Bytes& bytes, std::size_t from, std::size_t size, std::int64_t offset) {
    const ssize_t done = ::pwrite(file, bytes.data() + from, size, offset + static_cast<std::int64_t>(from));
    TALLY_ASSERT(done == static_cast<ssize_t>(size), "the power cut can be played");
}

void UnderVfs::power_cut(Random& random, int keep_percent) {
    const auto keeps = [&] { return random.below(100) < static_cast<std::uint64_t>(keep_percent); };
    for (auto& [path, writes_of] : unsynced_) {
        const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        if (file < 0) continue;
        for (auto write = writes_of.rbegin(); write != writes_of.rend(); ++write) {  // back to what is durable
            put(file, write->before, 0, write->before.size(), write->offset);
            TALLY_ASSERT(::ftruncate(file, write->size_before) == 0, "the power cut can be played");
        }
        for (const Write& write : writes_of) {  // and forward with what got through
            if (write.is_truncate) {
                if (keeps()) TALLY_ASSERT(::ftruncate(file, write.offset) == 0, "the power cut can be played");
                continue;
            }
            const auto size = static_cast<std::int64_t>(write.bytes.size());
            for (std::int64_t at = 0; at < size;) {  // sector by sector of the disk
                const std::int64_t part = std::min(kSector - (write.offset + at) % kSector, size - at);
                if (keeps())
                    put(file, write.bytes, static_cast<std::size_t>(at), static_cast<std::size_t>(part), write.offset);
                at += part;
            }
        }
        ::close(file);
        ::unlink((path + "-shm").c_str());
    }
    reset();
}

}  // namespace tally::store::test
