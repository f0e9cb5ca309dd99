// `tally-terminal repair`: a terminal made again from a damaged folder, with every operation that is still readable.
// Gives the text to print. Blocks; nobody else has the damaged folder open, and it is only read.
#pragma once

#include "sync/agent/keys_commands.h"

namespace tally::agent {

struct RepairRequest {
    std::string from;            // the damaged folder, best a copy of it
    std::string dir;             // new, or empty
    store::UnlockChoice unlock;  // what opens the damaged one; [key] file of its settings is filled in
    std::int64_t now_ms = 0;
};
// The file in `dir` with the signed operations that stand behind a gap of the log, for `tally-hq take-in`. There only
// when there are some.
std::string saved_operations_path(const std::string& dir);

// The terminal in `dir` under a new epoch: operations up to the log's first gap stand in its log and go to headquarters
// by themselves, those behind it stand in saved_operations_path(). Members come again from headquarters. kDamaged: its
// identity is lost; kExists: `dir` holds something.
Result<std::string> repair_terminal(RepairRequest request);

}  // namespace tally::agent
