#include "hq-server/admin/commands.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

#include "common/base/utf8.h"
#include "common/crypto/hash.h"
#include "common/wire/ticket.h"
#include "hq-server/admin/programme_json.h"
#include "hq-server/admin/server_lock.h"
#include "hq-server/admin/verify.h"

namespace tally::admin {

namespace {

constexpr std::size_t kSmallFileBytesMax = 1 << 20;
constexpr std::int64_t kHour_ms = 3'600'000;

Result<std::string> read_small_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(Code::kNotFound, path + " cannot be opened");
    std::string text(kSmallFileBytesMax + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > kSmallFileBytesMax) return fail(Code::kInvalid, path + " is too long");
    return text;
}

// A secret: nobody else may read it, and an existing file is not overwritten.
Status write_secret_file(const std::string& path, const std::string& text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno == EEXIST)
        return fail(Code::kExists, path + " is there already: name another file, or remove it");
    if (file < 0) return fail(Code::kIo, path + ": " + std::strerror(errno));
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    ::close(file);
    if (!written) return fail(Code::kIo, path + " cannot be written");
    return {};
}

Result<std::string> clean_argument(const std::string& name, const std::string& text, std::size_t bytes_max) {
    auto out = clean_text(text, bytes_max);
    if (!out) return fail(Code::kInvalid, name + ": " + out.error().detail);
    if (out->empty() || out->size() > bytes_max)
        return fail(Code::kInvalid, name + ": 1 to " + std::to_string(bytes_max) + " bytes");
    return out;
}

Result<TimeZone> zone_of(const Home& home) {
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const domain::Programme programme, intake.programme());
    return TimeZone::load(programme.time_zone);
}

// One line under its terminal.
std::string incident_line(const intake::IncidentRow& incident, const TimeZone& zone) {
    const wire::IncidentReport& report = incident.report;
    std::string out = "  ! " + zone.format_time(incident.received_ms, "%Y-%m-%d %H:%M:%S") + "  " +
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

Result<std::pair<std::string, std::uint16_t>> parse_address(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return fail(Code::kInvalid, "an address is HOST:PORT");
    std::string host = text.substr(0, colon);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (error != std::errc() || stop != end || host.empty()) return fail(Code::kInvalid, "an address is HOST:PORT");
    return std::pair(host, port);
}

Result<Said> init_command(const Place& place, const InitRequest& request, std::int64_t now_ms) {
    domain::Programme programme;
    if (!request.programme_file.empty()) {
        TALLY_TRY(const std::string text, read_small_file(request.programme_file));
        TALLY_TRY(programme, programme_from_json(text, programme));
    }
    TALLY_TRY(programme.chain_name, clean_argument("--chain", request.chain_name, 200));
    if (!request.time_zone.empty()) programme.time_zone = request.time_zone;
    programme.version = 1;
    TALLY_OK(create_home(place.dir, place.unlock, programme, now_ms));
    Said said;
    said.text = "headquarters of " + programme.chain_name + " made in " + place.dir + "\n";
    said.warnings = "MOVE THESE OFF THIS MACHINE, to two safe places, and delete them here:\n  " +
                    root_key_file(place.dir) + "  (certifies headquarters' keys)\n  " + recovery_key_file(place.dir) +
                    "  (opens every terminal's database and this one)\n";
    if (place.unlock.passphrase_fd < 0 && place.unlock.key_file.empty())
        said.warnings += "The database is unlocked by " + default_key_file(place.dir) +
                         ", which lies beside it: whoever copies the folder can read it.\n";
    return said;
}

Result<Said> enrol_command(const Place& place, const EnrolRequest& request, std::int64_t now_ms) {
    intake::TicketRow row;
    TALLY_TRY(row.store, clean_argument("--store", request.store, domain::kStoreCodeBytesMax));
    row.name = row.store;
    if (!request.name.empty()) {
        TALLY_TRY(row.name, clean_argument("--name", request.name, 200));
    }
    if (request.valid_hours < 1 || request.valid_hours > 24 * 366)
        return fail(Code::kInvalid, "--valid-hours: 1 to 8,784");
    if (request.host.empty() || request.port == 0)
        return fail(Code::kInvalid,
                    "give --host and --port (1 to 65,535), or --address HOST:PORT: where the terminal "
                    "reaches headquarters, which the ticket tells it");
    if (request.host.size() > 253 || request.host.find_first_of(" \t\r\n") != std::string::npos)
        return fail(Code::kInvalid, "--host: a name or an address");
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    const crypto::Secret secret = crypto::Secret::random(wire::TicketSecret::kSize);
    row.secret_hash = crypto::hash_of(secret.view());
    row.expires_ms = now_ms + request.valid_hours * kHour_ms;
    {
        TALLY_TRY(intake::WriteScope scope, intake::WriteScope::begin(*home.store));
        TALLY_OK(home.store->add_ticket(row));
        TALLY_OK(scope.commit());
    }
    const wire::Ticket ticket{request.host, request.port, home.device.public_key(),
                              *wire::TicketSecret::from(secret.view()), row.expires_ms};
    const std::string text = wire::encode_ticket(ticket);
    if (request.ticket_file.empty()) return Said{text + "\n", {}, true};
    TALLY_OK(write_secret_file(request.ticket_file, text + "\n"));
    return Said{"ticket written to " + request.ticket_file + "\n", {}, true};
}

Result<Said> set_status_command(const Place& place, domain::TerminalId terminal, intake::DeviceStatus status,
                                const std::string& reason) {
    if (terminal == domain::kHqTerminal) return fail(Code::kRefused, "terminal 1 is headquarters itself");
    std::string why;
    if (!reason.empty()) {
        TALLY_TRY(why, clean_argument("--reason", reason, 500));
    }
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(intake::WriteScope scope, intake::WriteScope::begin(*home.store));
    TALLY_TRY(const auto row, home.store->device(terminal));
    if (!row) return fail(Code::kNotFound, "there is no terminal " + std::to_string(terminal));
    if (row->status == intake::DeviceStatus::kRevoked && status != intake::DeviceStatus::kRevoked)
        return fail(Code::kRefused,
                    "a revoked terminal stays revoked until it is enrolled anew: make a ticket of its "
                    "store (tally-hq enrol) and use it in the terminal's own folder");
    TALLY_OK(home.store->set_device_status(terminal, status, why));
    TALLY_OK(scope.commit());
    const bool revoked = status == intake::DeviceStatus::kRevoked;
    return Said{
        "terminal " + std::to_string(terminal) + (revoked ? " revoked\n" : " released from quarantine\n"), {}, true};
}

Result<Said> terminals_command(const Place& place) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const TimeZone zone, zone_of(home));
    TALLY_TRY(const auto devices, home.store->devices());
    std::string out = "terminal  store  status  last contact  operations  software  name\n";
    for (const intake::DeviceRow& device : devices) {
        if (device.terminal == domain::kHqTerminal) continue;
        TALLY_TRY(const auto chains, home.store->chains(device.terminal));
        std::uint64_t operations = 0;
        for (const intake::ChainRow& chain : chains) operations += chain.next_seq - 1;
        const char* status = device.status == intake::DeviceStatus::kActive    ? "active"
                             : device.status == intake::DeviceStatus::kRevoked ? "revoked"
                                                                               : "quarantined";
        const std::string contact =
            device.last_contact_ms == 0 ? "never" : zone.format_time(device.last_contact_ms, "%Y-%m-%d %H:%M:%S");
        out += std::to_string(device.terminal) + "  " + device.store + "  " + status + "  " + contact + "  " +
               std::to_string(operations) + "  " + (device.software.empty() ? "-" : device.software) + "  " +
               device.name + (device.reason.empty() ? "" : "  (" + device.reason + ")") + "\n";
        TALLY_TRY(const auto incidents, home.store->incidents(device.terminal));
        for (const intake::IncidentRow& incident : incidents) out += incident_line(incident, zone);
    }
    return Said{out, {}, true};
}

Result<Said> import_command(const Place& place, const ImportOptions& options, std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const ImportSummary summary, import_history(intake, *home.store, options, now_ms));
    Said said;
    for (const RowFault& fault : summary.faults)
        said.warnings += fault.file + ":" + std::to_string(fault.line) + ": " + fault.why + "\n";
    said.text = summary_text(summary);
    said.well = summary.written;
    return said;
}

Result<Said> report_command(const Place& place, ReportBy by, bool csv, std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const std::uint64_t expired, intake.expire_all(now_ms));
    TALLY_TRY(const Day today, intake.today(now_ms));
    Said said;
    TALLY_TRY(said.text, report(*home.store, by, csv, today));
    if (expired > 0) said.warnings = "expired points of " + std::to_string(expired) + " members first\n";
    return said;
}

Result<Said> verify_command(const Place& place) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const VerifyReport report, verify_ledger(*home.store, home.device.public_key()));
    return Said{verify_text(report), {}, report.fault_count == 0};
}

Result<Said> restored_command(const Place& place) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const ServerLock lock, ServerLock::take(place.dir));
    crypto::SystemRandom random;
    wire::Incarnation incarnation;
    domain::Epoch own_epoch;
    random.fill(incarnation.bytes);
    random.fill(own_epoch.bytes);
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const auto renewal, intake.begin_again(incarnation, own_epoch));
    Said said;
    said.text =
        "headquarters begins a new history at position " + std::to_string(renewal.head) + ": incarnation " +
        incarnation.hex() + " follows " + renewal.incarnation_before.hex() +
        "\nits own operations go on in a new epoch, after " + std::to_string(renewal.own_operations) +
        " that are here: " + own_epoch.hex() + " follows " + renewal.epoch_before.hex() +
        "\nWhat happens next: start tally-hq serve. Every terminal, when it next connects, fetches all states "
        "anew and pushes again whatever headquarters lacks; nobody has to do anything at the tills. Expiries are "
        "written again by themselves.\nWhat a person does: import again what was imported since that copy; set "
        "the programme, enrol terminals and revoke them again where that was done since.\n";
    return said;
}

Result<Said> show_programme_command(const Place& place) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const domain::Programme programme, intake.programme());
    return Said{programme_to_json(programme) + "\n", {}, true};
}

Result<Said> set_programme_command(const Place& place, const std::string& file, std::int64_t now_ms) {
    TALLY_TRY(const std::string text, read_small_file(file));
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const domain::Programme current, intake.programme());
    TALLY_TRY(const domain::Programme programme, programme_from_json(text, current));
    if (programme.time_zone != current.time_zone)
        return fail(Code::kRefused, "time_zone: the dates of what has happened hang on it, so it cannot change");
    TALLY_TRY(const std::uint64_t version, intake.publish(programme, now_ms));
    return Said{"programme version " + std::to_string(version) + " is in force\n", {}, true};
}

}  // namespace tally::admin
