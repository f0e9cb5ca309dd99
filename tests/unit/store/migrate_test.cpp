#include "tests/unit/store/fixture.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

static constexpr Migration kSteps[] = {
    {1, "CREATE TABLE a (x INTEGER)"},
    {2, "CREATE TABLE b (y INTEGER); INSERT INTO b VALUES (7)"},
    {3, "ALTER TABLE a ADD COLUMN z TEXT"},
};

TEST_CASE("migrate: a new file gets every step once, and a second run changes nothing") {
    const Folder folder;
    Db db = must_open(folder.file("a.db"));
    REQUIRE_OK(migrate(db, kSteps));
    REQUIRE_OK(migrate(db, kSteps));
    CHECK(db.query_int64("PRAGMA user_version").value() == 3);
    CHECK(db.query_int64("SELECT sum(y) FROM b").value() == 7);
    REQUIRE_OK(db.exec("SELECT x, z FROM a"));
}

TEST_CASE("migrate: a schema newer than the program is refused and left alone") {
    const Folder folder;
    Db db = must_open(folder.file("a.db"));
    REQUIRE_OK(db.exec("PRAGMA user_version = 4"));
    CHECK_CODE(migrate(db, kSteps), Code::kNewer);
    CHECK(db.query_int64("SELECT count(*) FROM sqlite_schema").value() == 0);
}

TEST_CASE("migrate: a step that fails leaves nothing of itself, and the next run goes on from there") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    {
        Db db = must_open(path);
        const Migration broken[] = {kSteps[0], {2, "CREATE TABLE b (y INTEGER); INSERT INTO nowhere VALUES (1)"}};
        CHECK_CODE(migrate(db, broken), Code::kBug);
        CHECK(!db.in_transaction());
        CHECK(db.query_int64("PRAGMA user_version").value() == 1);
    }
    Db db = must_open(path, false);
    REQUIRE_OK(migrate(db, kSteps));
    CHECK(db.query_int64("PRAGMA user_version").value() == 3);
    CHECK(db.query_int64("SELECT count(*) FROM b").value() == 1);
}

TEST_CASE("migrate: steps out of order are a bug, said before any of them runs") {
    const Folder folder;
    Db db = must_open(folder.file("a.db"));
    const Migration twisted[] = {kSteps[1], kSteps[0]};
    CHECK_CODE(migrate(db, twisted), Code::kBug);
    CHECK(db.query_int64("SELECT count(*) FROM sqlite_schema").value() == 0);
}
