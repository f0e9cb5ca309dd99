// Small files that are there whole or not at all: written beside, synced, renamed, folder synced. Used for slot and key
// files; the database itself goes through SQLite.
#pragma once

#include <string>

#include "common/base/bytes.h"

namespace tally::store {

enum class IfThere { kReplace, kFail };  // kFail: kExists, and the file stays as it was

// K1. Mode 0600; one that is replaced keeps its owner. kFull, kIo: with kFail there is no file then, with kReplace the
// old one or the new. The bytes may be secret: they are not copied.
Status write_durably(const std::string& path, ByteView bytes, IfThere if_there);

// What was made, renamed or removed in a folder is durable after this. `path` names something in it. kFull, kIo.
Status sync_folder_of(const std::string& path);
// The contents of a folder of plain files, and their names. kFull, kIo.
Status sync_files_in(const std::string& folder);

// Syncs a file that was written under a passing name and gives it its own, in the same folder, never over a file that
// is there: kExists. On any error it has its passing name again.
Status put_file_in_place(const std::string& from, const std::string& to);
// Renames within one folder, over a file that is there, and syncs the folder. Both files are synced already.
Status move_durably(const std::string& from, const std::string& to);
// Gives `path` the owner and the permission bits of `like`. kIo.
Status take_owner(const std::string& path, const std::string& like);

struct SmallFile {
    Bytes bytes;
    unsigned mode = 0;  // permission bits
};
// kNotFound; kDamaged when it is longer than `bytes_max` or no plain file; kIo.
Result<SmallFile> read_small(const std::string& path, std::size_t bytes_max);

}  // namespace tally::store
