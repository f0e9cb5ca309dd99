// Backoff, settings and enrolment.
#include <doctest/doctest.h>

#include <fstream>

#include "common/replica/schema.h"
#include "fakes.h"
#include "sync/agent/backoff.h"
#include "sync/agent/enrol.h"
#include "sync/agent/settings.h"

using namespace tally;
using namespace tally::agent;
using namespace tally::agent::test;

TEST_CASE("backoff: doubles from base to max, spread over the upper half, and starts anew after reset") {
    SeededRandom random(5);
    Backoff backoff({500, 30'000, 60'000});
    std::int64_t full = 500;
    for (int i = 0; i < 200; ++i) {
        const std::int64_t delay_ms = backoff.next_ms(random);
        CHECK(delay_ms >= full / 2);
        CHECK(delay_ms <= full);
        full = std::min<std::int64_t>(full * 2, 30'000);
    }
    backoff.reset();
    CHECK(backoff.next_ms(random) <= 500);
}

TEST_CASE("backoff: a thousand tills do not knock together") {
    SeededRandom random(6);
    int early = 0;
    for (int till = 0; till < 1000; ++till) {
        Backoff backoff({16'000, 30'000, 60'000});
        early += backoff.next_ms(random) < 12'000;
    }
    CHECK(early > 400);
    CHECK(early < 600);
}

TEST_CASE("backoff: after a refusal it waits at least as long as after any failure") {
    SeededRandom random(7);
    Backoff backoff({500, 30'000, 10});
    for (int i = 0; i < 50; ++i) CHECK(backoff.refused_ms(random) >= 15'000);
}

TEST_CASE("backoff: after a busy refusal it waits shortly, spread, however often it failed before") {
    SeededRandom random(8);
    Backoff backoff({500, 30'000, 60'000, 4'000});
    for (int i = 0; i < 20; ++i) backoff.next_ms(random);
    int early = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::int64_t delay_ms = backoff.busy_ms(random);
        CHECK(delay_ms >= 2'000);
        CHECK(delay_ms <= 4'000);
        early += delay_ms < 3'000;
    }
    CHECK(early > 400);
    CHECK(early < 600);
    backoff.reset();
    backoff.busy_ms(random);
    CHECK(backoff.next_ms(random) <= 500);  // being told to come back is no failure of the line
}

TEST_CASE("settings: every entry is read, others' tables are left alone, and nothing is needed") {
    const auto settings = parse_settings(
        "[key]\nfile = \"/k\"\n[hq]\nhost = \"h\"\nport = 7\n[sync]\nconnect_ms = 1\nbackoff_base_ms = "
        "2\nbackoff_max_ms = 3\n"
        "poll_ms = 4\nlog = \"debug\"\n[screen]\nlanguage = \"zh\"\n");
    REQUIRE(settings.has_value());
    CHECK(settings->key_file == "/k");
    CHECK(settings->hq_host == "h");
    CHECK(settings->hq_port == 7);
    CHECK(settings->connect_ms == 1);
    CHECK(settings->backoff.base_ms == 2);
    CHECK(settings->backoff.max_ms == 3);
    CHECK(settings->poll_ms == 4);
    CHECK(settings->log == "debug");
    CHECK(parse_settings("").has_value());
    Folder folder;
    CHECK(read_settings(folder.path()).has_value());
}

TEST_CASE("settings: what is wrong is named") {
    const auto wrong = [](const char* text, const char* named) {
        const auto settings = parse_settings(text);
        REQUIRE(!settings);
        CHECK(settings.error().code == Code::kInvalid);
        CHECK_MESSAGE(settings.error().detail.find(named) != std::string::npos, settings.error().detail);
    };
    wrong("[sync]\nbackof_max_ms = 3\n", "backof_max_ms");
    wrong("[hq]\nport = 65536\n", "hq.port");
    wrong("[hq]\nport = 0\n", "hq.port");
    wrong("[hq]\nport = \"7\"\n", "hq.port");
    wrong("[hq]\nhost = \"\"\n", "hq.host");
    wrong("[sync]\npoll_ms = 0\n", "sync.poll_ms");
    wrong("[sync]\npoll_ms = 9223372036854775807\n", "sync.poll_ms");
    wrong("[sync]\nlog = \"loud\"\n", "sync.log");
    wrong("sync = 3\n", "[sync]");
    wrong("[sync]\npoll_ms = \n", "line 2");
    wrong("\xff\xfe", "line 1");
}

namespace {

struct Enrolling {
    session::test::ModelHq model;
    crypto::Device hq_device = crypto::Device::create();
    crypto::Device till = crypto::Device::create();
    FakeHq hq{model, hq_device};
    wire::Ticket ticket;

    Enrolling() {
        ticket.host = "127.0.0.1";
        ticket.port = hq.port();
        ticket.hq_key = hq_device.public_key();
        ticket.secret.bytes.fill(0x5a);
    }
};

}  // namespace

TEST_CASE("enrol: a ticket is read from its file, and its text as an argument is refused without being repeated") {
    crypto::start();
    Enrolling world;
    Folder folder;
    const std::string text = wire::encode_ticket(world.ticket), path = folder.path() + "/ticket";
    std::ofstream(path) << text << "\n";
    const auto read = read_ticket(path);
    REQUIRE(read.has_value());
    CHECK(*read == world.ticket);
    const auto refused = read_ticket(text);
    REQUIRE(!refused);
    CHECK(refused.error().code == Code::kInvalid);
    CHECK(refused.error().detail.find("file") != std::string::npos);
    CHECK(refused.error().detail.find(text.substr(7, 20)) == std::string::npos);
    // As it is pasted: with blanks before it, quoted twice, without its beginning.
    for (const std::string& pasted : {" " + text, "\t\n" + text, "'" + text + "'", text.substr(1)}) {
        const auto told = read_ticket(pasted);
        REQUIRE(!told);
        CHECK(told.error().detail.find(text.substr(7, 20)) == std::string::npos);
    }
    CHECK(read_ticket(" " + text).error().code == Code::kInvalid);
    CHECK(read_ticket(folder.path() + "/nothing").error().code == Code::kNotFound);
    CHECK(!read_ticket(folder.path()));
    std::ofstream(path, std::ios::trunc) << std::string(100'000, 'A');
    CHECK(read_ticket(path).error().code == Code::kInvalid);
}

TEST_CASE("enrol: headquarters' answer becomes the enrolment, with the ticket's address and key") {
    crypto::start();
    Enrolling world;
    wire::Enrolled enrolled;
    enrolled.terminal = 12;
    enrolled.store = "S7";
    enrolled.store_name = "Seventh";
    enrolled.recovery_key = crypto::Device::create().public_key();
    world.hq.enrol_answer = enrolled;
    const auto enrolment = ask_enrolment(world.ticket, world.till);
    REQUIRE(enrolment.has_value());
    CHECK(enrolment->terminal == 12);
    CHECK(enrolment->store == "S7");
    CHECK(enrolment->hq_port == world.ticket.port);
    CHECK(enrolment->hq_key == world.ticket.hq_key);
    CHECK(enrolment->recovery_key == enrolled.recovery_key);
}

TEST_CASE("enrol: a refusal, an unusable answer, an answer of another kind and silence each say what they are") {
    crypto::start();
    EnrolOptions options;
    options.answer_ms = 50;
    const auto ask = [&](std::optional<wire::Message> answer) {
        Enrolling world;
        world.hq.enrol_answer = std::move(answer);
        world.hq.silent = !world.hq.enrol_answer.has_value();
        const auto enrolment = ask_enrolment(world.ticket, world.till, options);
        REQUIRE(!enrolment);
        return enrolment.error();
    };
    const Error refused = ask(wire::Refused{wire::Refusal::kTicket, "this ticket was used"});
    CHECK(refused.code == Code::kRefused);
    CHECK(refused.detail.find("this ticket was used") != std::string::npos);
    CHECK(ask(wire::Refused{wire::Refusal::kVersion, "update"}).code == Code::kNewer);
    CHECK(ask(wire::Pong{}).code == Code::kDamaged);
    wire::Enrolled headquarters_itself;
    headquarters_itself.terminal = 1;
    headquarters_itself.store = "S";
    CHECK(ask(headquarters_itself).code == Code::kDamaged);
    CHECK(ask(std::nullopt).detail.find("did not answer") != std::string::npos);
}

TEST_CASE("enrol: another key at headquarters' address ends it before the secret is sent") {
    crypto::start();
    Enrolling world;
    world.ticket.hq_key = world.till.public_key();
    const auto enrolment = ask_enrolment(world.ticket, world.till);
    REQUIRE(!enrolment);
    CHECK(enrolment.error().code == Code::kRefused);
    CHECK(world.hq.bytes == 0);
}

TEST_CASE("enrol: a replica whose making was cut short is finished, and one that is whole is opened as it is") {
    crypto::start();
    Folder folder;
    const std::string path = replica::Replica::database_path(folder.path());
    const std::string key_file = folder.path() + "/till.key";
    REQUIRE(store::make_key_file(key_file));
    const store::Unlock unlock = store::KeyFile{key_file};
    {
        const auto key = store::create_keys(path, unlock);
        REQUIRE(key.has_value());
        store::OpenOptions options;
        options.create = true;
        auto db = store::Db::open(path, *key, options);
        REQUIRE(db.has_value());
        REQUIRE(store::migrate(*db, replica::kMigrations));
    }
    crypto::PublicKey first;
    {
        auto finished = open_or_create(folder.path(), unlock);
        REQUIRE(finished.has_value());
        first = finished->device().value().public_key();
    }
    auto again = open_or_create(folder.path(), unlock);
    REQUIRE(again.has_value());
    CHECK(again->device().value().public_key() == first);
}

TEST_CASE("enrol: the recovery slot is added once, and not without a recovery key") {
    crypto::start();
    Folder folder;
    const std::string path = replica::Replica::database_path(folder.path());
    const std::string key_file = folder.path() + "/till.key";
    REQUIRE(store::make_key_file(key_file));
    const store::Unlock unlock = store::KeyFile{key_file};
    REQUIRE(open_or_create(folder.path(), unlock).has_value());
    replica::Enrolment enrolment;
    CHECK(ensure_recovery_slot(folder.path(), unlock, enrolment));
    CHECK(store::list_slots(path).value().size() == 1);
    const crypto::Device recovery = crypto::Device::create();
    enrolment.recovery_key = recovery.public_key();
    CHECK(ensure_recovery_slot(folder.path(), unlock, enrolment));
    CHECK(ensure_recovery_slot(folder.path(), unlock, enrolment));
    CHECK(store::list_slots(path).value().size() == 2);
    CHECK(store::unlock_keys(path, store::RecoveryKey{&recovery}).has_value());
}
