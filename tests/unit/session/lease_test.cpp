// Asking headquarters for a lease: behind every operation, once each, and only whom can be asked.
#include <doctest/doctest.h>

#include "pair.h"

using namespace tally;
using namespace tally::session;
using namespace tally::session::test;

namespace {

domain::MemberId asked_member(std::uint8_t byte) {
    domain::MemberId id;
    id.bytes.fill(byte);
    return id;
}

struct LeaseTalk {
    ModelReplica replica;
    Limits limits;
    std::optional<TerminalSession> session;
    Moment now{1000, 500'000};

    explicit LeaseTalk(std::uint64_t made) {
        replica.made = made;
        replica.incarnation = incarnation_of(9);
        limits.batch_ops = 2;
        limits.batches_in_flight = 1;
    }
    // HQ holds `held` of the operations.
    Effects open(std::uint64_t held, std::uint32_t version = wire::kProtocolVersion) {
        session.emplace(replica.opening(), limits);
        (void)session->start(now);
        Effects effects = hear(wire::Welcome{version, incarnation_of(9), held + 1, op_hash(held), 0, 500'000, {}});
        if (const NeedHash* need = first<NeedHash>(effects)) effects = session->on_hash(op_hash(need->seq), now);
        REQUIRE(session->is_open());
        return effects;
    }
    Effects hear(const wire::Message& message) { return session->on_bytes(wire::encode_message(message), now); }
    std::vector<wire::LeaseWant> wants_in(const Effects& effects) {
        std::vector<wire::LeaseWant> out;
        for (const wire::Message& message : messages_in(joined(effects)))
            if (const auto* want = std::get_if<wire::LeaseWant>(&message)) out.push_back(*want);
        return out;
    }
};

wire::LeaseState told_state(std::uint8_t incarnation, bool give_back = false) {
    wire::LeaseState out;
    out.page.incarnation = incarnation_of(incarnation);
    out.page.members.push_back({asked_member(3), 5, {}, {}, {}});
    out.give_back = give_back;
    return out;
}

}  // namespace

TEST_CASE("session: a want names what comes next in the log, and goes at once when all was sent") {
    LeaseTalk talk(5);
    talk.open(5);
    const auto wants = talk.wants_in(talk.session->on_lease_want(asked_member(3), 300, talk.now));
    REQUIRE(wants.size() == 1);
    CHECK(wants[0].epoch == talk.replica.epoch);
    CHECK(wants[0].after_seq == 6);
    CHECK(wants[0].member == asked_member(3));
    CHECK(wants[0].points == 300);
}

TEST_CASE("session: a want waits until every operation before it was sent, and goes behind the last of them") {
    LeaseTalk talk(3);
    Effects effects = talk.open(0);
    REQUIRE(first<NeedBatch>(effects));
    CHECK(talk.wants_in(talk.session->on_lease_want(asked_member(3), 300, talk.now)).empty());
    CHECK(talk.wants_in(talk.session->on_batch(talk.replica.batch(1, 2), talk.now)).empty());
    effects = talk.hear(wire::Ack{talk.replica.epoch, 2, {}});
    CHECK(talk.wants_in(effects).empty());
    effects = talk.session->on_batch(talk.replica.batch(3, 2), talk.now);
    const auto said = messages_in(joined(effects));
    REQUIRE(said.size() == 2);
    CHECK(std::holds_alternative<wire::Push>(said[0]));
    CHECK(std::get<wire::LeaseWant>(said[1]).after_seq == 4);
}

TEST_CASE("session: a headquarters of an earlier version is not asked") {
    LeaseTalk talk(0);
    talk.open(0, 2);
    const Effects effects = talk.session->on_lease_want(asked_member(3), 300, talk.now);
    CHECK(joined(effects).empty());
    REQUIRE(first<LeaseNotAsked>(effects));
    CHECK(first<LeaseNotAsked>(effects)->member == asked_member(3));
}

TEST_CASE("session: more wants than cashiers could have are not asked") {
    LeaseTalk talk(3);
    talk.open(0);  // and nothing is sent yet, so wants gather
    for (std::size_t i = 0; i < tuning::kLeaseWantsMax; ++i)
        CHECK(talk.session->on_lease_want(asked_member(3), 1, talk.now).empty());
    CHECK(first<LeaseNotAsked>(talk.session->on_lease_want(asked_member(4), 1, talk.now)));
}

TEST_CASE("session: a state beside the feed is handed out, and moves no cursor and no credit") {
    LeaseTalk talk(0);
    talk.open(0);
    const Effects effects = talk.hear(told_state(9, true));
    const auto* taken = first<TakeLeases>(effects);
    REQUIRE(taken);
    CHECK(taken->told.give_back);
    CHECK(taken->told.page.members.front().member == asked_member(3));
    CHECK(joined(effects).empty());
    CHECK(talk.session->is_open());
}

TEST_CASE("session: a state of another incarnation than Welcome's ends the line") {
    LeaseTalk talk(0);
    talk.open(0);
    const Effects effects = talk.hear(told_state(8));
    REQUIRE(first<Close>(effects));
    CHECK(first<Close>(effects)->reason == CloseReason::kProtocol);
    CHECK_FALSE(first<TakeLeases>(effects));
}
