// `tally-hq recover`: opens the folder of a terminal that is broken, or whose passphrase is lost, with headquarters'
// recovery key; says what is there and what headquarters lacks of it; gives it a new secret on request. Changes nothing
// else, but opens the replica as its own terminal would: on a failing disk, copy the folder first and recover the copy.
#pragma once

#include "hq-server/admin/commands.h"

namespace tally::admin {

struct RecoverRequest {
    std::string terminal_dir;
    std::string recovery_key_file;  // 32 bytes, from where it was put off the machine
    std::size_t operations = 10;    // the last ones, to list
    bool add_passphrase = false;    // typed twice, or from the descriptor below
    int new_passphrase_fd = -1;
    std::string new_key_file;  // made when missing; empty: none is added
    store::PassphraseCost cost;
};

// `place.dir` empty: without this headquarters' own log, so what it lacks is the terminal's own count. kWrongKey: the
// replica was not sealed to this recovery key; kNotFound: no replica there.
Result<Said> recover_command(const Place& place, const RecoverRequest& request);

}  // namespace tally::admin
