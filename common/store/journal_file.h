// The rollback journal: offsets as SQLite's, page records sealed, their checksums masked (FILES.md, "Rollback
// journal"). Used while a database is made and whenever it leaves WAL mode.
#pragma once

#include "common/store/file.h"
#include "common/store/header_cipher.h"

namespace tally::store {

class JournalFile final : public File {
  public:
    JournalFile(sqlite3_file* base, std::shared_ptr<const DatabaseKeys> keys, std::uint8_t cipher);  // the main file's

    int read(std::uint8_t* out, int size, std::int64_t offset) override;
    int write(const std::uint8_t* bytes, int size, std::int64_t offset) override;
    int truncate(std::int64_t size) override;

  private:
    AssociatedData bound_of(std::int64_t offset, std::uint32_t page) const;
    int read_page(std::uint8_t* out, std::int64_t offset);
    int write_page(const std::uint8_t* bytes, std::int64_t offset);
    int refuse_page(std::uint8_t* out, std::int64_t offset);
    bool is_checksum(int size, std::int64_t offset) const { return size == 4 && offset == checksum_at_; }
    void expect_checksum(std::int64_t page_offset);  // of the sealed page in scratch_

    std::shared_ptr<const DatabaseKeys> keys_;
    PageCipher cipher_;
    HeaderCipher header_cipher_;
    std::array<std::uint8_t, 4 + kPageBytes> scratch_;  // page number and sealed page
    // The record whose page was read or written last: where its checksum stands, and the mask of that.
    std::int64_t checksum_at_ = -1;
    std::uint32_t mask_ = 0;
    // End of what this connection wrote since it began the journal anew; -1: it began none, the journal is another's.
    std::int64_t own_end_ = -1;
};

}  // namespace tally::store
