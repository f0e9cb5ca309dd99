// One open file of the encrypting VFS, above a file of the base VFS. The defaults pass everything through; the four
// kinds (main_file.h, wal_file.h, journal_file.h, temp_file.h) cipher what they read and write. Results are SQLite's
// codes. A file belongs to one connection, and so to one thread at a time.
//
// SQLite is reached through <sqlite3.h> alone: the loadable extension compiles this folder again with every function of
// it turned into a call through the host's table (extension_api.h).
#pragma once

#include <sqlite3.h>

#include <cerrno>
#include <memory>

#include "common/store/database_keys.h"
#include "common/store/page_cipher.h"

namespace tally::store {

class File {
  public:
    explicit File(sqlite3_file* base) : base_(base) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    virtual ~File() = default;

    virtual int read(std::uint8_t* out, int size, std::int64_t offset) = 0;
    virtual int write(const std::uint8_t* bytes, int size, std::int64_t offset) = 0;
    virtual int truncate(std::int64_t size) { return base_->pMethods->xTruncate(base_, size); }
    virtual int sync(int flags) { return base_->pMethods->xSync(base_, flags); }
    virtual int size(std::int64_t* out) {
        sqlite3_int64 bytes = 0;
        const int code = base_->pMethods->xFileSize(base_, &bytes);
        *out = bytes;
        return code;
    }
    virtual int control(int operation, void* argument) {
        return base_->pMethods->xFileControl(base_, operation, argument);
    }
    sqlite3_file* base() { return base_; }
    // The name under which the file was made, until that is durable; null: it is. Lives as long as the open file.
    const char* new_name() const { return new_name_; }
    void set_new_name(const char* path) { new_name_ = path; }

  protected:
    int base_read(void* out, std::size_t size, std::int64_t offset) {
        return base_->pMethods->xRead(base_, out, static_cast<int>(size), offset);
    }
    int base_write(const void* bytes, std::size_t size, std::int64_t offset) {
        errno = 0;
        const int code = base_->pMethods->xWrite(base_, bytes, static_cast<int>(size), offset);
        // SQLite takes only ENOSPC for a full disk, and forgets the errno of a failed COMMIT.
        return code == SQLITE_IOERR_WRITE && (errno == EDQUOT || errno == EFBIG) ? SQLITE_FULL : code;
    }

  private:
    sqlite3_file* base_;
    const char* new_name_ = nullptr;
};

// What SQLite holds: its own head, our file, and behind it (aligned to 8 bytes, as SQLite gives) the base VFS's file.
struct Handle {
    sqlite3_file head;
    File* file;
};
static_assert(sizeof(Handle) % 8 == 0 && alignof(Handle) <= 8);

// File controls of our own, answered by the main file.
enum OwnControl : int {
    kScanWalControl = 0x54414C01,     // argument: WalScan*
    kVerifyPageControl = 0x54414C02,  // argument: PageVerdict*
};

// What a walk over the whole WAL found (F6). Indexes count from 0.
struct WalScan {
    std::int64_t frames = 0;       // whole frames the file has room for
    std::int64_t first_bad = -1;   // first frame that is not authentic under the WAL's salts, while a later one is
    int commits_from_bad = 0;      // transactions that end at or after first_bad
    std::uint64_t generation = 0;  // the WAL's salts: another value means that it was begun anew meanwhile
    Bytes pages_seen;              // bit n: page n has an authentic frame
};

struct PageVerdict {
    std::uint32_t page = 0;  // counts from 1
    bool beyond_end = false;
    bool authentic = false;
};

class Db;
sqlite3* handle_of(Db& db);

inline std::uint32_t get_u32(const std::uint8_t* bytes) {  // big-endian, as SQLite writes
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace tally::store
