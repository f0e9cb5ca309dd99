// What a terminal does with an HQ that has lost a part of its past (PROTOCOL.md, R6 and R10).
#include <doctest/doctest.h>

#include "pair.h"

using namespace tally;
using namespace tally::session;
using namespace tally::session::test;

namespace {

const Moment kNow{1000, 500'000};

// A terminal with 5 operations and a cursor of 77 in incarnation 9, that has said Hello.
TerminalSession greeted() {
    ModelReplica replica;
    replica.made = 5;
    replica.incarnation = incarnation_of(9);
    replica.cursor = 77;
    TerminalSession session(replica.opening());
    CHECK(count<Send>(session.start(kNow)) == 1);
    return session;
}

Effects welcome(TerminalSession& session, std::uint8_t incarnation, std::uint64_t feed_head) {
    const wire::Welcome said{1, incarnation_of(incarnation), 1, {}, feed_head, 500'000};
    return session.on_bytes(wire::encode_message(said), kNow);
}

}  // namespace

TEST_CASE("session: an HQ whose log ends before our cursor is told that it is an older copy, and nothing is pushed") {
    TerminalSession session = greeted();
    const Effects effects = welcome(session, 9, 76);
    REQUIRE(count<Close>(effects) == 1);
    CHECK(first<Close>(effects)->reason == CloseReason::kHqOld);
    CHECK(session.is_closed());
    CHECK(count<Opened>(effects) == 0);
    const auto said = messages_in(joined(effects));
    REQUIRE(said.size() == 1);
    const auto& refused = std::get<wire::Refused>(said[0]);
    CHECK(refused.code == wire::Refusal::kBrokenChain);
    CHECK(refused.text.find("restored") != std::string::npos);
}

TEST_CASE("session: a cursor at HQ's very head is none of that") {
    TerminalSession session = greeted();
    const Effects effects = welcome(session, 9, 77);
    REQUIRE(count<Opened>(effects) == 1);
    CHECK(!first<Opened>(effects)->hq_restored);
    CHECK(session.is_open());
}

TEST_CASE("session: another incarnation of HQ starts the feed from zero and says so, and what HQ lacks goes up again") {
    TerminalSession session = greeted();
    const Effects effects = welcome(session, 10, 3);
    REQUIRE(count<Opened>(effects) == 1);
    CHECK(first<Opened>(effects)->hq_restored);
    REQUIRE(count<NeedBatch>(effects) == 1);
    CHECK(first<NeedBatch>(effects)->first_seq == 1);
    wire::FeedPage page;
    page.incarnation = incarnation_of(10);
    page.to = page.as_of = 3;
    CHECK(count<ApplyPage>(session.on_bytes(wire::encode_message(page), kNow)) == 1);
}
