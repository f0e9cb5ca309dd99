// A real terminal and a real headquarters after the terminal's disk lost something: an older copy put back, with and
// without its witness, and one that went on selling. Nothing that headquarters has is lost, nothing is doubled.
#include <filesystem>
#include <set>

#include "tests/fault/one_till.h"

using namespace tally;
using fault::wait_until;
using test::must;
using wire::IncidentKind;
namespace fs = std::filesystem;

namespace {

struct PutBackWorld : fault::OneTill {
    std::vector<replica::Receipt> receipts;

    PutBackWorld() {
        enrol();
        connect_and_start();
    }

    std::string db() const { return replica::Replica::database_path(folder.path()); }
    void sell(int count, domain::Minor amount = 1000) {
        for (int i = 0; i < count; ++i) {
            replica::SaleRequest sale;
            sale.amount_minor = amount;
            receipts.push_back(must(till->sale(sale)));
        }
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
        reopen();
    }
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
    PutBackWorld world;
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
    PutBackWorld world;
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
    PutBackWorld world;
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
    PutBackWorld world;
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
