// `tally-terminal check`: whether a terminal's replica is whole. Reads only, and may run while the terminal sells.
#pragma once

#include <functional>

#include "sync/agent/keys_commands.h"

namespace tally::agent {

struct CheckReport {
    std::string text;  // one line each: what was looked at, and "well" or what is wrong
    bool well = true;
};
// `stage` hears what is looked at next. An error only when nothing could be looked at: no replica, no key.
Result<CheckReport> check_terminal(const KeysPlace& place, const std::function<void(const char* stage)>& stage);

}  // namespace tally::agent
