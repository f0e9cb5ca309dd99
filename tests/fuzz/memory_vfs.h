// A disk in memory for SQLite, under the encrypting VFS: what stands on it is set and read as bytes. One connection at
// a time, one thread. Not a crash simulator (tests/unit/store/under_vfs.h).
#pragma once

#include <sqlite3.h>

#include <map>
#include <memory>
#include <string>

#include "common/base/bytes.h"

namespace tally::fuzz {

// One open file over bytes that somebody else keeps; what the files of common/store are put upon.
struct MemoryFile {
    explicit MemoryFile(Bytes& content);
    sqlite3_file head;
    Bytes* bytes;
    std::unique_ptr<Bytes> own;                             // of a temporary file
    std::map<int, std::unique_ptr<std::uint8_t[]>> shared;  // the WAL's index, by region
    sqlite3_file* base() { return &head; }
};

// The files of the VFS "memory", registered with the encrypting VFS "tally-memory" over it by the first call.
std::map<std::string, Bytes>& memory_disk();
inline constexpr const char* kMemoryTally = "tally-memory";
inline constexpr std::size_t kMemoryFileBytesMax = 16 << 20;  // above: SQLITE_FULL

}  // namespace tally::fuzz
