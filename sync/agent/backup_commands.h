// `backup` and `restore` of tally-terminal: a terminal's replica copied while it sells, and laid out again as the same
// terminal under a new epoch. Each gives the text to print. Blocks; a thread and a connection of its own.
#pragma once

#include "common/store/backup_files.h"
#include "sync/agent/keys_commands.h"

namespace tally::agent {

// Writes `to`, `to`.keys and, where the terminal has a terminal.toml, `to`.toml. Errors: store::make_backup.
Result<std::string> backup_terminal(const KeysPlace& place, const std::string& to, const store::CopyProgress& progress);

struct RestoreRequest {
    std::string from;            // the backup
    std::string dir;             // new, or empty
    std::string old_dir;         // the lost terminal's folder, where its witness can still be read; empty: gone
    store::UnlockChoice unlock;  // what opens the backup; [key] file of its settings is filled in
    std::int64_t now_ms = 0;
    store::CopyProgress progress;
};
// The terminal of the backup in `dir`, whole or not at all, every page and operation checked, under a new epoch: what
// was made after the backup comes back from headquarters at the next contact. `from` is only read. kExists: `dir` holds
// something.
Result<std::string> restore_terminal(RestoreRequest request);

}  // namespace tally::agent
