// A real headquarters and real tills in folders with key slots, as their commands make them, so that they can be backed
// up, lost, restored and run twice. Tests only.
#pragma once

#include <filesystem>

#include "hq-server/admin/commands.h"
#include "tests/fault/one_till.h"

namespace tally::fault {

namespace fs = std::filesystem;
using test::must;

struct Shop {
    FixtureClock clock;
    test::TemporaryFolder folder;
    admin::Place hq{folder / "hq", {folder / "hq.key", -1}};
    std::string till_key = folder / "till.key";
    std::unique_ptr<admin::Home> home;
    std::unique_ptr<hqnet::Server> server;
    SeededRandom random{support::seed()};

    Shop() {
        crypto::start();
        must(admin::init_command(hq, {"Chain", "Asia/Shanghai", ""}, test::kNoon_ms));
        must(store::make_key_file(till_key));
        serve();
    }
    void serve() {
        home = std::make_unique<admin::Home>(must(admin::open_home(hq.dir, hq.unlock)));
        auto open = [path = admin::database_path(hq.dir), this]() -> Result<std::unique_ptr<intake::LedgerStore>> {
            TALLY_TRY(auto store, storage::SqliteLedgerStore::open(path, home->data_key));
            return std::unique_ptr<intake::LedgerStore>(std::move(store));
        };
        hqnet::ServerOptions options;
        options.poll_ms = 10;
        server = must(hqnet::Server::start(options, open, home->device, clock));
    }
    void stop_serving() {
        server.reset();
        home.reset();
    }
    store::Unlock till_unlock() const { return store::KeyFile{till_key}; }
    std::int64_t hq_number(const std::string& sql) { return must(home->store->db().query_int64(sql)); }
    intake::DeviceStatus status(domain::TerminalId terminal) { return must(home->store->device(terminal))->status; }
    bool hq_names(domain::TerminalId terminal, wire::IncidentKind kind) {
        for (const intake::IncidentRow& incident : must(home->store->incidents(terminal)))
            if (incident.report.kind == kind) return true;
        return false;
    }
    void release(domain::TerminalId terminal) {
        must(admin::set_status_command(hq, terminal, intake::DeviceStatus::kActive, "", test::kNoon_ms));
    }
    // Makes <dir> a terminal of this chain.
    void enrol(const std::string& dir) {
        fs::create_directory(dir);
        const std::string path = replica::Replica::database_path(dir);
        const crypto::Secret key = must(store::create_keys(path, till_unlock()));
        auto replica = must(replica::Replica::create(dir, key));
        const crypto::Secret secret = crypto::Secret::random(16);
        auto scope = must(intake::WriteScope::begin(*home->store));
        must(
            home->store->add_ticket({crypto::hash_of(secret.view()), "S1", "Store S1", test::kNoon_ms + 3'600'000, 0}));
        must(scope.commit());
        intake::Intake intake(*home->store, home->device);
        const wire::Enrol asked{{wire::kProtocolVersion}, Bytes(secret.view().begin(), secret.view().end()), "test"};
        const auto answer =
            std::get<wire::Enrolled>(must(intake.enrol(must(replica.device()).public_key(), asked, test::kNoon_ms)));
        must(replica.save_enrolment({answer.terminal, answer.store, answer.store_name, "127.0.0.1", server->port(),
                                     home->device.public_key(), answer.root_key, answer.recovery_key}));
    }
};

// One folder of a terminal, with its screen's connection and its agent.
struct ShopTill {
    Shop& shop;
    std::string dir;
    crypto::Secret key;
    std::unique_ptr<replica::Replica> replica;
    std::unique_ptr<replica::Till> till;
    std::unique_ptr<agent::Agent> agent;

    ShopTill(Shop& shop_in, std::string dir_in)
        : shop(shop_in),
          dir(std::move(dir_in)),
          key(must(store::unlock_keys(replica::Replica::database_path(dir), shop.till_unlock()))),
          replica(std::make_unique<replica::Replica>(must(replica::Replica::open(dir, key, store::Sync::kFull)))),
          till(std::make_unique<replica::Till>(must(replica::Till::start(*replica, shop.clock, shop.random)))) {}
    ~ShopTill() { disconnect(); }
    domain::TerminalId terminal() { return must(replica->enrolment())->terminal; }

    void connect() {
        agent::AgentOptions options = quick_agent(dir, key, shop.clock);
        options.hq_port = shop.server->port();
        agent = must(agent::Agent::start(std::move(options)));
    }
    void disconnect() {
        if (agent) agent->stop();
        agent.reset();
    }
    domain::MemberId sign_up(const std::string& phone) {
        replica::RegisterRequest request;
        request.fields = {{domain::Field::kPhone, phone}, {domain::Field::kName, "Li Wei"}};
        return must(till->register_member(request)).member;
    }
    replica::Receipt sell(const domain::MemberId& member, domain::Minor amount = 1000) {
        replica::SaleRequest sale;
        sale.member = member;
        sale.amount_minor = amount;
        return must(till->sale(sale));
    }
    void sell(const domain::MemberId& member, int count) {
        for (int i = 0; i < count; ++i) sell(member);
    }
    void wait_until_settled() {
        REQUIRE(wait_until([this] { return has_settled(*replica); }));
    }
    std::int64_t bills() {
        std::int64_t bills = 0;
        for (const auto& row : must(replica->store_days())) bills += row.totals.bills;
        return bills;
    }
    domain::Points points(const domain::MemberId& member) {
        return must(replica->member(member))->account.balance_on(test::kToday);
    }
    replica::Incident incident() { return must(replica->incidents(1)).at(0); }
    bool names(wire::IncidentKind kind) {
        for (const replica::Incident& incident : must(replica->incidents(100)))
            if (incident.report.kind == kind) return true;
        return false;
    }
};

}  // namespace tally::fault
