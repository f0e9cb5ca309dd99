// Several epochs on one connection: order of pushing, whose acknowledgement it is, what is given back.
#include <doctest/doctest.h>

#include <map>

#include "pair.h"

using namespace tally;
using namespace tally::session;
using namespace tally::session::test;

namespace {

OwnChain earlier_chain(std::uint8_t epoch, std::uint64_t made, std::uint64_t acked = 0) {
    return {epoch_of(epoch), made + 1, op_hash(made), acked, made + 1, false};
}
// An opening of the epochs 1 (3 operations), 2 (none) and 3 (4), before the current one with 2.
Opening opening_of_epochs() {
    Opening opening{5, epoch_of(7), 3, op_hash(2), {}, 0, "test", 0, {}, {}};
    opening.earlier = {earlier_chain(1, 3), earlier_chain(2, 0), earlier_chain(3, 4)};
    return opening;
}
wire::Push batch_of(const NeedBatch& need, std::uint64_t made) {
    wire::Push push;
    push.epoch = need.epoch;
    push.first_seq = need.first_seq;
    for (std::uint64_t seq = need.first_seq; seq <= made && push.ops.size() < need.ops_max; ++seq)
        push.ops.push_back({op_bytes(seq), {}, {}});
    return push;
}

}  // namespace

TEST_CASE("session: operations of earlier epochs are pushed first, oldest epoch first, and each ack is its epoch's") {
    Limits limits;
    limits.batch_ops = 2;
    limits.batches_in_flight = 10;
    TerminalSession session(opening_of_epochs(), limits);
    session.start({1, 1});
    wire::Welcome welcome;
    welcome.incarnation = incarnation_of(9);
    welcome.other_chains = {{epoch_of(1), 2, op_hash(1)}};  // one of three is there
    Effects effects = session.on_bytes(wire::encode_message(welcome), {2, 2});
    REQUIRE(first<NeedHash>(effects));
    CHECK(first<NeedHash>(effects)->epoch == epoch_of(1));
    CHECK(first<NeedHash>(effects)->seq == 1);
    effects = session.on_hash(op_hash(1), {3, 3});
    const std::map<domain::Epoch, std::uint64_t> made = {{epoch_of(1), 3}, {epoch_of(3), 4}, {epoch_of(7), 2}};
    std::vector<std::pair<domain::Epoch, std::uint64_t>> order;
    while (const NeedBatch* need = first<NeedBatch>(effects)) {
        const wire::Push push = batch_of(*need, made.at(need->epoch));
        for (std::size_t i = 0; i < push.ops.size(); ++i) order.emplace_back(push.epoch, push.first_seq + i);
        effects = session.on_batch(push, {4, 4});
    }
    const std::vector<std::pair<domain::Epoch, std::uint64_t>> expected = {
        {epoch_of(1), 2}, {epoch_of(1), 3}, {epoch_of(3), 1}, {epoch_of(3), 2},
        {epoch_of(3), 3}, {epoch_of(3), 4}, {epoch_of(7), 1}, {epoch_of(7), 2}};
    CHECK(order == expected);
    effects = session.on_bytes(wire::encode_message(wire::Ack{epoch_of(1), 3, {}}), {5, 5});
    REQUIRE(first<RecordAck>(effects));
    CHECK(first<RecordAck>(effects)->ack.epoch == epoch_of(1));
    CHECK(session.acknowledged_through() == 0);
    effects = session.on_bytes(wire::encode_message(wire::Ack{epoch_of(7), 3, {}}), {6, 6});
    REQUIRE(first<Close>(effects));  // more than was sent of that epoch
    CHECK(first<Close>(effects)->reason == CloseReason::kProtocol);
}

TEST_CASE("session: what HQ holds more of an earlier epoch is asked back, page by page, and then of the next") {
    Opening opening = opening_of_epochs();
    TerminalSession session(opening, {});
    session.start({1, 1});
    wire::Welcome welcome;
    welcome.incarnation = incarnation_of(9);
    welcome.other_chains = {{epoch_of(1), 8, op_hash(7)}, {epoch_of(4), 3, op_hash(2)}};  // 4: not in this log at all
    Effects effects = session.on_bytes(wire::encode_message(welcome), {2, 2});
    const auto wanted = [](const Effects& from) {
        for (const wire::Message& message : messages_in(joined(from)))
            if (const auto* want = std::get_if<wire::OpsWant>(&message)) return *want;
        return wire::OpsWant{{}, 0};
    };
    CHECK(wanted(effects).epoch == epoch_of(4));
    CHECK(wanted(effects).first_seq == 1);
    const auto give = [&](std::uint8_t epoch, std::uint64_t from, std::uint64_t to) {
        wire::OpsReturn out{epoch_of(epoch), from, {}};
        for (std::uint64_t seq = from; seq <= to; ++seq) out.ops.push_back({op_bytes(seq), {}, {}});
        return session.on_bytes(wire::encode_message(out), {3, 3});
    };
    effects = give(4, 1, 2);
    REQUIRE(first<KeepReturned>(effects));
    effects = session.on_kept(3, false, {4, 4});
    CHECK(wanted(effects).epoch == epoch_of(1));
    CHECK(wanted(effects).first_seq == 4);
    REQUIRE(first<KeepReturned>(give(1, 4, 5)));
    effects = session.on_kept(6, false, {5, 5});
    CHECK(wanted(effects).first_seq == 6);
    SUBCASE("one that does not continue our log is a fork of that epoch") {
        REQUIRE(first<KeepReturned>(give(1, 6, 6)));
        effects = session.on_kept(6, true, {6, 6});
        REQUIRE(first<Branched>(effects));
        CHECK(first<Branched>(effects)->epoch == epoch_of(1));
        CHECK(first<NeedBatch>(effects)->epoch == epoch_of(1));
    }
    SUBCASE("what was not asked for is refused") {
        effects = give(1, 7, 7);
        REQUIRE(first<Close>(effects));
        CHECK(first<Close>(effects)->reason == CloseReason::kProtocol);
    }
    SUBCASE("nothing at all is refused: HQ said that it has them") {
        effects = session.on_bytes(wire::encode_message(wire::OpsReturn{epoch_of(1), 6, {}}), {6, 6});
        REQUIRE(first<Close>(effects));
    }
}

TEST_CASE("session: HQ of version 1 tells of the current epoch only, so only that is pushed") {
    TerminalSession session(opening_of_epochs(), {});
    session.start({1, 1});
    wire::Welcome welcome;
    welcome.version = 1;
    welcome.incarnation = incarnation_of(9);
    const Effects effects = session.on_bytes(wire::encode_message(welcome), {2, 2});
    REQUIRE(first<NeedBatch>(effects));
    CHECK(first<NeedBatch>(effects)->epoch == epoch_of(7));
}

TEST_CASE("session: of a branch everything unacknowledged goes up as evidence, and HQ's refusal says that it is kept") {
    Limits limits;
    limits.batch_ops = 2;
    TerminalSession session({5, epoch_of(7), 6, op_hash(5), {}, 0, "test", 2, {}, {}}, limits);
    session.start({1, 1});
    wire::Welcome welcome;
    welcome.incarnation = incarnation_of(9);
    welcome.next_seq = 5;
    welcome.head = op_hash(99);
    REQUIRE(first<NeedHash>(session.on_bytes(wire::encode_message(welcome), {2, 2})));
    Effects effects = session.on_hash(op_hash(4), {3, 3});
    REQUIRE(first<Branched>(effects));
    CHECK(first<Branched>(effects)->log_seq == 5);
    CHECK(first<Branched>(effects)->hq_seq == 4);
    REQUIRE(first<NeedBatch>(effects));
    CHECK(first<NeedBatch>(effects)->first_seq == 3);
    effects = session.on_batch(batch_of(*first<NeedBatch>(effects), 5), {4, 4});
    CHECK(std::holds_alternative<wire::Push>(messages_in(joined(effects)).at(0)));
    CHECK(!first<NeedBatch>(effects));  // one at a time: HQ refuses the first that differs
    wire::FeedPage page;
    page.incarnation = incarnation_of(9);
    CHECK(!first<ApplyPage>(session.on_bytes(wire::encode_message(page), {5, 5})));  // nothing over a branch
    std::uint64_t named = 0, kept_from = 3;
    SUBCASE("from the first that HQ names") { named = 4, kept_from = 4; }
    SUBCASE("from the first that was sent, where HQ names none") {}
    SUBCASE("from the first that was sent, where HQ names another") { named = 77; }
    effects = session.on_bytes(
        wire::encode_message(wire::Refused{wire::Refusal::kBrokenChain, "the log has branched", named}), {6, 6});
    REQUIRE(first<BranchKept>(effects));
    CHECK(first<BranchKept>(effects)->first_seq == kept_from);
    CHECK(first<BranchKept>(effects)->through_seq == 4);
    REQUIRE(first<Close>(effects));
    CHECK(first<Close>(effects)->reason == CloseReason::kBranch);
    CHECK(first<Close>(effects)->refused.has_value());
}

TEST_CASE("session: no page is applied before a chain that lost some is known to be HQ's") {
    TerminalSession session(opening_of_epochs(), {});
    session.start({1, 1});
    wire::Welcome welcome;
    welcome.incarnation = incarnation_of(9);
    welcome.feed_head = 9;
    welcome.other_chains = {{epoch_of(1), 8, op_hash(7)}};
    session.on_bytes(wire::encode_message(welcome), {2, 2});
    wire::FeedPage page;
    page.incarnation = incarnation_of(9);
    page.to = page.as_of = 9;
    CHECK(!first<ApplyPage>(session.on_bytes(wire::encode_message(page), {3, 3})));
    wire::OpsReturn back{epoch_of(1), 4, {{op_bytes(4), {}, {}}}};
    REQUIRE(first<KeepReturned>(session.on_bytes(wire::encode_message(back), {4, 4})));
    CHECK(first<ApplyPage>(session.on_kept(5, false, {5, 5})));
}

TEST_CASE("session: the current epoch waits with its push until what is unknown here has begun to come back") {
    Opening opening{5, epoch_of(7), 3, op_hash(2), {}, 0, "test", 0, {}, {}};
    TerminalSession session(opening, {});
    session.start({1, 1});
    wire::Welcome welcome;
    welcome.incarnation = incarnation_of(9);
    welcome.other_chains = {{epoch_of(4), 2, op_hash(1)}};
    Effects effects = session.on_bytes(wire::encode_message(welcome), {2, 2});
    CHECK(!first<NeedBatch>(effects));
    CHECK(!first<Close>(effects));  // headquarters knows nothing of the current epoch: it has not been followed
    REQUIRE(first<KeepReturned>(
        session.on_bytes(wire::encode_message(wire::OpsReturn{epoch_of(4), 1, {{op_bytes(1), {}, {}}}}), {3, 3})));
    effects = session.on_kept(2, false, {4, 4});
    REQUIRE(first<NeedBatch>(effects));
    CHECK(first<NeedBatch>(effects)->epoch == epoch_of(7));
}

TEST_CASE(
    "session: an unknown epoch beside a known current one is a second copy: nothing is pushed, a new one begins") {
    Opening opening{5, epoch_of(7), 3, op_hash(2), {}, 0, "test", 0, {}, {}};
    bool known = false;
    SUBCASE("but not where some of it was given back before") { known = true; }
    SUBCASE("") {}
    if (known) opening.earlier = {earlier_chain(4, 0)};
    TerminalSession session(opening, {});
    session.start({1, 1});
    wire::Welcome welcome;
    welcome.incarnation = incarnation_of(9);
    welcome.next_seq = 3;
    welcome.head = op_hash(2);
    welcome.other_chains = {{epoch_of(4), 6, op_hash(5)}};
    const Effects effects = session.on_bytes(wire::encode_message(welcome), {2, 2});
    if (known) {
        CHECK(!first<Close>(effects));
        return;
    }
    REQUIRE(first<Close>(effects));
    CHECK(first<Close>(effects)->reason == CloseReason::kReplicaOld);
    CHECK(first<Close>(effects)->hq_epoch == epoch_of(4));
    CHECK(first<Close>(effects)->hq_seq == 5);
    CHECK(!first<NeedBatch>(effects));
}
