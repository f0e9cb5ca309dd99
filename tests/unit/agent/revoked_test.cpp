// What the agent makes of headquarters' word that this terminal is revoked, and of its acceptance afterwards.
#include "tests/unit/agent/fakes.h"

using namespace tally;
using namespace tally::agent;
using namespace tally::agent::test;

TEST_CASE("agent: a revocation is kept in the replica, known at a start without a line, and over when accepted") {
    World world;
    world.replica.append(2);
    std::uint16_t port = 0;
    {
        FakeHq hq(world.hq, world.hq_device);
        port = hq.port();
        world.replica.enrolment.hq_port = port;
        hq.refusal = static_cast<int>(wire::Refusal::kRevoked);
        auto agent = world.start(world.options());
        REQUIRE(wait_until([&] { return agent->status().phase == Phase::kWaiting; }));
        CHECK(world.replica.revoked_because() == "as told");
    }
    {  // headquarters is gone: it is still known
        auto agent = world.start(world.options());
        REQUIRE(wait_until([&] { return agent->status().trouble == Trouble::kNoLine; }));
        REQUIRE(agent->status().refusal.has_value());
        CHECK(agent->status().refusal->code == wire::Refusal::kRevoked);
        CHECK(agent->status().waiting == 2);
    }
    FakeHq hq(world.hq, world.hq_device, port);
    auto agent = world.start(world.options());
    CHECK(wait_until([&] { return agent->status().online() && agent->status().waiting == 0; }));
    CHECK(world.replica.revoked_because().empty());
    CHECK(!agent->status().refusal.has_value());
}

TEST_CASE("agent: a revocation in the middle of a session is kept too, and other refusals do not touch what is kept") {
    World world;
    FakeHq hq(world.hq, world.hq_device);
    world.replica.enrolment.hq_port = hq.port();
    auto agent = world.start(world.options());
    REQUIRE(wait_until([&] { return agent->status().online(); }));
    CHECK(world.replica.revoked_because().empty());
    hq.refusal = static_cast<int>(wire::Refusal::kRevoked);
    world.replica.append(3);  // pushed, and refused instead of acknowledged
    REQUIRE(wait_until([&] { return agent->status().phase == Phase::kWaiting; }));
    CHECK(world.replica.revoked_because() == "as told");
    CHECK(agent->status().waiting == 3);
    for (const wire::Refusal other :
         {wire::Refusal::kBusy, wire::Refusal::kUnknownDevice, wire::Refusal::kQuarantined, wire::Refusal::kStorage}) {
        hq.refusal = static_cast<int>(other);
        REQUIRE(wait_until([&] {
            agent->retry_now();
            return agent->status().refusal && agent->status().refusal->code == other;
        }));
        CHECK(world.replica.revoked_because() == "as told");
    }
}

TEST_CASE("agent: enrolled anew by another process, it does not wait out the refusal") {
    World world;
    FakeHq hq(world.hq, world.hq_device);
    world.replica.enrolment.hq_port = hq.port();
    hq.refusal = static_cast<int>(wire::Refusal::kRevoked);
    auto agent = world.start(world.options());
    REQUIRE(wait_until([&] { return agent->status().phase == Phase::kWaiting; }));  // for an hour here
    hq.refusal = 0;
    {
        const std::lock_guard lock(world.replica.mutex);
        world.replica.revocation.reset();
        ++world.replica.version;
    }
    CHECK(wait_until([&] { return agent->status().online(); }));
    CHECK(!agent->status().refusal.has_value());
}

TEST_CASE("agent: other refusals are no revocation, and a revocation that cannot be kept is still shown") {
    World world;
    FakeHq hq(world.hq, world.hq_device);
    world.replica.enrolment.hq_port = hq.port();
    hq.refusal = static_cast<int>(wire::Refusal::kUnknownDevice);
    auto agent = world.start(world.options());
    REQUIRE(wait_until([&] { return agent->status().phase == Phase::kWaiting; }));
    CHECK(world.replica.revoked_because().empty());
    world.replica.revocation_error = fail(Code::kFull, "no room");
    hq.refusal = static_cast<int>(wire::Refusal::kRevoked);
    REQUIRE(wait_until([&] {
        agent->retry_now();
        const auto refusal = agent->status().refusal;
        return refusal && refusal->code == wire::Refusal::kRevoked;
    }));
}
