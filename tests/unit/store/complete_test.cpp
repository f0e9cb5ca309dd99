// Everything a program can do with SQLite's files, over the encrypting VFS: random work is compared with a plain
// database step by step; several real processes checkpoint, vacuum and copy at once; and what was planted is searched
// for.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <vector>

#include "common/store/database_keys.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/store/under_vfs.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

namespace {

constexpr std::string_view kSecret = "planted-secret";

void check_hidden(const Folder& folder) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
        if (!entry.is_regular_file()) continue;
        CHECK_MESSAGE(!contains(read_all(entry.path().string()), kSecret), entry.path().string());
    }
}

int check_hidden_writes() {
    int found = 0;
    for (const UnderVfs::Write& write : UnderVfs::get().log) found += contains(write.bytes, kSecret) ? 1 : 0;
    return found;
}

// One line of random work; the same for both databases.
std::string next_sql(SeededRandom& random, bool& in_transaction, int& savepoints) {
    const auto some = [&](std::uint64_t below) { return std::to_string(random.below(below)); };
    switch (random.below(in_transaction ? 14 : 22)) {
        case 0:
        case 1:
            return "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + some(400) +
                   " + 1) INSERT OR IGNORE INTO t (id, k, x) SELECT abs((i * 7919 + " + some(100'000) +
                   ") % 5000), i % 97, 'planted-secret ' || hex(zeroblob(" + some(150) + ")) || i FROM n";
        case 2: return "UPDATE t SET x = x || '" + some(1000) + "' WHERE k = " + some(97);
        case 3: return "UPDATE t SET k = k + 1 WHERE id % " + some(9) + " = 1";
        case 4: return "DELETE FROM t WHERE id % 11 = " + some(11);
        case 5: return "INSERT INTO u (x) SELECT x FROM t ORDER BY x, k LIMIT " + some(800);  // a sorter that spills
        case 6: return "UPDATE OR FAIL t SET id = id + " + some(5) + " WHERE id > " + some(5000);  // often fails
        case 7: return "CREATE TEMP TABLE IF NOT EXISTS kept (x); INSERT INTO kept SELECT x FROM t";
        case 8: return "DROP TABLE IF EXISTS kept";
        case 9: return "INSERT INTO o.t (x) SELECT x FROM t WHERE k < " + some(50);
        case 10: return "UPDATE o.t SET x = x || 'o' WHERE id % 5 = " + some(5);
        case 11:
            if (!in_transaction) return "DELETE FROM u WHERE id % 3 = " + some(3);
            return "SAVEPOINT s" + std::to_string(++savepoints);
        case 12:
            if (in_transaction && savepoints > 0) return "ROLLBACK TO s" + std::to_string(savepoints);
            return "DELETE FROM o.t WHERE id % 4 = " + some(4);
        case 13:
            if (!in_transaction) return "DROP INDEX IF EXISTS by_x";
            if (savepoints > 0 && random.below(2) == 0) return "RELEASE s" + std::to_string(savepoints--);
            in_transaction = false;
            savepoints = 0;
            return random.below(3) == 0 ? "ROLLBACK" : "COMMIT";
        case 14:
        case 15: in_transaction = true; return random.below(2) == 0 ? "BEGIN" : "BEGIN IMMEDIATE";
        case 16: {
            static constexpr const char* kModes[] = {"DELETE", "TRUNCATE", "PERSIST", "MEMORY", "WAL"};
            return std::string("PRAGMA ") + (random.below(2) == 0 ? "main" : "o") +
                   ".journal_mode = " + kModes[random.below(5)];
        }
        case 17: {
            static constexpr const char* kModes[] = {"PASSIVE", "FULL", "RESTART", "TRUNCATE"};
            return std::string("PRAGMA wal_checkpoint(") + kModes[random.below(4)] + ")";
        }
        case 18: return random.below(3) == 0 ? "VACUUM" : "PRAGMA incremental_vacuum(" + some(20) + ")";
        case 19: return "CREATE INDEX IF NOT EXISTS by_x ON t (x, k)";
        case 20: return std::string("PRAGMA synchronous = ") + (random.below(2) == 0 ? "OFF" : "FULL");
        default: return "PRAGMA cache_size = " + std::to_string(5 + random.below(40));
    }
}

std::string digest(Raw& raw) {
    return raw.text("SELECT count(*) || ' ' || total(id * k) || ' ' || total(length(x)) FROM t") + "; " +
           raw.text("SELECT count(*) || ' ' || total(id) || ' ' || total(length(x)) FROM u") + "; " +
           raw.text("SELECT count(*) || ' ' || total(id) || ' ' || total(length(x)) FROM o.t");
}

int attach_to(Raw& raw, const std::string& path, std::uint8_t key) {
    const Handover offer(std::make_shared<const DatabaseKeys>(test_key(key)));
    return raw.exec("ATTACH '" + offer.uri_of(path) + "' AS o");
}

pid_t start(const std::function<int()>& work) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(work());
    return child;
}

int finish(pid_t child) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

Result<Db> open_patient(const std::string& path) {
    OpenOptions options;
    options.busy_ms = 60'000;
    return Db::open(path, test_key(), options);
}

}  // namespace

TEST_CASE("complete: random work over two attached databases in every journal mode is what plain SQLite makes of it") {
    SeededRandom random(seed());
    const int rounds = std::getenv("TALLY_LONG") == nullptr ? 4 : 60;
    for (int round = 0; round < rounds; ++round) {
        CAPTURE(round);
        UnderVfs& under = UnderVfs::get();
        under.reset();
        under.recording = true;
        const Folder folder;
        const Folder plain_folder;
        Raw ours(folder.file("a.db"), UnderVfs::kTallyName);
        Raw plain(plain_folder.file("a.db"), "unix");
        REQUIRE(attach_to(ours, folder.file("o.db"), 2) == SQLITE_OK);
        REQUIRE(plain.exec("ATTACH '" + plain_folder.file("o.db") + "' AS o") == SQLITE_OK);
        const std::string prepare = std::string(
                                        "PRAGMA temp_store = FILE; PRAGMA cache_size = 10; PRAGMA o.cache_size "
                                        "= 10; PRAGMA auto_vacuum = ") +
                                    (round % 2 == 0 ? "NONE" : "INCREMENTAL") +
                                    "; CREATE TABLE t (id INTEGER PRIMARY KEY, k INTEGER, x TEXT);"
                                    "CREATE TABLE u (id INTEGER PRIMARY KEY, x TEXT);"
                                    "CREATE TABLE o.t (id INTEGER PRIMARY KEY, x TEXT)";
        REQUIRE(ours.exec(prepare) == SQLITE_OK);
        REQUIRE(plain.exec(prepare) == SQLITE_OK);
        bool in_transaction = false;
        int savepoints = 0;
        for (int step = 0; step < 150; ++step) {
            const std::string sql = next_sql(random, in_transaction, savepoints);
            CAPTURE(step);
            CAPTURE(sql);
            const int expected = plain.exec(sql);
            REQUIRE_MESSAGE(ours.exec(sql) == expected, sqlite3_errmsg(ours.db()));
            in_transaction = sqlite3_get_autocommit(plain.db()) == 0;
            if (!in_transaction) savepoints = 0;
            REQUIRE((sqlite3_get_autocommit(ours.db()) == 0) == in_transaction);
            if (step % 10 == 9) REQUIRE(digest(ours) == digest(plain));
            if (step % 50 == 49) CHECK(check_hidden_writes() == 0);
            if (step % 50 == 49) under.log.clear();
        }
        CHECK(ours.text("PRAGMA main.integrity_check") == "ok");
        CHECK(ours.text("PRAGMA o.integrity_check") == "ok");
        check_hidden(folder);
        under.reset();
    }
}

TEST_CASE("complete: a rollback in a journal that is kept stops at its own last record, whatever stands behind it") {
    const Folder folder;
    Raw raw(folder.file("a.db"));
    REQUIRE(
        raw.exec("PRAGMA journal_mode = PERSIST; PRAGMA cache_size = 10; CREATE TABLE t (id INTEGER PRIMARY KEY, x);"
                 "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, "
                 "'planted-secret ' || i FROM n") == SQLITE_OK);
    // A long journal with several headers, then short ones over its beginning.
    REQUIRE(raw.exec("UPDATE t SET x = x || 'a'") == SQLITE_OK);
    REQUIRE(raw.exec("PRAGMA cache_size = 1000") == SQLITE_OK);
    for (int i = 1; i < 40; ++i) {
        CAPTURE(i);
        const std::string limit = std::to_string(i * 70);
        REQUIRE(raw.exec("BEGIN; UPDATE t SET x = 'gone' WHERE id < " + limit + "; ROLLBACK") == SQLITE_OK);
        REQUIRE(raw.text("SELECT count(*) FROM t WHERE x LIKE 'planted-secret%'") == "3000");
    }
    CHECK(raw.text("PRAGMA integrity_check") == "ok");
    check_hidden(folder);
    // SQLite would mend an error there by itself, so the record is asked for by hand: it is the end, not damage.
    REQUIRE(raw.exec("BEGIN; UPDATE t SET x = 'gone' WHERE id = 1") == SQLITE_OK);
    Bytes page(4096);
    CHECK(read_at(raw.log_file(), page, 512 + 3 * 4104 + 12) == SQLITE_IOERR_SHORT_READ);
    CHECK(page == Bytes(4096));
    REQUIRE(raw.exec("ROLLBACK") == SQLITE_OK);
}

// At every write, truncation and removal; and with names of every length, for that moves what the end of a journal says
// of the super-journal.
TEST_CASE("complete: a transaction over two databases that is cut in its commit is whole in both or in none") {
    UnderVfs& under = UnderVfs::get();
    int whole = 0;
    int none = 0;
    for (std::size_t letters = 1; letters <= 8; ++letters) {
        bool finished = false;
        for (int cut = 1; !finished; ++cut) {
            CAPTURE(letters);
            CAPTURE(cut);
            under.reset();
            const Folder folder;
            const std::string one = folder.file(std::string(letters, 'a') + ".db");
            const std::string two = folder.file("o.db");
            {
                Raw raw(one, UnderVfs::kTallyName);
                REQUIRE(attach_to(raw, two, 2) == SQLITE_OK);
                REQUIRE(raw.exec("CREATE TABLE t (x); INSERT INTO t VALUES ('before'); CREATE TABLE o.t (x); INSERT "
                                 "INTO o.t VALUES ('before')") == SQLITE_OK);
                under.writes_left = under.writes + cut;
                raw.exec("BEGIN; UPDATE t SET x = 'after'; UPDATE o.t SET x = 'after'; COMMIT");
                finished = !under.dead;
            }
            under.reset();
            Raw raw(one, UnderVfs::kTallyName);
            REQUIRE(attach_to(raw, two, 2) == SQLITE_OK);
            const std::string first = raw.text("SELECT x FROM t");
            CHECK(first == raw.text("SELECT x FROM o.t"));
            (first == "after" ? whole : none) += 1;
            if (finished) CHECK(first == "after");
            CHECK(raw.text("PRAGMA main.integrity_check") == "ok");
        }
    }
    CHECK(none > 100);
    CHECK(whole > 8);  // the super-journal gone, its journals not
}

TEST_CASE("complete: processes that checkpoint in every mode, vacuum and write at once lose no row") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    {
        Db db = must_open(path);
        REQUIRE_OK(db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, who INTEGER, x TEXT)"));
    }
    constexpr int kRows = 60;
    const auto writes = [&](int who, const std::string& between) {
        return start([=] {
            Result<Db> db = open_patient(path);
            if (!db) return 2;
            for (int i = 0; i < kRows; ++i) {
                if (!db->exec("INSERT INTO t (who, x) VALUES (" + std::to_string(who) +
                              ", 'planted-secret' || hex(randomblob(600)))"))
                    return 3;
                if (i % 6 != who % 6) continue;
                const Status done = db->exec(between);
                if (!done && done.error().code != Code::kBusy) return 4;
            }
            return 0;
        });
    };
    std::vector<pid_t> children;
    int who = 0;
    for (const char* between : {"PRAGMA wal_checkpoint(PASSIVE)", "PRAGMA wal_checkpoint(FULL)",
                                "PRAGMA wal_checkpoint(RESTART)", "PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM"})
        children.push_back(writes(who++, between));
    for (const pid_t child : children) CHECK(finish(child) == 0);
    Db db = must_open(path, false);
    CHECK(db.query_int64("SELECT count(*) FROM t").value() == 5 * kRows);
    CHECK(db.query_int64("SELECT count(DISTINCT who) FROM t").value() == 5);
    REQUIRE_OK(db.check_pages());
    check_hidden(folder);
}

TEST_CASE("complete: in rollback-journal mode too, processes that write and vacuum at once lose no row") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    {
        Raw raw(path);
        REQUIRE(raw.exec("PRAGMA journal_mode = PERSIST; CREATE TABLE t (x)") == SQLITE_OK);
    }
    const auto writes = [&](const std::string& mode, const std::string& between) {
        return start([=] {
            Raw raw(path);
            sqlite3_busy_timeout(raw.db(), 60'000);
            if (raw.exec("PRAGMA cache_size = 5; PRAGMA journal_mode = " + mode) != SQLITE_OK) return 2;
            for (int i = 0; i < 25; ++i) {
                const int code = raw.exec(
                    "BEGIN IMMEDIATE; INSERT INTO t SELECT 'planted-secret' || hex(randomblob(50))"
                    " FROM (VALUES (1),(2),(3),(4),(5),(6),(7),(8)); SAVEPOINT s; UPDATE t SET x "
                    "= x || '!'; ROLLBACK TO s; COMMIT");
                if (code != SQLITE_OK) return 10 + (code & 0xFF);
                if (i % 8 == 3 && !between.empty() && (raw.exec(between) & 0xFF) > SQLITE_BUSY) return 4;
            }
            return 0;
        });
    };
    const std::vector<pid_t> children = {writes("PERSIST", ""), writes("TRUNCATE", "VACUUM"), writes("DELETE", "")};
    for (const pid_t child : children) CHECK(finish(child) == 0);
    Raw raw(path);
    CHECK(raw.text("SELECT count(*) FROM t WHERE x LIKE 'planted-secret%' AND x NOT LIKE '%!'") == "600");
    CHECK(raw.text("PRAGMA integrity_check") == "ok");
    check_hidden(folder);
}

TEST_CASE("complete: another encrypted database is attached under its own key, and only so") {
    const Folder folder;
    Db db = must_open(folder.file("a.db"));
    fill(db, 50);
    const std::string other = folder.file("o.db");
    CHECK_CODE(db.attach(other, test_key(2), "o", false), Code::kNotFound);
    REQUIRE_OK(db.attach(other, test_key(2), "o", true));
    REQUIRE_OK(db.exec("CREATE TABLE o.t AS SELECT id, 'planted-secret' AS body FROM main.t"));
    CHECK(db.query_int64("SELECT count(*) FROM o.t").value() == 50);
    REQUIRE_OK(db.exec("DETACH o"));
    CHECK(read_all(other)[0] == 'T');
    CHECK_CODE(db.attach(other, test_key(3), "o", false), Code::kWrongKey);
    CHECK_CODE(db.attach(other, test_key(2), "o\"; --", false), Code::kInvalid);
    CHECK_CODE(db.attach(other, test_key(2), "main", false), Code::kInvalid);
    REQUIRE_OK(db.attach(other, test_key(2), "o", false));
    CHECK(db.query_int64("SELECT count(*) FROM o.t WHERE body = 'planted-secret'").value() == 50);
    REQUIRE_OK(db.exec("DETACH o"));
    // A plain database is refused, and stays as it is.
    const std::string plain = folder.file("plain.db");
    {
        sqlite3* handle = nullptr;
        REQUIRE(sqlite3_open(plain.c_str(), &handle) == SQLITE_OK);
        REQUIRE(sqlite3_exec(handle, "CREATE TABLE p (x)", nullptr, nullptr, nullptr) == SQLITE_OK);
        sqlite3_close(handle);
    }
    const Bytes before = read_all(plain);
    CHECK_CODE(db.attach(plain, test_key(2), "o", false), Code::kDamaged);
    CHECK(read_all(plain) == before);
    // A handle is good while the call runs, and a foreign VFS never.
    std::string uri;
    {
        const Handover offer(std::make_shared<const DatabaseKeys>(test_key(2)));
        uri = offer.uri_of(other);
        CHECK(Handover::offers(uri));
        CHECK(!Handover::offers("file:" + other + "?vfs=unix&" + uri.substr(uri.find('?') + 1)));
        CHECK(!Handover::offers(uri + "&vfs=unix"));
        CHECK(!Handover::offers(other));
    }
    CHECK(!Handover::offers(uri));
    CHECK_CODE(db.exec("ATTACH '" + uri + "' AS o"), Code::kRefused);
    check_hidden(folder);
}

TEST_CASE("complete: VACUUM INTO writes a compact copy under a key of its own, and a failed one leaves nothing") {
    const Folder folder;
    Db db = must_open(folder.file("a.db"));
    fill(db, 2000);
    REQUIRE_OK(db.exec("UPDATE t SET body = 'planted-secret ' || id; DELETE FROM t WHERE id % 2 = 0"));
    const std::string copy = folder.file("copy.db");
    REQUIRE_OK(db.vacuum_into(copy, test_key(7)));
    CHECK_CODE(db.vacuum_into(copy, test_key(7)), Code::kExists);
    CHECK_CODE(Db::open(copy, test_key(), {}), Code::kWrongKey);
    Result<Db> opened = Db::open(copy, test_key(7), {});
    REQUIRE_OK(opened);
    CHECK(opened->query_int64("SELECT count(*) FROM t").value() == 1000);
    REQUIRE_OK(opened->check_pages());
    CHECK(std::filesystem::file_size(copy) <
          std::filesystem::file_size(folder.file("a.db")) + std::filesystem::file_size(folder.file("a.db-wal")));
    REQUIRE_OK(db.exec("BEGIN"));
    CHECK(!db.vacuum_into(folder.file("late.db"), test_key(7)).has_value());
    CHECK(!std::filesystem::exists(folder.file("late.db")));
    check_hidden(folder);
}
