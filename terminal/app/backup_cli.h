// `tally-terminal backup`, `restore`, `repair` and `check`: their command lines. What they do is in sync/agent:
// backup_commands.h, repair_command.h, check_command.h.
#pragma once

#include "terminal/app/key_options_cli.h"

namespace tally::terminal {

void add_backup_commands(CLI::App& app, ToRun& to_run);

}  // namespace tally::terminal
