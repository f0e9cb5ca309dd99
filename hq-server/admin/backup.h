// `tally-hq backup` and `restore`: headquarters copied while it serves, and laid out again as a headquarters that knows
// that it was restored (PROTOCOL.md, R10). Blocks; a connection of its own.
#pragma once

#include "common/store/backup_files.h"
#include "hq-server/admin/commands.h"

namespace tally::admin {

// Writes `to` and `to`.keys. Errors: store::make_backup.
Result<Said> backup_command(const Place& place, const std::string& to, const store::CopyProgress& progress);

struct RestoreRequest {
    std::string from;
    // headquarters' recovery key, for a backup whose own secrets are lost; the place's key file (made when missing) or
    // passphrase then opens the restored database too. Empty: the place's open the backup.
    std::string recovery_key_file;
    store::PassphraseCost cost;
    store::CopyProgress progress;
};
// The headquarters of the backup in `place.dir`, whole or not at all, under a new incarnation, so that `serve` may
// start at once and no `restored` is needed. `from` is only read. kExists: the folder holds something.
Result<Said> restore_command(const Place& place, const RestoreRequest& request);

// Intake::begin_again with fresh names, and what a person is told of it.
Result<std::string> begin_new_history(Home& home);

}  // namespace tally::admin
