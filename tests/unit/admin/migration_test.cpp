// Databases that earlier builds made (tests/golden/*-schema-*, by make_schema.py) under this one: every one of them is
// brought to the schema of today, also when that was cut between its steps, and says what it said then.
#include "common/replica/replica.h"
#include "common/replica/schema.h"
#include "hq-server/storage/schema.h"
#include "tests/support/data.h"
#include "tests/unit/admin/office.h"

using namespace tally;
using namespace tally::test;

namespace fs = std::filesystem;

namespace {

// A golden folder's files, copied to where they may be written.
struct Kept {
    TemporaryFolder folder;
    explicit Kept(const std::string& name) {
        crypto::start();
        for (const auto& entry : fs::directory_iterator(support::repository() / "tests/golden" / name))
            fs::copy_file(entry.path(), folder / entry.path().filename().string());
        fs::permissions(folder / "test.key", fs::perms::owner_read | fs::perms::owner_write);
    }
    store::KeyFile unlock() const { return {folder / "test.key"}; }
    crypto::Secret key(const std::string& database) const {
        return must(store::unlock_keys(folder / database, unlock()));
    }
    store::Db raw(const std::string& database) const {
        return must(store::Db::open(folder / database, key(database), {}));
    }
    std::int64_t schema(const std::string& database) const {
        return must(raw(database).query_int64("PRAGMA user_version"));
    }
    admin::Place place() const { return {folder.path(), {folder / "test.key", -1}}; }
};

// What the demo's table said when these were made.
void check_headquarters(const Kept& kept) {
    const admin::Home home = must(admin::open_home(kept.place().dir, kept.place().unlock));
    store::Db& db = home.store->db();
    CHECK(must(db.query_int64("PRAGMA user_version")) == storage::kMigrations.back().version);
    CHECK(must(db.query_int64("SELECT count(*) FROM op_log")) == 9);
    CHECK(must(db.query_int64("SELECT count(*) FROM member")) == 3);
    CHECK(must(db.query_int64("SELECT sum(bills) FROM store_day")) == 5);
    CHECK(must(db.query_int64("SELECT sum(amount_minor) FROM store_day")) == 64'465);
    CHECK(must(db.query_int64("SELECT sum(points_earned) - sum(points_redeemed) FROM store_day")) == 543);
    const admin::Said verified = must(admin::verify_command(kept.place()));
    CHECK_MESSAGE(verified.well, verified.text);
}

void check_till(const Kept& kept) {
    replica::Replica replica =
        must(replica::Replica::open(kept.folder.path(), kept.key("replica.db"), store::Sync::kFull));
    must(replica.guard(kNoon_ms));
    CHECK(must(replica.incidents(1)).empty());
    must(replica.db().check_pages());
    must(replica.verify_log());
    const auto fold = must(replica.check_fold());
    CHECK(fold.members == 3);
    CHECK(must(replica.unacknowledged_count()) > 0);
    const auto anna = must(replica.find(domain::IdentityKind::kCard, "6200000001"));
    REQUIRE(anna.has_value());
    const auto view = must(replica.member(*anna));
    REQUIRE(view.has_value());
    CHECK(view->account.balance_on(20'780) == 314);  // 2026-11-22, with its pending sale
    CHECK(view->pending.size() == 1);
    std::int64_t bills = 0;
    for (const auto& row : must(replica.store_days()))
        if (row.store == "South") bills += row.totals.bills;
    CHECK(bills >= 2);
}

}  // namespace

TEST_CASE("migration: headquarters of every earlier schema opens, verifies, and says what it said then") {
    for (const auto& [name, schema] :
         {std::pair("hq-schema-1", 1), std::pair("hq-schema-2", 2), std::pair("hq-schema-6", 6)}) {
        const Kept kept(name);
        INFO(name);
        CHECK(kept.schema("hq.db") == schema);
        check_headquarters(kept);
        check_headquarters(kept);  // once more: nothing is left to do
    }
}

TEST_CASE("migration: a till of every earlier schema opens, folds, and still has what waits for headquarters") {
    for (const auto& [name, schema] : {std::pair("replica-schema-1", 1), std::pair("replica-schema-2", 2)}) {
        const Kept kept(name);
        INFO(name);
        CHECK(kept.schema("replica.db") == schema);
        check_till(kept);
        CHECK(kept.schema("replica.db") == replica::kMigrations.back().version);
        check_till(kept);
    }
}

TEST_CASE("migration: cut between any two steps it is finished by the next opening") {
    for (std::size_t done = 1; done <= storage::kMigrations.size(); ++done) {
        const Kept kept("hq-schema-1");
        {
            store::Db db = kept.raw("hq.db");  // all steps without what follows the last: upgrade.h has it yet to do
            must(store::migrate(db, std::span(storage::kMigrations).first(done)));
        }
        INFO("after step ", done);
        check_headquarters(kept);
    }
    const Kept kept("replica-schema-1");
    {
        store::Db db = kept.raw("replica.db");
        auto transaction = must(store::Transaction::begin(db));
        must(db.exec(std::string(replica::kMigrations[1].sql)));  // cut before its commit
    }
    CHECK(kept.schema("replica.db") == 1);
    check_till(kept);
}

TEST_CASE("migration: a schema newer than the program is refused in words, and nothing is changed") {
    const Kept hq("hq-schema-2"), till("replica-schema-1");
    must(hq.raw("hq.db").exec("PRAGMA user_version = 99"));
    must(till.raw("replica.db").exec("PRAGMA user_version = 99"));
    const auto home = admin::open_home(hq.place().dir, hq.place().unlock);
    REQUIRE_FALSE(home.has_value());
    CHECK(home.error().code == Code::kNewer);
    CHECK(home.error().detail.find("used by a newer one") != std::string::npos);
    const crypto::Secret key = till.key("replica.db");
    const auto replica = replica::Replica::open(till.folder.path(), key, store::Sync::kFull);
    REQUIRE_FALSE(replica.has_value());
    CHECK(replica.error().code == Code::kNewer);
    CHECK(replica.error().detail.find("schema 99") != std::string::npos);
    CHECK(replica::Replica::open_to_look(till.folder.path(), key).error().code == Code::kNewer);
    CHECK(hq.schema("hq.db") == 99);
    CHECK(till.schema("replica.db") == 99);
}
