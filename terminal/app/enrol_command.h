// `tally-terminal enrol`: makes this directory a terminal of a chain, once. Blocks; no window.
#pragma once

#include <string>

#include "common/store/keys.h"

namespace tally::terminal {

// Makes <dir>, its key slots and replica as far as they are missing, asks headquarters with the ticket in
// `ticket_file` ("-": standard input), keeps the answer and adds headquarters' recovery slot. kExists: enrolled
// already; also the errors of agent::read_ticket.
Status enrol_terminal(const std::string& dir, const store::Unlock& unlock, const std::string& ticket_file);

}  // namespace tally::terminal
