// `tally-hq terminals`, `revoke` and `release`: who may speak, who is on the line, and what became of whom.
#include "common/base/utf8.h"
#include "hq-server/admin/commands.h"
#include "hq-server/admin/desk.h"
#include "hq-server/admin/text_table.h"
#include "sync/tuning.h"

namespace tally::admin {

namespace {

constexpr const char* kTimeFormat = "%Y-%m-%d %H:%M:%S";
constexpr std::size_t kReasonBytesMax = 500;

// A server that was killed leaves its terminals marked as connected: believed as long as it would have renewed that.
constexpr std::int64_t kConnectedFor_ms = tuning::kContactWrite_ms + tuning::kSilence_ms;

const char* status_name(intake::DeviceStatus status) {
    switch (status) {
        case intake::DeviceStatus::kActive: return "active";
        case intake::DeviceStatus::kRevoked: return "revoked";
        case intake::DeviceStatus::kQuarantined: return "quarantined";
    }
    return "unknown";
}

// Lines under a terminal: since when it is not active and why, then what befell its database.
std::string status_line(const intake::DeviceRow& device, const TimeZone& zone) {
    const bool active = device.status == intake::DeviceStatus::kActive;  // and with a reason: enrolled anew
    if (active && device.reason.empty()) return {};
    const std::string when = device.status_ms == 0 ? "since a time that is not on record"
                                                   : "since " + zone.format_time(device.status_ms, kTimeFormat);
    const std::string why = device.reason.empty() ? "no reason is on record" : device.reason;
    return "  ! " + std::string(status_name(device.status)) + " " + when + ": " + why + "\n";
}

std::string incident_line(const intake::IncidentRow& incident, const TimeZone& zone) {
    const wire::IncidentReport& report = incident.report;
    std::string out = "  ! " + zone.format_time(incident.received_ms, kTimeFormat) + "  " +
                      std::string(wire::incident_name(report.kind)) + ": its log ended at " +
                      std::to_string(report.log_seq);
    if (!report.seen_epoch.is_zero()) {
        const bool by_witness =
            report.kind != wire::IncidentKind::kOlderCopy && report.kind != wire::IncidentKind::kFork;
        out += by_witness ? ", its witness at " : ", headquarters at ";
        out += std::to_string(report.seen_seq) + " of epoch " + report.seen_epoch.hex().substr(0, 8);
    }
    if (!report.begun.is_zero()) out += "; epoch " + report.begun.hex().substr(0, 8) + " began";
    return out + "\n";
}

}  // namespace

std::string contact_text(const intake::DeviceRow& device, const TimeZone& zone, std::int64_t now_ms) {
    if (device.last_contact_ms == 0) return "never";
    const bool fresh = now_ms - device.last_contact_ms <= kConnectedFor_ms;
    if (device.connected && fresh && device.status == intake::DeviceStatus::kActive) return "connected now";
    return zone.format_time(device.last_contact_ms, kTimeFormat);
}

Result<Said> terminals_command(const Place& place, std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const TimeZone zone, zone_of(home));
    TALLY_TRY(const auto devices, home.store->devices());
    Table table = {{"terminal", "store", "status", "last contact", "operations", "software", "name"}};
    std::vector<std::string> below = {""};  // of each row
    for (const intake::DeviceRow& device : devices) {
        if (device.terminal == domain::kHqTerminal) continue;
        TALLY_TRY(const auto chains, home.store->chains(device.terminal));
        std::uint64_t operations = 0;
        for (const intake::ChainRow& chain : chains) operations += chain.next_seq - 1;
        table.push_back({std::to_string(device.terminal), device.store, status_name(device.status),
                         contact_text(device, zone, now_ms), std::to_string(operations),
                         device.software.empty() ? "-" : device.software, device.name});
        std::string lines = status_line(device, zone);
        TALLY_TRY(const auto incidents, home.store->incidents(device.terminal));
        for (const intake::IncidentRow& incident : incidents) lines += incident_line(incident, zone);
        below.push_back(std::move(lines));
    }
    if (table.size() == 1) return Said{"no terminal is enrolled yet (tally-hq enrol makes a ticket)\n", {}, true};
    const std::string text = as_text(table, Cells::kWords);
    std::string out;
    std::size_t begin = 0;
    for (const std::string& lines : below) {
        const std::size_t end = text.find('\n', begin) + 1;
        out += text.substr(begin, end - begin) + lines;
        begin = end;
    }
    return Said{out, {}, true};
}

Result<Said> set_status_command(const Place& place, domain::TerminalId terminal, intake::DeviceStatus status,
                                const std::string& reason, std::int64_t now_ms) {
    const std::string which = "terminal " + std::to_string(terminal);
    if (terminal == domain::kHqTerminal)
        return fail(Code::kRefused, "--terminal 1 is headquarters itself; tally-hq terminals lists the others");
    const bool revoke = status == intake::DeviceStatus::kRevoked;
    std::string why;
    if (revoke) {
        TALLY_TRY(why, clean_argument("--reason", reason, kReasonBytesMax));
    }
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(intake::WriteScope scope, intake::WriteScope::begin(*home.store));
    TALLY_TRY(const auto row, home.store->device(terminal));
    if (!row)
        return fail(Code::kNotFound, "--terminal: there is no " + which + "; tally-hq terminals lists those there are");
    if (row->status == intake::DeviceStatus::kRevoked) {
        if (revoke) return Said{which + " has been revoked before; nothing is changed\n", {}, true};
        return fail(Code::kRefused, which +
                                        " is revoked and stays so until it is enrolled anew: make a ticket of its "
                                        "store (tally-hq enrol) and use it in the terminal's own folder");
    }
    if (!revoke && row->status == intake::DeviceStatus::kActive)
        return Said{which + " is not in quarantine; nothing is changed\n", {}, true};
    TALLY_OK(home.store->set_device_status(terminal, status, why, now_ms));
    TALLY_OK(scope.commit());
    if (!revoke) return Said{which + " released from quarantine\n", {}, true};
    return Said{which + " revoked; what it has sent stays and counts\n", {}, true};
}

}  // namespace tally::admin
