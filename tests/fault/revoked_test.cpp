// A real terminal that headquarters revokes, in the middle of a session and while the line is down, and its way back:
// enrolled anew on the same folder, what it had not sent arrives once, and both ends agree.
#include "sync/agent/enrol.h"
#include "tests/fault/one_till.h"

using namespace tally;
using fault::wait_until;
using test::must;

namespace {

struct RevokedWorld : fault::OneTill {
    RevokedWorld() {
        terminal = must(agent::enrol(*replica, ticket("S1"))).terminal;
        connect_and_start();
    }

    wire::Ticket ticket(const std::string& store) {
        const Bytes secret = hq.add_ticket(store, "Store " + store);
        return {"127.0.0.1", server->port(), hq.device.public_key(), *wire::TicketSecret::from(secret), INT64_MAX};
    }
    Status sell() {
        replica::SaleRequest sale;
        sale.amount_minor = 1000;
        const auto done = till->sale(sale);
        if (!done) return done.error();
        return {};
    }
    void set_status(intake::DeviceStatus status, const std::string& reason) {
        auto scope = must(intake::WriteScope::begin(*hq.store));
        must(hq.store->set_device_status(terminal, status, reason, hq.now_ms));
        must(scope.commit());
    }
    bool is_revoked() { return must(replica->revocation()).has_value(); }
    std::int64_t bills_at_hq() { return hq_number("SELECT sum(bills) FROM store_day"); }
};

}  // namespace

TEST_CASE("revoked: in the middle of a session the till hears it, sells no more, and stays so after a restart") {
    RevokedWorld world;
    must(world.sell());
    world.wait_until_settled();
    world.set_status(intake::DeviceStatus::kRevoked, "stolen on Friday");
    REQUIRE(wait_until([&] { return world.is_revoked(); }));
    CHECK(must(world.replica->revocation())->reason.find("stolen on Friday") != std::string::npos);
    REQUIRE_FALSE(world.sell().has_value());
    CHECK(world.sell().error().code == Code::kRefused);
    world.disconnect();
    world.reopen();
    CHECK(world.sell().error().code == Code::kRefused);
    CHECK(world.hq.count("op_log") == 1);
}

TEST_CASE("revoked: what was sold before the till heard of it reaches headquarters once it is enrolled anew") {
    RevokedWorld world;
    must(world.sell());
    world.wait_until_settled();
    world.disconnect();
    for (int i = 0; i < 5; ++i) must(world.sell());
    world.set_status(intake::DeviceStatus::kRevoked, "stolen on Friday");
    // Not heard yet: a new ticket changes nothing, and the ticket is not used up.
    const wire::Ticket ticket = world.ticket("S1");
    CHECK(agent::enrol(*world.replica, ticket).error().code == Code::kExists);
    world.connect();
    REQUIRE(wait_until([&] { return world.is_revoked(); }));
    CHECK(world.hq.count("op_log") == 1);
    CHECK(must(world.replica->unacknowledged_count()) == 5);

    CHECK(agent::enrol(*world.replica, world.ticket("S2")).error().code == Code::kRefused);
    wire::Ticket foreign = ticket;
    foreign.hq_key = crypto::Device::create().public_key();
    CHECK(agent::enrol(*world.replica, foreign).error().code == Code::kRefused);
    CHECK(world.is_revoked());
    const auto anew = must(agent::enrol(*world.replica, ticket));
    CHECK(anew.terminal == world.terminal);
    // A refusal that was under way meanwhile may be heard once more; the next contact ends it.
    REQUIRE(wait_until([&] { return world.sell().has_value(); }));
    world.wait_until_settled();
    CHECK_FALSE(world.is_revoked());
    CHECK(world.hq.count("op_log") == 7);
    CHECK(world.bills_at_hq() == 7);
    CHECK(world.hq.count("device") == 2);  // headquarters itself and this one
    must(world.replica->verify_log());
    const auto row = must(world.hq.store->device(world.terminal));
    CHECK(row->status == intake::DeviceStatus::kActive);
    CHECK(row->reason == "enrolled anew; was revoked: stolen on Friday");
}

TEST_CASE("revoked: a till that headquarters accepts again without a ticket sells again by itself") {
    RevokedWorld world;
    world.set_status(intake::DeviceStatus::kRevoked, "by mistake");
    REQUIRE(wait_until([&] { return world.is_revoked(); }));
    world.set_status(intake::DeviceStatus::kActive, "");
    REQUIRE(wait_until([&] { return !world.is_revoked(); }));
    must(world.sell());
    world.wait_until_settled();
}
