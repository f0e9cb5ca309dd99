// `tally-hq conflicts` and `tally-hq quarantine`: what a person should look at, what is held, and what is decided of
// it. While headquarters serves, too.
#pragma once

#include "hq-server/admin/commands.h"

namespace tally::admin {

struct ConflictFilter {
    bool open = false;         // only what nobody has decided
    std::string kind;          // conflict_words.h; empty: all
    std::string member;        // id, phone, card, e-mail or external reference; empty: all
    std::string store;         // of the operation; empty: all
    std::optional<Day> since;  // received on this date or later
};
Result<Said> list_conflicts_command(const Place& place, const ConflictFilter& filter);
Result<Said> show_conflict_command(const Place& place, std::uint64_t number);

struct DecideRequest {
    std::string what;    // a conflict's number; in quarantine also t3 (a terminal), b1f3a... (a branch's operation)
    std::string choice;  // release, reject, seen; of a terminal readmit, revoke
    std::uint32_t by = 0;
    std::string reason;
};
// kRefused: decided before, or it would not count, and why; nothing is changed then.
Result<Said> decide_conflict_command(const Place& place, const DecideRequest& request, std::int64_t now_ms);

// Operations that are held, operations beside the log and terminals in quarantine; `all`: decided ones too.
Result<Said> list_quarantine_command(const Place& place, bool all);
Result<Said> show_quarantine_command(const Place& place, const std::string& what);
Result<Said> decide_quarantine_command(const Place& place, const DecideRequest& request, std::int64_t now_ms);

}  // namespace tally::admin
