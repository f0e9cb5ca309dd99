// A real terminal's replica and agent, a real headquarters, and between them a line that is cut everywhere: in the TLS
// handshake, in Hello, inside pushes, acknowledgements and pages. Every operation arrives, exactly once.
#include "common/replica/till.h"
#include "hq-server/net/server.h"
#include "sync/agent/agent.h"
#include "tests/fault/waiting.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/seed.h"
#include "tests/unit/intake/fixture.h"

using namespace tally;
using fault::FixtureClock;
using fault::wait_until;
using test::must;

namespace {

struct World {
    FixtureClock clock;
    test::Hq hq;
    std::unique_ptr<hqnet::Server> server;
    std::unique_ptr<support::FaultProxy> line;
    test::TemporaryFolder folder;
    crypto::Secret key = crypto::Secret::random(32);
    std::unique_ptr<replica::Replica> replica;
    SeededRandom random{support::seed()};
    std::unique_ptr<replica::Till> till;
    std::unique_ptr<agent::Agent> agent;
    std::int64_t bills = 0;

    World() {
        auto open = [this]() -> Result<std::unique_ptr<intake::LedgerStore>> {
            TALLY_TRY(auto store, storage::SqliteLedgerStore::open(hq.path(), hq.key));
            return std::unique_ptr<intake::LedgerStore>(std::move(store));
        };
        server = must(hqnet::Server::start({}, open, hq.device, clock));
        line = std::make_unique<support::FaultProxy>(server->port());
        replica = std::make_unique<replica::Replica>(must(replica::Replica::create(folder.path(), key)));
        const crypto::Device device = must(replica->device());
        const wire::Enrol enrol{{wire::kProtocolVersion}, hq.add_ticket("S1", "Store S1"), "test"};
        const auto enrolled =
            std::get<wire::Enrolled>(must(hq.intake->enrol(device.public_key(), enrol, test::kNoon_ms)));
        must(replica->save_enrolment({enrolled.terminal, enrolled.store, enrolled.store_name, "127.0.0.1", line->port(),
                                      hq.device.public_key(), enrolled.root_key, enrolled.recovery_key}));
        agent::AgentOptions options;
        options.dir = folder.path();
        options.open = [this] { return agent::open_agent_store(folder.path(), key); };
        options.clock = &clock;
        options.backoff.base_ms = 1;
        options.backoff.max_ms = 5;
        options.backoff.refused_ms = 20;
        options.limits.batch_ops = 3;  // several frames on every connection
        agent = must(agent::Agent::start(std::move(options)));
        REQUIRE(wait_until([this] { return must(replica->programme()).version == 1; }));
        agent->set_held(true);
        till = std::make_unique<replica::Till>(must(replica::Till::start(*replica, clock, random)));
    }

    void sell(int count) {
        for (int i = 0; i < count; ++i, ++bills) {
            replica::SaleRequest sale;
            sale.amount_minor = 1000;
            must(till->sale(sale));
        }
    }
    void check_all_arrived() {
        // The replica is asked, not the agent's status: that may not have noticed the newest sale yet.
        REQUIRE(wait_until(
            [this] { return must(replica->unacknowledged_count()) == 0 && must(replica->pending_ops()).empty(); }));
        CHECK(hq.count("op_log") == bills);
        CHECK(must(hq.store->db().query_int64("SELECT sum(bills) FROM store_day")) == bills);
        CHECK(must(hq.store->db().query_int64("SELECT sum(amount_minor) FROM store_day")) == 1000 * bills);
        CHECK(must(hq.store->db().query_int64("SELECT count(DISTINCT seq) FROM op_log")) == bills);
    }
};

}  // namespace

TEST_CASE("fault: a line cut after every so many bytes, either way, by FIN and by RST, loses and repeats nothing") {
    World world;
    world.sell(60);
    // Steps that are no multiple of anything: the cuts fall into the handshake, Hello, pushes, acks and pages.
    world.line->set_planner([](std::size_t connection) {
        support::LinePlan plan;
        if (connection >= 120) return plan;
        (connection % 2 ? plan.down_bytes : plan.up_bytes) = 1 + 53 * connection;
        plan.reset = connection % 4 >= 2;
        return plan;
    });
    world.agent->set_held(false);
    // The till goes on, so that a connection that survived its first bytes has more to say and reaches its cut.
    for (int i = 0; i < 2000 && world.line->connections() < 60; ++i) {
        world.sell(1);
        world.agent->notify();
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    world.check_all_arrived();
    CHECK(world.line->cuts() >= 30);
}

TEST_CASE("fault: a slow line that is cut at random loses and repeats nothing") {
    SeededRandom random(support::seed());  // outlives the line
    World world;
    world.sell(40);
    world.line->set_planner([&random](std::size_t connection) {
        support::LinePlan plan;
        plan.delay_ms = static_cast<std::int64_t>(random.below(4));
        if (connection >= 25) return plan;
        plan.up_bytes = 1 + random.below(12'000);
        plan.down_bytes = 1 + random.below(12'000);
        plan.reset = random.below(2) == 0;
        return plan;
    });
    world.agent->set_held(false);
    world.sell(10);
    world.check_all_arrived();
}
