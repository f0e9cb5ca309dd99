#include "common/store/salvage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "common/store/database_keys.h"
#include "common/store/file.h"
#include "common/store/header_cipher.h"
#include "common/store/os_file.h"
#include "common/store/page_cipher.h"

namespace tally::store {
namespace {

using Page = std::array<std::uint8_t, kPageBytes>;

constexpr std::size_t kDamagedNamed = 20;
constexpr std::uint8_t kTableLeaf = 0x0D;  // SQLite's b-tree page types
constexpr std::size_t kLeafHeaderBytes = 8;
constexpr std::uint64_t kRowBytesMax = 64u << 20;  // above what any row of ours can be
constexpr std::size_t kColumnsMax = 64;

std::uint32_t get_u16(const std::uint8_t* in) { return static_cast<std::uint32_t>(in[0] << 8 | in[1]); }

class OpenFile {
  public:
    explicit OpenFile(const std::string& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    bool is_open() const { return file_.get() >= 0; }
    std::int64_t size() const {
        struct stat status {};
        return ::fstat(file_.get(), &status) == 0 ? status.st_size : 0;
    }
    // All of it, or false: a bad sector is damage like any other.
    bool read(std::uint8_t* out, std::size_t size, std::int64_t offset) const {
        for (std::size_t done = 0; done < size;) {
            const ssize_t got =
                ::pread(file_.get(), out + done, size - done, static_cast<off_t>(offset) + static_cast<off_t>(done));
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return false;
            done += static_cast<std::size_t>(got);
        }
        return true;
    }

  private:
    Descriptor file_;
};

// SQLite's variable-length integer; false: it runs over the end.
bool take_varint(ByteView& in, std::uint64_t& out) {
    out = 0;
    for (std::size_t i = 0; i < 9 && i < in.size(); ++i) {
        if (i == 8) {
            out = out << 8 | in[i];
        } else {
            out = out << 7 | (in[i] & 0x7F);
            if ((in[i] & 0x80) != 0) continue;
        }
        in = in.subspan(i + 1);
        return true;
    }
    return false;
}

// One column by its serial type; false: it runs over the end.
bool take_cell(ByteView& body, std::uint64_t type, SalvagedCell& out) {
    static constexpr std::size_t kSizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    std::uint64_t size = 0;
    if (type >= 12)
        size = (type - 12) / 2;
    else if (type < 10)
        size = kSizes[type];
    else
        return false;
    if (size > body.size()) return false;
    const ByteView bytes = body.first(static_cast<std::size_t>(size));
    body = body.subspan(bytes.size());
    out = {};
    if (type >= 12) {
        out.kind = type % 2 == 0 ? SalvagedCell::Kind::kBlob : SalvagedCell::Kind::kText;
        out.bytes = bytes;
    } else if (type == 7) {
        out.kind = SalvagedCell::Kind::kReal;
    } else if (type != 0) {
        out.kind = SalvagedCell::Kind::kInteger;
        std::uint64_t value = type == 9 ? 1 : 0;
        if (!bytes.empty() && (bytes[0] & 0x80) != 0) value = ~std::uint64_t{0};
        for (const std::uint8_t byte : bytes) value = value << 8 | byte;
        out.integer = static_cast<std::int64_t>(value);
    }
    return true;
}

bool take_row(ByteView record, std::vector<SalvagedCell>& out) {
    ByteView head = record;
    std::uint64_t head_bytes = 0;
    if (!take_varint(head, head_bytes) || head_bytes > record.size()) return false;
    const std::size_t used = record.size() - head.size();
    if (head_bytes < used) return false;
    head = record.subspan(used, static_cast<std::size_t>(head_bytes) - used);
    ByteView body = record.subspan(static_cast<std::size_t>(head_bytes));
    out.clear();
    while (!head.empty()) {
        std::uint64_t type = 0;
        SalvagedCell cell;
        if (out.size() == kColumnsMax || !take_varint(head, type) || !take_cell(body, type, cell)) return false;
        out.push_back(cell);
    }
    return true;
}

class Salvage {
  public:
    Salvage(const std::string& path, const crypto::Secret& data_key, const EachSalvaged& each)
        : main_(path), wal_(path + "-wal"), keys_(data_key), header_cipher_(keys_.header()), each_(each) {}

    Result<SalvageReport> run(const std::string& path) {
        if (!main_.is_open() && ::access(path.c_str(), F_OK) != 0)
            return fail(Code::kNotFound, "there is no file " + path);
        if (!main_.is_open()) return fail(Code::kIo, path + " cannot be opened");
        TALLY_OK(choose_cipher());
        if (wal_.is_open()) find_frames();
        read_main();
        for (const auto& [page, frames] : frames_) {
            for (const std::int64_t frame : frames) {
                Page plain;
                if (open_frame(frame, plain)) take_leaf(plain);
            }
        }
        return std::move(report_);
    }

  private:
    using Salts = std::array<std::uint8_t, 8>;
    struct FrameHead {
        std::uint32_t page = 0, commit_pages = 0;
        bool current = false;
        bool earlier = false;  // of an earlier WAL: both salts are others. Damage of one leaves the other
    };

    // Byte 7 of page 1 says it; as that may be damaged, the first page that opens is asked.
    Status choose_cipher() {
        constexpr std::uint32_t kPagesAsked = 64;
        Page plain;
        for (const CipherKind& kind : all_ciphers()) {
            if (!kind.is_here()) continue;
            use_cipher(kind.id);
            for (std::uint32_t page = 2; page < kPagesAsked; ++page)
                if (open_main(page, plain)) return {};
        }
        std::array<std::uint8_t, kClearBytes> clear{};
        const bool told = main_.read(clear.data(), clear.size(), 0) && find_cipher(clear[kCipherAt]) != nullptr;
        if (told) TALLY_OK(cipher_of_file(clear[kCipherAt]));  // known; perhaps not here
        use_cipher(told ? clear[kCipherAt] : cipher_of_new_files());
        return {};
    }

    void use_cipher(std::uint8_t id) {
        main_cipher_.emplace(keys_.main(), id);
        wal_cipher_.emplace(keys_.wal(), id);
    }

    bool open_main(std::uint32_t page, Page& plain) {
        Page sealed;
        if (page < 2 ||
            !main_.read(sealed.data(), sealed.size(), (std::int64_t{page} - 1) * static_cast<std::int64_t>(kPageBytes)))
            return false;
        AssociatedData bound(PageKind::kMain, keys_.id());
        bound.add(page);
        return main_cipher_->open(plain.data(), sealed.data(), kPlainBytes, bound);
    }

    FrameHead head_of(const std::uint8_t* header, std::int64_t frame) const {
        HeaderCipher::Block block;
        std::memcpy(block.data(), header, 8);
        std::memcpy(block.data() + 8, header + 16, 8);
        header_cipher_.decipher(block, static_cast<std::uint64_t>(frame));
        const bool first = std::memcmp(header + kFrameSaltAt, salts_.data(), 4) == 0;
        const bool second = std::memcmp(header + kFrameSaltAt + 4, salts_.data() + 4, 4) == 0;
        return {get_u32(block.data()), get_u32(block.data() + 4), first && second, !first && !second};
    }

    bool open_frame(std::int64_t frame, Page& plain, FrameHead* head_out = nullptr) {
        std::array<std::uint8_t, kFrameBytes> sealed;
        if (!wal_.read(sealed.data(), sealed.size(), kWalHeaderBytes + frame * kFrameBytes)) return false;
        const FrameHead head = head_of(sealed.data(), frame);
        AssociatedData bound(PageKind::kWal, keys_.id());
        bound.add(static_cast<std::uint64_t>(frame)).add(head.page).add(head.commit_pages);
        if (head_out != nullptr) *head_out = head;
        return wal_cipher_->open(plain.data(), sealed.data() + kFrameHeaderBytes, kPlainBytes, bound);
    }

    // The WAL's salts tell its frames from those of an earlier one. They stand in the clear (F5), in the header and in
    // each frame, so a changed one would not be noticed: where header and frame 0 differ, frame 1 decides.
    void find_salts() {
        std::array<std::uint8_t, kWalHeaderBytes> header{};
        if (wal_.read(header.data(), header.size(), 0)) std::memcpy(salts_.data(), header.data() + 16, salts_.size());
        const std::optional<Salts> first = salts_of(0), second = salts_of(1);
        if (first && *first != salts_ && !(second && *second == salts_)) salts_ = *first;
    }

    std::optional<Salts> salts_of(std::int64_t frame) {
        Page plain;
        std::array<std::uint8_t, kFrameHeaderBytes> header;
        if (!open_frame(frame, plain) ||
            !wal_.read(header.data(), header.size(), kWalHeaderBytes + frame * kFrameBytes))
            return std::nullopt;
        Salts out;
        std::memcpy(out.data(), header.data() + kFrameSaltAt, out.size());
        return out;
    }

    // Frames of transactions that were committed. The last one may be torn (F6): with a frame that fails it is left
    // out, as SQLite would. After a power cut nobody had a receipt of it; after damage somebody may, so it is counted.
    void find_frames() {
        find_salts();
        const std::int64_t frames = (wal_.size() - kWalHeaderBytes) / kFrameBytes;
        struct Transaction {
            std::vector<std::pair<std::uint32_t, std::int64_t>> frames;
            bool torn = false;
        };
        std::vector<Transaction> committed;
        Transaction open;
        for (std::int64_t frame = 0; frame < frames; ++frame) {
            Page plain;
            FrameHead head;
            const bool authentic = open_frame(frame, plain, &head);
            // Frame 0 is always of the newest WAL, whatever its salts say. Any other with other salts is what an
            // earlier WAL left behind this one's end: it authenticates too, belongs to no transaction here and ends
            // none.
            const bool ours = authentic && (!head.earlier || frame == 0);
            if (ours)
                open.frames.emplace_back(head.page, frame);
            else
                open.torn = true;
            // A damaged frame ends its transaction too when its header still says so: the next one is another.
            const bool ends =
                ours ? head.commit_pages != 0 : head.current && reads_as_commit(head.page, head.commit_pages);
            if (!ends) continue;
            if (open.torn) report_.damaged_transactions += 1;
            committed.push_back(std::exchange(open, {}));
        }
        if (!committed.empty() && committed.back().torn) committed.pop_back();
        for (const Transaction& transaction : committed)
            for (const auto& [page, frame] : transaction.frames) frames_[page].push_back(frame);
    }

    void read_main() {
        const std::int64_t pages =
            (main_.size() + static_cast<std::int64_t>(kPageBytes) - 1) / static_cast<std::int64_t>(kPageBytes);
        const std::int64_t lock_page = kLockByte / static_cast<std::int64_t>(kPageBytes) + 1;
        for (std::int64_t page = 2; page <= pages; ++page) {
            if (page == lock_page) continue;  // F9
            report_.pages += 1;
            Page plain;
            if (open_main(static_cast<std::uint32_t>(page), plain)) {
                take_leaf(plain);
                continue;
            }
            // Torn by a cut checkpoint it stands in the WAL.
            if (frames_.contains(static_cast<std::uint32_t>(page))) continue;
            report_.damaged_pages += 1;
            if (report_.first_damaged.size() < kDamagedNamed)
                report_.first_damaged.push_back(static_cast<std::uint32_t>(page));
        }
    }

    // The newest content of a page.
    bool open_newest(std::uint32_t page, Page& plain) {
        const auto found = frames_.find(page);
        if (found != frames_.end() && open_frame(found->second.back(), plain)) return true;
        return open_main(page, plain);
    }

    void take_leaf(const Page& page) {
        if (page[0] != kTableLeaf) return;
        const std::size_t cells = get_u16(&page[3]);
        if (kLeafHeaderBytes + 2 * cells > kPlainBytes) return;
        for (std::size_t i = 0; i < cells; ++i) {
            const std::size_t at = get_u16(&page[kLeafHeaderBytes + 2 * i]);
            if (at < kLeafHeaderBytes + 2 * cells || at >= kPlainBytes) continue;
            take_table_cell(ByteView(page).first(kPlainBytes).subspan(at));
        }
    }

    void take_table_cell(ByteView cell) {
        std::uint64_t size = 0, rowid = 0;
        if (!take_varint(cell, size) || !take_varint(cell, rowid) || size > kRowBytesMax) return;
        // https://www.sqlite.org/fileformat2.html, 1.6: how much of a payload lies on its leaf.
        constexpr std::uint64_t kUsable = kPlainBytes, kLocalMax = kUsable - 35,
                                kLocalMin = (kUsable - 12) * 32 / 255 - 23;
        std::uint64_t local = size;
        if (size > kLocalMax) {
            const std::uint64_t wanted = kLocalMin + (size - kLocalMin) % (kUsable - 4);
            local = wanted <= kLocalMax ? wanted : kLocalMin;
        }
        if (cell.size() < local + (local < size ? 4 : 0)) return;
        ByteView record = cell.first(static_cast<std::size_t>(local));
        if (local < size) {
            if (!gather(cell, static_cast<std::size_t>(local), static_cast<std::size_t>(size))) {
                report_.lost_rows += 1;
                return;
            }
            record = long_row_;
        }
        if (take_row(record, row_)) each_(static_cast<std::int64_t>(rowid), row_);
    }

    // A row that runs on over other pages.
    bool gather(ByteView cell, std::size_t local, std::size_t size) {
        long_row_.assign(cell.begin(), cell.begin() + static_cast<std::ptrdiff_t>(local));
        std::uint32_t next = get_u32(cell.data() + local);
        Page page;
        while (long_row_.size() < size) {
            if (next < 2 || !open_newest(next, page)) return false;
            const std::size_t part = std::min(size - long_row_.size(), kPlainBytes - 4);
            long_row_.insert(long_row_.end(), page.begin() + 4, page.begin() + 4 + static_cast<std::ptrdiff_t>(part));
            next = get_u32(page.data());
        }
        return true;
    }

    OpenFile main_, wal_;
    DatabaseKeys keys_;
    HeaderCipher header_cipher_;
    std::optional<PageCipher> main_cipher_, wal_cipher_;
    Salts salts_{};
    std::map<std::uint32_t, std::vector<std::int64_t>> frames_;  // committed, by page, oldest first
    const EachSalvaged& each_;
    SalvageReport report_;
    std::vector<SalvagedCell> row_;
    Bytes long_row_;
};

}  // namespace

Result<SalvageReport> salvage_rows(const std::string& path, const crypto::Secret& data_key, const EachSalvaged& each) {
    Salvage salvage(path, data_key, each);
    return salvage.run(path);
}

}  // namespace tally::store
