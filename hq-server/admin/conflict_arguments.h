// The arguments of `tally-hq conflicts` and `tally-hq quarantine`.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "hq-server/admin/commands.h"

namespace tally::admin {

using Action = std::function<Result<Said>(const Clock&)>;
// Makes a command with what all of them take: the folder, how to open it, the clock.
using AddCommand = std::function<CLI::App*(CLI::App& under, const std::string& name, const std::string& text)>;

// `place` and `action` outlive the parsing.
void add_conflict_commands(CLI::App& app, const AddCommand& add, const Place& place, Action& action);

}  // namespace tally::admin
