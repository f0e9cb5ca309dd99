#include "sync/agent/agent.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fakes.h"
#include "sync/agent/lock.h"

using namespace tally;
using namespace tally::agent;
using namespace tally::agent::test;

TEST_CASE("agent: what waits goes up, what changed comes down, and the status says so") {
    World world;
    world.replica.append(2500);
    std::optional<FakeHq> hq(std::in_place, world.hq, world.hq_device);
    world.replica.enrolment.hq_port = hq->port();
    std::atomic<int> told{0};
    AgentOptions options = world.options();
    options.on_status = [&](const AgentStatus&) { ++told; };
    auto agent = world.start(std::move(options));
    CHECK(wait_until(
        [&] { return agent->status().online() && agent->status().waiting == 0 && agent->status().pending == 0; }));
    CHECK(agent->status().caught_up);
    CHECK(agent->status().trouble == Trouble::kNone);
    CHECK(told > 0);
    agent->stop();
    CHECK(agent->status().phase == Phase::kStopped);
    hq.reset();
    CHECK(world.hq.log.size() == 2500);
    CHECK(world.hq.twice == 0);
}

TEST_CASE("agent: an append is seen by notify, and another process's by the poll") {
    for (const bool notify : {true, false}) {
        CAPTURE(notify);
        World world;
        FakeHq hq(world.hq, world.hq_device);
        world.replica.enrolment.hq_port = hq.port();
        AgentOptions options = world.options();
        options.poll_ms = notify ? 3'600'000 : 2;
        auto agent = world.start(std::move(options));
        REQUIRE(wait_until([&] { return agent->status().online(); }));
        for (int i = 0; i < 20; ++i) {
            world.replica.append(1);
            if (notify) agent->notify();
        }
        CHECK(wait_until([&] { return world.settled(); }));
    }
}

TEST_CASE("agent: without headquarters it says so and how much waits; when it comes everything arrives") {
    World world;
    {
        FakeHq gone(world.hq, world.hq_device);
        world.replica.enrolment.hq_port = gone.port();
    }
    world.replica.append(3);
    auto agent = world.start(world.options());
    CHECK(wait_until([&] { return agent->status().trouble == Trouble::kNoLine && agent->status().waiting == 3; }));
    CHECK(!agent->status().online());
    CHECK(agent->status().pending == 3);
    CHECK(!agent->status().last_error.detail.empty());
    FakeHq back(world.hq, world.hq_device, world.replica.enrolment.hq_port);
    CHECK(wait_until([&] { return agent->status().online() && agent->status().waiting == 0; }));
    CHECK(agent->status().trouble == Trouble::kNone);
}

TEST_CASE("agent: headquarters killed again and again while sales go on: nothing lost, nothing twice in the log") {
    World world;
    auto hq = std::make_unique<FakeHq>(world.hq, world.hq_device);
    const std::uint16_t port = hq->port();
    world.replica.enrolment.hq_port = port;
    auto agent = world.start(world.options());
    for (int round = 0; round < 10; ++round) {
        world.replica.append(50);
        agent->notify();
        if (round % 2 == 0) REQUIRE(wait_until([&] { return hq->opened > 0; }));
        hq.reset();
        world.replica.append(7);
        hq = std::make_unique<FakeHq>(world.hq, world.hq_device, port);
    }
    CHECK(wait_until([&] { return world.settled(); }));
    agent->stop();
    hq.reset();
    REQUIRE(world.hq.log.size() == 570);
    for (std::uint64_t seq = 1; seq <= 570; ++seq) CHECK(world.hq.log[seq - 1] == session::test::op_bytes(seq));
}

TEST_CASE("agent: somebody else at headquarters' address is told apart, and hears nothing") {
    World world;
    world.replica.append(1);
    FakeHq other(world.hq, crypto::Device::create());
    world.replica.enrolment.hq_port = other.port();
    auto agent = world.start(world.options());
    CHECK(wait_until([&] { return agent->status().trouble == Trouble::kWrongKey; }));
    CHECK(agent->status().phase == Phase::kWaiting);
    CHECK(other.bytes == 0);
    CHECK(other.opened == 0);
}

TEST_CASE("agent: a refusal is shown with its code, waits long, and is forgotten when headquarters accepts") {
    World world;
    world.replica.append(1);
    FakeHq hq(world.hq, world.hq_device);
    hq.refusal = static_cast<int>(wire::Refusal::kRevoked);
    world.replica.enrolment.hq_port = hq.port();
    auto agent = world.start(world.options());
    REQUIRE(wait_until([&] { return agent->status().phase == Phase::kWaiting; }));
    AgentStatus status = agent->status();
    CHECK(status.trouble == Trouble::kRefused);
    REQUIRE(status.refusal.has_value());
    CHECK(status.refusal->code == wire::Refusal::kRevoked);
    CHECK(status.refusal->text == "as told");
    CHECK(status.waiting == 1);
    CHECK(hq.opened == 1);  // the next attempt is an hour away here
    hq.refusal = 0;
    agent->retry_now();
    CHECK(wait_until([&] { return agent->status().online() && agent->status().waiting == 0; }));
    CHECK(!agent->status().refusal.has_value());
}

TEST_CASE("agent: a refusal that passes by itself is retried soon") {
    World world;
    FakeHq hq(world.hq, world.hq_device);
    hq.refusal = static_cast<int>(wire::Refusal::kBusy);
    world.replica.enrolment.hq_port = hq.port();
    auto agent = world.start(world.options());
    CHECK(wait_until([&] { return hq.opened >= 3; }));
    hq.refusal = 0;
    CHECK(wait_until([&] { return agent->status().online(); }));
}

TEST_CASE("agent: busy is retried shortly although every other failure waits an hour") {
    World world;
    FakeHq hq(world.hq, world.hq_device);
    hq.refusal = static_cast<int>(wire::Refusal::kBusy);
    world.replica.enrolment.hq_port = hq.port();
    AgentOptions options = world.options();
    options.backoff = {3'600'000, 3'600'000, 3'600'000, 4};
    auto agent = world.start(std::move(options));
    CHECK(wait_until([&] { return hq.opened >= 3; }));
    hq.refusal = 0;
    CHECK(wait_until([&] { return agent->status().online(); }));
}

TEST_CASE("agent: a headquarters that accepts and never answers Hello is a dead line") {
    World world;
    FakeHq hq(world.hq, world.hq_device);
    hq.silent = true;
    world.replica.enrolment.hq_port = hq.port();
    AgentOptions options = world.options();
    options.limits.hello_ms = 20;
    auto agent = world.start(std::move(options));
    CHECK(wait_until([&] { return hq.opened >= 2 && agent->status().trouble == Trouble::kNoLine; }));
    hq.silent = false;
    CHECK(wait_until([&] { return agent->status().online(); }));
}

TEST_CASE("agent: held it stays offline and counts; released it catches up") {
    World world;
    FakeHq hq(world.hq, world.hq_device);
    world.replica.enrolment.hq_port = hq.port();
    AgentOptions options = world.options();
    options.held = true;
    auto agent = world.start(std::move(options));
    world.replica.append(4);
    CHECK(wait_until([&] { return agent->status().phase == Phase::kHeld && agent->status().waiting == 4; }));
    CHECK(hq.opened == 0);
    agent->set_held(false);
    CHECK(wait_until([&] { return agent->status().waiting == 0; }));
    agent->set_held(true);
    CHECK(wait_until([&] { return agent->status().phase == Phase::kHeld; }));
    world.replica.append(2);
    agent->notify();
    CHECK(wait_until([&] { return agent->status().waiting == 2; }));
    agent->set_held(false);
    agent->retry_now();
    CHECK(wait_until([&] { return agent->status().waiting == 0 && agent->status().online(); }));
}

TEST_CASE("agent: a full disk under a page ends the line, is named, and heals when there is space") {
    World world;
    world.replica.append(5);
    world.replica.apply_error = fail(Code::kFull, "no space left for the replica");
    FakeHq hq(world.hq, world.hq_device);
    world.replica.enrolment.hq_port = hq.port();
    auto agent = world.start(world.options());
    REQUIRE(wait_until([&] { return agent->status().trouble == Trouble::kStore; }));
    CHECK(world.replica.copy().cursor == 0);
    {
        const std::lock_guard lock(world.replica.mutex);
        world.replica.apply_error.reset();
    }
    CHECK(wait_until([&] { return world.settled() && agent->status().trouble == Trouble::kNone; }));
}

TEST_CASE("agent: it stops at once although the resolver has not answered") {
    struct Resolver {
        std::atomic<bool> asked{false}, released{false}, back{false};
    };
    const auto resolver = std::make_shared<Resolver>();
    World world;
    world.replica.enrolment.hq_host = "hq.example";
    AgentOptions options = world.options();
    options.connect_ms = 3'600'000;
    options.look_up = [resolver](const std::string&) -> Result<std::vector<std::string>> {
        resolver->asked = true;
        wait_until([&] { return resolver->released.load(); });
        resolver->back = true;
        return fail(Code::kIo, "too late");
    };
    auto agent = world.start(std::move(options));
    REQUIRE(wait_until([&] { return resolver->asked.load(); }));
    agent->stop();
    CHECK(agent->status().phase == Phase::kStopped);
    agent.reset();
    CHECK(!resolver->back);
    resolver->released = true;
    CHECK(wait_until([&] { return resolver->back.load(); }));
}

TEST_CASE("agent: a replica that is an older copy begins a new epoch by itself and goes on selling under it") {
    World world;
    {  // HQ holds two operations of a chain whose replica has made one
        world.hq.log = {session::test::op_bytes(1), session::test::op_bytes(2)};
        world.replica.append(1);
    }
    FakeHq hq(world.hq, world.hq_device);
    world.replica.enrolment.hq_port = hq.port();
    auto agent = world.start(world.options());
    REQUIRE(wait_until([&] {
        const std::lock_guard lock(world.replica.mutex);
        return !world.replica.incidents.empty();
    }));
    CHECK(wait_until([&] { return hq.opened >= 2; }));
    const std::lock_guard lock(world.replica.mutex);
    CHECK(world.replica.incidents[0].kind == wire::IncidentKind::kOlderCopy);
    CHECK(world.replica.incidents[0].seen_seq == 2);
    CHECK(world.replica.incidents[0].seen_epoch == session::test::epoch_of(7));
    CHECK(agent->status().trouble != Trouble::kStore);
}

TEST_CASE("agent: a store that does not open is start's error, and the lock is free again") {
    World world;
    AgentOptions options = world.options();
    options.open = []() -> Result<std::unique_ptr<AgentStore>> { return fail(Code::kWrongKey, "no"); };
    const auto failed = Agent::start(std::move(options));
    REQUIRE(!failed);
    CHECK(failed.error().code == Code::kWrongKey);
    AgentOptions held = world.options();
    held.held = true;
    CHECK(Agent::start(std::move(held)).has_value());
}

TEST_CASE("agent: a second one on the same replica is told which process serves it") {
    World world;
    AgentOptions options = world.options();
    options.held = true;
    auto first = world.start(options);
    const auto second = Agent::start(options);
    REQUIRE(!second);
    CHECK(second.error().code == Code::kBusy);
    CHECK(second.error().detail.find(std::to_string(::getpid())) != std::string::npos);
    const std::string path = replica::Replica::database_path(world.folder.path());
    CHECK(AgentLock::holder(path).value_or(-1) == ::getpid());
    first.reset();
    CHECK(AgentLock::holder(path).value_or(-1) == 0);
    CHECK(Agent::start(options).has_value());
}

TEST_CASE("agent: one that may wait takes the replica over when it is free, and ends when it is told to") {
    World world;
    AgentOptions options = world.options();
    options.held = true;
    auto first = world.start(options);
    int waited = 0;
    const auto given_up = Agent::start_when_free(options, [&] { return ++waited < 3; });
    REQUIRE(!given_up);
    CHECK(given_up.error().code == Code::kBusy);
    CHECK(waited == 3);
    const auto taken_over = Agent::start_when_free(options, [&] {
        first.reset();
        return true;
    });
    CHECK(taken_over.has_value());
    AgentOptions broken = options;
    broken.dir = world.folder.path() + "/nothing";
    const auto failed = Agent::start_when_free(broken, [] { return true; });
    REQUIRE(!failed);
    CHECK(failed.error().code != Code::kBusy);
}

TEST_CASE("lock: a killed process leaves none behind") {
    Folder folder;
    const std::string path = folder.path() + "/replica.db";
    CHECK(AgentLock::holder(path).value_or(-1) == 0);
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto lock = AgentLock::take(path);
        const char say = lock ? 'y' : 'n';
        if (::write(ready[1], &say, 1) != 1) ::_exit(1);
        ::pause();
        ::_exit(0);
    }
    char said = 0;
    REQUIRE(::read(ready[0], &said, 1) == 1);
    CHECK(said == 'y');
    const auto refused = AgentLock::take(path);
    REQUIRE(!refused);
    CHECK(refused.error().code == Code::kBusy);
    CHECK(refused.error().detail.find(std::to_string(child)) != std::string::npos);
    REQUIRE(::kill(child, SIGKILL) == 0);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    CHECK(AgentLock::take(path).has_value());
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("lock: one who only looks, and stays, is answered as busy, and one who has looked is in nobody's way") {
    Folder folder;
    const std::string path = folder.path() + "/replica.db";
    const int looking = ::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(looking >= 0);
    REQUIRE(::flock(looking, LOCK_SH) == 0);
    const auto refused = AgentLock::take(path);
    REQUIRE(!refused);
    CHECK(refused.error().code == Code::kBusy);
    REQUIRE(::flock(looking, LOCK_UN) == 0);
    CHECK(AgentLock::take(path).has_value());
    ::close(looking);
}

TEST_CASE("lock: one screen a till, beside the agent, and a second one is told which process has it") {
    Folder folder;
    const std::string path = folder.path() + "/replica.db";
    const auto agent = AgentLock::take(path);
    REQUIRE(agent);
    {
        const auto screen = ScreenLock::take(path);
        REQUIRE(screen);
        const auto second = ScreenLock::take(path);
        REQUIRE(!second);
        CHECK(second.error().code == Code::kBusy);
        CHECK(second.error().detail.find("open already") != std::string::npos);
        CHECK(second.error().detail.find(std::to_string(::getpid())) != std::string::npos);
    }
    CHECK(ScreenLock::take(path).has_value());
    const auto nowhere = ScreenLock::take(folder.path() + "/missing/replica.db");
    REQUIRE(!nowhere);
    CHECK(nowhere.error().code == Code::kNotFound);
}
