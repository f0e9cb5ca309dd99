// The program's log: spdlog to standard error, one line an event. Never a secret, never personal data: members by id
// only.
#pragma once

#include <spdlog/spdlog.h>

#include <string>

namespace tally {

// Sets pattern and level ("debug", "info", "warn", "error"); `program` names the lines. Call once, at start.
void start_log(const std::string& program, const std::string& level);

}  // namespace tally
