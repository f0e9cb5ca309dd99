// A terminal's files as the lab makes them: a key file, an encrypted replica, an enrolment by a real ticket. Every step
// may be cut short by a kill and is then taken again.
#pragma once

#include <string>

#include "common/crypto/secret.h"

namespace tally::lab {

std::string terminal_key_file(const std::string& dir);  // <dir>/till.key
Result<crypto::Secret> open_terminal_key(const std::string& dir);

// Makes what is missing: key file, key slots, replica; returns the data key.
Result<crypto::Secret> make_terminal_files(const std::string& dir);
// The same and the enrolment with the ticket in `ticket_file`, if it is not enrolled yet.
Status set_up_terminal(const std::string& dir, const std::string& ticket_file);

}  // namespace tally::lab
