// Who may do what to the files of one database, by advisory locks (open file description locks) on the empty file
// `<database>-use`, which stays. Dropped by the kernel when the holder dies, however it dies. SQLite's own locks cannot
// do this: they hang on the inode, which a change of the data key replaces.
//
//   kUse   shared by every connection for its life; a change of the data key has it alone
//   kKeys  whoever changes key slots or the data key has it alone
#pragma once

#include <string>
#include <utility>

#include "common/base/result.h"

namespace tally::store {

class DatabaseLock {
  public:
    enum class Part { kUse = 0, kKeys = 1 };
    // Wait up to `wait_ms`, looking every 5 ms. kBusy, kIo, kFull.
    static Result<DatabaseLock> shared(const std::string& database_path, Part part, int wait_ms);
    static Result<DatabaseLock> alone(const std::string& database_path, Part part, int wait_ms);
    // Of no file: on a disk that nobody can write there is nothing to hold.
    static DatabaseLock nothing() { return DatabaseLock(-1); }

    DatabaseLock(DatabaseLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    DatabaseLock& operator=(DatabaseLock&& other) noexcept {
        std::swap(file_, other.file_);
        return *this;
    }
    ~DatabaseLock();

  private:
    explicit DatabaseLock(int file) : file_(file) {}
    static Result<DatabaseLock> take(const std::string& database_path, Part part, bool alone, int wait_ms);
    int file_;
};

}  // namespace tally::store
