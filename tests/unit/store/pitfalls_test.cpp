// The pitfalls of encrypted-store.md, by their numbers: those of the WAL are in pitfalls_wal_test.cpp, those that need
// a crash or a search of the files in crash_test.cpp and secrets_test.cpp.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/store/file.h"
#include "common/store/format.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/store/under_vfs.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

TEST_CASE("pitfall 6: of a base that promises everything only POWERSAFE_OVERWRITE is promised on") {
    UnderVfs::get().reset();
    const Folder folder;
    Raw raw(folder.file("a.db"), UnderVfs::kTallyName);
    sqlite3_file* file = raw.main_file();
    CHECK(file->pMethods->xDeviceCharacteristics(file) == SQLITE_IOCAP_POWERSAFE_OVERWRITE);
    CHECK(file->pMethods->xSectorSize(file) <= static_cast<int>(kPageBytes));
}

TEST_CASE("pitfall 7: the header read at open is served from clear bytes and zeros, torn page or not") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    Raw raw(path);
    REQUIRE(raw.exec("CREATE TABLE t (x)") == SQLITE_OK);
    for (int torn = 0; torn < 2; ++torn) {
        if (torn == 1) flip(path, 2000);
        Bytes header(100, 0xAA);
        REQUIRE(read_at(raw.main_file(), header, 0) == SQLITE_OK);
        CHECK(std::memcmp(header.data(), "SQLite format 3", 16) == 0);
        CHECK(header[16] == 0x10);
        CHECK(header[20] == 40);
        CHECK(all_zero(header.data() + 24, 76));
    }
}

TEST_CASE("pitfall 8: the change counter is read from page 1's trailer until the page changes") {
    UnderVfs& under = UnderVfs::get();
    under.reset();
    const Folder folder;
    const std::string path = folder.file("a.db");
    Raw one(path, UnderVfs::kTallyName);
    REQUIRE(one.exec("CREATE TABLE t (x)") == SQLITE_OK);
    sqlite3_file* file = one.main_file();
    Bytes counter(16);
    REQUIRE(read_at(file, counter, 24) == SQLITE_OK);
    const Bytes first = counter;
    const std::int64_t before = under.bytes_read;
    REQUIRE(read_at(file, counter, 24) == SQLITE_OK);
    CHECK(under.bytes_read - before == static_cast<std::int64_t>(kReserveBytes));
    CHECK(counter == first);
    {
        Raw other(path, UnderVfs::kTallyName);
        REQUIRE(other.exec("INSERT INTO t VALUES (1)") == SQLITE_OK);
    }
    REQUIRE(read_at(file, counter, 24) == SQLITE_OK);
    CHECK(counter != first);
    CHECK(one.text("SELECT count(*) FROM t") == "1");  // the cached page was dropped
    flip(path, 100);                                   // page 1 changed without its trailer: the page itself tells
    REQUIRE(read_at(file, counter, 24) == SQLITE_OK);
    Bytes page(kPageBytes);
    CHECK(read_at(file, page, 0) == SQLITE_IOERR_DATA);
}

TEST_CASE("pitfall 9: 40 reserved bytes from the first page on, with auto_vacuum and after VACUUM too") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    {
        Raw raw(path);
        REQUIRE(
            raw.exec(
                "PRAGMA auto_vacuum = FULL; PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, x)") ==
            SQLITE_OK);
        REQUIRE(raw.exec("WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, "
                         "hex(randomblob(60)) FROM n") == SQLITE_OK);
        REQUIRE(raw.exec("DELETE FROM t WHERE id % 3 = 0") == SQLITE_OK);
        CHECK(raw.text("PRAGMA auto_vacuum") == "1");
        CHECK(raw.text("PRAGMA integrity_check") == "ok");
        REQUIRE(raw.exec("VACUUM") == SQLITE_OK);
    }
    const Bytes bytes = read_all(path);
    CHECK(std::equal(kMagic.begin(), kMagic.end(), bytes.begin()));
    CHECK(bytes[20] == 40);
    Db db = must_open(path, false);
    CHECK(db.query_int64("SELECT count(*) FROM t").value() == 1334);
    REQUIRE_OK(db.check_pages());
}

TEST_CASE("pitfall 10: a backup from a plain database is refused and changes nothing") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    {
        Raw raw(path);
        REQUIRE(raw.exec("CREATE TABLE kept (x); INSERT INTO kept VALUES (5)") == SQLITE_OK);
        sqlite3* plain = nullptr;
        REQUIRE(sqlite3_open_v2(folder.file("plain.db").c_str(), &plain, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                nullptr) == SQLITE_OK);
        REQUIRE(sqlite3_exec(plain, "CREATE TABLE other (y); INSERT INTO other VALUES (zeroblob(9000))", nullptr,
                             nullptr, nullptr) == SQLITE_OK);
        sqlite3_backup* backup = sqlite3_backup_init(raw.db(), "main", plain, "main");
        int code = SQLITE_OK;
        if (backup != nullptr) {
            sqlite3_backup_step(backup, -1);
            code = sqlite3_backup_finish(backup);
        }
        CHECK(code != SQLITE_OK);
        sqlite3_close(plain);
    }
    CHECK(must_open(path, false).query_int64("SELECT x FROM kept").value() == 5);
}

TEST_CASE("pitfall 11: no other database is attached, so nothing is exported in clear") {
    const Folder folder;
    Db db = must_open(folder.file("a.db"));
    fill(db, 10);
    const std::string out = folder.file("out.db");
    CHECK_CODE(db.exec("VACUUM INTO '" + out + "'"), Code::kRefused);
    CHECK_CODE(db.exec("ATTACH '" + out + "' AS o"), Code::kRefused);
    CHECK_CODE(db.exec("ATTACH 'file:" + out + "?vfs=unix' AS o"), Code::kRefused);
    CHECK_CODE(db.exec("ATTACH ':memory:' AS o"), Code::kRefused);
    CHECK(!std::filesystem::exists(out));
    REQUIRE_OK(db.exec("VACUUM"));
}

TEST_CASE("pitfall 12: a journal header as long as a page is no page record; records are sealed and roll back") {
    UnderVfs& under = UnderVfs::get();
    under.reset();
    const Folder folder;
    const std::string path = folder.file("a.db");
    Raw raw(path, UnderVfs::kTallyName);
    REQUIRE(
        raw.exec("PRAGMA journal_mode = PERSIST; PRAGMA cache_size = 10; CREATE TABLE t (id INTEGER PRIMARY KEY, x)") ==
        SQLITE_OK);
    REQUIRE(raw.exec("WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, "
                     "'planted secret ' || i FROM n") == SQLITE_OK);
    under.recording = true;
    // A small cache: the journal is synced and gets further headers before the rollback.
    REQUIRE(raw.exec("BEGIN; UPDATE t SET x = x || ' changed'; UPDATE t SET x = x || ' again'; ROLLBACK") == SQLITE_OK);
    int headers = 0;
    int records = 0;
    for (const UnderVfs::Write& write : under.log) {
        if (write.kind != UnderVfs::Kind::kJournal) continue;
        if (write.bytes.size() == kPageBytes && (write.offset & 7) == 4) {
            ++records;
            CHECK(!contains(write.bytes, "planted secret"));
        }
        if (write.bytes.size() == 512) {
            ++headers;
            CHECK(get_u32(write.bytes.data() + 24) == kPageBytes);  // clear, as it is
        }
    }
    CHECK(headers > 1);
    CHECK(records > 15);
    CHECK(raw.text("SELECT count(*) FROM t WHERE x = 'planted secret ' || id") == "3000");
    CHECK(raw.text("PRAGMA integrity_check") == "ok");
    // With larger sectors a header is one page long; POWERSAFE_OVERWRITE keeps it at 512 bytes, the file takes both.
    Bytes header(kPageBytes, 0);
    header[27] = 9;
    REQUIRE(raw.exec("BEGIN; UPDATE t SET x = 'y' WHERE id = 1") == SQLITE_OK);
    under.log.clear();
    REQUIRE(write_at(raw.log_file(), header, 1 << 20) == SQLITE_OK);
    CHECK(under.log.at(0).bytes == header);
    REQUIRE(raw.exec("ROLLBACK") == SQLITE_OK);
    under.reset();
}

TEST_CASE("pitfall 12: a changed journal record is not rolled back into the file") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    const std::string copy = folder.file("copy.db");
    {
        Raw raw(path);
        REQUIRE(
            raw.exec(
                "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 10; CREATE TABLE t (id INTEGER PRIMARY KEY, x)") ==
            SQLITE_OK);
        REQUIRE(raw.exec("WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, "
                         "'row ' || i FROM n") == SQLITE_OK);
        REQUIRE(raw.exec("BEGIN; UPDATE t SET x = 'changed'") == SQLITE_OK);  // spilled: the journal is hot
        std::filesystem::copy_file(path, copy);
        std::filesystem::copy_file(path + "-journal", copy + "-journal");
    }
    const Bytes journal = read_all(copy + "-journal");
    {
        Raw raw(copy);
        CHECK(raw.text("SELECT count(*) FROM t WHERE x = 'row ' || id") == "3000");  // the whole one rolls back
    }
    std::filesystem::copy_file(path, copy, std::filesystem::copy_options::overwrite_existing);
    Bytes changed = journal;
    changed[4096 + 4 + 1000] ^= 1;
    write_all(copy + "-journal", changed);
    // The main file of `path` was rolled back by its owner meanwhile, so only the error tells: none is swallowed.
    Raw raw(copy);
    CHECK(raw.exec("SELECT count(*) FROM t") == SQLITE_IOERR_DATA);
}

TEST_CASE("pitfall 14: another page size is refused with words, growth by chunks is swallowed") {
    const Folder folder;
    Db db = must_open(folder.file("a.db"));
    const Status refused = db.exec("PRAGMA page_size = 8192");
    REQUIRE(!refused.has_value());
    CHECK(refused.error().detail.find("4096") != std::string::npos);
    REQUIRE_OK(db.exec("PRAGMA page_size = 4096"));
    CHECK(db.query_int64("PRAGMA page_size").value() == 4096);
    CHECK(!db.exec("PRAGMA key = 'x'").has_value());
    Raw raw(folder.file("b.db"));
    int chunk = 1 << 20;
    CHECK(sqlite3_file_control(raw.db(), "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk) == SQLITE_OK);
    REQUIRE(raw.exec("CREATE TABLE t (x)") == SQLITE_OK);
    CHECK(std::filesystem::file_size(folder.file("b.db")) == 2 * kPageBytes);
}

TEST_CASE("pitfall 15: after SQLite was shut down and started again the file on the disk is still ours") {
    REQUIRE(sqlite3_shutdown() == SQLITE_OK);
    REQUIRE(sqlite3_initialize() == SQLITE_OK);
    const Folder folder;
    const std::string path = folder.file("a.db");
    {
        Db db = must_open(path);
        fill(db, 20);
    }
    const Bytes bytes = read_all(path);
    CHECK(std::equal(kMagic.begin(), kMagic.end(), bytes.begin()));
    CHECK(!contains(bytes, "SQLite format"));
    CHECK(!contains(bytes, "CREATE TABLE"));
}

TEST_CASE("pitfall 16: the page at 1 GiB is skipped by the check, the one before it is not") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    Raw raw(path);
    REQUIRE(raw.exec("CREATE TABLE t (x)") == SQLITE_OK);
    REQUIRE(::truncate(path.c_str(), kLockByte + 2 * static_cast<std::int64_t>(kPageBytes)) == 0);
    const auto authentic = [&](std::int64_t offset) {
        PageVerdict verdict;
        verdict.page = static_cast<std::uint32_t>(offset / static_cast<std::int64_t>(kPageBytes) + 1);
        REQUIRE(sqlite3_file_control(raw.db(), "main", kVerifyPageControl, &verdict) == SQLITE_OK);
        return verdict.authentic;
    };
    CHECK(authentic(0));
    CHECK(authentic(kLockByte));
    CHECK(!authentic(kLockByte - static_cast<std::int64_t>(kPageBytes)));
    CHECK(!authentic(kLockByte + static_cast<std::int64_t>(kPageBytes)));
}

TEST_CASE("pitfall 17: no file is ever mapped into memory") {
    const Folder folder;
    Raw raw(folder.file("a.db"));
    REQUIRE(raw.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x)") == SQLITE_OK);
    CHECK(raw.main_file()->pMethods->iVersion == 2);
    CHECK(raw.log_file()->pMethods->iVersion == 2);
    CHECK(raw.text("PRAGMA mmap_size = 1000000") == "0");
    sqlite3_vfs* vfs = sqlite3_vfs_find("tally");
    std::vector<std::max_align_t> space(static_cast<std::size_t>(vfs->szOsFile) / sizeof(std::max_align_t) + 1);
    auto* temporary = reinterpret_cast<sqlite3_file*>(space.data());
    constexpr int kFlags = SQLITE_OPEN_TEMP_DB | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE |
                           SQLITE_OPEN_DELETEONCLOSE;
    int out_flags = 0;
    REQUIRE(vfs->xOpen(vfs, nullptr, temporary, kFlags, &out_flags) == SQLITE_OK);
    CHECK(temporary->pMethods->iVersion == 1);
    temporary->pMethods->xClose(temporary);
}

// 1.1 GB of pages: the long form, TALLY_LONG=1.
TEST_CASE("pitfall 16: a database beyond 1 GiB is written, read and checked, its lock-byte page never sealed") {
    if (std::getenv("TALLY_LONG") == nullptr) {
        MESSAGE("skipped: long form only");
        return;
    }
    const Folder folder;
    const std::string path = folder.file("a.db");
    constexpr int kRows = 1100;
    {
        Db db = must_open(path);
        REQUIRE_OK(db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)"));
        Result<Statement> insert = db.prepare("INSERT INTO t VALUES (?1, ?2)");
        REQUIRE_OK(insert);
        for (int id = 1; id <= kRows; ++id) {
            const Bytes body(1'000'000, static_cast<std::uint8_t>(id));
            REQUIRE_OK(insert->bind(1, id).bind(2, ByteView(body)).run());
        }
    }
    REQUIRE(std::filesystem::file_size(path) > static_cast<std::uintmax_t>(kLockByte));
    std::ifstream file(path, std::ios::binary);
    Bytes page(kPageBytes, 1);
    file.seekg(kLockByte);
    file.read(reinterpret_cast<char*>(page.data()), kPageBytes);
    CHECK(all_zero(page.data(), page.size()));
    Db db = must_open(path, false);
    Result<Statement> select = db.prepare("SELECT id, body FROM t ORDER BY id");
    REQUIRE_OK(select);
    int count = 0;
    while (select->step().value()) {
        ++count;
        const ByteView body = select->blob(1);
        REQUIRE(body.size() == 1'000'000);
        REQUIRE(std::all_of(body.begin(), body.end(),
                            [&](std::uint8_t byte) { return byte == static_cast<std::uint8_t>(count); }));
    }
    CHECK(count == kRows);
    REQUIRE_OK(db.check_pages());
}
