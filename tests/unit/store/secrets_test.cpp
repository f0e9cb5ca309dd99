// What was planted is searched for in everything that reached the disk.
#include <filesystem>

#include "tests/unit/store/fixture.h"
#include "tests/unit/store/under_vfs.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

namespace {

constexpr std::string_view kName = "王小明-Planted";
constexpr std::string_view kPhone = "13800138000";
constexpr std::string_view kCard = "CARD-99887766";

struct Found {
    std::map<UnderVfs::Kind, std::size_t> bytes;  // written, by kind of file
    std::map<UnderVfs::Kind, int> secrets;        // found in them
};

Found search(const UnderVfs& under) {
    Found out;
    for (const UnderVfs::Write& write : under.log) {
        out.bytes[write.kind] += write.bytes.size();
        for (const std::string_view secret : {kName, kPhone, kCard}) {
            if (contains(write.bytes, secret)) ++out.secrets[write.kind];
        }
    }
    return out;
}

// Everything that makes SQLite write: rows, a spilling sorter, an index, statement journals, temporary tables, VACUUM,
// and rollback journals.
const std::vector<std::string> kWork = {
    "PRAGMA cache_size = -40; PRAGMA temp_store = FILE; PRAGMA journal_mode = WAL",
    "CREATE TABLE m (id INTEGER PRIMARY KEY, name TEXT, phone TEXT UNIQUE, card TEXT)",
    "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000) "
    "INSERT INTO m SELECT i, '王小明-Planted', '13800138000' || '-' || (i * 7919 % 20011), 'CARD-99887766' || "
    "hex(zeroblob(90)) FROM n",
    "CREATE TABLE sorted AS SELECT name, phone, card FROM m ORDER BY phone, card",  // sorter
    "CREATE INDEX by_phone ON m (phone, name, card)",                               // sorter
    "CREATE TEMP TABLE copy AS SELECT * FROM m",                                    // temporary database
    "UPDATE copy SET name = name || 'x'",                                           // and its journal
    "BEGIN; UPDATE OR FAIL m SET card = card || '!'; COMMIT",
    "BEGIN; UPDATE m SET phone = phone || '?' WHERE id > 10; COMMIT",  // statement journal
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "VACUUM",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "PRAGMA journal_mode = DELETE",
    "BEGIN; UPDATE m SET name = name || '2' WHERE id % 3 = 0; COMMIT",  // rollback journal
    "VACUUM",
};

}  // namespace

TEST_CASE("secrets: nothing planted is found in main file, WAL, journal or temporary files") {
    UnderVfs& under = UnderVfs::get();
    under.reset();
    under.recording = true;
    const Folder folder;
    {
        Raw raw(folder.file("a.db"), UnderVfs::kTallyName);
        for (const std::string& sql : kWork)
            REQUIRE_MESSAGE(raw.exec(sql) == SQLITE_OK, sql << ": " << sqlite3_errmsg(raw.db()));
        CHECK(raw.text("SELECT count(*) FROM m WHERE name LIKE '王小明-Planted%'") == "8000");
        CHECK(raw.text("PRAGMA integrity_check") == "ok");
    }
    Found found = search(under);
    for (const UnderVfs::Kind kind :
         {UnderVfs::Kind::kMain, UnderVfs::Kind::kWal, UnderVfs::Kind::kJournal, UnderVfs::Kind::kTemporary}) {
        CAPTURE(static_cast<int>(kind));
        CHECK(found.bytes[kind] > 100'000);  // the work did reach every kind of file
        CHECK(found.secrets[kind] == 0);
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        for (const std::string_view secret : {kName, kPhone, kCard})
            CHECK(!contains(read_all(entry.path().string()), secret));
    }
    under.reset();
}

TEST_CASE("secrets: the same search finds them in every kind of file of a plain database") {
    UnderVfs& under = UnderVfs::get();
    under.reset();
    under.recording = true;
    const Folder folder;
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open_v2(folder.file("a.db").c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                            UnderVfs::kName) == SQLITE_OK);
    for (const std::string& sql : kWork) REQUIRE(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(db);
    Found found = search(under);
    for (const UnderVfs::Kind kind :
         {UnderVfs::Kind::kMain, UnderVfs::Kind::kWal, UnderVfs::Kind::kJournal, UnderVfs::Kind::kTemporary}) {
        CAPTURE(static_cast<int>(kind));
        CHECK(found.secrets[kind] > 0);
    }
    under.reset();
}

TEST_CASE("secrets: the key stands in no name, setting or message") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    const std::string hex = to_hex(test_key().view());
    Db db = must_open(path);
    fill(db, 10);
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        CHECK(entry.path().string().find(hex) == std::string::npos);
        CHECK(!contains(read_all(entry.path().string()), text_of(test_key().view())));
    }
    OpenOptions options;
    const Result<Db> wrong = Db::open(path, test_key(9), options);
    REQUIRE(!wrong.has_value());
    CHECK(wrong.error().detail.find(to_hex(test_key(9).view())) == std::string::npos);
}
