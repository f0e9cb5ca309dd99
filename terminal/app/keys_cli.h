// `tally-terminal keys ...`: its command lines. What they do is in sync/agent/keys_commands.h.
#pragma once

#include "terminal/app/key_options_cli.h"

namespace tally::terminal {

void add_keys_commands(CLI::App& app, ToRun& to_run);

}  // namespace tally::terminal
