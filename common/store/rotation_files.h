// The files of a change of the data key beside the database, and what becomes of those that a cut change left (K4). For
// a database x.db and the id of its new file:
//
//     x.db.next            the new main file; renamed to x.db: this is the moment of the change
//     x.db.keys-<id>       its slot file, of value only when x.db carries that id; renamed to x.db.keys afterwards
//     x.db.head-<id>       its witness, when somebody makes one; renamed to x.db.head before the slot file
#pragma once

#include <optional>
#include <string>

#include "common/base/result.h"
#include "common/store/format.h"

namespace tally::store {

std::string slot_path(const std::string& database_path);
std::string next_main_path(const std::string& database_path);
std::string next_slot_path(const std::string& database_path, const DatabaseId& id);
std::string next_witness_path(const std::string& database_path, const DatabaseId& id);

// Finishes a change whose moment has come and clears away one that never got there. Costs a look at the folder when
// there is nothing to do. kBusy: a change is about to end in another process.
Status settle_rotation(const std::string& database_path, const char* vfs = "unix");
// The same for one who has DatabaseLock::Part::kKeys alone already.
Status settle_rotation_locked(const std::string& database_path, const char* vfs = "unix");

// The clear id of a main file; none when there is no file or no id in it yet. Reads through SQLite's VFS: an ordinary
// open and close would drop the locks that this process has on the file.
Result<std::optional<DatabaseId>> database_id_of(const std::string& database_path, const char* vfs = "unix");

}  // namespace tally::store
