// Small files that are there whole or not at all: written beside, synced, renamed, folder synced. Used for slot and key
// files; the database itself goes through SQLite.
#pragma once

#include <string>

#include "common/base/bytes.h"

namespace tally::store {

enum class IfThere { kReplace, kFail };  // kFail: kExists, and the file stays as it was

// K1. Mode 0600. kFull, kIo. The bytes may be secret: they are not copied.
Status write_durably(const std::string& path, ByteView bytes, IfThere if_there);

// Gives a folder of plain files its name: syncs them and it, renames it to `to`, syncs the folder that holds it. `to`
// may be an empty folder. kExists: it is not; kFull, kIo.
Status put_folder_in_place(const std::string& from, const std::string& to);

// Syncs a file that was written under a passing name and gives it its own, in the same folder, never over a file that
// is there: kExists.
Status put_file_in_place(const std::string& from, const std::string& to);

struct SmallFile {
    Bytes bytes;
    unsigned mode = 0;  // permission bits
};
// kNotFound; kDamaged when it is longer than `bytes_max` or no plain file; kIo.
Result<SmallFile> read_small(const std::string& path, std::size_t bytes_max);

}  // namespace tally::store
