// The main database file: every page sealed for itself, page 1 with a clear head of 24 bytes (FILES.md, "Main file").
#pragma once

#include <optional>

#include "common/store/database_lock.h"
#include "common/store/file.h"

namespace tally::store {

class WalFile;

struct MainFileOptions {
    std::uint8_t cipher = cipher_of_new_files();  // of a file that is empty yet; one that is there says itself
    bool guest = false;                           // vfs.h: answered where the product is refused
};

class MainFile final : public File {
  public:
    // `name` is the pointer SQLite opens the file by, which lives as long as the file.
    MainFile(sqlite3_file* base, std::shared_ptr<const DatabaseKeys> keys, const char* name, MainFileOptions options);
    ~MainFile() override;

    // Whose file is it? Success for an empty one; kDamaged, kNewer, kWrongKey or kIo otherwise.
    Status recognise();

    int read(std::uint8_t* out, int size, std::int64_t offset) override;
    int write(const std::uint8_t* bytes, int size, std::int64_t offset) override;
    int size(std::int64_t* out) override;
    int control(int operation, void* argument) override;

    const std::shared_ptr<const DatabaseKeys>& keys() const { return keys_; }
    std::uint8_t cipher() const { return cipher_.id(); }
    void attach_wal(WalFile* wal) { wal_ = wal; }
    void hold(std::optional<DatabaseLock> use) { use_ = std::move(use); }

  private:
    Status recognise_cut(std::int64_t bytes);
    int read_page(std::uint8_t* out, std::int64_t offset);
    int read_header(std::uint8_t* out, std::size_t size, std::int64_t offset);
    int read_change_counter(std::uint8_t* out);
    bool open_page(std::uint8_t* out, std::uint32_t page) const;  // from scratch_
    AssociatedData bound_of(std::uint32_t page, const std::uint8_t* clear) const;
    int verify_page(PageVerdict& verdict);
    int pragma(char** words);
    void ask_reserve();

    const char* name_;
    bool guest_;
    sqlite3** connection_ = nullptr;  // where SQLite keeps it; null until SQLite has told
    bool reserve_asked_ = false;
    std::optional<DatabaseLock> use_;  // shared as long as the file is open; released after all else
    std::shared_ptr<const DatabaseKeys> keys_;
    PageCipher cipher_;
    WalFile* wal_ = nullptr;  // of the same connection, while it is open
    std::array<std::uint8_t, kPageBytes> scratch_;
    // Page 1 as it was when its change counter was last read, and those 16 bytes.
    std::array<std::uint8_t, kReserveBytes> seen_trailer_{};
    std::array<std::uint8_t, 16> seen_counter_{};
    bool counter_seen_ = false;
};

}  // namespace tally::store
