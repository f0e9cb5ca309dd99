// The options of tally-terminal's command lines that say where a terminal is and what unlocks it, and how an end is
// said. Each group of commands (*_cli.h) adds itself to the program and leaves in `ToRun` what was asked for, to run
// once the whole line was read. Main thread.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>

#include "common/store/unlock_source.h"

namespace tally::terminal {

using ToRun = std::function<int()>;  // the exit code

struct KeyOptions {
    std::string key_file;
    int passphrase_fd = -1;
};
void add_key_options(CLI::App& command, KeyOptions& out);

// What opens the replica in `dir`; `settings_file`: [key] file of its terminal.toml.
Result<store::Unlock> unlock_of(const std::string& dir, const KeyOptions& options,
                                const std::optional<std::string>& settings_file);

int say(const Status& status);             // an error in words on standard error; 0 or 1
int say(const Result<std::string>& text);  // the text on standard output

}  // namespace tally::terminal
