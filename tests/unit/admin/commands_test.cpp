#include "hq-server/admin/commands.h"

#include <fstream>

#include "common/wire/ticket.h"
#include "hq-server/admin/programme_command.h"
#include "hq-server/admin/server_lock.h"
#include "hq-server/admin/verify.h"
#include "tests/unit/admin/office.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("init: keys are for their owner only, a second init changes nothing") {
    Office office;
    const auto said = must(office.init());
    CHECK(said.warnings.find("MOVE THESE OFF") != std::string::npos);
    for (const std::string& path : {admin::default_key_file(office.place.dir), admin::root_key_file(office.place.dir),
                                    admin::recovery_key_file(office.place.dir)})
        CHECK(mode_of(path) == 0600);
    CHECK(office.init().error().code == Code::kExists);
    const auto verified = must(admin::verify_command(office.place));
    CHECK(verified.well);
    CHECK(must(admin::show_programme_command(office.place)).text.find("\"version\": 1") != std::string::npos);
}

TEST_CASE("init: says which time zone was taken, and that it is for good where nobody named it") {
    Office office;
    const auto said = must(office.init());
    CHECK(said.text.find("time zone Asia/Shanghai\n") != std::string::npos);
    CHECK(said.warnings.find("No --time-zone") == std::string::npos);
    office.place.dir = office.folder / "second";
    const auto silent = must(admin::init_command(office.place, {"Chain", "", ""}, kNoon_ms));
    CHECK(silent.text.find("time zone Asia/Shanghai\n") != std::string::npos);
    CHECK(silent.warnings.find("No --time-zone was named, so business dates are those of Asia/Shanghai") == 0);
    office.place.dir = office.folder / "third";
    const std::string file = office.folder / "programme.json";
    std::ofstream(file) << R"({"time_zone": "Asia/Shanghai"})";
    CHECK(must(admin::init_command(office.place, {"Chain", "", file}, kNoon_ms)).warnings.find("No --time-zone") ==
          std::string::npos);
}

TEST_CASE("init: with a passphrase, a wrong one is told before anything else") {
    Office office;
    office.place.unlock.passphrase_fd = descriptor_with("correct horse\n");
    must(office.init());
    office.place.unlock.passphrase_fd = descriptor_with("wrong horse\n");
    CHECK(admin::verify_command(office.place).error().code == Code::kWrongKey);
    office.place.unlock.passphrase_fd = descriptor_with("");
    CHECK(admin::verify_command(office.place).error().code == Code::kInvalid);
    office.place.unlock.passphrase_fd = descriptor_with("correct horse");
    CHECK(must(admin::verify_command(office.place)).well);
}

TEST_CASE("init: a wrong zone or programme makes nothing") {
    Office office;
    CHECK(admin::init_command(office.place, {"Chain", "Moon/Base", ""}, kNoon_ms).error().code == Code::kInvalid);
    CHECK(admin::init_command(office.place, {"", "Asia/Shanghai", ""}, kNoon_ms).error().code == Code::kInvalid);
    CHECK_FALSE(std::filesystem::exists(office.place.dir));
    CHECK(admin::verify_command(office.place).error().code == Code::kNotFound);
}

TEST_CASE("enrol: the ticket carries where and whom; its file is for its owner only") {
    Office office;
    must(office.init());
    admin::EnrolRequest request;
    request.store = "S1";
    request.host = "10.0.0.1";
    request.port = 7070;
    request.ticket_file = office.folder / "ticket";
    const auto said = must(admin::enrol_command(office.place, request, kNoon_ms));
    CHECK(said.text ==
          "ticket written to " + request.ticket_file + ", good for one terminal of store S1, for 24 hours\n");
    CHECK(mode_of(request.ticket_file) == 0600);
    std::ifstream in(request.ticket_file);
    std::string text;
    std::getline(in, text);
    const auto ticket = must(wire::decode_ticket(text));
    CHECK(ticket.host == "10.0.0.1");
    CHECK(ticket.expires_ms == kNoon_ms + 24 * 3'600'000);
    const auto tickets = [&] {
        const auto home = must(admin::open_home(office.place.dir, {}));
        return must(home.store->db().query_int64("SELECT count(*) FROM ticket"));
    };
    CHECK(admin::enrol_command(office.place, request, kNoon_ms).error().code == Code::kExists);
    CHECK(admin::enrol_command(office.place, request, kNoon_ms).error().detail ==
          request.ticket_file + " is there already: name another file, or remove it");
    CHECK(tickets() == 1);  // none that nobody holds
    request.ticket_file = office.folder / "no such folder/ticket";
    CHECK(admin::enrol_command(office.place, request, kNoon_ms).error().code == Code::kIo);
    CHECK(tickets() == 1);
    request.store = std::string(33, 'x');
    CHECK(admin::enrol_command(office.place, request, kNoon_ms).error().code == Code::kInvalid);
    request.store = "S\x1b[31m1";
    CHECK(admin::enrol_command(office.place, request, kNoon_ms).error().code == Code::kInvalid);
}

namespace {

// A terminal of the office, as enrolment leaves it.
intake::DeviceRow add_terminal(const admin::Place& place, TerminalId terminal) {
    auto home = must(admin::open_home(place.dir, {}));
    auto scope = must(intake::WriteScope::begin(*home.store));
    intake::DeviceRow row;
    row.terminal = terminal;
    row.key = crypto::Device::create().public_key();
    row.store = "S1";
    row.name = "First store";
    must(home.store->add_device(row));
    must(scope.commit());
    return row;
}

std::string terminals(const admin::Place& place, std::int64_t now_ms) {
    return must(admin::terminals_command(place, now_ms)).text;
}

}  // namespace

TEST_CASE("revoke: for good, with its reason; headquarters itself and strangers are not") {
    Office office;
    must(office.init());
    const auto set = [&](TerminalId id, intake::DeviceStatus status, const std::string& reason = "stolen") {
        return admin::set_status_command(office.place, id, status, reason, kNoon_ms);
    };
    const auto revoke = [&](TerminalId id) { return set(id, intake::DeviceStatus::kRevoked); };
    CHECK(revoke(1).error().code == Code::kRefused);
    CHECK(revoke(2).error().code == Code::kNotFound);
    CHECK(revoke(2).error().detail == "--terminal: there is no terminal 2; tally-hq terminals lists those there are");
    add_terminal(office.place, 2);
    CHECK(set(2, intake::DeviceStatus::kRevoked, "").error().detail.find("--reason") == 0);
    CHECK(must(set(2, intake::DeviceStatus::kActive)).text == "terminal 2 is not in quarantine; nothing is changed\n");
    must(revoke(2));
    const std::string text = terminals(office.place, kNoon_ms);
    CHECK_MESSAGE(text.find("  ! revoked since 2023-11-15 06:13:20: stolen\n") != std::string::npos, text);
    CHECK(set(2, intake::DeviceStatus::kActive).error().code == Code::kRefused);
    // A second revocation does not change when and why.
    must(admin::set_status_command(office.place, 2, intake::DeviceStatus::kRevoked, "again", kNoon_ms + 86'400'000));
    CHECK(terminals(office.place, kNoon_ms) == text);
}

TEST_CASE("revoke: what the terminal sent stays in the figures, and verify is content and says so") {
    Hq hq;
    Terminal till(hq, "S1");
    till.earn(member_number(1), 12'300);
    till.push_all();
    const std::string before = must(admin::report(*hq.store, admin::ReportBy::kStore, true, kToday));
    CHECK(before.find("S1,1,12300,123") != std::string::npos);
    auto scope = must(intake::WriteScope::begin(*hq.store));
    must(hq.store->set_device_status(till.id, intake::DeviceStatus::kRevoked, "stolen", hq.now_ms));
    must(scope.commit());
    CHECK(must(admin::report(*hq.store, admin::ReportBy::kStore, true, kToday)) == before);
    const auto verified = must(admin::verify_ledger(*hq.store, hq.device.public_key()));
    CHECK(verified.faults == std::vector<std::string>{});
    CHECK(verified.operations == 1);
    CHECK(admin::verify_text(verified).find("terminal 2 is revoked; its operations count: stolen") !=
          std::string::npos);
    CHECK(admin::verify_text(verified).find("verified 1 operation, 1 signature, 1 member, 1 store-day: all is well") !=
          std::string::npos);
}

TEST_CASE("terminals: one that was enrolled anew after a revocation says so, and since when") {
    Office office;
    must(office.init());
    add_terminal(office.place, 2);
    {
        auto home = must(admin::open_home(office.place.dir, {}));
        auto scope = must(intake::WriteScope::begin(*home.store));
        must(home.store->set_device_status(2, intake::DeviceStatus::kActive, "enrolled anew; was revoked: stolen",
                                           kNoon_ms));
        must(scope.commit());
    }
    CHECK(terminals(office.place, kNoon_ms)
              .find("! active since 2023-11-15 06:13:20: enrolled anew; was revoked: stolen") != std::string::npos);
}

TEST_CASE("terminals: one that is on the line is said to be, and one that was, with the time it was heard of last") {
    Office office;
    must(office.init());
    CHECK(terminals(office.place, kNoon_ms) == "no terminal is enrolled yet (tally-hq enrol makes a ticket)\n");
    add_terminal(office.place, 2);
    CHECK(terminals(office.place, kNoon_ms).find("never") != std::string::npos);
    const auto contact = [&](std::int64_t ms, bool connected) {
        auto home = must(admin::open_home(office.place.dir, {}));
        auto scope = must(intake::WriteScope::begin(*home.store));
        must(home.store->set_contact({2, ms, connected, "1.0"}));
        must(scope.commit());
    };
    contact(kNoon_ms, true);
    CHECK(terminals(office.place, kNoon_ms + 60'000).find("connected now") != std::string::npos);
    // A server that was killed said nothing: not believed for long.
    CHECK(terminals(office.place, kNoon_ms + 90'000).find("2023-11-15 06:13:20") != std::string::npos);
    contact(kNoon_ms, false);
    CHECK(terminals(office.place, kNoon_ms).find("2023-11-15 06:13:20") != std::string::npos);
    CHECK(terminals(office.place, kNoon_ms).find("connected now") == std::string::npos);
}

TEST_CASE("terminals: what a terminal's log lost stands under it, in words") {
    Office office;
    must(office.init());
    add_terminal(office.place, 2);
    {
        auto home = must(admin::open_home(office.place.dir, {}));
        auto scope = must(intake::WriteScope::begin(*home.store));
        intake::IncidentRow incident{2, kNoon_ms, {}};
        incident.report.kind = wire::IncidentKind::kTailCut;
        incident.report.epoch.bytes.fill(0xab);
        incident.report.seen_epoch = incident.report.epoch;
        incident.report.log_seq = 7;
        incident.report.seen_seq = 10;
        incident.report.begun.bytes.fill(0xcd);
        must(home.store->add_incident(incident));
        must(scope.commit());
    }
    const std::string text = terminals(office.place, kNoon_ms);
    CHECK_MESSAGE(text.find("the log's tail is missing: its log ended at 7, its witness at 10 of epoch abababab; epoch "
                            "cdcdcdcd began") != std::string::npos,
                  text);
}

TEST_CASE("messages: what is wrong names the file or the option that it is about") {
    Office office;
    const auto says = [](const Error& error, const std::string& words) {
        CHECK_MESSAGE(error.detail.find(words) != std::string::npos, error.detail);
    };
    const auto look = [&] { return admin::terminals_command(office.place, kNoon_ms); };
    says(look().error(), "--dir " + office.place.dir + " holds no headquarters");
    must(office.init());
    admin::Place by_file = office.place;
    by_file.unlock.key_file = office.folder / "absent.key";
    const auto with = [&](const admin::Place& place) { return admin::terminals_command(place, kNoon_ms).error(); };
    CHECK(with(by_file).code == Code::kWrongKey);
    says(with(by_file),
         office.place.dir + "/hq.db: the key file " + by_file.unlock.key_file + ": there is no such file");
    by_file.unlock.key_file = office.folder / "other.key";
    must(store::make_key_file(by_file.unlock.key_file));
    says(with(by_file), "the key file " + by_file.unlock.key_file + " opens no key slot of this database");
    admin::Place by_passphrase = office.place;
    by_passphrase.unlock.passphrase_fd = descriptor_with("wrong horse");
    says(with(by_passphrase), office.place.dir + "/hq.db: the passphrase opens no key slot");
    by_passphrase.unlock.passphrase_fd = 999;
    says(with(by_passphrase), "--passphrase-fd 999: the passphrase cannot be read");
    for (const char* wrong : {"7400", "host:", ":7400", "host:70000", "host:74x"})
        says(admin::parse_address("--listen", wrong).error(), std::string("--listen '") + wrong + "': an address is");
    const auto serving = must(admin::ServerLock::take(office.place.dir));
    says(admin::ServerLock::take(office.place.dir).error(), "serves the headquarters in " + office.place.dir);
    says(admin::publish_programme_command(office.place, office.folder / "none.json", kNoon_ms).error(), "none.json");
}

TEST_CASE("restored: begins a new history once the server has stopped, says what happens next, and verify agrees") {
    Office office;
    must(office.init());
    const auto row_of = [&] { return must(must(admin::open_home(office.place.dir, office.place.unlock)).store->hq()); };
    const intake::HqRow before = row_of();
    {
        const auto serving = must(admin::ServerLock::take(office.place.dir));
        CHECK(admin::restored_command(office.place).error().code == Code::kBusy);
        CHECK(row_of().incarnation == before.incarnation);
    }
    const auto said = must(admin::restored_command(office.place));
    const intake::HqRow after = row_of();
    CHECK(after.incarnation != before.incarnation);
    CHECK(after.own_epoch != before.own_epoch);
    for (const std::string& word : {before.incarnation.hex(), after.incarnation.hex(), after.own_epoch.hex(),
                                    std::string("pushes again"), std::string("import again")})
        CHECK(said.text.find(word) != std::string::npos);
    CHECK(must(admin::verify_command(office.place)).well);
}
