// The arguments of `tally-hq lease` (lease_command.h).
#pragma once

#include <functional>

#include "hq-server/admin/lease_command.h"

namespace CLI {
class App;
}

namespace tally::admin {

using Action = std::function<Result<Said>(const Clock&)>;
// A command with the options that all of them have.
using AddCommand = std::function<CLI::App*(CLI::App& app, const std::string& name, const std::string& text)>;

struct LeaseArguments {
    LeaseListRequest list;
    WriteOffRequest write_off;
};
// `place`, `in` and `action` outlive the parsing.
void add_lease(CLI::App& app, const AddCommand& add_command, const Place& place, LeaseArguments& in, Action& action);

}  // namespace tally::admin
