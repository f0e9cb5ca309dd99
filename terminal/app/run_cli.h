// `tally-terminal run` and `enrol`: their command lines. What they do is in screen.h and enrol_command.h.
#pragma once

#include "terminal/app/key_options_cli.h"

namespace tally::terminal {

void add_run_command(CLI::App& app, ToRun& to_run);
void add_enrol_command(CLI::App& app, ToRun& to_run);

}  // namespace tally::terminal
