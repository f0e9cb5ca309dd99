// A real terminal's replica and agent, a real headquarters, and between them a line that is cut everywhere: in the TLS
// handshake, in Hello, inside pushes, acknowledgements and pages. Every operation arrives, exactly once.
#include "tests/fault/one_till.h"
#include "tests/support/fault_proxy.h"

using namespace tally;
using fault::wait_until;
using test::must;

namespace {

struct CutWorld : fault::OneTill {
    std::unique_ptr<support::FaultProxy> line;
    std::int64_t bills = 0;

    CutWorld() {
        line = std::make_unique<support::FaultProxy>(server->port());
        enrol(line->port());
        connect_and_start();
        agent->set_held(true);
    }
    ~CutWorld() { disconnect(); }  // before the line goes

    void sell(int count) {
        for (int i = 0; i < count; ++i, ++bills) {
            replica::SaleRequest sale;
            sale.amount_minor = 1000;
            must(till->sale(sale));
        }
    }
    void check_all_arrived() {
        // The replica is asked, not the agent's status: that may not have noticed the newest sale yet.
        wait_until_settled();
        CHECK(hq.count("op_log") == bills);
        CHECK(hq_number("SELECT sum(bills) FROM store_day") == bills);
        CHECK(hq_number("SELECT sum(amount_minor) FROM store_day") == 1000 * bills);
        CHECK(hq_number("SELECT count(DISTINCT seq) FROM op_log") == bills);
    }
};

}  // namespace

TEST_CASE("fault: a line cut after every so many bytes, either way, by FIN and by RST, loses and repeats nothing") {
    CutWorld world;
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
    CutWorld world;
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
