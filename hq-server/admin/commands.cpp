#include "hq-server/admin/commands.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "common/base/counted.h"
#include "common/base/progress_line.h"
#include "common/base/utf8.h"
#include "common/crypto/hash.h"
#include "common/wire/ticket.h"
#include "hq-server/admin/backup.h"
#include "hq-server/admin/programme_command.h"
#include "hq-server/admin/server_lock.h"
#include "hq-server/admin/verify.h"

namespace tally::admin {

namespace {

constexpr std::int64_t kHour_ms = 3'600'000;

// A secret: nobody else may read it, and an existing file is not overwritten. Whole or not there.
Status write_secret_file(const std::string& path, const std::string& text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno == EEXIST)
        return fail(Code::kExists, path + " is there already: name another file, or remove it");
    if (file < 0) return fail(Code::kIo, path + " cannot be made: " + std::strerror(errno));
    errno = 0;
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    const int why = errno == 0 ? ENOSPC : errno;
    ::close(file);
    if (written) return {};
    ::unlink(path.c_str());
    return fail(why == ENOSPC ? Code::kFull : Code::kIo, path + " cannot be written: " + std::strerror(why));
}

}  // namespace

Result<std::string> clean_argument(const std::string& option, const std::string& text, std::size_t bytes_max) {
    auto out = clean_text(text, bytes_max);
    if (!out) return fail(Code::kInvalid, option + ": " + out.error().detail);
    if (out->empty() || out->size() > bytes_max)
        return fail(Code::kInvalid, option + ": 1 to " + std::to_string(bytes_max) + " bytes");
    return out;
}

Result<std::pair<std::string, std::uint16_t>> parse_address(const std::string& option, const std::string& text) {
    const Error wrong = fail(Code::kInvalid, option + " '" + text + "': an address is HOST:PORT, PORT up to 65535");
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return wrong;
    std::string host = text.substr(0, colon);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (error != std::errc() || stop != end || host.empty()) return wrong;
    return std::pair(host, port);
}

Result<Said> init_command(const Place& place, const InitRequest& request, std::int64_t now_ms) {
    domain::Programme programme;
    bool zone_named = !request.time_zone.empty();
    if (!request.programme_file.empty()) {
        domain::Programme nowhere;
        nowhere.time_zone.clear();
        TALLY_TRY(programme, read_programme_file(request.programme_file, nowhere));
        zone_named = zone_named || !programme.time_zone.empty();
        if (programme.time_zone.empty()) programme.time_zone = domain::Programme().time_zone;
    }
    TALLY_TRY(programme.chain_name, clean_argument("--chain", request.chain_name, 200));
    if (!request.time_zone.empty()) programme.time_zone = request.time_zone;
    programme.version = 1;
    TALLY_OK(check_draft(programme));
    TALLY_OK(create_home(place.dir, place.unlock, programme, now_ms));
    Said said;
    said.text = "headquarters of " + programme.chain_name + " made in " + place.dir + ", time zone " +
                programme.time_zone + "\n";
    if (!zone_named)
        said.warnings += "No --time-zone was named, so business dates are those of " + programme.time_zone +
                         ". It cannot be changed later: if that is not the chain's, remove " + place.dir +
                         " and run init again.\n";
    said.warnings += "MOVE THESE OFF THIS MACHINE, to two safe places, and delete them here:\n  " +
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
    const wire::Ticket ticket{request.host, request.port, home.device.public_key(),
                              *wire::TicketSecret::from(secret.view()), row.expires_ms};
    const std::string text = wire::encode_ticket(ticket);
    // The file first: one that cannot be written leaves no ticket behind that nobody holds.
    if (!request.ticket_file.empty()) TALLY_OK(write_secret_file(request.ticket_file, text + "\n"));
    const auto add = [&]() -> Status {
        TALLY_TRY(intake::WriteScope scope, intake::WriteScope::begin(*home.store));
        TALLY_OK(home.store->add_ticket(row));
        return scope.commit();
    };
    if (const Status added = add(); !added) {
        if (!request.ticket_file.empty()) ::unlink(request.ticket_file.c_str());
        return added.error();
    }
    const std::string terms = "for one terminal of store " + row.store + ", for " +
                              counted(static_cast<std::uint64_t>(request.valid_hours), "hour") + "\n";
    if (request.ticket_file.empty()) return Said{text + "\n", "the ticket is good " + terms, true};
    return Said{"ticket written to " + request.ticket_file + ", good " + terms, {}, true};
}

Result<Said> import_command(const Place& place, const ImportOptions& options, std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const ImportSummary summary, import_history(intake, *home.store, options, now_ms));
    Said said;
    for (const RowRemark& fault : summary.faults) said.warnings += remark_text(fault) + "\n";
    for (const RowRemark& note : summary.notes) said.warnings += "note: " + remark_text(note) + "\n";
    said.text = summary_text(summary);
    said.well = summary.written || (options.dry_run && !(options.strict && !summary.faults.empty()));
    return said;
}

Result<Said> balances_command(const Place& place, const BalanceOptions& options, bool compare, std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    Said said;
    if (compare) {
        TALLY_TRY(const Day today, intake.today(now_ms));
        TALLY_TRY(const BalanceComparison found, compare_balances(*home.store, options.balances_csv, today));
        for (const RowRemark& fault : found.faults) said.warnings += remark_text(fault) + "\n";
        said.text = comparison_text(found);
        said.well = found.agrees();
        return said;
    }
    TALLY_TRY(const BalanceSummary summary, import_balances(intake, *home.store, options, now_ms));
    for (const RowRemark& fault : summary.faults) said.warnings += remark_text(fault) + "\n";
    for (const RowRemark& note : summary.notes) said.warnings += "note: " + remark_text(note) + "\n";
    said.text = summary_text(summary);
    said.well = summary.written || (options.dry_run && !summary.stopped);
    return said;
}

Result<Said> report_command(const Place& place, ReportBy by, bool csv, std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const std::uint64_t written, intake.expire_all(now_ms));
    TALLY_TRY(const Day today, intake.today(now_ms));
    Said said;
    TALLY_TRY(said.text, report(*home.store, by, csv, today));
    if (written > 0)
        said.warnings = "first, what was due was written (points past their date, changes of level, coupons): " +
                        counted(written, "operation") + "\n";
    return said;
}

Result<Said> verify_command(const Place& place) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const std::vector<store::SlotInfo> slots, store::list_slots(database_path(place.dir)));
    ProgressLine line;
    TALLY_TRY(const VerifyReport report,
              verify_ledger(*home.store, home.device.public_key(),
                            [&](std::uint64_t done, std::uint64_t of) { line.show("verifying", done, of); }));
    return Said{"key slots: " + std::to_string(slots.size()) + ", their file is whole\n" + verify_text(report),
                {},
                report.fault_count == 0};
}

Result<Said> restored_command(const Place& place) {
    TALLY_TRY(Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const ServerLock lock, ServerLock::take(place.dir));
    TALLY_TRY(const std::string said, begin_new_history(home));
    return Said{said, {}, true};
}

}  // namespace tally::admin
