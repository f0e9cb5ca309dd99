// Two processes on one database, and a process that is killed.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "tests/support/child.h"
#include "tests/unit/store/fixture.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;
using support::end_of;
using support::start_child;

namespace {

Result<Db> open_patient(const std::string& path) {
    OpenOptions options;
    options.create = true;
    options.busy_ms = 20'000;
    return Db::open(path, test_key(), options);
}

int add_many(const std::string& path, int times, std::optional<int> autocheckpoint) {
    Result<Db> db = open_patient(path);
    if (!db) return 2;
    if (autocheckpoint && !db->exec("PRAGMA wal_autocheckpoint = " + std::to_string(*autocheckpoint))) return 3;
    for (int i = 0; i < times; ++i) {
        Result<Transaction> transaction = Transaction::begin(*db);
        if (!transaction) return 4;
        const Result<std::int64_t> before = db->query_int64("SELECT n FROM counter");
        if (!before) return 5;
        if (!db->exec("UPDATE counter SET n = " + std::to_string(*before + 1))) return 6;
        if (!db->exec("INSERT INTO log (body) VALUES (hex(randomblob(400)))")) return 7;
        if (!transaction->commit()) return 8;
    }
    return 0;
}

}  // namespace

TEST_CASE("processes: three writers on one database lose no update, and an opener amid them sees no damage") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    {
        Db db = must_open(path);
        REQUIRE_OK(
            db.exec("CREATE TABLE counter (n INTEGER); INSERT INTO counter VALUES (0);"
                    "CREATE TABLE log (id INTEGER PRIMARY KEY, body TEXT)"));
    }
    constexpr int kTimes = 120;
    const pid_t one = start_child([&] { return add_many(path, kTimes, 8); });
    const pid_t two = start_child([&] { return add_many(path, kTimes, {}); });
    const pid_t three = start_child([&] { return add_many(path, kTimes, 50); });
    int opened = 0;
    for (bool running = true; running; ++opened) {
        {
            Result<Db> db = open_patient(path);
            REQUIRE_OK(db);
            const Result<std::int64_t> rows = db->query_int64("SELECT count(*) - (SELECT n FROM counter) FROM log");
            REQUIRE_OK(rows);
            CHECK(*rows == 0);
            if (opened % 5 == 0) REQUIRE_OK(db->check_pages());
        }
        siginfo_t info{};
        running = ::waitid(P_PID, static_cast<id_t>(one), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
    }
    CHECK(end_of(one) == 0);
    CHECK(end_of(two) == 0);
    CHECK(end_of(three) == 0);
    Db db = must_open(path, false);
    CHECK(db.query_int64("SELECT n FROM counter").value() == 3 * kTimes);
    REQUIRE_OK(db.check_pages());
}

TEST_CASE("processes: four that make the same database at once all get it") {
    for (int round = 0; round < 5; ++round) {
        const Folder folder;
        const std::string path = folder.file("a.db");
        const auto work = [&] {
            Result<Db> db = open_patient(path);
            if (!db) return 2;
            return db->exec("CREATE TABLE IF NOT EXISTS t (x); INSERT INTO t VALUES (1)") ? 0 : 3;
        };
        pid_t children[4];
        for (pid_t& child : children) child = start_child(work);
        for (const pid_t child : children) CHECK(end_of(child) == 0);
        CHECK(must_open(path, false).query_int64("SELECT count(*) FROM t").value() == 4);
    }
}

TEST_CASE("processes: kill -9 during commits loses no committed row") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    {
        Db db = must_open(path);
        REQUIRE_OK(db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)"));
    }
    SeededRandom random(seed());
    for (int round = 0; round < 8; ++round) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        const pid_t child = start_child([&] {
            Result<Db> db = open_patient(path);
            if (!db || !db->exec("PRAGMA wal_autocheckpoint = 20")) return 2;
            for (;;) {
                if (!db->exec("INSERT INTO t (body) VALUES (hex(randomblob(300)))")) return 3;
                const std::int64_t id = db->query_int64("SELECT max(id) FROM t").value();
                if (::write(ends[1], &id, sizeof id) != sizeof id) return 4;
            }
        });
        ::close(ends[1]);
        std::int64_t said = 0;
        std::int64_t id = 0;
        const std::uint64_t wanted = 1 + random.below(60);
        for (std::uint64_t i = 0; i < wanted && ::read(ends[0], &id, sizeof id) == sizeof id; ++i) said = id;
        std::this_thread::sleep_for(std::chrono::microseconds(random.below(4000)));
        ::kill(child, SIGKILL);
        CHECK(end_of(child) == 1000 + SIGKILL);
        while (::read(ends[0], &id, sizeof id) == sizeof id) said = id;
        ::close(ends[0]);
        Db db = must_open(path, false);
        const std::int64_t last = db.query_int64("SELECT max(id) FROM t").value();
        CHECK(last >= said);
        CHECK(last <= said + 1);
        CHECK(db.query_int64("SELECT count(*) FROM t").value() == last);
        REQUIRE_OK(db.check_pages());
    }
}

TEST_CASE("processes: a file size limit of the system is kFull, and the data stay as before") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    {
        Db db = must_open(path);
        fill(db, 100);
    }
    const pid_t child = start_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{400'000, 400'000};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
        Result<Db> db = open_patient(path);
        if (!db) return 3;
        const Status status = db->exec("INSERT INTO t (body) SELECT hex(randomblob(1000)) FROM t, t LIMIT 2000");
        if (status) return 4;
        if (status.error().code != Code::kFull) return 10 + static_cast<int>(status.error().code);
        return db->query_int64("SELECT count(*) FROM t").value_or(-1) == 100 ? 0 : 5;
    });
    CHECK(end_of(child) == 0);
    Db db = must_open(path, false);
    CHECK(db.query_int64("SELECT count(*) FROM t").value() == 100);
    REQUIRE_OK(db.check_pages());
}

TEST_CASE("processes: a writer that holds the lock makes another wait, then say kBusy") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    Db one = must_open(path);
    REQUIRE_OK(one.exec("CREATE TABLE t (x)"));
    OpenOptions options;
    options.busy_ms = 10;
    Result<Db> two = Db::open(path, test_key(), options);
    REQUIRE_OK(two);
    Result<Transaction> held = Transaction::begin(one);
    REQUIRE_OK(held);
    CHECK_CODE(Transaction::begin(*two), Code::kBusy);
    REQUIRE_OK(held->commit());
    REQUIRE_OK(Transaction::begin(*two));
}
