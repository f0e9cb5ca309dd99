#include "common/store/vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <optional>

#include "common/store/durable_file.h"
#include "common/store/journal_file.h"
#include "common/store/main_file.h"
#include "common/store/plain_file.h"
#include "common/store/temp_file.h"
#include "common/store/wal_file.h"

namespace tally::store {
namespace {

File& file_of(sqlite3_file* handle) { return *reinterpret_cast<Handle*>(handle)->file; }
sqlite3_file* base_of(sqlite3_file* handle) { return file_of(handle).base(); }
std::uint8_t* bytes_of(void* buffer) { return static_cast<std::uint8_t*>(buffer); }

// Nothing may be thrown through SQLite; the only exception the files can meet is a lack of memory.
template <class Work>
int guarded(Work work) {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return SQLITE_IOERR_NOMEM;
    }
}

int x_close(sqlite3_file* handle) {
    sqlite3_file* base = base_of(handle);
    delete reinterpret_cast<Handle*>(handle)->file;
    handle->pMethods = nullptr;
    return base->pMethods->xClose(base);
}
int x_read(sqlite3_file* handle, void* out, int size, sqlite3_int64 offset) {
    return guarded([&] { return file_of(handle).read(bytes_of(out), size, offset); });
}
int x_write(sqlite3_file* handle, const void* bytes, int size, sqlite3_int64 offset) {
    return guarded([&] { return file_of(handle).write(static_cast<const std::uint8_t*>(bytes), size, offset); });
}
int x_truncate(sqlite3_file* handle, sqlite3_int64 size) {
    return guarded([&] { return file_of(handle).truncate(size); });
}
// F13. SQLite syncs the folder of a file that it made too, but goes on when that fails: a commit would be answered
// whose WAL a power cut takes away by its name.
int sync_name(const char* path) {
    return guarded([&] { return sync_folder_of(path) ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC; });
}
int x_sync(sqlite3_file* handle, int flags) {
    File& file = file_of(handle);
    if (const int code = file.sync(flags); code != SQLITE_OK) return code;
    if (file.new_name() == nullptr) return SQLITE_OK;
    const int code = sync_name(file.new_name());
    if (code == SQLITE_OK) file.set_new_name(nullptr);
    return code;
}
int x_size(sqlite3_file* handle, sqlite3_int64* out) {
    std::int64_t size = 0;
    const int code = file_of(handle).size(&size);
    *out = size;
    return code;
}
int x_control(sqlite3_file* handle, int operation, void* argument) {
    return guarded([&] { return file_of(handle).control(operation, argument); });
}
int x_lock(sqlite3_file* handle, int level) { return base_of(handle)->pMethods->xLock(base_of(handle), level); }
int x_unlock(sqlite3_file* handle, int level) { return base_of(handle)->pMethods->xUnlock(base_of(handle), level); }
int x_check_lock(sqlite3_file* handle, int* out) {
    return base_of(handle)->pMethods->xCheckReservedLock(base_of(handle), out);
}
int x_sector_size(sqlite3_file* handle) {
    // Not above a page: SQLite would journal the neighbours of a page in a larger sector.
    return std::min(base_of(handle)->pMethods->xSectorSize(base_of(handle)), static_cast<int>(kPageBytes));
}
// Pitfall 6: no promise of the base about atomic or appending writes holds for sealed pages, so only harmless ones
// pass. POWERSAFE_OVERWRITE keeps SQLite from padding the WAL to whole sectors, which would rewrite frames.
int x_characteristics(sqlite3_file* handle) {
    constexpr int kHarmless = SQLITE_IOCAP_SEQUENTIAL | SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN;
    return (base_of(handle)->pMethods->xDeviceCharacteristics(base_of(handle)) & kHarmless) |
           SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}
int x_shm_map(sqlite3_file* handle, int region, int size, int extend, void volatile** out) {
    return base_of(handle)->pMethods->xShmMap(base_of(handle), region, size, extend, out);
}
int x_shm_lock(sqlite3_file* handle, int offset, int count, int flags) {
    return base_of(handle)->pMethods->xShmLock(base_of(handle), offset, count, flags);
}
void x_shm_barrier(sqlite3_file* handle) { base_of(handle)->pMethods->xShmBarrier(base_of(handle)); }
int x_shm_unmap(sqlite3_file* handle, int remove) {
    return base_of(handle)->pMethods->xShmUnmap(base_of(handle), remove);
}

// Pitfall 17: version 2 (shared memory) for main file and WAL, 1 for the rest; never 3, which would map pages into
// memory.
constexpr sqlite3_io_methods methods_of(int version) {
    return {
        version,     x_close,      x_read,    x_write,       x_truncate,        x_sync,    x_size,     x_lock,
        x_unlock,    x_check_lock, x_control, x_sector_size, x_characteristics, x_shm_map, x_shm_lock, x_shm_barrier,
        x_shm_unmap, nullptr,      nullptr};
}
constexpr sqlite3_io_methods kShared = methods_of(2);
constexpr sqlite3_io_methods kPlainMethods = methods_of(1);

// Lives as long as the process, as SQLite asks of a registered VFS.
struct Registration {
    std::string name;
    VfsHost host;
    sqlite3_vfs* base = nullptr;
    sqlite3_vfs vfs{};
};

const Registration& registration_of(sqlite3_vfs* vfs) { return *static_cast<Registration*>(vfs->pAppData); }
sqlite3_vfs* base_vfs(sqlite3_vfs* vfs) { return registration_of(vfs).base; }

// The main file of the connection that opens this journal or WAL; null when it is not one of ours.
MainFile* main_of(const char* name) {
    sqlite3_file* handle = name == nullptr ? nullptr : sqlite3_database_file_object(name);
    if (handle == nullptr || handle->pMethods != &kShared) return nullptr;
    return dynamic_cast<MainFile*>(reinterpret_cast<Handle*>(handle)->file);
}

int refusal_code(Code code) {
    switch (code) {
        case Code::kWrongKey: return SQLITE_AUTH;
        case Code::kDamaged:
        case Code::kNewer: return SQLITE_NOTADB;
        case Code::kFull: return SQLITE_FULL;
        case Code::kBusy: return SQLITE_BUSY;
        default: return SQLITE_CANTOPEN;
    }
}

// One opening of a main file: with whose keys, and whom a refusal is told.
struct Opening {
    const Registration& registration;
    const char* name;
    Handover* offer = nullptr;
    std::shared_ptr<const DatabaseKeys> keys;

    int refuse(const Error& why) const {
        if (offer != nullptr) {
            offer->refusal = why;
        } else if (registration.host.refused) {
            registration.host.refused(name, why);
        }
        return refusal_code(why.code);
    }
};

// F10: before the file is opened or made, so a refused one leaves nothing behind.
int find_keys(Opening& opening, int flags) {
    if (const char* handle = sqlite3_uri_parameter(opening.name, kHandleParameter); handle != nullptr) {
        opening.offer = Handover::find(handle);
        if (opening.offer == nullptr) return SQLITE_CANTOPEN;
        opening.keys = opening.offer->keys();
        return SQLITE_OK;
    }
    if (!opening.registration.host.keys_of) return SQLITE_CANTOPEN;
    Result<std::shared_ptr<const DatabaseKeys>> keys = opening.registration.host.keys_of(opening.name, flags);
    if (!keys) return opening.refuse(keys.error());
    opening.keys = std::move(keys).value();
    return SQLITE_OK;
}

// F11: before the file is opened by its name, so that no connection is left with a file that a change of the data key
// has replaced.
int share_use(const Opening& opening, std::optional<DatabaseLock>& out) {
    if (opening.offer != nullptr && opening.offer->alone) return SQLITE_OK;
    const int wait_ms = opening.offer == nullptr ? 0 : opening.offer->wait_ms;
    Result<DatabaseLock> use = DatabaseLock::shared(opening.name, DatabaseLock::Part::kUse, wait_ms);
    if (!use) return opening.refuse(use.error());
    out = std::move(use).value();
    return SQLITE_OK;
}

int make_main(const Opening& opening, sqlite3_file* base, int flags, File** out) {
    MainFileOptions options;
    if (opening.offer != nullptr) options.cipher = opening.offer->cipher;
    options.guest = opening.registration.host.guest;
    auto file = std::make_unique<MainFile>(base, opening.keys, opening.name, options);
    if (Status known = file->recognise(); !known) return opening.refuse(known.error());
    std::int64_t bytes = 0;
    if (opening.offer != nullptr && (flags & SQLITE_OPEN_CREATE) == 0 && file->size(&bytes) == SQLITE_OK && bytes == 0)
        return opening.refuse(fail(Code::kNotFound, "the database file is empty"));
    *out = file.release();
    return SQLITE_OK;
}

int make_other(const char* name, sqlite3_file* base, int flags, File** out) {
    if ((flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0) {
        MainFile* main = main_of(name);
        if (main == nullptr) return SQLITE_CANTOPEN;
        *out = (flags & SQLITE_OPEN_WAL) != 0 ? static_cast<File*>(new WalFile(base, main->keys(), main))
                                              : new JournalFile(base, main->keys(), main->cipher());
        return SQLITE_OK;
    }
    constexpr int kTemporary =
        SQLITE_OPEN_TEMP_DB | SQLITE_OPEN_TEMP_JOURNAL | SQLITE_OPEN_TRANSIENT_DB | SQLITE_OPEN_SUBJOURNAL;
    if ((flags & kTemporary) != 0) {
        *out = new TempFile(base);
        return SQLITE_OK;
    }
    if ((flags & SQLITE_OPEN_SUPER_JOURNAL) == 0) return SQLITE_CANTOPEN;
    *out = new PlainFile(base);
    return SQLITE_OK;
}

bool may_be_new(const char* name, int flags) {
    return name != nullptr && (flags & SQLITE_OPEN_CREATE) != 0 && (flags & SQLITE_OPEN_DELETEONCLOSE) == 0;
}

int x_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* handle, int flags, int* out_flags) {
    handle->pMethods = nullptr;
    const bool is_main = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    return guarded([&] {
        Opening opening{registration_of(vfs), name};
        std::optional<DatabaseLock> use;
        if (is_main) {
            if (const int refused = find_keys(opening, flags); refused != SQLITE_OK) return refused;
            if (const int refused = share_use(opening, use); refused != SQLITE_OK) return refused;
        }
        auto* base = reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::uint8_t*>(handle) + sizeof(Handle));
        std::memset(base, 0, static_cast<std::size_t>(base_vfs(vfs)->szOsFile));
        const int opened = base_vfs(vfs)->xOpen(base_vfs(vfs), name, base, flags, out_flags);
        if (opened != SQLITE_OK) {
            if (base->pMethods != nullptr) base->pMethods->xClose(base);
            return opened;
        }
        File* file = nullptr;
        const int code = guarded(
            [&] { return is_main ? make_main(opening, base, flags, &file) : make_other(name, base, flags, &file); });
        if (code != SQLITE_OK) {
            base->pMethods->xClose(base);
            return code;
        }
        if (is_main) static_cast<MainFile*>(file)->hold(std::move(use));
        reinterpret_cast<Handle*>(handle)->file = file;
        if (may_be_new(name, flags)) file->set_new_name(name);  // also where its maker died before the sync
        const bool shared = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0;
        handle->pMethods = shared ? &kShared : &kPlainMethods;
        return SQLITE_OK;
    });
}

int x_delete(sqlite3_vfs* vfs, const char* name, int sync) {
    const int code = base_vfs(vfs)->xDelete(base_vfs(vfs), name, 0);
    return code == SQLITE_OK && sync != 0 ? sync_name(name) : code;
}
int x_access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
    return base_vfs(vfs)->xAccess(base_vfs(vfs), name, flags, out);
}
int x_full_path(sqlite3_vfs* vfs, const char* name, int size, char* out) {
    return base_vfs(vfs)->xFullPathname(base_vfs(vfs), name, size, out);
}
// No extension is ever loaded into a till; a foreign program may have its own.
bool loads(sqlite3_vfs* vfs) { return registration_of(vfs).host.guest && base_vfs(vfs)->xDlOpen != nullptr; }
void* x_dl_open(sqlite3_vfs* vfs, const char* path) {
    return loads(vfs) ? base_vfs(vfs)->xDlOpen(base_vfs(vfs), path) : nullptr;
}
void x_dl_error(sqlite3_vfs* vfs, int size, char* out) {
    if (loads(vfs)) return base_vfs(vfs)->xDlError(base_vfs(vfs), size, out);
    sqlite3_snprintf(size, out, "extensions are not loaded");
}
void (*x_dl_symbol(sqlite3_vfs* vfs, void* library, const char* symbol))(void) {
    return loads(vfs) ? base_vfs(vfs)->xDlSym(base_vfs(vfs), library, symbol) : nullptr;
}
void x_dl_close(sqlite3_vfs* vfs, void* library) {
    if (loads(vfs)) base_vfs(vfs)->xDlClose(base_vfs(vfs), library);
}
int x_randomness(sqlite3_vfs* vfs, int size, char* out) { return base_vfs(vfs)->xRandomness(base_vfs(vfs), size, out); }
int x_sleep(sqlite3_vfs* vfs, int microseconds) { return base_vfs(vfs)->xSleep(base_vfs(vfs), microseconds); }
int x_time(sqlite3_vfs* vfs, double* out) { return base_vfs(vfs)->xCurrentTime(base_vfs(vfs), out); }
int x_last_error(sqlite3_vfs* vfs, int size, char* out) {
    return base_vfs(vfs)->xGetLastError(base_vfs(vfs), size, out);
}
int x_time64(sqlite3_vfs* vfs, sqlite3_int64* out) { return base_vfs(vfs)->xCurrentTimeInt64(base_vfs(vfs), out); }

std::mutex register_mutex;

}  // namespace

Status register_vfs(const char* name, const char* base_name, VfsHost host) {
    crypto::start();
    const std::lock_guard lock(register_mutex);
    if (sqlite3_vfs* known = sqlite3_vfs_find(name); known != nullptr) {
        if (known->xOpen == x_open) return {};
        return fail(Code::kExists, "another VFS has this name");
    }
    sqlite3_vfs* base = sqlite3_vfs_find(base_name);
    if (base == nullptr) return fail(Code::kNotFound, "the base VFS is not registered");
    auto* registration = new Registration;
    registration->name = name;
    registration->host = std::move(host);
    registration->base = base;
    sqlite3_vfs* vfs = &registration->vfs;
    vfs->iVersion = base->iVersion >= 2 && base->xCurrentTimeInt64 != nullptr ? 2 : 1;
    vfs->szOsFile = static_cast<int>(sizeof(Handle)) + base->szOsFile;
    vfs->mxPathname = base->mxPathname;
    vfs->zName = registration->name.c_str();
    vfs->pAppData = registration;
    vfs->xOpen = x_open;
    vfs->xDelete = x_delete;
    vfs->xAccess = x_access;
    vfs->xFullPathname = x_full_path;
    vfs->xDlOpen = x_dl_open;
    vfs->xDlError = x_dl_error;
    vfs->xDlSym = x_dl_symbol;
    vfs->xDlClose = x_dl_close;
    vfs->xRandomness = x_randomness;
    vfs->xSleep = x_sleep;
    vfs->xCurrentTime = x_time;
    vfs->xGetLastError = x_last_error;
    vfs->xCurrentTimeInt64 = x_time64;
    if (sqlite3_vfs_register(vfs, registration->host.is_default ? 1 : 0) != SQLITE_OK)
        return fail(Code::kBug, "SQLite refuses the VFS");
    return {};
}

}  // namespace tally::store
