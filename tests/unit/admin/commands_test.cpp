#include "hq-server/admin/commands.h"

#include <fstream>

#include "common/wire/ticket.h"
#include "hq-server/admin/programme_json.h"
#include "hq-server/admin/server_lock.h"
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
    must(admin::enrol_command(office.place, request, kNoon_ms));
    CHECK(mode_of(request.ticket_file) == 0600);
    std::ifstream in(request.ticket_file);
    std::string text;
    std::getline(in, text);
    const auto ticket = must(wire::decode_ticket(text));
    CHECK(ticket.host == "10.0.0.1");
    CHECK(ticket.expires_ms == kNoon_ms + 24 * 3'600'000);
    CHECK(admin::enrol_command(office.place, request, kNoon_ms).error().code == Code::kExists);
    request.store = std::string(33, 'x');
    CHECK(admin::enrol_command(office.place, request, kNoon_ms).error().code == Code::kInvalid);
    request.store = "S\x1b[31m1";
    CHECK(admin::enrol_command(office.place, request, kNoon_ms).error().code == Code::kInvalid);
}

TEST_CASE("revoke: for good, with its reason; headquarters itself and strangers are not") {
    Office office;
    must(office.init());
    const auto revoke = [&](TerminalId id) {
        return admin::set_status_command(office.place, id, intake::DeviceStatus::kRevoked, "stolen");
    };
    CHECK(revoke(1).error().code == Code::kRefused);
    CHECK(revoke(2).error().code == Code::kNotFound);
    {
        auto home = must(admin::open_home(office.place.dir, {}));
        auto scope = must(intake::WriteScope::begin(*home.store));
        intake::DeviceRow row;
        row.terminal = 2;
        row.key = crypto::Device::create().public_key();
        row.store = "S1";
        must(home.store->add_device(row));
        must(scope.commit());
    }
    must(revoke(2));
    CHECK(must(admin::terminals_command(office.place)).text.find("revoked") != std::string::npos);
    CHECK(admin::set_status_command(office.place, 2, intake::DeviceStatus::kActive, "").error().code == Code::kRefused);
}

TEST_CASE("terminals: what a terminal's log lost stands under it, in words") {
    Office office;
    must(office.init());
    {
        auto home = must(admin::open_home(office.place.dir, {}));
        auto scope = must(intake::WriteScope::begin(*home.store));
        intake::DeviceRow row;
        row.terminal = 2;
        row.key = crypto::Device::create().public_key();
        row.store = "S1";
        must(home.store->add_device(row));
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
    const std::string text = must(admin::terminals_command(office.place)).text;
    CHECK_MESSAGE(text.find("the log's tail is missing: its log ended at 7, its witness at 10 of epoch abababab; epoch "
                            "cdcdcdcd began") != std::string::npos,
                  text);
}

TEST_CASE("programme: set changes the fields it names; unknown and wrong ones are named and change nothing") {
    Office office;
    must(office.init());
    const auto set = [&](const std::string& text) {
        const std::string path = office.folder / "programme.json";
        std::ofstream(path) << text;
        return admin::set_programme_command(office.place, path, kNoon_ms);
    };
    must(set(R"({"earn_points": 2, "expiry_rule": "months", "expiry_count": 12})"));
    const std::string shown = must(admin::show_programme_command(office.place)).text;
    const auto back = must(admin::programme_from_json(shown, {}));
    CHECK(back.earn_points == 2);
    CHECK(back.expiry_rule == ExpiryRule::kMonths);
    CHECK(back.chain_name == "Chain");
    for (const char* wrong :
         {R"({"earn_point": 2})", R"({"earn_points": "2"})", R"({"earn_points": 1e99})", R"({"earn_points": 1.5})",
          R"({"earn_points": 18446744073709551615})", R"({"currency_digits": -1})", R"({"expiry_rule": 3})",
          R"({"expiry_rule": "soon"})", R"({"time_zone": "Europe/Berlin"})", R"({"earn_minor": 0})", "[]", "{", "",
          "{\"chain_name\": \"\\ud800\"}"})
        CHECK_FALSE(set(wrong).has_value());
    CHECK(must(admin::show_programme_command(office.place)).text == shown);
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
