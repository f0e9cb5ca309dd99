#include "tests/fuzz/memory_vfs.h"

#include <algorithm>
#include <new>

#include "common/store/vfs.h"

namespace tally::fuzz {
namespace {

std::map<std::string, Bytes> disk;

MemoryFile& file_of(sqlite3_file* file) { return *reinterpret_cast<MemoryFile*>(file); }

int m_close(sqlite3_file* file) {
    file_of(file).~MemoryFile();
    return SQLITE_OK;
}
int m_read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    const Bytes& bytes = *file_of(file).bytes;
    const auto wanted = static_cast<std::size_t>(size);
    const std::size_t start = std::min(bytes.size(), static_cast<std::size_t>(offset));
    const std::size_t there = std::min(bytes.size() - start, wanted);
    std::copy_n(bytes.data() + start, there, static_cast<std::uint8_t*>(out));
    std::fill_n(static_cast<std::uint8_t*>(out) + there, wanted - there, std::uint8_t{0});
    return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}
int m_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    Bytes& bytes = *file_of(file).bytes;
    const auto end = static_cast<std::size_t>(offset) + static_cast<std::size_t>(size);
    if (end > kMemoryFileBytesMax) return SQLITE_FULL;
    if (end > bytes.size()) bytes.resize(end);
    std::copy_n(static_cast<const std::uint8_t*>(from), size, bytes.begin() + offset);
    return SQLITE_OK;
}
int m_truncate(sqlite3_file* file, sqlite3_int64 size) {
    Bytes& bytes = *file_of(file).bytes;
    bytes.resize(std::min(bytes.size(), static_cast<std::size_t>(size)));
    return SQLITE_OK;
}
int m_sync(sqlite3_file*, int) { return SQLITE_OK; }
int m_size(sqlite3_file* file, sqlite3_int64* out) {
    *out = static_cast<sqlite3_int64>(file_of(file).bytes->size());
    return SQLITE_OK;
}
int m_lock(sqlite3_file*, int) { return SQLITE_OK; }
int m_check(sqlite3_file*, int* out) {
    *out = 0;
    return SQLITE_OK;
}
int m_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int m_sector(sqlite3_file*) { return 512; }
int m_characteristics(sqlite3_file*) { return 0; }
int m_shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
    auto& kept = file_of(file).shared[region];
    if (!kept && extend != 0) kept = std::make_unique<std::uint8_t[]>(static_cast<std::size_t>(size));
    *out = kept.get();
    return SQLITE_OK;
}
int m_shm_lock(sqlite3_file*, int, int, int) { return SQLITE_OK; }
void m_shm_barrier(sqlite3_file*) {}
int m_shm_unmap(sqlite3_file* file, int) {
    file_of(file).shared.clear();
    return SQLITE_OK;
}
constexpr sqlite3_io_methods kMethods = {
    2,       m_close,   m_read,   m_write,           m_truncate, m_sync,     m_size,        m_lock,     m_lock,
    m_check, m_control, m_sector, m_characteristics, m_shm_map,  m_shm_lock, m_shm_barrier, m_shm_unmap};

int m_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    file->pMethods = nullptr;
    if (name != nullptr && (flags & SQLITE_OPEN_CREATE) == 0 && !disk.contains(name)) return SQLITE_CANTOPEN;
    auto own = name == nullptr ? std::make_unique<Bytes>() : nullptr;
    Bytes& content = own ? *own : disk[name];
    auto* made = new (file) MemoryFile(content);
    made->own = std::move(own);
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
}
int m_delete(sqlite3_vfs*, const char* name, int) {
    return disk.erase(name) == 1 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}
int m_access(sqlite3_vfs*, const char* name, int, int* out) {
    *out = disk.contains(name) ? 1 : 0;
    return SQLITE_OK;
}
int m_full_path(sqlite3_vfs*, const char* name, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

}  // namespace

MemoryFile::MemoryFile(Bytes& content) : head{&kMethods}, bytes(&content) {}

std::map<std::string, Bytes>& memory_disk() {
    static const bool registered = [] {
        static sqlite3_vfs vfs = *sqlite3_vfs_find(nullptr);  // time, sleep and chance stay the system's
        vfs.iVersion = 1;
        vfs.szOsFile = sizeof(MemoryFile);
        vfs.zName = "memory";
        vfs.pNext = nullptr;
        vfs.xOpen = m_open;
        vfs.xDelete = m_delete;
        vfs.xAccess = m_access;
        vfs.xFullPathname = m_full_path;
        return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK && store::register_vfs(kMemoryTally, "memory").has_value();
    }();
    TALLY_ASSERT(registered, "the memory VFS is registered");
    return disk;
}

}  // namespace tally::fuzz
