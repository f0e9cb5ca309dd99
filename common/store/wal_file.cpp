#include "common/store/wal_file.h"

#include "common/store/main_file.h"

namespace tally::store {

static constexpr auto kPage = static_cast<std::int64_t>(kPageBytes);

WalFile::WalFile(sqlite3_file* base, std::shared_ptr<const DatabaseKeys> keys, MainFile* main)
    : File(base),
      keys_(std::move(keys)),
      cipher_(keys_->wal(), main->cipher()),
      header_cipher_(keys_->header()),
      main_(main) {
    main_->attach_wal(this);
}

WalFile::~WalFile() {
    if (main_ != nullptr) main_->attach_wal(nullptr);
}

// F5: bytes 0..7 (page, commit size) and 16..23 (checksums) are one block; the salts between them stay clear.
static HeaderCipher::Block block_of(const std::uint8_t* header) {
    HeaderCipher::Block block;
    std::memcpy(block.data(), header, 8);
    std::memcpy(block.data() + 8, header + 16, 8);
    return block;
}

static void put_block(std::uint8_t* header, const HeaderCipher::Block& block) {
    std::memcpy(header, block.data(), 8);
    std::memcpy(header + 16, block.data() + 8, 8);
}

void WalFile::encipher(Header& header, std::int64_t frame) const {
    HeaderCipher::Block block = block_of(header.data());
    header_cipher_.encipher(block, static_cast<std::uint64_t>(frame));
    put_block(header.data(), block);
}

void WalFile::decipher(Header& header, std::int64_t frame) const {
    HeaderCipher::Block block = block_of(header.data());
    header_cipher_.decipher(block, static_cast<std::uint64_t>(frame));
    put_block(header.data(), block);
}

// The salts are not bound: SQLite writes them as zeros while it rewrites a spilled frame, and later rewrites only the
// header (pitfall 1). Page number and commit size are: SQLite's checksums of them can be forged (pitfall 4).
AssociatedData WalFile::bound_of(std::int64_t frame, FrameHead head) const {
    AssociatedData bound(PageKind::kWal, keys_->id());
    return bound.add(static_cast<std::uint64_t>(frame)).add(head.page).add(head.commit_pages);
}

int WalFile::open_frame(std::int64_t frame, Header& header, std::uint8_t* plain) {
    const int code = base_read(scratch_.data(), kFrameBytes, offset_of(frame));
    if (code != SQLITE_OK) return code;
    std::memcpy(header.data(), scratch_.data(), header.size());
    decipher(header, frame);
    if (!cipher_.open(plain, scratch_.data() + kFrameHeaderBytes, kPlainBytes, bound_of(frame, head_of(header))))
        return SQLITE_IOERR_DATA;
    std::memset(plain + kPlainBytes, 0,
                kReserveBytes);  // F1: SQLite's checksums count these bytes as zeros (pitfall 5)
    return SQLITE_OK;
}

// All shapes in which SQLite reads a WAL (pitfall 2).
int WalFile::read(std::uint8_t* out, int size, std::int64_t offset) {
    if (size < 0 || offset < 0) return SQLITE_IOERR_READ;
    if (offset + size <= kWalHeaderBytes) {
        own_first_ = own_last_ = -1;  // recovery begins with this read
        return base_read(out, static_cast<std::size_t>(size), offset);
    }
    if (offset < kWalHeaderBytes) return SQLITE_IOERR_READ;
    const std::int64_t frame = (offset - kWalHeaderBytes) / kFrameBytes;
    const std::int64_t at = (offset - kWalHeaderBytes) % kFrameBytes;
    if (at == kFrameHeaderBytes && size == kPage) {
        Header header;
        const int code = open_frame(frame, header, out);
        if (code == SQLITE_OK) return code;
        std::memset(out, 0, kPageBytes);
        if (code != SQLITE_IOERR_DATA && code != SQLITE_IOERR_SHORT_READ) return code;
        sqlite3_log(SQLITE_IOERR_DATA, "WAL frame %lld is changed, damaged or cut", static_cast<long long>(frame));
        return SQLITE_IOERR_DATA;
    }
    if (at == 0 && size == kFrameBytes) return read_whole(out, frame);
    if (at + size <= kFrameHeaderBytes)
        return read_header_part(out, static_cast<std::size_t>(size), frame, static_cast<std::size_t>(at));
    return SQLITE_IOERR_READ;
}

int WalFile::read_header_part(std::uint8_t* out, std::size_t size, std::int64_t frame, std::size_t at) {
    Header header;
    const int code = base_read(header.data(), header.size(), offset_of(frame));
    if (code != SQLITE_OK) {
        std::memset(out, 0, size);
        return code;
    }
    decipher(header, frame);
    std::memcpy(out, header.data() + at, size);
    return SQLITE_OK;
}

// A whole frame is read by recovery, where a torn tail is normal: zeros, which SQLite takes for the end (pitfall 13).
// The other reader of whole frames is walRewriteChecksums, over frames this connection has just written: there it is
// damage.
int WalFile::read_whole(std::uint8_t* out, std::int64_t frame) {
    Header header;
    const int code = open_frame(frame, header, out + kFrameHeaderBytes);
    if (code == SQLITE_OK) {
        std::memcpy(out, header.data(), header.size());
        return SQLITE_OK;
    }
    std::memset(out, 0, kFrameBytes);
    if (code != SQLITE_IOERR_DATA) return code;
    return own_first_ >= 0 && frame >= own_first_ && frame <= own_last_ ? SQLITE_IOERR_DATA : SQLITE_OK;
}

int WalFile::write(const std::uint8_t* bytes, int size, std::int64_t offset) {
    if (offset == 0 && size == kWalHeaderBytes) {
        last_frame_ = own_first_ = own_last_ = -1;
        return base_write(bytes, kWalHeaderBytes, 0);
    }
    if (offset < kWalHeaderBytes) return SQLITE_IOERR_WRITE;
    const std::int64_t frame = (offset - kWalHeaderBytes) / kFrameBytes;
    const std::int64_t at = (offset - kWalHeaderBytes) % kFrameBytes;
    if (at == 0 && size == kFrameHeaderBytes) return write_header(bytes, frame);
    if (at == kFrameHeaderBytes && size == kPage) return write_page(bytes, frame);
    return SQLITE_IOERR_WRITE;
}

// Written at once and for itself, never kept back to go with the page: a late header could overwrite the frame of
// another process (pitfall 3).
int WalFile::write_header(const std::uint8_t* bytes, std::int64_t frame) {
    Header header;
    std::memcpy(header.data(), bytes, header.size());
    const FrameHead head = head_of(header);
    encipher(header, frame);
    last_frame_ = -1;
    if (const int code = base_write(header.data(), header.size(), offset_of(frame)); code != SQLITE_OK) return code;
    last_frame_ = frame;
    last_head_ = head;
    if (own_first_ < 0 || frame < own_first_) own_first_ = frame;
    if (frame > own_last_) own_last_ = frame;
    return SQLITE_OK;
}

int WalFile::write_page(const std::uint8_t* bytes, std::int64_t frame) {
    if (!all_zero(bytes + kPlainBytes, kReserveBytes)) return SQLITE_IOERR_WRITE;  // pitfall 5
    FrameHead head = last_head_;
    if (frame != last_frame_) {  // a page that was spilled and changed again: its header stands in the file
        Header header;
        const int code = base_read(header.data(), header.size(), offset_of(frame));
        if (code != SQLITE_OK) return code == SQLITE_IOERR_SHORT_READ ? SQLITE_IOERR_WRITE : code;
        decipher(header, frame);
        head = head_of(header);
    }
    cipher_.seal(scratch_.data(), bytes, kPlainBytes, bound_of(frame, head));
    return base_write(scratch_.data(), kPageBytes, offset_of(frame) + kFrameHeaderBytes);
}

int WalFile::scan(WalScan& out) {
    out = WalScan{};
    std::array<std::uint8_t, kWalHeaderBytes> wal_header;
    std::int64_t bytes = 0;
    if (const int code = size(&bytes); code != SQLITE_OK) return code;
    if (bytes < kWalHeaderBytes) return SQLITE_OK;
    if (const int code = base_read(wal_header.data(), wal_header.size(), 0); code != SQLITE_OK)
        return code == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : code;
    const std::uint8_t* salts = wal_header.data() + 16;
    std::memcpy(&out.generation, salts, 8);
    out.frames = (bytes - kWalHeaderBytes) / kFrameBytes;

    std::int64_t suspect = -1;  // first frame that failed; damage only if a later one is authentic
    int suspect_commits = 0;
    std::array<std::uint8_t, kPageBytes> plain;
    for (std::int64_t frame = 0; frame < out.frames; ++frame) {
        Header header{};
        const int code = open_frame(frame, header, plain.data());
        if (code == SQLITE_IOERR_SHORT_READ) break;
        if (code != SQLITE_OK && code != SQLITE_IOERR_DATA) return code;
        const FrameHead head = head_of(header);
        const bool current = std::memcmp(header.data() + kFrameSaltAt, salts, 8) == 0;
        if (code == SQLITE_OK && current) {
            if (suspect >= 0) out.first_bad = suspect;
            if (suspect >= 0 && head.commit_pages != 0) ++suspect_commits;
            if (head.page / 8 >= out.pages_seen.size()) out.pages_seen.resize(head.page / 8 + 64);
            out.pages_seen[head.page / 8] |= static_cast<std::uint8_t>(1u << (head.page % 8));
        } else if (suspect < 0) {
            suspect = frame;
            if (current && reads_as_commit(head.page, head.commit_pages)) ++suspect_commits;
        }
    }
    out.commits_from_bad = out.first_bad >= 0 ? suspect_commits : 0;
    return SQLITE_OK;
}

}  // namespace tally::store
