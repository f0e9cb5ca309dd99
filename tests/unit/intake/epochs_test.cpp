// What headquarters says and keeps of a terminal's epochs, and of what its database lost.
#include "common/wire/limits.h"
#include "fixture.h"

using namespace tally;
using namespace tally::test;
using wire::IncidentKind;

namespace {

wire::Welcome welcome_of(Hq& hq, const Terminal& till, const wire::Hello& hello) {
    const auto answer = must(hq.intake->hello(till.device.public_key(), hello, hq.now_ms)).answer;
    REQUIRE(std::holds_alternative<wire::Welcome>(answer));
    return std::get<wire::Welcome>(answer);
}

}  // namespace

TEST_CASE("hello: a terminal in a new epoch is told how far each of its others reaches, and a page covers each") {
    Hq hq;
    Terminal till(hq, "S1");
    till.earn(member_number(1), 100);
    till.earn(member_number(1), 200);
    till.push(1, 2);
    const Epoch first = till.epoch;
    const Hash first_head = till.head;
    till.new_epoch();
    till.earn(member_number(2), 300);
    till.push(1, 1);
    const Epoch second = till.epoch;
    till.new_epoch();
    const wire::Welcome welcome = welcome_of(hq, till, till.hello());
    CHECK(welcome.version == wire::kProtocolVersion);
    CHECK(welcome.next_seq == 1);
    REQUIRE(welcome.other_chains.size() == 2);
    CHECK(welcome.other_chains[0].epoch == first);
    CHECK(welcome.other_chains[0].next_seq == 3);
    CHECK(welcome.other_chains[0].head == first_head);
    CHECK(welcome.other_chains[1].epoch == second);
    const auto page = must(hq.intake->page(till.session(), 0, {}, hq.now_ms));
    CHECK(page.covered_epoch == till.epoch);
    CHECK(page.covered_seq == 0);
    REQUIRE(page.covered_earlier.size() == 2);
    CHECK(page.covered_earlier[0].epoch == first);
    CHECK(page.covered_earlier[0].seq == 2);
}

TEST_CASE("hello: what a terminal reports, and what its head shows, is put on record once and survives a reopening") {
    Hq hq;
    Terminal till(hq, "S1");
    for (int i = 0; i < 3; ++i) till.earn(member_number(1), 100);
    till.push(1, 3);
    wire::Hello hello = till.hello();
    wire::IncidentReport incident;
    incident.kind = IncidentKind::kTailCut;
    incident.at_ms = 5;
    incident.epoch = incident.seen_epoch = till.epoch;
    incident.log_seq = 3;
    incident.seen_seq = 7;
    hello.incidents = {incident};
    hello.next_seq = 2;
    hello.head = till.hashes[0];
    for (int i = 0; i < 3; ++i) CHECK(welcome_of(hq, till, hello).next_seq == 4);
    hq.reopen();
    const auto incidents = must(hq.store->incidents(till.id));
    REQUIRE(incidents.size() == 2);
    CHECK(incidents[0].report.kind == IncidentKind::kOlderCopy);
    CHECK(incidents[0].report.log_seq == 1);
    CHECK(incidents[0].report.seen_seq == 3);
    CHECK(incidents[1].report.kind == IncidentKind::kTailCut);
    CHECK(incidents[1].report.seen_seq == 7);
    CHECK(incidents[1].received_ms == hq.now_ms);
}

TEST_CASE("hello: a device that reports incidents without end is heard to a bound") {
    Hq hq;
    Terminal till(hq, "S1");
    wire::Hello hello = till.hello();
    for (std::uint64_t i = 0; i < 2 * intake::kIncidentsPerTerminalMax; i += 10) {
        hello.incidents.clear();
        for (std::uint64_t k = 0; k < 10; ++k) {
            wire::IncidentReport incident;
            incident.log_seq = i + k;
            hello.incidents.push_back(incident);
        }
        welcome_of(hq, till, hello);
    }
    CHECK(hq.count("incident") <=
          static_cast<std::int64_t>(intake::kIncidentsPerTerminalMax) + wire::kIncidentReportsMax);
}

TEST_CASE("give back: a terminal gets its own operations and nobody else's, in bounded answers") {
    Hq hq;
    Terminal till(hq, "S1");
    Terminal other(hq, "S2");
    const std::uint64_t count = wire::kOpsReturnMax + 20;
    for (std::uint64_t i = 0; i < count; ++i) till.earn(member_number(1), 100);
    till.push(1, count);
    auto back = must(hq.intake->give_back(till.session(), {till.epoch, 1}));
    CHECK(back.ops.size() == static_cast<std::size_t>(wire::kOpsReturnMax));
    CHECK(back.ops[4].bytes == till.log[4].bytes);
    back = must(hq.intake->give_back(till.session(), {till.epoch, count - 1}));
    CHECK(back.first_seq == count - 1);
    REQUIRE(back.ops.size() == 2);
    CHECK(back.ops[1].bytes == till.log[count - 1].bytes);
    CHECK(must(hq.intake->give_back(till.session(), {till.epoch, count + 1})).ops.empty());
    CHECK(must(hq.intake->give_back(till.session(), {till.epoch, INT64_MAX})).ops.empty());
    CHECK(must(hq.intake->give_back(other.session(), {till.epoch, 1})).ops.empty());
}

TEST_CASE("push: a new epoch may name one that never reached headquarters, where a sibling of it named the same") {
    Hq hq;
    Terminal till(hq, "S1");
    till.new_epoch();  // the first epoch made nothing
    const Epoch never_heard = till.previous_epoch;
    till.earn(member_number(1), 100);
    till.push(1, 1);
    till.new_epoch();
    till.previous_epoch = never_heard;  // the disk was put back to before the second one
    till.earn(member_number(1), 200);
    CHECK(std::holds_alternative<wire::Ack>(till.push(1, 1).answer));
    till.new_epoch();
    till.previous_epoch.bytes.fill(3);
    till.earn(member_number(1), 300);
    CHECK(std::get<wire::Refused>(till.push(1, 1).answer).code == wire::Refusal::kBrokenChain);
}

TEST_CASE("push: a fork is kept, quarantines, and is on record with its number") {
    Hq hq;
    Terminal till(hq, "S1");
    till.earn(member_number(1), 100);
    till.earn(member_number(1), 200);
    till.push(1, 2);
    till.log.pop_back();  // as a copy of its disk, taken before the second one, goes on
    till.hashes.pop_back();
    till.head = till.hashes.back();
    till.next_seq = 2;
    till.earn(member_number(1), 900);
    CHECK(std::get<wire::Refused>(till.push(1, 2).answer).code == wire::Refusal::kBrokenChain);
    CHECK(hq.count("branch") == 1);
    const auto incidents = must(hq.store->incidents(till.id));
    REQUIRE(incidents.size() == 1);
    CHECK(incidents[0].report.kind == IncidentKind::kFork);
    CHECK(incidents[0].report.seen_seq == 2);
    CHECK(must(hq.intake->refusal_of(till.device.public_key()))->code == wire::Refusal::kQuarantined);
}

TEST_CASE(
    "hello: under an epoch that another has followed it is a fork, on record, and quarantines after one welcome") {
    Hq hq;
    Terminal till(hq, "S1");
    till.earn(member_number(1), 100);
    till.push(1, 1);
    const wire::Hello old = till.hello();
    till.new_epoch();
    CHECK(welcome_of(hq, till, till.hello()).next_seq == 1);  // just begun: nothing followed it
    till.earn(member_number(1), 200);
    till.push(1, 1);
    welcome_of(hq, till, till.hello());
    CHECK(hq.count("incident") == 0);
    const auto answer = must(hq.intake->hello(till.device.public_key(), old, hq.now_ms));
    CHECK(answer.alarm.find("two copies") != std::string::npos);
    REQUIRE(std::holds_alternative<wire::Welcome>(answer.answer));
    REQUIRE(std::get<wire::Welcome>(answer.answer).other_chains.size() == 1);
    CHECK(std::get<wire::Welcome>(answer.answer).other_chains[0].epoch == till.epoch);
    const auto incidents = must(hq.store->incidents(till.id));
    REQUIRE(incidents.size() == 1);
    CHECK(incidents[0].report.kind == IncidentKind::kFork);
    CHECK(incidents[0].report.epoch == old.epoch);
    CHECK(incidents[0].report.seen_epoch == till.epoch);
    for (const wire::Hello& hello : {old, till.hello()})
        CHECK(std::get<wire::Refused>(must(hq.intake->hello(till.device.public_key(), hello, hq.now_ms)).answer).code ==
              wire::Refusal::kQuarantined);
}
