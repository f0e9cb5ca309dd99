// The rollback journal: offsets as SQLite's, page records sealed, their checksums masked (FILES.md, "Rollback
// journal"). Used while a database is made and whenever it leaves WAL mode.
#pragma once

#include "common/store/file.h"
#include "common/store/header_cipher.h"

namespace tally::store {

class JournalFile final : public File {
  public:
    JournalFile(sqlite3_file* base, std::shared_ptr<const DatabaseKeys> keys);

    int read(std::uint8_t* out, int size, std::int64_t offset) override;
    int write(const std::uint8_t* bytes, int size, std::int64_t offset) override;

  private:
    AssociatedData bound_of(std::int64_t offset, std::uint32_t page) const;
    // The mask of the four bytes at `offset`, or 0 where no page record ends there.
    int mask_at(std::int64_t offset, std::uint32_t* out);

    std::shared_ptr<const DatabaseKeys> keys_;
    PageCipher cipher_;
    HeaderCipher header_cipher_;
    std::array<std::uint8_t, 4 + kPageBytes> scratch_;
};

}  // namespace tally::store
