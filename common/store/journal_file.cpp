#include "common/store/journal_file.h"

namespace tally::store {

// F7. Journal headers begin at multiples of the sector size and are followed by records of page number 4, page 4096,
// checksum 4; so in every record the page, and the checksum after it, stand at offsets that leave 4 when divided by 8.
// Headers can be exactly one page long (pitfall 12), but stand at offsets that leave 0.
static bool is_page(int size, std::int64_t offset) { return size == static_cast<int>(kPageBytes) && (offset & 7) == 4; }
static bool may_be_checksum(int size, std::int64_t offset) { return size == 4 && (offset & 7) == 4; }

static constexpr std::array<std::uint8_t, 8> kJournalMagic = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};

JournalFile::JournalFile(sqlite3_file* base, std::shared_ptr<const DatabaseKeys> keys)
    : File(base), keys_(std::move(keys)), cipher_(keys_->journal()), header_cipher_(keys_->header()) {}

AssociatedData JournalFile::bound_of(std::int64_t offset, std::uint32_t page) const {
    AssociatedData bound(PageKind::kJournal, keys_->id());
    return bound.add(static_cast<std::uint64_t>(offset)).add(page);
}

// The fields at 12 and 20 of a journal header have the size and the remainder of a checksum too. They stand 12 or 20
// bytes after the header's magic (zeros until the header is synced), where a record has bytes of its random nonce or
// its tag.
int JournalFile::mask_at(std::int64_t offset, std::uint32_t* out) {
    *out = 0;
    if (offset < 20) return SQLITE_OK;
    std::array<std::uint8_t, 20> before;
    const int code = base_read(before.data(), before.size(), offset - 20);
    if (code == SQLITE_IOERR_SHORT_READ) return SQLITE_OK;
    if (code != SQLITE_OK) return code;
    const auto begins_header = [&](std::size_t at) {
        return std::memcmp(before.data() + at, kJournalMagic.data(), 8) == 0 || all_zero(before.data() + at, 8);
    };
    if (begins_header(0) || begins_header(8)) return SQLITE_OK;
    *out = header_cipher_.mask(ByteView(before).subspan(4));
    return SQLITE_OK;
}

int JournalFile::read(std::uint8_t* out, int size, std::int64_t offset) {
    if (size < 0 || offset < 0) return SQLITE_IOERR_READ;
    if (!is_page(size, offset)) {
        const int code = base_read(out, static_cast<std::size_t>(size), offset);
        if (code != SQLITE_OK || !may_be_checksum(size, offset)) return code;
        std::uint32_t mask = 0;
        if (const int failed = mask_at(offset, &mask); failed != SQLITE_OK) return failed;
        for (int i = 0; i < 4; ++i) out[i] ^= static_cast<std::uint8_t>(mask >> (8 * i));
        return SQLITE_OK;
    }
    const int code = base_read(scratch_.data(), scratch_.size(), offset - 4);
    if (code != SQLITE_OK) {
        std::memset(out, 0, kPageBytes);
        return code;
    }
    if (!cipher_.open(out, scratch_.data() + 4, kPlainBytes, bound_of(offset, get_u32(scratch_.data())))) {
        std::memset(out, 0, kPageBytes);
        sqlite3_log(SQLITE_IOERR_DATA, "journal record at %lld is changed or damaged", static_cast<long long>(offset));
        return SQLITE_IOERR_DATA;
    }
    std::memset(out + kPlainBytes, 0, kReserveBytes);
    return SQLITE_OK;
}

int JournalFile::write(const std::uint8_t* bytes, int size, std::int64_t offset) {
    if (size < 0 || offset < 0) return SQLITE_IOERR_WRITE;
    if (is_page(size, offset)) {
        if (!all_zero(bytes + kPlainBytes, kReserveBytes)) return SQLITE_IOERR_WRITE;
        std::array<std::uint8_t, 4> page;  // written just before
        if (const int code = base_read(page.data(), page.size(), offset - 4); code != SQLITE_OK)
            return code == SQLITE_IOERR_SHORT_READ ? SQLITE_IOERR_WRITE : code;
        cipher_.seal(scratch_.data(), bytes, kPlainBytes, bound_of(offset, get_u32(page.data())));
        return base_write(scratch_.data(), kPageBytes, offset);
    }
    if (!may_be_checksum(size, offset)) return base_write(bytes, static_cast<std::size_t>(size), offset);
    std::uint32_t mask = 0;
    if (const int code = mask_at(offset, &mask); code != SQLITE_OK) return code;
    std::array<std::uint8_t, 4> masked;
    for (std::size_t i = 0; i < 4; ++i) masked[i] = bytes[i] ^ static_cast<std::uint8_t>(mask >> (8 * i));
    return base_write(masked.data(), masked.size(), offset);
}

}  // namespace tally::store
