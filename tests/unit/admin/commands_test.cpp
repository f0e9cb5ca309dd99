#include "hq-server/admin/commands.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "common/wire/ticket.h"
#include "hq-server/admin/programme_json.h"
#include "tests/support/seed.h"
#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

struct Office {
    TemporaryFolder folder;
    admin::Place place{folder / "hq", {}};
    Office() { crypto::start(); }
    Result<admin::Said> init() { return admin::init_command(place, {"Chain", "Asia/Shanghai", ""}, kNoon_ms); }
};

int mode_of(const std::string& path) {
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    return info.st_mode & 0777;
}

int descriptor_with(const std::string& text) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
    return ends[0];
}

}  // namespace

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

TEST_CASE("init: killed at any moment it is finished by the next one, which leaves nothing beside it") {
    const auto seed = support::seed();
    SeededRandom random(seed);
    for (int round = 0; round < 12; ++round) {
        Office office;
        const pid_t child = ::fork();
        if (child == 0) ::_exit(office.init() ? 0 : 1);
        ::usleep(static_cast<useconds_t>(random.below(static_cast<std::uint64_t>(2000) << round % 6)));
        REQUIRE(::kill(child, SIGKILL) == 0);
        REQUIRE(::waitpid(child, nullptr, 0) == child);
        CAPTURE(round);
        const auto again = office.init();
        if (!again) CHECK(again.error().code == Code::kExists);  // the first one was done before it was killed
        CHECK(must(admin::verify_command(office.place)).well);
        CHECK(mode_of(office.place.dir) == 0700);
        CHECK_FALSE(std::filesystem::exists(office.place.dir + ".new"));
    }
}

TEST_CASE("init: a disk that fills up is told, leaves nothing, and init is done when there is space") {
    for (const rlim_t bytes : {0, 20, 100, 5'000, 30'000, 70'000}) {
        Office office;
        const pid_t child = ::fork();
        if (child == 0) {
            ::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{bytes, bytes};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            ::_exit(office.init() ? 0 : 1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CAPTURE(bytes);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 1);
        CHECK_FALSE(std::filesystem::exists(office.place.dir));
        CHECK_FALSE(std::filesystem::exists(office.place.dir + ".new"));
        must(office.init());
        CHECK(must(admin::verify_command(office.place)).well);
    }
}

TEST_CASE("init: what it did not make itself it neither removes nor builds over") {
    Office office;
    const std::string site = office.place.dir + ".new", note = site + "/note.txt";
    std::filesystem::create_directory(site);
    std::ofstream(note) << "mine";
    const auto refused = office.init();
    CHECK(refused.error().code == Code::kExists);
    CHECK(refused.error().detail.find("note.txt") != std::string::npos);
    CHECK(std::filesystem::exists(note));
    std::filesystem::remove_all(site);
    std::filesystem::create_directory(office.place.dir);
    std::ofstream(office.place.dir + "/note.txt") << "mine";
    CHECK(office.init().error().code == Code::kExists);
    CHECK(std::filesystem::exists(office.place.dir + "/note.txt"));
    CHECK_FALSE(std::filesystem::exists(site));
    std::filesystem::remove(office.place.dir + "/note.txt");
    office.place.dir += "/";  // an empty folder, named as a shell completes it, with the key file in it
    office.place.unlock.key_file = office.place.dir + "own.key";
    must(office.init());
    CHECK(mode_of(office.place.unlock.key_file) == 0600);
    CHECK(must(admin::verify_command(office.place)).well);
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
