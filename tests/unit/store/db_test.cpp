#include <optional>

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

TEST_CASE("db: a missing file is not made without create, and a read-only one is not written") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    CHECK_CODE(open_db(path, false), Code::kNotFound);
    CHECK_CODE(open_db(folder.file("no/such/folder/a.db"), false), Code::kNotFound);
    CHECK_CODE(open_db("", true), Code::kInvalid);
    Db writer = must_open(path);
    fill(writer, 5);
    OpenOptions options;
    options.read_only = true;
    Result<Db> reader = Db::open(path, test_key(), options);
    REQUIRE_OK(reader);
    CHECK(reader->query_int64("SELECT count(*) FROM t").value() == 5);
    CHECK_CODE(reader->exec("DELETE FROM t"), Code::kRefused);
}

TEST_CASE("db: a path with the signs of a URI names the file it says") {
    const Folder folder;
    const std::string name = "a b?c#d%41&vfs=unix 库.db";
    {
        Db db = must_open(folder.file(name));
        fill(db, 3);
    }
    CHECK(read_all(folder.file(name)).size() > 4096);
    CHECK(must_open(folder.file(name), false).query_int64("SELECT count(*) FROM t").value() == 3);
}

TEST_CASE("db: settings are what the design says") {
    const Folder folder;
    Db db = must_open(folder.file("a.db"));
    const auto value = [&](const char* pragma) { return db.query_int64(std::string("PRAGMA ") + pragma).value(); };
    CHECK(value("foreign_keys") == 1);
    CHECK(value("secure_delete") == 1);
    CHECK(value("synchronous") == 2);
    CHECK(value("trusted_schema") == 0);
    CHECK(value("cache_size") == -32 * 1024);
    CHECK(value("busy_timeout") == 5000);
    CHECK(value("journal_size_limit") > 0);
    Result<Statement> mode = db.prepare("PRAGMA journal_mode");
    REQUIRE_OK(mode);
    REQUIRE(mode->step().value());
    CHECK(mode->text(0) == "wal");
}

TEST_CASE("db: a trigger's RAISE and a constraint are kRefused, wrong SQL is kBug, and the statement serves again") {
    const Folder folder;
    Db db = must_open(folder.file("a.db"));
    REQUIRE_OK(
        db.exec("CREATE TABLE t (x INTEGER NOT NULL); CREATE TRIGGER keep BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, "
                "'append only'); END"));
    Result<Statement> insert = db.prepare("INSERT INTO t VALUES (?1)");
    REQUIRE_OK(insert);
    REQUIRE_OK(insert->bind(1, 1).run());
    CHECK_CODE(insert->bind_null(1).run(), Code::kRefused);
    REQUIRE_OK(insert->bind(1, 2).run());
    CHECK_CODE(insert->bind(7, 2).run(), Code::kBug);
    REQUIRE_OK(insert->bind(1, 3).run());
    const Status refused = db.exec("DELETE FROM t");
    CHECK_CODE(refused, Code::kRefused);
    CHECK(refused.error().detail.find("append only") != std::string::npos);
    CHECK_CODE(db.exec("SELECT nothing FROM nowhere"), Code::kBug);
    CHECK_CODE(db.prepare("SELECT 1; SELECT 2"), Code::kBug);
    CHECK_CODE(db.prepare(""), Code::kBug);
    CHECK_CODE(db.query_int64("SELECT x FROM t WHERE x = 99"), Code::kNotFound);
    CHECK(db.query_int64("SELECT count(*) FROM t").value() == 3);
}

TEST_CASE("db: a transaction that is not committed is rolled back, one within another is a bug") {
    const Folder folder;
    Db db = must_open(folder.file("a.db"));
    REQUIRE_OK(db.exec("CREATE TABLE t (x)"));
    {
        Result<Transaction> transaction = Transaction::begin(db);
        REQUIRE_OK(transaction);
        REQUIRE_OK(db.exec("INSERT INTO t VALUES (1)"));
        CHECK(db.in_transaction());
        CHECK_CODE(Transaction::begin(db), Code::kBug);
    }
    CHECK(!db.in_transaction());
    CHECK(db.query_int64("SELECT count(*) FROM t").value() == 0);
}

TEST_CASE("db: a moved database goes on, and a statement that outlives it does no harm") {
    const Folder folder;
    std::optional<Statement> late;
    {
        Db one = must_open(folder.file("a.db"));
        fill(one, 3);
        Db two = std::move(one);
        Db three = must_open(folder.file("b.db"));
        three = std::move(two);
        CHECK(three.query_int64("SELECT count(*) FROM t").value() == 3);
        Result<Statement> statement = three.prepare("SELECT count(*) FROM t");
        REQUIRE_OK(statement);
        late = std::move(*statement);
    }
    CHECK(late->step().value());
    CHECK(late->int64(0) == 3);
}
