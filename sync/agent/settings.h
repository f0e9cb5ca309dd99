// <dir>/terminal.toml, the part that the sync agent reads; every entry may be missing, and so may the file. No secrets
// in it.
//
//     [key]
//     file = "/etc/tallystick/terminal.key"   # a key file to unlock the replica with
//     [hq]
//     host = "hq.example.org"                 # instead of the enrolled address; the pinned key stays
//     port = 7070
//     [sync]
//     connect_ms = 10000
//     backoff_base_ms = 500
//     backoff_max_ms = 30000
//     poll_ms = 100
//     log = "info"                            # debug, info, warn or error
//
// Other tables are other programs'; an unknown entry in [hq], [sync] or [key] is an error that names it.
#pragma once

#include "sync/agent/agent.h"

namespace tally::agent {

struct Settings {
    std::optional<std::string> key_file;
    std::optional<std::string> hq_host;
    std::optional<std::uint16_t> hq_port;
    BackoffLimits backoff;
    std::int64_t connect_ms = tuning::kConnect_ms;
    std::int64_t poll_ms = tuning::kPollReplica_ms;
    std::string log = "info";
};

// kInvalid names the entry or the line.
Result<Settings> parse_settings(std::string_view text);
// Defaults when <dir>/terminal.toml does not exist.
Result<Settings> read_settings(const std::string& dir);

}  // namespace tally::agent
