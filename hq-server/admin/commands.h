// The commands of `tally-hq`, apart from their arguments: each opens the headquarters, does one thing, and says what it
// did in a text for standard output. Errors are for main to print.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/base/timezone.h"
#include "hq-server/admin/home.h"
#include "hq-server/admin/import.h"
#include "hq-server/admin/import_balances.h"
#include "hq-server/admin/report.h"

namespace tally::admin {

struct Place {
    std::string dir;
    UnlockChoice unlock;
};

struct Said {
    std::string text;
    std::string warnings;  // for standard error
    bool well = true;      // false: exit code 1
};

struct InitRequest {
    std::string chain_name;
    std::string time_zone;       // IANA
    std::string programme_file;  // JSON (PROGRAMME.md); empty: the defaults
};
Result<Said> init_command(const Place& place, const InitRequest& request, std::int64_t now_ms);

struct EnrolRequest {
    std::string store;
    std::string name;
    std::string host;
    std::uint16_t port = 0;
    std::int64_t valid_hours = 24;
    std::string ticket_file;  // written with mode 0600; empty: the ticket is printed
};
Result<Said> enrol_command(const Place& place, const EnrolRequest& request, std::int64_t now_ms);
// `reason` is of a revocation only, and then required.
Result<Said> set_status_command(const Place& place, domain::TerminalId terminal, intake::DeviceStatus status,
                                const std::string& reason, std::int64_t now_ms);
Result<Said> terminals_command(const Place& place, std::int64_t now_ms);
// When it was heard of last: "connected now", a time, or "never".
std::string contact_text(const intake::DeviceRow& device, const TimeZone& zone, std::int64_t now_ms);
Result<Said> import_command(const Place& place, const ImportOptions& options, std::int64_t now_ms);
// `compare`: lists what differs between the file and the ledger, and writes nothing; not well where they disagree.
Result<Said> balances_command(const Place& place, const BalanceOptions& options, bool compare, std::int64_t now_ms);
Result<Said> report_command(const Place& place, ReportBy by, bool csv, std::int64_t now_ms);
Result<Said> verify_command(const Place& place);
// After headquarters was put back from an older copy, before it serves again (PROTOCOL.md, R10). kBusy: it is serving.
Result<Said> restored_command(const Place& place);

struct ServeRequest {
    std::string host;
    std::uint16_t port = 0;
};
// Serves until SIGTERM or SIGINT. Must be called while the process has one thread. One server a headquarters: kBusy.
Status serve_command(const Place& place, const ServeRequest& request, const Clock& clock);

// "host:port", "[v6]:port". kInvalid names `option`.
Result<std::pair<std::string, std::uint16_t>> parse_address(const std::string& option, const std::string& text);
// One line of text of 1 to `bytes_max` bytes. kInvalid names `option`.
Result<std::string> clean_argument(const std::string& option, const std::string& text, std::size_t bytes_max);

}  // namespace tally::admin
