// One real till and a real headquarters on loopback, with everything that a fault test takes away and puts back. Tests
// only.
#pragma once

#include "common/replica/till.h"
#include "hq-server/net/server.h"
#include "sync/agent/agent.h"
#include "tests/fault/waiting.h"
#include "tests/support/seed.h"
#include "tests/unit/intake/fixture.h"

namespace tally::fault {

// An agent that tries again at once and sends little at a time: several frames on every connection.
inline agent::AgentOptions quick_agent(const std::string& dir, const crypto::Secret& key, const Clock& clock) {
    agent::AgentOptions options;
    options.dir = dir;
    options.open = [dir, &key] { return agent::open_agent_store(dir, key); };
    options.clock = &clock;
    options.poll_ms = 2;
    options.backoff.base_ms = 1;
    options.backoff.max_ms = 5;
    options.backoff.refused_ms = 20;
    options.limits.batch_ops = 3;
    return options;
}

inline bool has_settled(replica::Replica& replica) {
    return test::must(replica.unacknowledged_count()) == 0 && test::must(replica.pending_ops()).empty();
}

struct OneTill {
    FixtureClock clock;
    test::Hq hq;
    std::unique_ptr<hqnet::Server> server;
    test::TemporaryFolder folder;
    crypto::Secret key = crypto::Secret::random(32);
    SeededRandom random{support::seed()};
    std::unique_ptr<replica::Replica> replica;
    std::unique_ptr<replica::Till> till;
    std::unique_ptr<agent::Agent> agent;
    domain::TerminalId terminal = 0;

    OneTill() {
        auto open = [this]() -> Result<std::unique_ptr<intake::LedgerStore>> {
            TALLY_TRY(auto store, storage::SqliteLedgerStore::open(hq.path(), hq.key));
            return std::unique_ptr<intake::LedgerStore>(std::move(store));
        };
        hqnet::ServerOptions options;
        options.poll_ms = 10;
        server = test::must(hqnet::Server::start(options, open, hq.device, clock));
        replica = std::make_unique<replica::Replica>(test::must(replica::Replica::create(folder.path(), key)));
    }
    ~OneTill() {
        if (agent) agent->stop();
    }

    // `port`: of a line between them; 0: headquarters' own.
    void enrol(std::uint16_t port = 0) {
        const wire::Enrol asked{{wire::kProtocolVersion}, hq.add_ticket("S1", "Store S1"), "test"};
        const crypto::Device device = test::must(replica->device());
        const auto enrolled =
            std::get<wire::Enrolled>(test::must(hq.intake->enrol(device.public_key(), asked, test::kNoon_ms)));
        terminal = enrolled.terminal;
        test::must(replica->save_enrolment({enrolled.terminal, enrolled.store, enrolled.store_name, "127.0.0.1",
                                            port != 0 ? port : server->port(), hq.device.public_key(),
                                            enrolled.root_key, enrolled.recovery_key}));
    }
    void connect() { agent = test::must(agent::Agent::start(quick_agent(folder.path(), key, clock))); }
    void disconnect() {
        if (agent) agent->stop();
        agent.reset();
    }
    void start_till() {
        till = std::make_unique<replica::Till>(test::must(replica::Till::start(*replica, clock, random)));
    }
    // The first programme has come, so that the till can sell.
    void connect_and_start() {
        connect();
        REQUIRE(wait_until([this] { return test::must(replica->programme()).version == 1; }));
        start_till();
    }
    void reopen() {
        till.reset();
        replica.reset();
        replica = std::make_unique<replica::Replica>(
            test::must(replica::Replica::open(folder.path(), key, store::Sync::kFull)));
        start_till();
    }
    std::int64_t hq_number(const std::string& sql) { return test::must(hq.store->db().query_int64(sql)); }
    void wait_until_settled() {
        REQUIRE(wait_until([this] { return has_settled(*replica); }));
    }
};

}  // namespace tally::fault
