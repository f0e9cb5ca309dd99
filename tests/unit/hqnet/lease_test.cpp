// Leases on the line: which wants are taken, their bounds and their order, and who is asked to give back.
#include <algorithm>

#include "hq-server/net/server.h"
#include "tests/support/fake_books.h"
#include "tests/support/wire_client.h"
#include "tests/unit/hqnet/driver.h"

using namespace tally;
using namespace tally::hqnet;
using hqnet::test::Driver;
using support::FakeLedger;
using support::PushMaker;
using support::WireClient;

namespace {

std::size_t states(const Driver& driver) {
    return static_cast<std::size_t>(std::count_if(driver.sent.begin(), driver.sent.end(), [](const auto& message) {
        return std::holds_alternative<wire::LeaseState>(message);
    }));
}

void open_at(Driver& driver, std::uint32_t version) {
    driver.say(driver.till.hello());
    auto answer = driver.welcome();
    std::get<wire::Welcome>(answer.answer).version = version;
    driver.answer_hello(std::move(answer));
    REQUIRE(driver.session.is_open());
    driver.sent.clear();
}

}  // namespace

TEST_CASE("hq session: a want goes to storage and its state comes back") {
    Driver driver;
    driver.open();
    driver.say(driver.want(100));
    REQUIRE(driver.wants.size() == 1);
    CHECK(driver.wants[0].points == 100);
    CHECK(driver.wants[0].epoch == driver.till.epoch);
    driver.answer_want(intake::LeaseAnswer{driver.lease_state()});
    CHECK(states(driver) == 1);
    CHECK(driver.ended.empty());
}

TEST_CASE("hq session: a want before Hello, or where an older version is spoken, ends the session") {
    Driver stranger;
    stranger.say(stranger.want(1));
    CHECK(stranger.refused()->code == wire::Refusal::kBadMessage);
    Driver older;
    open_at(older, 2);
    older.say(older.want(1));
    CHECK(older.refused()->code == wire::Refusal::kBadMessage);
    CHECK(older.refused()->text == "a LeaseWant where protocol version 2 is spoken");
    CHECK(older.wants.empty());
}

TEST_CASE("hq session: a terminal that sends a LeaseState, or a want out of range, is refused") {
    Driver state;
    state.open();
    state.say(state.lease_state());
    CHECK(state.refused()->code == wire::Refusal::kBadMessage);
    for (const auto& spoil :
         {+[](wire::LeaseWant& want) { want.points = -1; },
          +[](wire::LeaseWant& want) { want.points = domain::kPointsMax + 1; },
          +[](wire::LeaseWant& want) { want.after_seq = 0; }, +[](wire::LeaseWant& want) { want.epoch = {}; },
          +[](wire::LeaseWant& want) { want.member = {}; }}) {
        Driver driver;
        driver.open();
        wire::LeaseWant want = driver.want(5);
        spoil(want);
        driver.say(want);
        CHECK(driver.refused()->code == wire::Refusal::kBadMessage);
        CHECK(driver.wants.empty());
    }
}

TEST_CASE("hq session: undecided wants are bounded by count, and reading resumes as answers come") {
    SessionLimits limits;
    limits.lease_wants_max = 2;
    Driver driver(limits);
    driver.open();
    for (int i = 0; i < 4; ++i) driver.say(driver.want(i));
    CHECK(driver.wants.size() == 2);
    CHECK_FALSE(driver.reading);
    driver.answer_want(intake::LeaseAnswer{driver.lease_state()});
    CHECK(driver.wants.size() == 3);
    CHECK_FALSE(driver.reading);
    driver.answer_want(intake::LeaseAnswer{driver.lease_state()});
    driver.answer_want(intake::LeaseAnswer{driver.lease_state()});
    CHECK(driver.wants.size() == 4);
    CHECK(driver.reading);
    driver.answer_want(intake::LeaseAnswer{driver.lease_state()});
    CHECK(states(driver) == 4);
}

TEST_CASE("hq session: wants faster than the rate end the session, and a pause pays for a burst") {
    SessionLimits limits;
    limits.lease_want_every_ms = 100;
    limits.lease_want_burst_ms = 300;
    Driver driver(limits);
    driver.open();
    const auto ask = [&] {
        driver.say(driver.want(1));
        if (driver.ended.empty()) driver.answer_want(intake::LeaseAnswer{driver.lease_state()});
    };
    for (int i = 0; i < 3; ++i) ask();
    CHECK(driver.ended.empty());
    driver.now_ms += 1000;
    for (int i = 0; i < 3; ++i) ask();
    CHECK(driver.ended.empty());
    ask();
    CHECK(driver.refused()->code == wire::Refusal::kBusy);
    CHECK(driver.wants.size() == 6);
}

TEST_CASE("hq session: a refused want, or storage that fails, ends the session with the reason") {
    Driver driver;
    driver.open();
    driver.say(driver.want(1));
    driver.answer_want(intake::LeaseAnswer{wire::Refused{wire::Refusal::kRevoked, "stolen"}});
    CHECK(driver.refused()->code == wire::Refusal::kRevoked);
    driver.answer_want(intake::LeaseAnswer{driver.lease_state()});  // dropped: nothing comes after the end
    Driver full;
    full.open();
    full.say(full.want(1));
    full.answer_want(fail(Code::kFull, "no space"));
    CHECK(full.refused()->code == wire::Refusal::kStorage);
}

TEST_CASE("hq session: give_back is told to an open session of the epoch that holds, and to nobody else") {
    Driver driver;
    driver.recall(driver.lease_state(true));  // still a stranger
    CHECK(driver.sent.empty());
    driver.open();
    driver.recall(driver.lease_state(true));
    REQUIRE(states(driver) == 1);
    CHECK(std::get<wire::LeaseState>(driver.sent.back()).give_back);
    wire::LeaseState earlier = driver.lease_state(true);
    earlier.page.covered_epoch.bytes[5] ^= 1;
    driver.recall(earlier);
    CHECK(states(driver) == 1);
    driver.session.set_congested(true, driver.now_ms, driver.now_ms);
    driver.collect();
    driver.recall(driver.lease_state(true));
    CHECK(states(driver) == 1);
    Driver older;
    open_at(older, 2);
    older.recall(older.lease_state(true));
    CHECK(older.sent.empty());
}

namespace {

struct LeaseWorld {
    FakeLedger ledger;
    crypto::Device hq = crypto::Device::create();
    SystemClock clock;
    std::unique_ptr<Server> server;
    PushMaker a, b;
    std::unique_ptr<WireClient> at_a, at_b;

    LeaseWorld() {
        ServerOptions options;
        options.poll_ms = 20;
        auto started = Server::start_with(options, support::FakeBooks::opener(ledger), hq, clock);
        REQUIRE(started.has_value());
        server = std::move(started).value();
        a.terminal = 2;
        b.terminal = 3;
        at_a = std::make_unique<WireClient>(server->port(), a.device, hq.public_key());
        at_b = std::make_unique<WireClient>(server->port(), b.device, hq.public_key());
        at_a->open(a.hello());
        at_b->open(b.hello());
    }
    static wire::LeaseWant want(const PushMaker& till) { return {till.epoch, till.next_seq, test::kMember, 10}; }
    ~LeaseWorld() {
        ledger.set([](FakeLedger& it) { it.commits_wait = false; });
    }
};

}  // namespace

TEST_CASE(
    "hq server: wants are committed in the group of the pushes before them, and each session is answered in order") {
    LeaseWorld world;
    world.ledger.set([](FakeLedger& it) { it.commits_wait = true; });
    world.at_b->say(world.b.earns(1, test::kMember));
    REQUIRE(world.ledger.wait([](FakeLedger& it) { return it.commit_waiting; }));
    world.at_a->say(world.a.earns(2, test::kMember));
    world.at_a->say(LeaseWorld::want(world.a));
    world.at_b->say(LeaseWorld::want(world.b));
    world.at_a->say(world.a.earns(3, test::kMember));  // behind a want of its own: the next group
    world.at_a->say(LeaseWorld::want(world.a));
    for (const auto& at : {world.at_a.get(), world.at_b.get()}) {
        at->say(wire::Ping{1});
        at->expect<wire::Pong>();
    }
    world.ledger.set([](FakeLedger& it) { it.commits_wait = false; });
    CHECK(world.at_a->expect<wire::Ack>().through_seq == 2);
    CHECK(world.at_a->expect<wire::LeaseState>().page.covered_seq == 2);
    CHECK(world.at_a->expect<wire::Ack>().through_seq == 5);
    CHECK(world.at_a->expect<wire::LeaseState>().page.covered_seq == 5);
    world.at_b->expect<wire::Ack>();
    CHECK(world.at_b->expect<wire::LeaseState>().page.covered_seq == 1);
    CHECK(world.server->figures().groups_committed == 3);
}

TEST_CASE("hq server: a want that storage cannot take does not stand in the way of the others in its group") {
    LeaseWorld world;
    world.ledger.set([](FakeLedger& it) { it.commits_wait = true; });
    world.at_a->say(world.a.earns(1, test::kMember));
    REQUIRE(world.ledger.wait([](FakeLedger& it) { return it.commit_waiting; }));
    world.ledger.set([](FakeLedger& it) { it.poison = 3; });
    world.at_b->say(LeaseWorld::want(world.b));
    world.at_a->say(LeaseWorld::want(world.a));
    for (const auto& at : {world.at_a.get(), world.at_b.get()}) {
        at->say(wire::Ping{1});
        at->expect<wire::Pong>();
    }
    world.ledger.set([](FakeLedger& it) { it.commits_wait = false; });
    world.at_a->expect<wire::Ack>();
    world.at_a->expect<wire::LeaseState>();
    const auto refused = world.at_b->wait_end();
    REQUIRE(refused.has_value());
    CHECK(refused->code == wire::Refusal::kStorage);
}

TEST_CASE("hq server: a holder that is connected is asked to give back, and one that is not holds up nobody") {
    LeaseWorld world;
    world.ledger.set([&](FakeLedger& it) {
        it.recalled = 3;
        it.recalled_epoch = world.b.epoch;
    });
    world.at_a->say(LeaseWorld::want(world.a));
    CHECK_FALSE(world.at_a->expect<wire::LeaseState>().give_back);
    CHECK(world.at_b->expect<wire::LeaseState>().give_back);
    world.at_b->close();
    world.at_a->say(LeaseWorld::want(world.a));
    CHECK_FALSE(world.at_a->expect<wire::LeaseState>().give_back);
}
