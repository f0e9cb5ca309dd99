// The write-ahead log: offsets as SQLite's, the page of a frame sealed, the telling bytes of a frame header enciphered
// (FILES.md, "WAL").
#pragma once

#include "common/store/file.h"
#include "common/store/header_cipher.h"

namespace tally::store {

class MainFile;

class WalFile final : public File {
  public:
    WalFile(sqlite3_file* base, std::shared_ptr<const DatabaseKeys> keys, MainFile* main);
    ~WalFile() override;

    int read(std::uint8_t* out, int size, std::int64_t offset) override;
    int write(const std::uint8_t* bytes, int size, std::int64_t offset) override;

    // One walk over the file, without locks: a caller that finds damage looks again (F6).
    int scan(WalScan& out);
    void detach_main() { main_ = nullptr; }

  private:
    struct FrameHead {
        std::uint32_t page = 0;
        std::uint32_t commit_pages =
            0;  // database size in pages after a commit; 0: not the last frame of a transaction
    };
    using Header = std::array<std::uint8_t, kFrameHeaderBytes>;

    static std::int64_t offset_of(std::int64_t frame) { return kWalHeaderBytes + frame * kFrameBytes; }
    static FrameHead head_of(const Header& header) { return {get_u32(header.data()), get_u32(header.data() + 4)}; }
    void encipher(Header& header, std::int64_t frame) const;
    void decipher(Header& header, std::int64_t frame) const;
    AssociatedData bound_of(std::int64_t frame, FrameHead head) const;
    // Reads a whole frame and opens it; `plain` gets the page. SQLITE_IOERR_DATA when it is not authentic.
    int open_frame(std::int64_t frame, Header& header, std::uint8_t* plain);
    int read_header_part(std::uint8_t* out, std::size_t size, std::int64_t frame, std::size_t at);
    int read_whole(std::uint8_t* out, std::int64_t frame);
    int write_header(const std::uint8_t* bytes, std::int64_t frame);
    int write_page(const std::uint8_t* bytes, std::int64_t frame);

    std::shared_ptr<const DatabaseKeys> keys_;
    PageCipher cipher_;
    HeaderCipher header_cipher_;
    MainFile* main_;
    std::array<std::uint8_t, kFrameBytes> scratch_;
    // The header written last: its page follows at once.
    std::int64_t last_frame_ = -1;
    FrameHead last_head_;
    // Frames this connection wrote since the WAL's header was last read or written: a failure among them is no torn
    // tail.
    std::int64_t own_first_ = -1;
    std::int64_t own_last_ = -1;
};

}  // namespace tally::store
