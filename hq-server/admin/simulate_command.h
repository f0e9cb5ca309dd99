// `tally-hq programme simulate`: reads the log, writes nothing.
#pragma once

#include "hq-server/admin/programme_command.h"

namespace tally::admin {

enum class SimulateAs { kText, kCsv, kJson };
struct SimulateRequest {
    std::string file;
    std::string from, to;  // YYYY-MM-DD, both included; empty: the 365 days up to today
    SimulateAs as = SimulateAs::kText;
};
// kInvalid: findings in the file, or no such days.
Result<Said> simulate_programme_command(const Place& place, const SimulateRequest& request, std::int64_t now_ms);

}  // namespace tally::admin
