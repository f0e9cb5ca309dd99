#include "terminal/app/agent_holder.h"

#include "tests/unit/app/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

agent::Settings quick() {
    agent::Settings out;
    out.backoff.base_ms = 1, out.backoff.max_ms = 10;
    out.connect_ms = 1'000;
    return out;
}

}  // namespace

TEST_CASE("agent holder: with nobody at headquarters the line is reported as down, and a stop is the end") {
    TillFolder till;
    Desk desk;
    std::atomic<int> changed = 0;
    CorrectedClock corrected(till.clock);
    AgentHolder holder(till.dir.path(), quick(), till.clock, corrected, desk.mailbox, desk.leases);
    holder.notify();  // before there is anything to notify
    CHECK_FALSE(holder.running());
    holder.start(till.key(), [&] { ++changed; });
    REQUIRE(holder.running());
    CHECK_FALSE(desk.next<LinkChanged>().link.online);
    holder.notify();
    holder.stop();
    CHECK_FALSE(holder.running());
    (void)desk.count<LinkChanged>();
    const int at_the_end = changed;
    holder.retry();
    holder.notify();
    holder.stop();
    CHECK_FALSE(holder.running());
    CHECK(changed == at_the_end);
    // The replica is free again.
    CHECK(agent::AgentLock::take(replica::Replica::database_path(till.dir.path())));
}

TEST_CASE("agent holder: a line that stays down is told once, not at every attempt") {
    TillFolder till;
    Desk desk;
    std::atomic<int> changed = 0;
    Gate tried;
    CorrectedClock corrected(till.clock);
    AgentHolder holder(till.dir.path(), quick(), till.clock, corrected, desk.mailbox, desk.leases);
    holder.start(till.key(), [&] {
        if (++changed == 12) tried.open();
    });
    tried.pass();
    holder.stop();
    std::optional<Link> told;
    for (std::size_t left = desk.count<LinkChanged>(); left > 0; --left) {
        const Link link = desk.next<LinkChanged>().link;
        CHECK_FALSE(told == link);
        told = link;
    }
    CHECK(told.has_value());
}

TEST_CASE("agent holder: while another serves the replica it tries again every five seconds, not sooner") {
    TillFolder till;
    Desk desk;
    CorrectedClock corrected(till.clock);
    AgentHolder holder(till.dir.path(), quick(), till.clock, corrected, desk.mailbox, desk.leases);
    const std::string database = replica::Replica::database_path(till.dir.path());
    auto other = std::make_unique<agent::AgentLock>(MUST(agent::AgentLock::take(database)));
    holder.start(till.key(), [] {});
    CHECK_FALSE(holder.running());
    till.clock.advance_ms(AgentHolder::kRetry_ms);
    holder.retry();  // the other is still there: the wait starts afresh
    CHECK_FALSE(holder.running());
    other.reset();
    till.clock.advance_ms(AgentHolder::kRetry_ms / 10);
    holder.retry();
    CHECK_FALSE(holder.running());
    till.clock.advance_ms(AgentHolder::kRetry_ms);
    holder.retry();
    CHECK(holder.running());
    (void)desk.next<LinkChanged>();
    holder.retry();  // it runs: nothing to do
    CHECK(holder.running());
    holder.stop();
}

TEST_CASE("agent holder: stopped while it waits for its turn, it never starts") {
    TillFolder till;
    Desk desk;
    CorrectedClock corrected(till.clock);
    AgentHolder holder(till.dir.path(), quick(), till.clock, corrected, desk.mailbox, desk.leases);
    {
        const auto other = MUST(agent::AgentLock::take(replica::Replica::database_path(till.dir.path())));
        holder.start(till.key(), [] {});
        holder.stop();
    }
    till.clock.advance_ms(2 * AgentHolder::kRetry_ms);
    holder.retry();
    CHECK_FALSE(holder.running());
    CHECK(desk.count<LinkChanged>() == 0);
}

TEST_CASE("agent holder: inside the store thread it comes and goes with it, and each commit wakes it") {
    TillFolder till;
    Desk desk;
    CorrectedClock corrected(till.clock);
    AgentHolder holder(till.dir.path(), quick(), till.clock, corrected, desk.mailbox, desk.leases);
    {
        StoreOptions options = till.options();
        options.opened = [&](StoreThread& self, const crypto::Secret& key) {
            holder.start(key, [&self] { self.look_for_changes(); });
        };
        options.appended = [&] { holder.notify(); };
        options.turned = [&] { holder.retry(); };
        StoreThread store(std::move(options), desk.mailbox);
        (void)desk.next<Opened>();
        (void)desk.next<LinkChanged>();
        for (Request i = 1; i <= 20; ++i) {
            RegisterMember wanted;
            wanted.request = i;
            wanted.phone = "1381234" + std::to_string(8'000 + i);
            store.run(wanted);
        }
        for (Request i = 1; i <= 20; ++i) CHECK(desk.next<Registered>().answer);
        CHECK(holder.running());
        holder.stop();  // before the store thread, as the screen does
    }
    CHECK(MUST(till.open().unacknowledged_count()) == 20);
}

TEST_CASE("link: what the agent says becomes what the cashier is told") {
    agent::AgentStatus status;
    status.since_ms = 5;
    CHECK(link_of(status) == Link{false, 0, LinkTrouble::kNone});  // never connected: "since" would say nothing
    status.phase = agent::Phase::kOnline;
    CHECK(link_of(status) == Link{true, 5, LinkTrouble::kNone});
    status.phase = agent::Phase::kWaiting;
    status.trouble = agent::Trouble::kNoLine;
    CHECK(link_of(status) == Link{false, 5, LinkTrouble::kNone});
    status.trouble = agent::Trouble::kWrongKey;
    CHECK(link_of(status).trouble == LinkTrouble::kRefused);
    status.refusal = agent::LastRefusal{wire::Refusal::kRevoked, "", 1};
    CHECK(link_of(status).trouble == LinkTrouble::kRevoked);
    // Here it is we who refuse, whatever headquarters said before.
    status.trouble = agent::Trouble::kHqOld;
    CHECK(link_of(status).trouble == LinkTrouble::kHqOld);
}
