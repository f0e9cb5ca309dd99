// What holds a chain's data is its owner's alone: files of mode 0600 and folders of mode 0700, from their first moment.
// What an earlier version or a wide umask left open is closed when it is used again. Never opens a file: closing one
// would drop SQLite's locks on it. Any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace tally::store {

// Makes an empty file of mode 0600 where there is nothing yet. Else, and where it cannot, it leaves the matter to who
// opens the file.
void make_private_file(const std::string& path);

// Takes from others what they may do with the database and its journals, where this user owns them. A file that its
// group may write was given to that group by a person (nothing of ours makes one): then the group keeps its rights.
void keep_database_private(const std::string& database_path);

// Makes the folder, with mode 0700, and those above it that are missing. One that is there stays as it is. kIo.
Status make_private_folder(const std::string& path);

// Closes a folder to others if it is ours alone: this user's, not its group's to write in, and without a name that does
// not begin with one of `names`. Another's folder, or one that holds other things too (a home), is left as it is.
void keep_folder_private(const std::string& path, std::initializer_list<std::string_view> names);

}  // namespace tally::store
