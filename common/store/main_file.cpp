#include "common/store/main_file.h"

#include <unistd.h>

#include "common/store/wal_file.h"

namespace tally::store {

static constexpr std::size_t kCounterAt = 24;  // change counter .. 16 bytes: SQLite's "dbFileVers"

MainFile::MainFile(sqlite3_file* base, std::shared_ptr<const DatabaseKeys> keys, const char* name,
                   MainFileOptions options)
    : File(base), name_(name), guest_(options.guest), keys_(std::move(keys)), cipher_(keys_->main(), options.cipher) {}

MainFile::~MainFile() {
    if (wal_ != nullptr) wal_->detach_main();
}

AssociatedData MainFile::bound_of(std::uint32_t page, const std::uint8_t* clear) const {
    AssociatedData bound(PageKind::kMain, keys_->id());
    bound.add(page);
    if (page == 1) bound.add(ByteView(clear, kClearBytes));  // F3
    return bound;
}

bool MainFile::open_page(std::uint8_t* out, std::uint32_t page) const {
    const std::size_t clear = page == 1 ? kClearBytes : 0;
    if (!cipher_.open(out + clear, scratch_.data() + clear, kPlainBytes - clear, bound_of(page, scratch_.data())))
        return false;
    if (page == 1) {
        std::memcpy(out, kSqliteMagic, 16);
        std::memcpy(out + 16, scratch_.data() + 16, kClearBytes - 16);
    }
    std::memset(out + kPlainBytes, 0, kReserveBytes);  // F1: SQLite sees zeros there
    return true;
}

Status MainFile::recognise() {
    std::int64_t bytes = 0;
    if (size(&bytes) != SQLITE_OK) return fail(Code::kIo, "the database file does not tell its size");
    if (bytes == 0) return {};
    if (bytes < static_cast<std::int64_t>(kPageBytes)) return recognise_cut(bytes);
    if (base_read(scratch_.data(), kPageBytes, 0) != SQLITE_OK) return fail(Code::kIo, "page 1 cannot be read");
    const std::uint8_t* head = scratch_.data();
    // A power cut while the file was being made leaves zeros: the rollback journal empties the file again.
    if (all_zero(head, kClearBytes)) return {};
    if (std::memcmp(head, kMagic.data(), kMagic.size()) != 0)
        return fail(Code::kDamaged, std::memcmp(head, kSqliteMagic, 16) == 0
                                        ? "a plain SQLite file, not an encrypted database"
                                        : "not a database of Tallystick");
    if (head[kVersionAt] > kFormatVersion) return fail(Code::kNewer, "the database file is of a newer format");
    if (head[kVersionAt] != kFormatVersion) return fail(Code::kDamaged, "the database file is of no known format");
    TALLY_TRY(const CipherKind* kind, cipher_of_file(head[kCipherAt]));
    if (kind->id != cipher_.id()) cipher_ = PageCipher(keys_->main(), kind->id);
    if (std::memcmp(head + kDatabaseIdAt, keys_->id().data(), kDatabaseIdBytes) == 0) return {};
    // Another id: of another key, or of ours and changed. Page 1 tells which.
    std::memcpy(scratch_.data() + kDatabaseIdAt, keys_->id().data(), kDatabaseIdBytes);
    std::array<std::uint8_t, kPageBytes> plain;
    if (open_page(plain.data(), 1)) return fail(Code::kDamaged, "the database id was changed");
    return fail(Code::kWrongKey, "the database belongs to another key");
}

// Killed while the first page was being written: the rollback journal beside it empties the file again.
Status MainFile::recognise_cut(std::int64_t bytes) {
    const bool is_ours = bytes >= static_cast<std::int64_t>(kClearBytes) &&
                         base_read(scratch_.data(), kClearBytes, 0) == SQLITE_OK &&
                         std::memcmp(scratch_.data(), kMagic.data(), kMagic.size()) == 0 &&
                         std::memcmp(scratch_.data() + kDatabaseIdAt, keys_->id().data(), kDatabaseIdBytes) == 0;
    if (is_ours && ::access((std::string(name_) + "-journal").c_str(), F_OK) == 0) return {};
    return fail(Code::kDamaged, "the database file is cut short in its first page");
}

int MainFile::read(std::uint8_t* out, int size, std::int64_t offset) {
    if (size == static_cast<int>(kPageBytes) && offset % static_cast<int>(kPageBytes) == 0)
        return read_page(out, offset);
    if (size == 16 && offset == static_cast<std::int64_t>(kCounterAt)) return read_change_counter(out);
    if (size >= 0 && offset >= 0 && offset + size <= static_cast<std::int64_t>(kSqliteHeaderBytes))
        return read_header(out, static_cast<std::size_t>(size), offset);
    return SQLITE_IOERR_READ;
}

int MainFile::read_page(std::uint8_t* out, std::int64_t offset) {
    const int code = base_read(scratch_.data(), kPageBytes, offset);
    if (code == SQLITE_IOERR_SHORT_READ) {
        std::int64_t bytes = 0;
        if (const int failed = size(&bytes); failed != SQLITE_OK) return failed;
        std::memset(out, 0, kPageBytes);
        // F8: only an empty file may lack a page that is asked for; SQLite would take any other for zeros.
        return bytes == 0 ? SQLITE_IOERR_SHORT_READ : SQLITE_CORRUPT;
    }
    if (code != SQLITE_OK) return code;
    const auto page = static_cast<std::uint32_t>(offset / static_cast<std::int64_t>(kPageBytes) + 1);
    if (open_page(out, page)) return SQLITE_OK;
    std::memset(out, 0, kPageBytes);
    sqlite3_log(SQLITE_IOERR_DATA, "page %u is changed or damaged", page);
    return SQLITE_IOERR_DATA;
}

// Asked for at open and without a lock, so page 1 may be torn: answered from the clear bytes and zeros, never
// authenticated (pitfall 7). Whatever SQLite decides by it is decided again from the authentic page.
int MainFile::read_header(std::uint8_t* out, std::size_t size, std::int64_t offset) {
    std::array<std::uint8_t, kSqliteHeaderBytes> header{};
    const int code = base_read(header.data(), kClearBytes, 0);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return code;
    if (std::memcmp(header.data(), kMagic.data(), kMagic.size()) == 0) {
        // Page size and reserve never differ; were they changed on the disk, page 1 will not open.
        std::memcpy(header.data(), kSqliteMagic, 16);
        header[16] = kPageBytes >> 8;
        header[17] = 0;
        header[20] = kReserveBytes;
    }
    std::memcpy(out, header.data() + offset, size);
    return code;
}

// Comes with every transaction in journal mode (pitfall 8): a page with the same nonce and tag is the same page.
int MainFile::read_change_counter(std::uint8_t* out) {
    std::array<std::uint8_t, kReserveBytes> trailer;
    const int code = base_read(trailer.data(), kReserveBytes, kPlainBytes);
    if (code == SQLITE_IOERR_SHORT_READ) std::memset(out, 0, 16);
    if (code != SQLITE_OK) return code;
    if (!counter_seen_ || trailer != seen_trailer_) {
        std::array<std::uint8_t, kPageBytes> page;
        if (const int failed = read_page(page.data(), 0); failed != SQLITE_OK) return failed;
        std::memcpy(seen_trailer_.data(), scratch_.data() + kPlainBytes, kReserveBytes);
        std::memcpy(seen_counter_.data(), page.data() + kCounterAt, seen_counter_.size());
        counter_seen_ = true;
    }
    std::memcpy(out, seen_counter_.data(), seen_counter_.size());
    return SQLITE_OK;
}

int MainFile::write(const std::uint8_t* bytes, int size, std::int64_t offset) {
    if (size != static_cast<int>(kPageBytes) || offset % static_cast<int>(kPageBytes) != 0) return SQLITE_IOERR_WRITE;
    // F1: bytes there would be lost; a page that has some comes from a database without our reserve (pitfall 10).
    if (!all_zero(bytes + kPlainBytes, kReserveBytes)) {
        sqlite3_log(SQLITE_IOERR_WRITE, "a page without 40 reserved bytes cannot be encrypted");
        return SQLITE_IOERR_WRITE;
    }
    const auto page = static_cast<std::uint32_t>(offset / static_cast<std::int64_t>(kPageBytes) + 1);
    std::size_t clear = 0;
    if (page == 1) {
        const bool ours = std::memcmp(bytes, kSqliteMagic, 16) == 0 && bytes[16] == (kPageBytes >> 8) &&
                          bytes[17] == 0 && bytes[20] == kReserveBytes;
        if (!ours) {
            sqlite3_log(SQLITE_IOERR_WRITE, "page 1 of another page size or reserve cannot be encrypted");
            return SQLITE_IOERR_WRITE;
        }
        clear = kClearBytes;
        std::memcpy(scratch_.data(), kMagic.data(), kMagic.size());
        scratch_[kVersionAt] = kFormatVersion;
        scratch_[kCipherAt] = cipher_.id();
        std::memcpy(scratch_.data() + kDatabaseIdAt, keys_->id().data(), kDatabaseIdBytes);
        std::memcpy(scratch_.data() + 16, bytes + 16, kClearBytes - 16);
    }
    cipher_.seal(scratch_.data() + clear, bytes + clear, kPlainBytes - clear, bound_of(page, scratch_.data()));
    return base_write(scratch_.data(), kPageBytes, offset);
}

int MainFile::verify_page(PageVerdict& verdict) {
    const std::int64_t offset = (static_cast<std::int64_t>(verdict.page) - 1) * static_cast<std::int64_t>(kPageBytes);
    std::int64_t bytes = 0;
    if (const int code = size(&bytes); code != SQLITE_OK) return code;
    verdict.authentic = false;
    verdict.beyond_end = offset >= bytes;
    if (verdict.beyond_end) return SQLITE_OK;
    const int code = base_read(scratch_.data(), kPageBytes, offset);
    if (code == SQLITE_IOERR_SHORT_READ) return SQLITE_OK;
    if (code != SQLITE_OK) return code;
    std::array<std::uint8_t, kPageBytes> plain;
    verdict.authentic = offset == kLockByte || open_page(plain.data(), verdict.page);  // F9
    return SQLITE_OK;
}

// Pitfall 9: a new database, attached ones too, gets its 40 reserved bytes before SQLite writes its first page. SQLite
// asks for the size of a file at the start of every transaction, and by then knows it by a name.
int MainFile::size(std::int64_t* out) {
    const int code = File::size(out);
    if (code == SQLITE_OK && *out == 0 && connection_ != nullptr && !reserve_asked_) ask_reserve();
    return code;
}

void MainFile::ask_reserve() {
    reserve_asked_ = true;
    sqlite3* connection = *connection_;
    const char* schema = nullptr;
    for (int i = 0; (schema = sqlite3_db_name(connection, i)) != nullptr; ++i) {
        if (sqlite3_db_filename(connection, schema) == name_) break;
    }
    int reserve = static_cast<int>(kReserveBytes);
    // Should it fail, writes of pages without reserve are refused.
    if (schema != nullptr) sqlite3_file_control(connection, schema, SQLITE_FCNTL_RESERVE_BYTES, &reserve);
}

int MainFile::control(int operation, void* argument) {
    switch (operation) {
        case kVerifyPageControl: return verify_page(*static_cast<PageVerdict*>(argument));
        case kScanWalControl: return wal_ == nullptr ? SQLITE_OK : wal_->scan(*static_cast<WalScan*>(argument));
        case SQLITE_FCNTL_PDB: connection_ = static_cast<sqlite3**>(argument); return SQLITE_OK;
        case SQLITE_FCNTL_PRAGMA: return pragma(static_cast<char**>(argument));
        case SQLITE_FCNTL_CHUNK_SIZE: return SQLITE_OK;  // pitfall 14: growth by chunks would add unsealed pages
        case SQLITE_FCNTL_MMAP_SIZE: *static_cast<sqlite3_int64*>(argument) = 0; return SQLITE_OK;
        case SQLITE_FCNTL_BEGIN_ATOMIC_WRITE:
        case SQLITE_FCNTL_COMMIT_ATOMIC_WRITE:
        case SQLITE_FCNTL_ROLLBACK_ATOMIC_WRITE: return SQLITE_NOTFOUND;
        default: return File::control(operation, argument);
    }
}

// words: [0] the answer, from sqlite3_mprintf; [1] the pragma's name; [2] its argument or null.
int MainFile::pragma(char** words) {
    const auto is = [&](const char* name) { return sqlite3_stricmp(words[1], name) == 0; };
    if (is("page_size") && words[2] != nullptr && std::strcmp(words[2], "4096") != 0) {
        // A foreign program asks out of habit, and SQLite itself keeps silent about a size it does not change.
        // Pitfall 14: the answer must have text.
        if (guest_) {
            words[0] = sqlite3_mprintf("4096");
            return SQLITE_OK;
        }
        words[0] = sqlite3_mprintf("an encrypted database has pages of 4096 bytes");
        return SQLITE_ERROR;
    }
    if (is("key") || is("rekey") || is("hexkey")) {
        words[0] = sqlite3_mprintf("keys are not given by PRAGMA");
        return SQLITE_ERROR;
    }
    return File::control(SQLITE_FCNTL_PRAGMA, words);
}

}  // namespace tally::store
