// `tally-hq lease list | show | write-off | loss`: who holds which points, and what a person can do about a silent
// holder (LEASES.md).
#pragma once

#include "hq-server/admin/commands.h"

namespace tally::admin {

struct LeaseListRequest {
    std::string member;               // a reference (why.h); empty: of all
    domain::TerminalId terminal = 0;  // 0: of any
    bool in_doubt = false;            // only of epochs that the terminal has left
};
Result<Said> list_leases_command(const Place& place, const LeaseListRequest& request, std::int64_t now_ms);
// What of a member's points is free, and who holds the rest, until when.
Result<Said> show_leases_command(const Place& place, const std::string& member, std::int64_t now_ms);

struct WriteOffRequest {
    domain::TerminalId terminal = 0;
    std::string member;
    std::string epoch;  // the first hex digits of one; empty: all epochs of the terminal
    std::uint32_t by = 0;
    std::string reason;
    bool yes = false;  // else it is only said what would be risked, and the answer is not well
};
// kNotFound: the terminal holds nothing of the member; kInvalid: nobody or no reason named.
Result<Said> write_off_command(const Place& place, const WriteOffRequest& request, std::int64_t now_ms);
// What the chain lost to write-offs: the sum, and the operations that made it.
Result<Said> loss_command(const Place& place);

}  // namespace tally::admin
