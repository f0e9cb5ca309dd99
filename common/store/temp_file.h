// A temporary file of any kind (sorter, statement journal, temporary table, VACUUM): SQLite writes these at any offset
// and length, so they are kept as sealed blocks under a random key that dies with the file. A small write-back cache
// makes small writes bearable; nothing here is durable, so nothing is synced (FILES.md, "Temporary files").
#pragma once

#include <vector>

#include "common/store/file.h"

namespace tally::store {

class TempFile final : public File {
  public:
    explicit TempFile(sqlite3_file* base);
    ~TempFile() override;

    int read(std::uint8_t* out, int size, std::int64_t offset) override;
    int write(const std::uint8_t* bytes, int size, std::int64_t offset) override;
    int truncate(std::int64_t size) override;
    int sync(int) override { return SQLITE_OK; }
    int size(std::int64_t* out) override;
    int control(int operation, void* argument) override;

  private:
    struct Slot {
        std::int64_t block = -1;
        bool dirty = false;
        std::uint64_t used = 0;
        std::array<std::uint8_t, kPageBytes> plain;
    };
    int load(std::int64_t block, Slot** out);  // into the cache, reading it if it is in the file
    int flush(Slot& slot);
    AssociatedData bound_of(std::int64_t block) const;

    crypto::Secret key_;
    PageCipher cipher_;
    std::int64_t size_ = 0;      // plain bytes
    std::vector<bool> in_file_;  // blocks that were written out; the others are holes, which read as zeros
    std::vector<Slot> slots_;
    std::uint64_t clock_ = 0;
    std::array<std::uint8_t, kTempBlockBytes> scratch_;
};

}  // namespace tally::store
