// Sealed pages put into the place of another: from every kind of place into every other, under one key and under two.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "common/store/file.h"
#include "common/store/format.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/store/under_vfs.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

namespace {

constexpr auto kPage = static_cast<std::int64_t>(kPageBytes);

std::int64_t frame_at(std::int64_t frame) { return kWalHeaderBytes + frame * kFrameBytes; }

Bytes take(const std::string& path, std::int64_t offset, std::size_t size) {
    Bytes out(size);
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const ssize_t got = ::pread(file, out.data(), size, offset);
    ::close(file);
    REQUIRE(got == static_cast<ssize_t>(size));
    return out;
}

void put(const std::string& path, std::int64_t offset, const Bytes& bytes) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    const ssize_t got = ::pwrite(file, bytes.data(), bytes.size(), offset);
    ::close(file);
    REQUIRE(got == static_cast<ssize_t>(bytes.size()));
}

// A sealed page on the disk, and how it is read.
struct Place {
    std::string name;
    std::size_t size = kPageBytes;
    std::function<Bytes()> take;
    std::function<void(const Bytes& sealed)> put;
    std::function<int()> read;
};

Place on_disk(const std::string& name, const std::string& path, std::int64_t offset, sqlite3_file* file) {
    return {name, kPageBytes, [=] { return take(path, offset, kPageBytes); },
            [=](const Bytes& sealed) { put(path, offset, sealed); },
            [=] {
                Bytes page(kPageBytes);
                const int code = read_at(file, page, offset);
                CHECK((code == SQLITE_OK || page == Bytes(kPageBytes)));  // nothing of it is served
                return code;
            }};
}

// A database in WAL mode with pages in its main file and newer ones in its WAL.
struct InWal {
    Raw raw;
    std::string path;
    InWal(const std::string& at, std::uint8_t key) : raw(at, "tally", key), path(at) {
        REQUIRE(raw.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (id INTEGER PRIMARY "
                         "KEY, x); WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO t "
                         "SELECT i, hex(randomblob(100)) FROM n; PRAGMA wal_checkpoint(TRUNCATE)") == SQLITE_OK);
        for (int i = 0; i < 5; ++i) REQUIRE(raw.exec("INSERT INTO t (x) VALUES (hex(randomblob(3000)))") == SQLITE_OK);
    }
    Place main(std::int64_t page) {
        return on_disk(path + " page " + std::to_string(page), path, (page - 1) * kPage, raw.main_file());
    }
    Place frame(std::int64_t frame) {
        return on_disk(path + " frame " + std::to_string(frame), path + "-wal", frame_at(frame) + kFrameHeaderBytes,
                       raw.log_file());
    }
};

// One within a transaction that has filled its journal.
struct InJournal {
    Raw raw;
    std::string path;
    InJournal(const std::string& at, std::uint8_t key) : raw(at, "tally", key), path(at) {
        REQUIRE(
            raw.exec("PRAGMA cache_size = 10; CREATE TABLE t (id INTEGER PRIMARY KEY, x); WITH n(i) AS (SELECT 1 "
                     "UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, hex(randomblob(50)) FROM "
                     "n; BEGIN; UPDATE t SET x = 'changed'") == SQLITE_OK);
    }
    static std::int64_t record_at(std::int64_t record) { return 512 + record * (4 + kPage + 4); }
    Place record(std::int64_t record) {
        return on_disk("record " + std::to_string(record), path + "-journal", record_at(record) + 4, raw.log_file());
    }
};

// A temporary file of more blocks than are cached.
struct Temporary {
    std::vector<std::max_align_t> space;
    sqlite3_file* file = nullptr;
    static constexpr int kBlocks = 60;
    Temporary() {
        sqlite3_vfs* vfs = sqlite3_vfs_find("tally");
        space.resize(static_cast<std::size_t>(vfs->szOsFile) / sizeof(std::max_align_t) + 1);
        file = reinterpret_cast<sqlite3_file*>(space.data());
        constexpr int kFlags = SQLITE_OPEN_SUBJOURNAL | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                               SQLITE_OPEN_EXCLUSIVE | SQLITE_OPEN_DELETEONCLOSE;
        int out_flags = 0;
        REQUIRE(vfs->xOpen(vfs, nullptr, file, kFlags, &out_flags) == SQLITE_OK);
        for (int block = 0; block < kBlocks; ++block)
            REQUIRE(write_at(file, Bytes(kPageBytes, static_cast<std::uint8_t>(block)), block * kPage) == SQLITE_OK);
        forget();
    }
    ~Temporary() { file->pMethods->xClose(file); }
    // Reads the last blocks, so that the first ones have to come from the disk.
    void forget() const {
        Bytes page(kPageBytes);
        for (int block = kBlocks - 20; block < kBlocks; ++block)
            REQUIRE(read_at(file, page, block * kPage) == SQLITE_OK);
    }
    sqlite3_file* base() const { return reinterpret_cast<Handle*>(file)->file->base(); }
    Place block(std::int64_t number) const {
        constexpr auto kSize = static_cast<std::size_t>(kTempBlockBytes);
        return {"block " + std::to_string(number), kSize,
                [this, number] {
                    Bytes out(kSize);
                    REQUIRE(read_at(base(), out, number * kTempBlockBytes) == SQLITE_OK);
                    return out;
                },
                [this, number](const Bytes& sealed) {
                    REQUIRE(write_at(base(), sealed, number * kTempBlockBytes) == SQLITE_OK);
                },
                [this, number] {
                    forget();
                    Bytes page(kPageBytes);
                    return read_at(file, page, number * kPage);
                }};
    }
};

}  // namespace

TEST_CASE("swap: a sealed page opens in no place but its own: other page, frame, record, block, file, kind or key") {
    const Folder folder;
    InWal ours(folder.file("a.db"), 1);
    InJournal journal(folder.file("j.db"), 1);  // the same data key: only place and kind tell them apart
    InWal other(folder.file("b.db"), 2);
    const Temporary temporary;
    const std::vector<Place> places = {ours.main(1),   ours.main(2),       ours.main(3),      ours.frame(1),
                                       ours.frame(2),  journal.record(0),  journal.record(3), other.main(2),
                                       other.frame(1), temporary.block(3), temporary.block(7)};
    int swaps = 0;
    for (const Place& target : places) {
        CAPTURE(target.name);
        REQUIRE(target.read() == SQLITE_OK);
        const Bytes own = target.take();
        for (const Place& source : places) {
            if (source.name == target.name) continue;
            CAPTURE(source.name);
            Bytes sealed = source.take();
            if (sealed.size() > target.size)  // a block, by its end: nonce and tag stand there
                sealed.erase(sealed.begin(), sealed.end() - static_cast<std::ptrdiff_t>(target.size));
            while (sealed.size() < target.size) sealed.insert(sealed.begin(), 0);
            target.put(sealed);
            CHECK(target.read() == SQLITE_IOERR_DATA);
            ++swaps;
        }
        target.put(own);
        CHECK(target.read() == SQLITE_OK);
    }
    CHECK(swaps == 110);
}

TEST_CASE(
    "swap: what stands beside a page is bound to it: clear bytes of page 1, a frame's header, a record's number") {
    const Folder folder;
    InWal ours(folder.file("a.db"), 1);
    InJournal journal(folder.file("j.db"), 1);
    const auto refused = [](const Place& place, const std::string& path, std::int64_t from, std::int64_t to) {
        for (std::int64_t at = from; at < to; ++at) {
            CAPTURE(at);
            flip(path, at);
            CHECK(place.read() == SQLITE_IOERR_DATA);
            flip(path, at);
        }
        CHECK(place.read() == SQLITE_OK);
    };
    refused(ours.main(1), ours.path, 0, 24);
    refused(ours.frame(2), ours.path + "-wal", frame_at(2), frame_at(2) + 8);
    const std::int64_t record = InJournal::record_at(3);
    refused(journal.record(3), journal.path + "-journal", record, record + 4);
    // A whole record, number and page, at the place of another.
    const std::string file = journal.path + "-journal";
    const Bytes own = take(file, record, kPageBytes + 4);
    put(file, record, take(file, InJournal::record_at(4), kPageBytes + 4));
    CHECK(journal.record(3).read() == SQLITE_IOERR_DATA);
    put(file, record, own);
    CHECK(journal.record(3).read() == SQLITE_OK);
}

namespace {

// Two generations of a WAL, frame by frame of the same pages: single rows of one page are changed again and again.
struct TwoGenerations {
    Folder folder;
    std::string path = folder.file("a.db");
    std::string copy = folder.file("copy.db");
    Bytes older, newer, main;
    static constexpr int kCommits = 8;

    TwoGenerations() {
        Db db = must_open(path);
        REQUIRE_OK(
            db.exec("PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT "
                    "INTO t VALUES (1, 0)"));
        REQUIRE_OK(db.checkpoint(false));
        older = change(db);
        REQUIRE_OK(db.checkpoint(false));
        newer = change(db);
        main = read_all(path);  // the older changes are in it, the newer in the WAL only
    }
    Bytes change(Db& db) {
        for (int i = 0; i < kCommits; ++i) REQUIRE_OK(db.exec("UPDATE t SET n = n + 1"));
        return read_all(path + "-wal");
    }
    // The copy, whose WAL gets `size` bytes at `at` from the older generation.
    Result<Db> open_mixed(std::int64_t at, std::int64_t size) {
        write_all(copy, main);
        std::filesystem::remove(copy + "-shm");
        Bytes mixed = newer;
        std::copy_n(older.begin() + at, size, mixed.begin() + at);
        write_all(copy + "-wal", mixed);
        return open_db(copy, false);
    }
};

}  // namespace

TEST_CASE("swap: a frame of an earlier WAL, under its own salts, is damage where two commits stand behind it") {
    TwoGenerations two;
    REQUIRE(two.older.size() == two.newer.size());
    for (int frame = 0; frame < TwoGenerations::kCommits; ++frame) {
        CAPTURE(frame);
        Result<Db> db = two.open_mixed(frame_at(frame), kFrameBytes);
        if (frame < TwoGenerations::kCommits - 2) {
            CHECK_CODE(db, Code::kDamaged);
            continue;
        }
        if (db) CHECK(db->query_int64("SELECT n FROM t").value() == TwoGenerations::kCommits + frame);
        if (!db) CHECK(db.error().code == Code::kDamaged);
    }
}

// The page is authentic there, for it was written there: SQLite's checksum in the newer header refuses it. What is lost
// with it is told by the log's head and its witness (tests/unit/replica/witness_test.cpp).
TEST_CASE("swap: a page of an earlier WAL under a newer header is never served") {
    TwoGenerations two;
    for (int frame = 0; frame < TwoGenerations::kCommits; ++frame) {
        CAPTURE(frame);
        Result<Db> db = two.open_mixed(frame_at(frame) + kFrameHeaderBytes, kPage);
        REQUIRE_OK(db);
        CHECK(db->query_int64("SELECT n FROM t").value() == TwoGenerations::kCommits + frame);
        REQUIRE_OK(db->check_pages());
    }
}
