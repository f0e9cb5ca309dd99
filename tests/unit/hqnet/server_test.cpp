// The real server, real TLS, over books kept in memory that can be made slow, full or picky. What a ledger on disk adds
// is in ledger_server_test.cpp.
#include "hq-server/net/server.h"

#include <algorithm>

#include "sync/tuning.h"
#include "tests/support/fake_books.h"
#include "tests/support/push_maker.h"
#include "tests/support/wire_client.h"

using namespace tally;
using support::FakeLedger;
using support::PushMaker;
using support::WireClient;

namespace {

constexpr domain::MemberId kMember{{1, 2, 3}};

struct World {
    FakeLedger ledger;
    crypto::Device hq = crypto::Device::create();
    SystemClock clock;
    hqnet::ServerOptions options;
    std::unique_ptr<hqnet::Server> server;

    World() { options.poll_ms = 20; }
    void start() {
        auto started = hqnet::Server::start_with(options, support::FakeBooks::opener(ledger), hq, clock);
        REQUIRE(started.has_value());
        server = std::move(started).value();
    }
    std::unique_ptr<WireClient> client(const PushMaker& till) const {
        return std::make_unique<WireClient>(server->port(), till.device, hq.public_key());
    }
    ~World() {
        ledger.set([](FakeLedger& it) { it.commits_wait = false; });
    }
};

PushMaker till_of(domain::TerminalId terminal) {
    PushMaker till;
    till.terminal = terminal;
    return till;
}

}  // namespace

TEST_CASE("hq server: a push is acknowledged to its terminal and its change reaches another one live") {
    World world;
    world.start();
    PushMaker a = till_of(2), b = till_of(3);
    const auto at_a = world.client(a), at_b = world.client(b);
    at_a->open(a.hello());
    at_b->open(b.hello());
    at_b->say(wire::FeedWant{4});
    for (std::uint64_t i = 1; i <= 20; ++i) {
        at_a->say(a.earns(1, kMember));
        CHECK(at_a->expect<wire::Ack>().through_seq == i);
    }
    std::uint64_t seen = 0;
    while (seen < 20) {
        const auto page = at_b->expect<wire::FeedPage>();
        CHECK(page.from == seen);
        seen = page.to;
        at_b->say(wire::FeedWant{1});
    }
    const auto figures = world.server->figures();
    CHECK(figures.ops_committed == 20);
    CHECK(figures.sessions_now == 2);
}

TEST_CASE("hq server: a commit that hangs holds up neither other sessions nor the next Hello's line") {
    World world;
    world.ledger.commits_wait = true;
    world.start();
    PushMaker a = till_of(2), b = till_of(3);
    const auto at_a = world.client(a), at_b = world.client(b);
    at_a->open(a.hello());
    at_b->open(b.hello());
    at_a->say(a.earns(5, kMember));
    REQUIRE(world.ledger.wait([](FakeLedger& it) { return it.commit_waiting; }));
    for (std::uint64_t token = 1; token <= 50; ++token) {
        at_b->say(wire::Ping{token});
        CHECK(at_b->expect<wire::Pong>().token == token);
    }
    // What comes meanwhile is one group afterwards.
    for (int i = 0; i < 3; ++i) at_a->say(a.earns(5, kMember));
    for (int i = 0; i < 3; ++i) at_b->say(b.earns(5, kMember));
    at_a->say(wire::Ping{1});
    at_b->say(wire::Ping{1});
    at_a->expect<wire::Pong>();
    at_b->expect<wire::Pong>();
    world.ledger.set([](FakeLedger& it) { it.commits_wait = false; });
    for (int i = 0; i < 4; ++i) at_a->expect<wire::Ack>();
    for (int i = 0; i < 3; ++i) at_b->expect<wire::Ack>();
    CHECK(world.server->figures().groups_committed == 2);
    CHECK(world.server->figures().ops_committed == 35);
}

TEST_CASE("hq server: a full disk refuses everybody, and they are served when there is room again") {
    World world;
    world.ledger.commit_error = fail(Code::kFull, "no space");
    world.start();
    PushMaker a = till_of(2);
    const wire::Push push = a.earns(3, kMember);
    const auto first = world.client(a);
    first->open(a.hello());
    first->say(push);
    const auto refused = first->wait_end();
    REQUIRE(refused.has_value());
    CHECK(refused->code == wire::Refusal::kStorage);
    world.ledger.set([](FakeLedger& it) { it.commit_error.reset(); });
    const auto second = world.client(a);
    CHECK(second->open(a.hello()).next_seq == 1);
    second->say(push);
    CHECK(second->expect<wire::Ack>().through_seq == 3);
}

TEST_CASE("hq server: one push that storage cannot take does not stand in the way of the others in its group") {
    World world;
    world.ledger.commits_wait = true;
    world.ledger.poison = 3;
    world.start();
    PushMaker a = till_of(2), b = till_of(3), c = till_of(4);
    const auto at_a = world.client(a), at_b = world.client(b), at_c = world.client(c);
    at_a->open(a.hello());
    at_b->open(b.hello());
    at_c->open(c.hello());
    at_a->say(a.earns(1, kMember));
    REQUIRE(world.ledger.wait([](FakeLedger& it) { return it.commit_waiting; }));
    at_b->say(b.earns(1, kMember));
    at_c->say(c.earns(1, kMember));
    at_b->say(wire::Ping{1});
    at_b->expect<wire::Pong>();
    at_c->say(wire::Ping{1});
    at_c->expect<wire::Pong>();
    world.ledger.set([](FakeLedger& it) { it.commits_wait = false; });
    at_a->expect<wire::Ack>();
    at_c->expect<wire::Ack>();
    const auto refused = at_b->wait_end();
    REQUIRE(refused.has_value());
    CHECK(refused->code == wire::Refusal::kStorage);
}

TEST_CASE("hq server: a terminal that connects again replaces its older connection") {
    World world;
    world.start();
    PushMaker a = till_of(2);
    const auto older = world.client(a);
    older->open(a.hello());
    const auto newer = world.client(a);
    newer->open(a.hello());
    const auto refused = older->wait_end();
    REQUIRE(refused.has_value());
    CHECK(refused->code == wire::Refusal::kBusy);
    newer->say(a.earns(1, kMember));
    CHECK(newer->expect<wire::Ack>().through_seq == 1);
    CHECK(world.server->figures().sessions_now == 1);
}

TEST_CASE("hq server: who is on the line is told again and again for all together, who left at once, and at the end") {
    World world;
    world.options.contacts_ms = 20;
    world.start();
    PushMaker a = till_of(2), b = till_of(3);
    auto at_a = world.client(a);
    const auto at_b = world.client(b);
    at_a->open(a.hello());
    at_b->open(b.hello());
    const auto told = [](FakeLedger& it, domain::TerminalId terminal, bool connected) {
        return std::count_if(it.contacts.begin(), it.contacts.end(), [&](const auto& one) {
            return one.first.terminal == terminal && one.first.connected == connected;
        });
    };
    CHECK(world.ledger.wait([&](FakeLedger& it) { return told(it, 2, true) >= 3 && told(it, 3, true) >= 3; }));
    at_a->close();
    CHECK(world.ledger.wait([&](FakeLedger& it) { return told(it, 2, false) == 1; }));
    world.ledger.set([](FakeLedger& it) { it.contacts.clear(); });
    CHECK(world.ledger.wait([&](FakeLedger& it) { return told(it, 3, true) >= 3; }));
    world.server->stop();
    world.server->wait();
    world.ledger.set([&](FakeLedger& it) {
        CHECK(told(it, 2, true) == 0);
        REQUIRE(told(it, 3, false) == 1);
        CHECK(it.contacts.back().first.terminal == 3);
        CHECK_FALSE(it.contacts.back().first.connected);
        CHECK(it.contacts.back().second);  // written before the books close
    });
}

TEST_CASE("hq server: a revocation by another process cuts the terminal off, with the reason, and nobody else") {
    World world;
    world.start();
    PushMaker a = till_of(2), b = till_of(3);
    const auto at_a = world.client(a), at_b = world.client(b);
    at_a->open(a.hello());
    at_b->open(b.hello());
    world.ledger.set([](FakeLedger& it) {
        it.revoked.insert(2);
        it.touched = true;
    });
    const auto refused = at_a->wait_end();
    REQUIRE(refused.has_value());
    CHECK(refused->code == wire::Refusal::kRevoked);
    CHECK(refused->text == "revoked: stolen");
    at_b->say(wire::Ping{1});
    at_b->expect<wire::Pong>();
    const auto again = world.client(a);
    again->say(a.hello());
    const auto at_hello = again->wait_end();
    REQUIRE(at_hello.has_value());
    CHECK(at_hello->code == wire::Refusal::kRevoked);
}

TEST_CASE("hq server: what another process imported flows out without anybody pushing") {
    World world;
    world.start();
    PushMaker a = till_of(2);
    const auto at_a = world.client(a);
    at_a->open(a.hello());
    at_a->say(wire::FeedWant{1});
    world.ledger.set([](FakeLedger& it) {
        it.head = 77;
        it.touched = true;
    });
    CHECK(at_a->expect<wire::FeedPage>().to == 77);
}

TEST_CASE("hq server: a reader that stopped reading does not hold up the others, and its queue is bounded") {
    World world;
    world.ledger.page_bytes = 400 * 1024;
    world.ledger.head = 1000;
    world.start();
    PushMaker a = till_of(2), b = till_of(3);
    const auto at_a = world.client(a), at_b = world.client(b);
    at_a->open(a.hello());
    wire::Hello hello = b.hello();
    hello.cursor = 1000;
    at_b->open(hello);
    at_a->read(false);
    for (int i = 0; i < 200; ++i) at_a->say(wire::FeedWant{16});
    for (std::uint64_t i = 1; i <= 100; ++i) {
        at_b->say(b.earns(1, kMember));
        CHECK(at_b->expect<wire::Ack>().through_seq == i);
    }
    // 1,000 pages of 400 KiB were wanted; what the socket and the queue hold is far less.
    CHECK(world.server->figures().pages_sent < 64);
    at_a->read(true);
    for (std::uint64_t to = 0; to < 200; to = at_a->expect<wire::FeedPage>().to) at_a->say(wire::FeedWant{1});
}

TEST_CASE("hq server: a flood of pushes is taken at the pace of storage, and every one is answered") {
    World world;
    world.ledger.commits_wait = true;
    world.start();
    PushMaker a = till_of(2);
    const auto at_a = world.client(a);
    at_a->open(a.hello());
    for (int i = 0; i < 100; ++i) at_a->say(a.earns(20, kMember));
    REQUIRE(world.ledger.wait([](FakeLedger& it) { return it.commit_waiting; }));
    world.ledger.set([](FakeLedger& it) { it.commits_wait = false; });
    for (std::uint64_t i = 1; i <= 100; ++i) CHECK(at_a->expect<wire::Ack>().through_seq == 20 * i);
    // Never more than the window in one group.
    CHECK(world.server->figures().groups_committed >= 100 / (tuning::kSessionPushesMax + 1));
}

TEST_CASE("hq server: strangers that say nothing or nonsense are dropped, and told why") {
    World world;
    world.options.hello_ms = 150;
    world.start();
    const PushMaker stranger = till_of(9);
    const auto silent = world.client(stranger);
    auto refused = silent->wait_end();
    REQUIRE(refused.has_value());
    CHECK(refused->text.find("no Hello") != std::string::npos);
    const auto noisy = world.client(stranger);
    noisy->send(Bytes(100'000, 0xee));
    refused = noisy->wait_end();
    REQUIRE(refused.has_value());
    CHECK(refused->code == wire::Refusal::kBadFrame);
    const auto enrolling = world.client(stranger);
    enrolling->say(wire::Enrol{{wire::kProtocolVersion}, Bytes(16, 1), "test"});
    refused = enrolling->wait_end();
    REQUIRE(refused.has_value());
    CHECK(refused->code == wire::Refusal::kTicket);
    CHECK(world.server->figures().sessions_opened == 0);
    CHECK(world.server->figures().refused == 3);
}

TEST_CASE("hq server: it ends in order: what was received is committed and answered, then connections close") {
    World world;
    world.ledger.commits_wait = true;
    world.start();
    PushMaker a = till_of(2);
    const auto at_a = world.client(a);
    at_a->open(a.hello());
    at_a->say(a.earns(1, kMember));
    REQUIRE(world.ledger.wait([](FakeLedger& it) { return it.commit_waiting; }));
    at_a->say(a.earns(1, kMember));
    at_a->say(wire::Ping{1});
    at_a->expect<wire::Pong>();
    world.server->stop();
    world.ledger.set([](FakeLedger& it) { it.commits_wait = false; });
    CHECK(at_a->expect<wire::Ack>().through_seq == 1);
    CHECK(at_a->expect<wire::Ack>().through_seq == 2);
    CHECK(!at_a->next().has_value());
    world.server->wait();
    CHECK(world.server->figures().ops_committed == 2);
    const auto late = world.client(a);
    CHECK(!late->next().has_value());
}

TEST_CASE("hq server: books that do not open and a port that is taken are said, not served") {
    World world;
    world.start();
    hqnet::ServerOptions taken;
    taken.port = world.server->port();
    const auto second =
        hqnet::Server::start_with(taken, support::FakeBooks::opener(world.ledger), world.hq, world.clock);
    REQUIRE(!second.has_value());
    CHECK(second.error().code == Code::kBusy);
    const auto closed = hqnet::Server::start_with(
        {}, []() -> Result<std::unique_ptr<hqnet::Books>> { return fail(Code::kWrongKey, "no slot opens"); }, world.hq,
        world.clock);
    REQUIRE(!closed.has_value());
    CHECK(closed.error().code == Code::kWrongKey);
}
