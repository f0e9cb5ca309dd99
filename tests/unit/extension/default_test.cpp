// Any SQLite program over the encrypting VFS: TALLY_VFS_KEYFILE and TALLY_VFS_DEFAULT=1.
#include <chrono>
#include <thread>
#include <vector>

#include "tests/unit/extension/shell.h"

using namespace tally;
using tally::test::Said;
using tally::test::Shell;

namespace {

constexpr const char* kSecret = "planted-secret-4711";

// Copies every file that the sqlite3 process holds open, the unlinked temporary ones too.
constexpr const char* kCopyOpenFiles =
    ".shell mkdir -p open && for f in /proc/$PPID/fd/*; do n=${f##*/}; [ $n -gt 2 ] && t=$(readlink $f) && case $t in "
    "/dev/*|pipe*|socket*|*.in|*.so*) ;; /*) cp $f open/$n-$(ls open | wc -l) ;; esac; done; true\n";

const std::string kRows =
    "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) "
    "INSERT INTO t SELECT i, 'planted-secret-4711 ' || (i * 7919 % 20011) || hex(zeroblob(80)) FROM n;\n";

void check_done(const Said& said) {
    CAPTURE(said.err);
    CAPTURE(said.out);
    CHECK(said.err == "");
    CHECK(said.code == 0);
}

}  // namespace

TEST_CASE("extension: as the default VFS a whole shell session leaves no plain byte in any kind of file") {
    if (!Shell::is_there()) return;
    for (const std::string mode : {"wal", "delete", "persist", "truncate", "memory"}) {
        CAPTURE(mode);
        const Shell shell;
        const std::string key = shell.key_file("k");
        const Said said = shell.by_default(
            "a.db",
            "PRAGMA journal_mode = " + mode +
                ";\nPRAGMA cache_size = -40; PRAGMA temp_store = FILE; PRAGMA temp.cache_size = 10;\n"
                "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);\n" +
                kRows +
                "CREATE TABLE sorted AS SELECT x FROM t ORDER BY x;\nCREATE INDEX by_x ON t (x);\n"
                "CREATE TEMP TABLE kept AS SELECT * FROM t; UPDATE kept SET x = x || '!';\n"
                "BEGIN; SAVEPOINT one; UPDATE t SET x = x || '?' WHERE id > 10; DELETE FROM kept WHERE id % 7 = 0;\n" +
                kCopyOpenFiles +
                "ROLLBACK TO one; UPDATE OR IGNORE t SET x = x || '#' WHERE id % 3 = 0; RELEASE one; COMMIT;\n"
                "VACUUM;\nATTACH 'b.db' AS b; CREATE TABLE b.t AS SELECT * FROM t;\n"
                "BEGIN; DELETE FROM t WHERE id <= 5; INSERT INTO b.t SELECT -id, x FROM t WHERE id < 9;\n" +
                kCopyOpenFiles +
                "COMMIT;\nVACUUM INTO 'c.db';\n.backup d.db\n"
                "SELECT count(*), (SELECT count(*) FROM b.t), (SELECT count(*) FROM kept) FROM t;\n"
                "SELECT count(*) FROM t WHERE x LIKE '%#'; PRAGMA integrity_check; PRAGMA b.integrity_check;\n",
            key);
        check_done(said);
        CHECK(said.out.ends_with("5995|6003|6000\n1999\nok\nok\n"));
        CHECK(std::distance(std::filesystem::directory_iterator(shell.path("open")), {}) >= 5);
        shell.check_hidden(kSecret);
        for (const std::string name : {"a.db", "b.db", "c.db", "d.db"}) {
            CHECK(Shell::slurp(shell.path(name)).starts_with("TLYDB\n"));
            CHECK(std::filesystem::exists(shell.path(name + ".keys")));
            const Said again = shell.by_default(name, "PRAGMA integrity_check; SELECT count(*) > 5000 FROM t;\n", key);
            check_done(again);
            CHECK(again.out == "ok\n1\n");
        }
        // With another key file nothing opens.
        CHECK(Shell::has(shell.by_default("a.db", "SELECT count(*) FROM t;\n", shell.key_file("l")).err, "wrong key"));
    }
}

TEST_CASE("extension: the same search finds the secret in the files of a plain session") {
    if (!Shell::is_there()) return;
    const Shell shell;
    const Said said = shell.run("sqlite3 -batch -bail a.db",
                                "PRAGMA cache_size = -40; PRAGMA temp_store = FILE; PRAGMA temp.cache_size = 10;\n"
                                "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);\n" +
                                    kRows +
                                    "CREATE TEMP TABLE kept AS SELECT * FROM t;\nBEGIN; "
                                    "UPDATE t SET x = x || '?';\n" +
                                    kCopyOpenFiles + "COMMIT;\n");
    check_done(said);
    int found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(shell.path("open")))
        found += Shell::has(Shell::slurp(entry.path().string()), kSecret) ? 1 : 0;
    CHECK(found >= 3);  // the database, its journal, the temporary one
}

TEST_CASE("extension: an in-memory database is saved encrypted, an empty file is taken for a new database") {
    if (!Shell::is_there()) return;
    const Shell shell;
    const std::string key = shell.key_file("k");
    check_done(shell.sql("CREATE TABLE t (x); INSERT INTO t VALUES ('planted-secret-4711');\n.save a.db\n",
                         Shell::environment(key)));
    std::ofstream(shell.path("b.db")).flush();
    check_done(shell.by_default("b.db", "CREATE TABLE t (x); INSERT INTO t VALUES ('planted-secret-4711');\n", key));
    for (const std::string name : {"a.db", "b.db"}) {
        CHECK(shell.by_default(name, "SELECT x FROM t; PRAGMA integrity_check;\n", key).out ==
              std::string(kSecret) + "\nok\n");
        CHECK(Shell::slurp(shell.path(name)).starts_with("TLYDB\n"));
    }
    shell.check_hidden(kSecret);
}

TEST_CASE("extension: programs that ask for another page size, auto_vacuum, mmap or a shared cache are served") {
    if (!Shell::is_there()) return;
    const Shell shell;
    const std::string key = shell.key_file("k");
    const Said said =
        shell.by_default("a.db",
                         "PRAGMA page_size = 1024; PRAGMA auto_vacuum = FULL; PRAGMA mmap_size = 1000000;\n"
                         "CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(100000)); DELETE FROM t; INSERT INTO t "
                         "VALUES (1);\nSELECT sum(x) FROM t; PRAGMA page_size; PRAGMA auto_vacuum; SELECT page_count < "
                         "10 FROM pragma_page_count; PRAGMA integrity_check;\n",
                         key);
    check_done(said);
    CHECK(Shell::has(said.out, "1\n4096\n1\n"));
    CHECK(said.out.ends_with("ok\n"));
    const Said shared = shell.sql(
        ".open 'file:c.db?cache=shared'\nCREATE TABLE t (x); INSERT INTO t VALUES (7);\n"
        "ATTACH 'file:e.db?cache=shared' AS e; CREATE TABLE e.t (x); SELECT x FROM t;\n",
        Shell::environment(key));
    check_done(shared);
    CHECK(shared.out == "7\n");
}

TEST_CASE("extension: a process killed within a transaction leaves whole transactions, also over two databases") {
    if (!Shell::is_there()) return;
    for (const std::string mode : {"delete", "persist", "wal"}) {
        CAPTURE(mode);
        const Shell shell;
        const std::string key = shell.key_file("k");
        check_done(shell.by_default(
            "a.db",
            "PRAGMA journal_mode = " + mode + "; CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);\n" + kRows +
                "ATTACH 'b.db' AS b; PRAGMA b.journal_mode = " + mode + "; CREATE TABLE b.t AS SELECT * FROM t;\n",
            key));
        const Said killed = shell.by_default("a.db",
                                             "PRAGMA cache_size = 10; ATTACH 'b.db' AS b; PRAGMA b.cache_size = 10;\n"
                                             "BEGIN; UPDATE t SET x = 'gone'; UPDATE b.t SET x = 'gone';\n"
                                             ".shell kill -9 $PPID\nCOMMIT;\n",
                                             key);
        CHECK(killed.code != 0);
        if (mode != "wal") CHECK(std::filesystem::file_size(shell.path("a.db-journal")) > 100'000);
        shell.check_hidden(kSecret);
        for (const std::string name : {"a.db", "b.db"}) {
            const Said said = shell.by_default(
                name, "SELECT count(*) FROM t WHERE x LIKE 'planted%'; PRAGMA integrity_check;\n", key);
            CHECK(said.out == "6000\nok\n");
            CHECK(said.err == "");
        }
    }
}

TEST_CASE("extension: two shells that write and checkpoint one database at once lose nothing") {
    if (!Shell::is_there()) return;
    const Shell shell;
    const std::string key = shell.key_file("k");
    check_done(shell.by_default("a.db", "PRAGMA journal_mode = WAL; CREATE TABLE t (who INTEGER, x TEXT);\n", key));
    const auto work = [&](int who) {
        std::string script = ".timeout 60000\n";
        for (int i = 0; i < 60; ++i) {
            script += "INSERT INTO t VALUES (" + std::to_string(who) + ", hex(randomblob(300)));\n";
            if (i % 15 == 7) script += "PRAGMA wal_checkpoint(" + std::string(who == 0 ? "PASSIVE" : "FULL") + ");\n";
        }
        return script;
    };
    const std::string one = shell.path("one.sql");
    std::ofstream(one) << Shell::load() << ".open a.db\n" << work(0);
    const std::string two = shell.path("two.sql");
    std::ofstream(two) << Shell::load() << ".open a.db\n" << work(1);
    const Said said = shell.run("export " + Shell::environment(key) +
                                "; sqlite3 -batch -bail <one.sql >/dev/null & first=$!; sqlite3 -batch -bail <two.sql "
                                ">/dev/null; second=$?; wait $first && exit $second");
    check_done(said);
    CHECK(shell.by_default("a.db", "SELECT who, count(*) FROM t GROUP BY who; PRAGMA integrity_check;\n", key).out ==
          "0|60\n1|60\nok\n");
}

TEST_CASE("extension: a program with SQLite linked into it is served too, and no second SQLite is loaded") {
    const Shell shell;
    const std::string key = shell.key_file("k");
    const std::string command = Shell::environment(key) + " '" + TALLY_STATIC_HOST + "' '" + Shell::extension() + "' ";
    const Said made = shell.run(command +
                                "a.db 'PRAGMA journal_mode = WAL' 'CREATE TABLE t (x)' \"INSERT INTO t VALUES "
                                "('planted-secret-4711')\" 'SELECT count(*) FROM t' 'PRAGMA integrity_check'");
    CAPTURE(made.err);
    CHECK(made.code == 0);
    CHECK(made.out == "wal\n1\nok\n");
    CHECK(Shell::slurp(shell.path("a.db")).starts_with("TLYDB\n"));
    shell.check_hidden(kSecret);
    if (Shell::is_there())
        CHECK(shell.by_default("a.db", "SELECT x FROM t;\n", key).out == std::string(kSecret) + "\n");
}

TEST_CASE("extension: it does not load where its environment is not whole, and says why") {
    if (!Shell::is_there()) return;
    const Shell shell;
    const auto refuses = [&](const std::string& environment, const std::string& words) {
        const Said said = shell.sql("SELECT 1;\n", environment);
        CAPTURE(said.err);
        CHECK(said.code != 0);
        CHECK(Shell::has(said.err, words));
    };
    refuses("TALLY_VFS_DEFAULT=1", "TALLY_VFS_DEFAULT needs TALLY_VFS_KEYFILE");
    refuses("TALLY_VFS_DEFAULT=1 TALLY_VFS_KEYFILE=absent", "there is no such file");
    refuses("TALLY_VFS_DEFAULT=1 TALLY_VFS_KEYFILE='" + shell.key_file("short", 5) + "'", "exactly 32 bytes");
    // A key file that others can read is served, with a warning.
    const std::string open_key = shell.key_file("open", 32, "644");
    const Said said = shell.by_default("a.db", "CREATE TABLE t (x); SELECT 5;\n", open_key);
    CHECK(said.out == "5\n");
    CHECK(Shell::has(said.err, "can be read by others"));
    // Without TALLY_VFS_DEFAULT the program's own default stays.
    const Said plain = shell.sql(".open plain.db\nCREATE TABLE t (x);\n", "TALLY_VFS_KEYFILE='" + open_key + "'");
    CHECK(plain.code == 0);
    CHECK(Shell::slurp(shell.path("plain.db")).starts_with("SQLite format 3"));
}
