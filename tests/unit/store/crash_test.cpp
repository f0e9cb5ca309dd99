// Power cuts and full disks, played by a VFS under the encrypting one (pitfall 18).
#include <filesystem>
#include <optional>

#include "tests/unit/store/fixture.h"
#include "tests/unit/store/under_vfs.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

namespace {

// One transaction: some rows with its number, whose count is noted in the same transaction.
Status transact(Db& db, int number, Random& random) {
    TALLY_TRY(Transaction transaction, Transaction::begin(db));
    const auto rows = static_cast<int>(1 + random.below(random.below(10) == 0 ? 400 : 8));
    TALLY_TRY(Statement insert, db.prepare("INSERT INTO t (number, body) VALUES (?1, randomblob(?2))"));
    for (int i = 0; i < rows; ++i)
        TALLY_OK(insert.bind(1, number).bind(2, static_cast<std::int64_t>(random.below(900))).run());
    TALLY_TRY(Statement note, db.prepare("INSERT INTO done (number, rows) VALUES (?1, ?2)"));
    TALLY_OK(note.bind(1, number).bind(2, rows).run());
    return transaction.commit();
}

// The last transaction that is there; every one up to it must be there whole.
int last_whole(Db& db) {
    const Result<std::int64_t> wrong =
        db.query_int64("SELECT count(*) FROM done WHERE rows <> (SELECT count(*) FROM t WHERE t.number = done.number)");
    REQUIRE_OK(wrong);
    CHECK(*wrong == 0);
    const Result<std::int64_t> last = db.query_int64("SELECT coalesce(max(number), 0) FROM done");
    REQUIRE_OK(last);
    CHECK(db.query_int64("SELECT count(*) FROM done").value() == *last);
    CHECK(db.query_int64("SELECT count(*) FROM t WHERE number > (SELECT coalesce(max(number), 0) FROM done)").value() ==
          0);
    return static_cast<int>(*last);
}

Result<Db> open_under(const std::string& path) {
    OpenOptions options;
    options.create = true;
    options.vfs = UnderVfs::kTallyName;
    options.cache_kib = 64;  // so that big transactions spill
    return Db::open(path, test_key(), options);
}

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, number INTEGER, body BLOB); CREATE INDEX IF NOT EXISTS i ON "
    "t (number);"
    "CREATE TABLE IF NOT EXISTS done (number INTEGER PRIMARY KEY, rows INTEGER)";

}  // namespace

TEST_CASE("crash: in rollback-journal mode too, a power cut at any write leaves whole transactions") {
    UnderVfs& under = UnderVfs::get();
    SeededRandom random(seed());
    int rolled_back = 0;
    for (int round = 0; round < 40; ++round) {
        CAPTURE(round);
        under.reset();
        const Folder folder;
        const std::string path = folder.file("a.db");
        int committed = 0;
        {
            Result<Db> db = open_under(path);
            REQUIRE_OK(db);
            REQUIRE_OK(db->exec(kSchema));
            REQUIRE_OK(db->exec(round % 2 == 0 ? "PRAGMA journal_mode = DELETE" : "PRAGMA journal_mode = PERSIST"));
            under.writes_left = under.writes + 1 + static_cast<std::int64_t>(random.below(1500));
            while (transact(*db, committed + 1, random)) ++committed;
            under.dead = true;
        }
        const bool hot = std::filesystem::exists(path + "-journal");
        static constexpr int kKeep[] = {0, 50, 90, 100};
        under.power_cut(random, kKeep[random.below(4)]);
        Result<Db> db = open_under(path);
        REQUIRE_OK(db);
        const int last = last_whole(*db);
        CHECK(last >= committed);
        CHECK(last <= committed + 1);
        if (hot && last == committed) ++rolled_back;
        REQUIRE_OK(db->check_pages());
    }
    CHECK(rolled_back > 0);
}

TEST_CASE("crash: after a power cut at any write every committed transaction is there, and no half of another") {
    UnderVfs& under = UnderVfs::get();
    SeededRandom random(seed());
    for (int round = 0; round < 24; ++round) {
        under.reset();
        const Folder folder;
        const std::string path = folder.file("a.db");
        int committed = 0;
        for (int life = 0; life < 4; ++life) {
            CAPTURE(round);
            CAPTURE(life);
            under.writes_left = static_cast<std::int64_t>(random.below(life == 0 && round % 3 == 0 ? 40 : 3000));
            {
                Result<Db> db = open_under(path);
                if (db && db->exec(kSchema)) {
                    for (int number = last_whole(*db) + 1; number < committed + 400; ++number) {
                        if (!transact(*db, number, random)) break;
                        committed = number;
                    }
                }
                under.dead = true;  // what is left to do at close is not done
            }
            static constexpr int kKeep[] = {0, 50, 90, 100};
            under.power_cut(random, kKeep[random.below(4)]);
            Result<Db> db = open_under(path);
            REQUIRE_OK(db);
            REQUIRE_OK(db->exec(kSchema));
            const int last = last_whole(*db);
            CHECK(last >= committed);
            CHECK(last <= committed + 1);
            committed = last;
            REQUIRE_OK(db->check_pages());
            if (random.below(2) == 0) under.dead = true;  // sometimes the WAL stays for the next life
            db = fail(Code::kNotFound, "closed");
            under.power_cut(random, 100);
        }
    }
}

TEST_CASE("crash: a full disk is kFull, the data stay as before, and with space again work goes on") {
    UnderVfs& under = UnderVfs::get();
    SeededRandom random(seed());
    for (int round = 0; round < 30; ++round) {
        CAPTURE(round);
        under.reset();
        const Folder folder;
        const std::string path = folder.file("a.db");
        Result<Db> db = open_under(path);
        REQUIRE_OK(db);
        REQUIRE_OK(db->exec(kSchema));
        under.space_left = static_cast<std::int64_t>(random.below(600'000));
        int committed = 0;
        Status outcome;
        while ((outcome = transact(*db, committed + 1, random))) ++committed;
        CHECK_MESSAGE(outcome.error().code == Code::kFull, to_string(outcome.error()));
        CHECK(!db->in_transaction());
        CHECK(last_whole(*db) == committed);
        under.space_left = -1;
        REQUIRE_OK(transact(*db, committed + 1, random));
        CHECK(last_whole(*db) == committed + 1);
        REQUIRE_OK(db->check_pages());
    }
    under.reset();
}

TEST_CASE("crash: a disk that is full while the database is made leaves nothing that stops the next try") {
    UnderVfs& under = UnderVfs::get();
    SeededRandom random(seed());
    for (std::int64_t space = 0; space < 40'000; space += 1 + static_cast<std::int64_t>(random.below(2000))) {
        CAPTURE(space);
        under.reset();
        under.space_left = space;
        const Folder folder;
        const std::string path = folder.file("a.db");
        {
            Result<Db> db = open_under(path);
            const Status status = db ? db->exec(kSchema) : Status(db.error());
            if (!status) CHECK_MESSAGE(status.error().code == Code::kFull, to_string(status.error()));
        }
        under.space_left = -1;
        Result<Db> db = open_under(path);
        REQUIRE_OK(db);
        REQUIRE_OK(db->exec(kSchema));
        REQUIRE_OK(transact(*db, 1, random));
    }
    under.reset();
}
