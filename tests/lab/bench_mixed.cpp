#include "common/base/random.h"
#include "tests/lab/bench.h"
#include "tests/lab/bench_store.h"

namespace tally::lab {
namespace {

// Like speedtest1's: a few words that differ from row to row.
std::string words(std::uint64_t number) {
    static constexpr const char* kWords[] = {"one",   "two",   "three", "four", "five", "six", "seven",
                                             "eight", "nine",  "ten",   "tea",  "cup",  "jar", "tin",
                                             "leaf",  "water", "shop",  "till", "bill", "day", "member"};
    std::string out;
    for (int i = 0; i < 6; ++i) {
        out += kWords[number % std::size(kWords)];
        out += ' ';
        number = number / std::size(kWords) + number * 7 + 3;
    }
    return out;
}

class Steps {
  public:
    explicit Steps(const BenchDb& db) : db_(db) {}
    template <class Work>
    void step(const char* name, Work work) {
        const double begin = now_us();
        work();
        times.push_back({name, now_us() - begin});
    }
    // In one transaction.
    template <class Work>
    void bulk(const char* name, Work work) {
        step(name, [&] {
            db_.run("BEGIN IMMEDIATE");
            work();
            db_.run("COMMIT");
        });
    }
    std::vector<StepTime> times;

  private:
    const BenchDb& db_;
};

void fill(const BenchDb& db, const char* sql, int rows, bool in_order, SeededRandom& random) {
    BenchStatement insert(db, sql);
    for (int i = 1; i <= rows; ++i) {
        const std::string text = words(random.below(1'000'000'000));
        const auto key = static_cast<std::int64_t>(in_order ? static_cast<std::uint64_t>(i)
                                                            : random.below(static_cast<std::uint64_t>(rows) * 8) + 1);
        insert.bind(1, key).bind(2, static_cast<std::int64_t>(random.below(1'000'000))).bind(3, text).run();
    }
}

void ranges(const BenchDb& db, const char* sql, int count, std::uint64_t width, SeededRandom& random) {
    BenchStatement select(db, sql);
    for (int i = 0; i < count; ++i) {
        const auto from = static_cast<std::int64_t>(random.below(1'000'000 - width));
        select.bind(1, from).bind(2, from + static_cast<std::int64_t>(width)).run();
    }
}

}  // namespace

std::vector<StepTime> run_mixed(const BenchDb& db, int rows) {
    SeededRandom random(kBenchSeed);
    Steps steps(db);
    db.run(
        "CREATE TABLE t1(a INTEGER, b INTEGER, c TEXT);"
        "CREATE TABLE t2(a INTEGER PRIMARY KEY, b INTEGER, c TEXT);"
        "CREATE TABLE t3(a INTEGER, b INTEGER, c TEXT, PRIMARY KEY(b, a)) WITHOUT ROWID");
    steps.bulk("insert", [&] { fill(db, "INSERT INTO t1 VALUES(?1, ?2, ?3)", rows, true, random); });
    steps.bulk("insert in order of the key",
               [&] { fill(db, "INSERT INTO t2 VALUES(?1, ?2, ?3)", rows, true, random); });
    steps.bulk("insert out of order",
               [&] { fill(db, "INSERT OR REPLACE INTO t3(b, a, c) VALUES(?1, ?2, ?3)", rows, false, random); });
    steps.step("ranges without an index",
               [&] { ranges(db, "SELECT count(*), avg(b) FROM t1 WHERE b BETWEEN ?1 AND ?2", 20, 10'000, random); });
    steps.step("text search", [&] { db.run("SELECT count(*) FROM t1 WHERE c LIKE '%tea leaf%'"); });
    steps.bulk("make indexes",
               [&] { db.run("CREATE INDEX t1b ON t1(b); CREATE INDEX t2bc ON t2(b, c); CREATE INDEX t1c ON t1(c)"); });
    steps.step("ranges with an index", [&] {
        ranges(db, "SELECT count(*), avg(a), max(c) FROM t1 WHERE b BETWEEN ?1 AND ?2", rows / 20, 500, random);
    });
    steps.step("single rows by key", [&] {
        BenchStatement select(db, "SELECT c FROM t2 WHERE a = ?1");
        for (int i = 0; i < rows; ++i)
            select.bind(1, static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(rows))) + 1).run();
    });
    steps.step("sort", [&] { db.run("SELECT a, c FROM t1 ORDER BY c DESC, a LIMIT 10 OFFSET 1000"); });
    steps.bulk("update ranges",
               [&] { ranges(db, "UPDATE t1 SET a = a + 1 WHERE b BETWEEN ?1 AND ?2", rows / 50, 300, random); });
    steps.bulk("update single rows", [&] {
        BenchStatement update(db, "UPDATE t2 SET b = ?2 WHERE a = ?1");
        for (int i = 0; i < rows / 2; ++i)
            update.bind(1, static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(rows))) + 1)
                .bind(2, static_cast<std::int64_t>(random.below(1'000'000)))
                .run();
    });
    steps.step("join of three", [&] {
        ranges(db, "SELECT t1.c FROM t1 JOIN t2 ON t2.a = t1.a JOIN t3 ON t3.b = t2.a WHERE t1.b BETWEEN ?1 AND ?2",
               rows / 100, 1'000, random);
    });
    steps.bulk("delete and fill again", [&] {
        db.run("DELETE FROM t2 WHERE a % 3 = 0; INSERT OR IGNORE INTO t2 SELECT a * 3, b, c FROM t1 WHERE a % 2 = 0");
    });
    steps.step("short transactions", [&] {
        BenchStatement update(db, "UPDATE t1 SET c = c || '.' WHERE rowid = ?1");
        for (int i = 0; i < 100; ++i)
            update.bind(1, static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(rows))) + 1).run();
    });
    steps.step("integrity check", [&] { db.run("PRAGMA integrity_check"); });
    steps.step("checkpoint", [&] { db.run("PRAGMA wal_checkpoint(TRUNCATE)"); });
    return steps.times;
}

}  // namespace tally::lab
