// A real terminal and a real headquarters after the terminal's disk lost something: an older copy put back, with and
// without its witness, and one that went on selling. Nothing that headquarters has is lost, nothing is doubled.
#include <filesystem>
#include <set>

#include "common/replica/till.h"
#include "hq-server/net/server.h"
#include "sync/agent/agent.h"
#include "tests/fault/waiting.h"
#include "tests/support/seed.h"
#include "tests/unit/intake/fixture.h"

using namespace tally;
using fault::FixtureClock;
using fault::wait_until;
using test::must;
using wire::IncidentKind;
namespace fs = std::filesystem;

namespace {

struct World {
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
    std::vector<replica::Receipt> receipts;

    World() {
        auto open = [this]() -> Result<std::unique_ptr<intake::LedgerStore>> {
            TALLY_TRY(auto store, storage::SqliteLedgerStore::open(hq.path(), hq.key));
            return std::unique_ptr<intake::LedgerStore>(std::move(store));
        };
        hqnet::ServerOptions options;
        options.poll_ms = 10;
        server = must(hqnet::Server::start(options, open, hq.device, clock));
        replica = std::make_unique<replica::Replica>(must(replica::Replica::create(folder.path(), key)));
        const crypto::Device device = must(replica->device());
        const wire::Enrol enrol{{wire::kProtocolVersion}, hq.add_ticket("S1", "Store S1"), "test"};
        const auto enrolled =
            std::get<wire::Enrolled>(must(hq.intake->enrol(device.public_key(), enrol, test::kNoon_ms)));
        terminal = enrolled.terminal;
        must(replica->save_enrolment({enrolled.terminal, enrolled.store, enrolled.store_name, "127.0.0.1",
                                      server->port(), hq.device.public_key(), enrolled.root_key,
                                      enrolled.recovery_key}));
        connect();
        REQUIRE(wait_until([this] { return must(replica->programme()).version == 1; }));
        start_till();
    }
    ~World() {
        if (agent) agent->stop();
    }

    std::string db() const { return replica::Replica::database_path(folder.path()); }
    void start_till() { till = std::make_unique<replica::Till>(must(replica::Till::start(*replica, clock, random))); }
    void connect() {
        agent::AgentOptions options;
        options.dir = folder.path();
        options.open = [this] { return agent::open_agent_store(folder.path(), key); };
        options.clock = &clock;
        options.poll_ms = 2;
        options.backoff.base_ms = 1;
        options.backoff.max_ms = 5;
        options.backoff.refused_ms = 20;
        options.limits.batch_ops = 3;
        agent = must(agent::Agent::start(std::move(options)));
    }
    void disconnect() {
        agent->stop();
        agent.reset();
    }
    void sell(int count, domain::Minor amount = 1000) {
        for (int i = 0; i < count; ++i) {
            replica::SaleRequest sale;
            sale.amount_minor = amount;
            receipts.push_back(must(till->sale(sale)));
        }
    }
    void wait_until_settled() {
        REQUIRE(wait_until(
            [this] { return must(replica->unacknowledged_count()) == 0 && must(replica->pending_ops()).empty(); }));
    }
    void copy_aside(bool with_witness) const {
        fs::create_directories(folder / "old");
        for (const char* end : {"", "-wal", ".head"}) {
            const bool wanted = with_witness || std::string(end) != ".head";
            if (wanted && fs::exists(db() + end))
                fs::copy_file(db() + end, (folder / "old/replica.db") + end, fs::copy_options::overwrite_existing);
        }
    }
    void put_back() {
        till.reset();
        replica.reset();
        fs::remove(db() + "-wal");
        fs::remove(db() + "-shm");
        for (const char* end : {"", "-wal", ".head"})
            if (fs::exists((folder / "old/replica.db") + end))
                fs::copy_file((folder / "old/replica.db") + end, db() + end, fs::copy_options::overwrite_existing);
        replica =
            std::make_unique<replica::Replica>(must(replica::Replica::open(folder.path(), key, store::Sync::kFull)));
        start_till();
    }
    std::int64_t hq_number(const std::string& sql) { return must(hq.store->db().query_int64(sql)); }
    std::int64_t bills_shown() {
        std::int64_t bills = 0;
        for (const auto& row : must(replica->store_days())) bills += row.totals.bills;
        return bills;
    }
    // Every receipt's operation is at headquarters once, and both ends show the same totals.
    void check_all_there() {
        const auto count = static_cast<std::int64_t>(receipts.size());
        CHECK(hq_number("SELECT count(*) FROM op_log") == count);
        CHECK(hq_number("SELECT count(DISTINCT hex(epoch) || seq) FROM op_log") == count);
        CHECK(hq_number("SELECT count(*) FROM op_log WHERE outcome <> 1") == 0);
        CHECK(hq_number("SELECT sum(bills) FROM store_day") == count);
        CHECK(bills_shown() == count);
        std::set<domain::OpId> here;
        for (const replica::LoggedOp& op : must(replica->last_operations(1000))) here.insert(op.op.id);
        CHECK(here.size() == receipts.size());
        for (const replica::Receipt& receipt : receipts) CHECK(here.contains(receipt.op));
    }
    bool hq_names(IncidentKind kind) {
        for (const intake::IncidentRow& incident : must(hq.store->incidents(terminal)))
            if (incident.report.kind == kind) return true;
        return false;
    }
    bool till_names(IncidentKind kind) {
        for (const replica::Incident& incident : must(replica->incidents(100)))
            if (incident.report.kind == kind) return true;
        return false;
    }
};

}  // namespace

TEST_CASE("put back: an older copy under its newer witness loses nothing that headquarters has and doubles nothing") {
    World world;
    world.sell(5);
    world.wait_until_settled();
    world.copy_aside(false);
    world.sell(7);
    world.wait_until_settled();
    world.disconnect();
    world.put_back();
    CHECK(world.till_names(IncidentKind::kTailCut));
    CHECK(must(world.replica->incidents(1)).at(0).missing == 7);
    world.sell(3);  // still offline, in the new epoch
    world.connect();
    world.wait_until_settled();
    REQUIRE(wait_until([&] { return must(world.replica->incidents(1)).at(0).missing == 0; }));
    world.check_all_there();
    CHECK(world.hq_names(IncidentKind::kTailCut));
    CHECK(wait_until([&] { return world.agent->status().online(); }));
    must(world.replica->verify_log());
    world.sell(2);
    world.wait_until_settled();
    world.check_all_there();
}

TEST_CASE("put back: database and witness together are seen at the next contact, and a new epoch begins by itself") {
    World world;
    world.sell(5);
    world.wait_until_settled();
    world.copy_aside(true);
    world.sell(7);
    world.wait_until_settled();
    world.disconnect();
    world.put_back();
    CHECK(must(world.replica->incidents(10)).empty());  // this is what software cannot see alone
    world.connect();
    REQUIRE(wait_until([&] { return world.till_names(IncidentKind::kOlderCopy); }));
    REQUIRE(wait_until([&] { return must(world.replica->incidents(1)).at(0).missing == 0; }));
    CHECK(must(world.replica->head()).epoch_no == 2);
    world.sell(3);
    world.wait_until_settled();
    world.check_all_there();
    CHECK(world.hq_names(IncidentKind::kOlderCopy));
    CHECK(must(world.hq.store->device(world.terminal))->status == intake::DeviceStatus::kActive);
}

TEST_CASE("put back: operations of an earlier epoch that never went up go up before those of the new one") {
    World world;
    world.sell(2);
    world.wait_until_settled();
    world.disconnect();
    world.sell(4);
    world.till.reset();
    world.replica.reset();
    fs::remove(replica::Replica::witness_path(world.folder.path()));
    world.replica = std::make_unique<replica::Replica>(
        must(replica::Replica::open(world.folder.path(), world.key, store::Sync::kFull)));
    world.start_till();
    CHECK(world.till_names(IncidentKind::kWitnessMissing));
    world.sell(4);
    CHECK(world.bills_shown() == 10);
    world.connect();
    world.wait_until_settled();
    world.check_all_there();
    CHECK(world.hq_names(IncidentKind::kWitnessMissing));
    CHECK(world.hq_number("SELECT count(DISTINCT hex(epoch)) FROM op_log") == 2);
}

TEST_CASE("put back: a copy that went on selling is a fork: both ends name it, both sides are kept, a person decides") {
    World world;
    world.sell(5);
    world.wait_until_settled();
    world.copy_aside(true);
    world.sell(3);
    world.wait_until_settled();
    world.disconnect();
    world.put_back();
    world.sell(2, 7700);  // under numbers that headquarters has with other content
    world.connect();
    REQUIRE(wait_until(
        [&] { return must(world.hq.store->device(world.terminal))->status == intake::DeviceStatus::kQuarantined; }));
    REQUIRE(wait_until([&] { return world.till_names(IncidentKind::kFork); }));
    CHECK(wait_until([&] { return world.hq.count("branch") == 2; }));
    CHECK(world.hq_names(IncidentKind::kFork));
    REQUIRE(wait_until([&] { return must(world.replica->unacknowledged_count()) == 0; }));  // kept there, as a branch
    CHECK(world.hq.count("op_log") == 8);
    CHECK(world.bills_shown() == 7);  // five and its own two
    must(world.replica->verify_log());
    world.sell(1);  // the till sells on under its new epoch

    auto scope = must(intake::WriteScope::begin(*world.hq.store));
    must(world.hq.store->set_device_status(world.terminal, intake::DeviceStatus::kActive, "", world.hq.now_ms));
    must(scope.commit());
    REQUIRE(wait_until([&] { return must(world.replica->unacknowledged_count()) == 0; }));
    CHECK(world.hq.count("op_log") == 9);
    CHECK(world.hq.count("branch") == 2);
    CHECK(must(world.hq.store->device(world.terminal))->status == intake::DeviceStatus::kActive);
}
