#include "common/store/rotate_pages.h"

#include <sqlite3.h>

#include "common/store/database_keys.h"
#include "common/store/file.h"
#include "common/store/sqlite_error.h"

namespace tally::store {
namespace {

constexpr std::uint64_t kPagesAProgress = 256;                                           // 1 MiB
constexpr std::uint64_t kLockPage = static_cast<std::uint64_t>(kLockByte) / kPageBytes;  // F9, counted from 0

class RawConnection {
  public:
    RawConnection() = default;
    RawConnection(const RawConnection&) = delete;
    RawConnection& operator=(const RawConnection&) = delete;
    ~RawConnection() { sqlite3_close_v2(handle); }
    sqlite3* handle = nullptr;
};

struct Pages {
    sqlite3_file* file = nullptr;
    std::uint64_t count = 0;
};

Result<sqlite3_file*> file_of(sqlite3* handle) {
    sqlite3_file* file = nullptr;
    const int code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK || file == nullptr || file->pMethods == nullptr)
        return sqlite_error(handle, code, "file pointer");
    return file;
}

Result<Pages> pages_of(Db& db) {
    Pages out;
    TALLY_TRY(out.file, file_of(handle_of(db)));
    sqlite3_int64 bytes = 0;
    if (out.file->pMethods->xFileSize(out.file, &bytes) != SQLITE_OK)
        return fail(Code::kIo, "the database file does not tell its size");
    if (bytes == 0 || bytes % static_cast<sqlite3_int64>(kPageBytes) != 0)
        return fail(Code::kDamaged, "the database file is cut short in its last page");
    out.count = static_cast<std::uint64_t>(bytes) / kPageBytes;
    return out;
}

using Page = std::array<std::uint8_t, kPageBytes>;

// Opens the page: one that is changed is kDamaged here.
Status read_page(sqlite3* handle, const Pages& pages, std::uint64_t index, Page& out) {
    const int code = pages.file->pMethods->xRead(pages.file, out.data(), static_cast<int>(out.size()),
                                                 static_cast<sqlite3_int64>(index * kPageBytes));
    if (code == SQLITE_OK) return {};
    Error error = sqlite_error(handle, code, "read of a page");
    error.detail = "page " + std::to_string(index + 1) + ": " + error.detail;
    return error;
}

}  // namespace

Result<std::uint64_t> copy_pages(Db& from, const std::string& to, const crypto::Secret& fresh_key,
                                 const OpenOptions& options, const PageProgress& progress) {
    TALLY_TRY(const Pages source, pages_of(from));
    Handover offer(std::make_shared<const DatabaseKeys>(fresh_key));
    offer.cipher = options.cipher;
    offer.alone = true;
    RawConnection fresh;
    // No SQL is run over it: the connection lends only the file below it.
    int code = sqlite3_open_v2(
        offer.uri_of(to).c_str(), &fresh.handle,
        SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
        options.vfs);
    if (offer.refusal) return *offer.refusal;
    if (code != SQLITE_OK) return sqlite_error(fresh.handle, code, "making the new file");
    TALLY_TRY(sqlite3_file* const target, file_of(fresh.handle));
    Page page;
    for (std::uint64_t index = 0; index < source.count; ++index) {
        if (index == kLockPage) continue;
        TALLY_OK(read_page(handle_of(from), source, index, page));
        code = target->pMethods->xWrite(target, page.data(), static_cast<int>(page.size()),
                                        static_cast<sqlite3_int64>(index * kPageBytes));
        if (code != SQLITE_OK) return sqlite_error(nullptr, code, "writing the new file");
        if ((index + 1) % kPagesAProgress == 0 || index + 1 == source.count) progress(index + 1, source.count);
    }
    crypto::wipe(page);
    code = target->pMethods->xSync(target, SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK) return sqlite_error(nullptr, code, "syncing the new file");
    return source.count;
}

Status compare_pages(Db& one, Db& other, const PageProgress& progress) {
    TALLY_TRY(const Pages a, pages_of(one));
    TALLY_TRY(const Pages b, pages_of(other));
    if (a.count != b.count) return fail(Code::kDamaged, "the new file has another length");
    Page from_a;
    Page from_b;
    for (std::uint64_t index = 0; index < a.count; ++index) {
        if (index == kLockPage) continue;
        TALLY_OK(read_page(handle_of(one), a, index, from_a));
        TALLY_OK(read_page(handle_of(other), b, index, from_b));
        if (from_a != from_b)
            return fail(Code::kDamaged, "page " + std::to_string(index + 1) + " of the new file differs");
        if ((index + 1) % kPagesAProgress == 0 || index + 1 == a.count) progress(index + 1, a.count);
    }
    crypto::wipe(from_a);
    crypto::wipe(from_b);
    return {};
}

}  // namespace tally::store
