// A VFS for tests, put *under* the encrypting one (pitfall 18): it sees what really goes to the disk. It keeps what was
// written for a search, can run out of space, can die at any write, and after its death makes of the files what a power
// cut leaves: synced writes whole, unsynced ones in any subset of their sectors. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/random.h"

struct sqlite3_vfs;

namespace tally::store::test {

class UnderVfs {
  public:
    // Registered over SQLite's default VFS for the life of the process; reset() makes it fresh.
    static UnderVfs& get();
    static constexpr const char* kName = "under";
    static constexpr const char* kTallyName = "tally-under";  // the encrypting VFS above it
    void reset();

    enum class Kind { kMain, kWal, kJournal, kTemporary };
    struct Write {
        Kind kind;
        std::string path;
        std::int64_t offset;
        Bytes bytes;
        bool is_truncate;
        std::int64_t size_before;
        Bytes before;  // what the write covered, or what a truncation cut off
    };
    bool recording = false;
    std::vector<Write> log;  // everything written while recording
    // Sees every write. With it nothing is kept for a power cut: for runs too long for that.
    std::function<void(Kind kind, std::int64_t offset, ByteView bytes)> watch;

    std::int64_t space_left = -1;   // bytes the files may still grow by; -1: no bound
    std::int64_t writes_left = -1;  // dies at this write, truncation or removal; -1: lives
    bool dead = false;              // every read, write, sync and removal fails
    std::int64_t writes = 0;
    std::int64_t bytes_read = 0;

    // What a power cut leaves: of the unsynced writes each sector stays with a probability of keep_percent.
    void power_cut(Random& random, int keep_percent);

    // For the VFS's own functions.
    int before_write(const std::string& path, std::int64_t grows_by);
    void synced(const std::string& path) { unsynced_.erase(path); }
    void removed(const std::string& path) { unsynced_.erase(path); }
    void wrote(Write write);

  private:
    UnderVfs() = default;
    std::map<std::string, std::vector<Write>> unsynced_;
};

}  // namespace tally::store::test
