// `tally-hq take-in`: operations that `tally-terminal repair` saved from behind a gap of a damaged log, taken as the
// operations of that terminal which they are, where headquarters' chain goes on with them; the rest is listed for a
// person. May run beside `serve`.
#pragma once

#include "hq-server/admin/commands.h"

namespace tally::admin {

// `file`: frames as a terminal sends them, a Hello that says whose they are, then signed Pushes. Nothing is believed
// but what the terminal's own device signed. kDamaged: not such a file; kNotFound: no such terminal.
Result<Said> take_in_command(const Place& place, const std::string& file, std::int64_t now_ms);

}  // namespace tally::admin
