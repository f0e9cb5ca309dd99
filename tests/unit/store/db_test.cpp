#include "tests/unit/store/fixture.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

TEST_CASE("db: what is written is read again after the file was closed") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    {
        Db db = must_open(path);
        fill(db, 1000);
        CHECK(db.query_int64("SELECT count(*) FROM t").value() == 1000);
    }
    Db db = must_open(path, false);
    Result<Statement> select = db.prepare("SELECT body FROM t WHERE id = ?1");
    REQUIRE_OK(select);
    for (int id = 1; id <= 1000; ++id) {
        REQUIRE(select->bind(1, id).step().value());
        CHECK(select->text(0) == row_text(id, 200));
        select->reset();
    }
    REQUIRE_OK(db.check_pages());
}

TEST_CASE("db: blobs, texts, numbers and NULL come back as they were bound, empty ones too") {
    const Folder folder;
    Db db = must_open(folder.file("a.db"));
    REQUIRE_OK(db.exec("CREATE TABLE v (n INTEGER, b BLOB, s TEXT, e BLOB, f TEXT, z)"));
    Result<Statement> insert = db.prepare("INSERT INTO v VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    REQUIRE_OK(insert);
    const Bytes blob = {0, 1, 255, 0};
    REQUIRE_OK(insert->bind(1, INT64_MIN)
                   .bind(2, ByteView(blob))
                   .bind(3, "张三")
                   .bind(4, ByteView())
                   .bind(5, std::string_view())
                   .bind_null(6)
                   .run());
    CHECK(db.changes() == 1);
    Result<Statement> select = db.prepare("SELECT * FROM v");
    REQUIRE_OK(select);
    REQUIRE(select->step().value());
    CHECK(select->int64(0) == INT64_MIN);
    CHECK(Bytes(select->blob(1).begin(), select->blob(1).end()) == blob);
    CHECK(select->text(2) == "张三");
    CHECK(!select->is_null(3));
    CHECK(select->blob(3).empty());
    CHECK(!select->is_null(4));
    CHECK(select->text(4).empty());
    CHECK(select->is_null(5));
    CHECK(!select->step().value());
}
