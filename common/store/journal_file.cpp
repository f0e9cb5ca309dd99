#include "common/store/journal_file.h"

#include <algorithm>

namespace tally::store {

// F7. Journal headers begin at multiples of the sector size and are followed by records of page number 4, page 4096,
// checksum 4; so in every record the page stands at an offset that leaves 4 when divided by 8. Headers can be exactly
// one page long (pitfall 12), but stand at offsets that leave 0.
static bool is_page(int size, std::int64_t offset) { return size == static_cast<int>(kPageBytes) && (offset & 7) == 4; }

JournalFile::JournalFile(sqlite3_file* base, std::shared_ptr<const DatabaseKeys> keys, std::uint8_t cipher)
    : File(base), keys_(std::move(keys)), cipher_(keys_->journal(), cipher), header_cipher_(keys_->header()) {}

AssociatedData JournalFile::bound_of(std::int64_t offset, std::uint32_t page) const {
    AssociatedData bound(PageKind::kJournal, keys_->id());
    return bound.add(static_cast<std::uint64_t>(offset)).add(page);
}

// SQLite reads and writes the checksum of a record right after its page. Told by that and not by its form: the end of a
// journal that names a super-journal has fields of that form, and those are read without any key.
void JournalFile::expect_checksum(std::int64_t page_offset) {
    checksum_at_ = page_offset + static_cast<std::int64_t>(kPageBytes);
    mask_ = header_cipher_.mask(ByteView(scratch_).last(kTagBytes));
}

static void apply_mask(std::uint8_t* bytes, std::uint32_t mask) {
    for (int i = 0; i < 4; ++i) bytes[i] ^= static_cast<std::uint8_t>(mask >> (8 * i));
}

int JournalFile::read(std::uint8_t* out, int size, std::int64_t offset) {
    if (size < 0 || offset < 0) return SQLITE_IOERR_READ;
    if (is_page(size, offset)) return read_page(out, offset);
    const int code = base_read(out, static_cast<std::size_t>(size), offset);
    if (code == SQLITE_OK && is_checksum(size, offset)) apply_mask(out, mask_);
    return code;
}

int JournalFile::read_page(std::uint8_t* out, std::int64_t offset) {
    checksum_at_ = -1;
    const int code = base_read(scratch_.data(), scratch_.size(), offset - 4);
    if (code != SQLITE_OK) {
        std::memset(out, 0, kPageBytes);
        return code;
    }
    if (!cipher_.open(out, scratch_.data() + 4, kPlainBytes, bound_of(offset, get_u32(scratch_.data()))))
        return refuse_page(out, offset);
    std::memset(out + kPlainBytes, 0, kReserveBytes);
    expect_checksum(offset);
    return SQLITE_OK;
}

// A record that does not open is damage, except where SQLite reads past the end of the journal on purpose, until a
// checksum fails: behind the records of a live transaction whose journal was not synced yet (older records stand there
// when the file is kept), and anywhere in a journal that never is synced (its count of records is 0xffffffff). There it
// is the end of the journal.
int JournalFile::refuse_page(std::uint8_t* out, std::int64_t offset) {
    std::memset(out, 0, kPageBytes);
    if (own_end_ >= 0 && offset >= own_end_) return SQLITE_IOERR_SHORT_READ;
    std::array<std::uint8_t, 4> records{};
    const int code = base_read(records.data(), records.size(), 8);
    if (code != SQLITE_OK) return code;
    if (own_end_ < 0 && get_u32(records.data()) == 0xFFFFFFFFu) return SQLITE_IOERR_SHORT_READ;
    sqlite3_log(SQLITE_IOERR_DATA, "journal record at %lld is changed or damaged", static_cast<long long>(offset));
    return SQLITE_IOERR_DATA;
}

int JournalFile::write(const std::uint8_t* bytes, int size, std::int64_t offset) {
    if (size < 0 || offset < 0) return SQLITE_IOERR_WRITE;
    int code = SQLITE_OK;
    if (is_page(size, offset)) {
        code = write_page(bytes, offset);
    } else if (is_checksum(size, offset)) {
        std::array<std::uint8_t, 4> masked;
        std::memcpy(masked.data(), bytes, masked.size());
        apply_mask(masked.data(), mask_);
        code = base_write(masked.data(), masked.size(), offset);
    } else {
        code = base_write(bytes, static_cast<std::size_t>(size), offset);
    }
    if (code != SQLITE_OK) return code;
    // A header at 0 that is longer than the few bytes SQLite mends in place begins the journal anew.
    if (offset == 0 && size >= 28) own_end_ = 0;
    if (own_end_ >= 0) own_end_ = std::max(own_end_, offset + size);
    return SQLITE_OK;
}

int JournalFile::write_page(const std::uint8_t* bytes, std::int64_t offset) {
    checksum_at_ = -1;
    if (!all_zero(bytes + kPlainBytes, kReserveBytes)) return SQLITE_IOERR_WRITE;
    // The page number, written just before.
    if (const int code = base_read(scratch_.data(), 4, offset - 4); code != SQLITE_OK)
        return code == SQLITE_IOERR_SHORT_READ ? SQLITE_IOERR_WRITE : code;
    cipher_.seal(scratch_.data() + 4, bytes, kPlainBytes, bound_of(offset, get_u32(scratch_.data())));
    if (const int code = base_write(scratch_.data() + 4, kPageBytes, offset); code != SQLITE_OK) return code;
    expect_checksum(offset);
    return SQLITE_OK;
}

int JournalFile::truncate(std::int64_t size) {
    if (own_end_ > size) own_end_ = size;
    return File::truncate(size);
}

}  // namespace tally::store
