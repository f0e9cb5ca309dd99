// The pitfalls of encrypted-store.md that concern the WAL, by their numbers.
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

std::int64_t frame_at(std::int64_t frame) { return kWalHeaderBytes + frame * kFrameBytes; }

// A WAL of some frames under a raw handle, its file open.
struct WithWal {
    Folder folder;
    std::string path = folder.file("a.db");
    Raw raw{path};
    sqlite3_file* wal = nullptr;
    std::int64_t frames = 0;
    WithWal() {
        REQUIRE(raw.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (id INTEGER PRIMARY "
                         "KEY, x)") == SQLITE_OK);
        for (int i = 0; i < 5; ++i) REQUIRE(raw.exec("INSERT INTO t (x) VALUES (hex(randomblob(3000)))") == SQLITE_OK);
        wal = raw.log_file();
        frames = (static_cast<std::int64_t>(std::filesystem::file_size(path + "-wal")) - kWalHeaderBytes) / kFrameBytes;
        REQUIRE(frames >= 8);
    }
};

}  // namespace

TEST_CASE(
    "pitfall 1: frames that were spilled and rewritten in one transaction survive commit, recovery and checkpoint") {
    UnderVfs& under = UnderVfs::get();
    under.reset();
    const Folder folder;
    const std::string path = folder.file("a.db");
    OpenOptions options;
    options.create = true;
    options.cache_kib = 40;
    options.vfs = UnderVfs::kTallyName;
    Result<Db> db = Db::open(path, test_key(), options);
    REQUIRE_OK(db);
    fill(*db, 600);
    under.recording = true;
    Result<Transaction> transaction = Transaction::begin(*db);
    REQUIRE_OK(transaction);
    for (int pass = 0; pass < 4; ++pass)
        REQUIRE_OK(db->exec("UPDATE t SET body = substr(body, 2) || '" + std::to_string(pass) + "'"));
    REQUIRE_OK(transaction->commit());
    // It did happen: pages were written again at the same place without their header, and headers again without a page.
    int pages_alone = 0;
    int headers_again = 0;
    for (std::size_t i = 1; i < under.log.size(); ++i) {
        const UnderVfs::Write& write = under.log[i];
        if (write.kind != UnderVfs::Kind::kWal) continue;
        const UnderVfs::Write& before = under.log[i - 1];
        if (write.bytes.size() == kPageBytes && before.offset + kFrameHeaderBytes != write.offset) ++pages_alone;
        if (write.bytes.size() == kFrameHeaderBytes && write.before.size() == kFrameHeaderBytes) ++headers_again;
    }
    CHECK(pages_alone > 0);
    CHECK(headers_again > 0);
    under.recording = false;
    const std::string copy = folder.file("copy.db");
    copy_database(path, copy);  // with its WAL and without its index: recovery
    for (const std::string& which : {path, copy}) {
        Db other = must_open(which, false, UnderVfs::kTallyName);
        Result<Statement> select = other.prepare("SELECT id, body FROM t ORDER BY id");
        REQUIRE_OK(select);
        int count = 0;
        while (select->step().value()) {
            ++count;
            REQUIRE(select->text(1) == row_text(count, 200).substr(4) + "0123");
        }
        CHECK(count == 600);
        REQUIRE_OK(other.check_pages());
    }
}

TEST_CASE("pitfall 2: every shape of read of a WAL gives the bytes of the plain frame") {
    WithWal with;
    const Bytes on_disk = read_all(with.path + "-wal");
    for (std::size_t at = 0; at < 32; ++at) {
        for (std::size_t size = 1; at + size <= 32; ++size) {
            Bytes part(size);
            REQUIRE(read_at(with.wal, part, static_cast<std::int64_t>(at)) == SQLITE_OK);
            REQUIRE(std::equal(part.begin(), part.end(), on_disk.begin() + static_cast<std::ptrdiff_t>(at)));
        }
    }
    for (std::int64_t frame = 0; frame < with.frames; ++frame) {
        Bytes whole(kFrameBytes);
        REQUIRE(read_at(with.wal, whole, frame_at(frame)) == SQLITE_OK);
        CHECK(get_u32(whole.data()) >= 1);
        CHECK(get_u32(whole.data()) < 100);
        CHECK(std::equal(whole.begin() + 8, whole.begin() + 16, on_disk.begin() + 16));  // the salts
        Bytes page(kPageBytes);
        REQUIRE(read_at(with.wal, page, frame_at(frame) + kFrameHeaderBytes) == SQLITE_OK);
        CHECK(std::equal(page.begin(), page.end(), whole.begin() + kFrameHeaderBytes));
        for (std::size_t at = 0; at < 24; ++at) {
            for (std::size_t size = 1; at + size <= 24; ++size) {
                Bytes part(size);
                REQUIRE(read_at(with.wal, part, frame_at(frame) + static_cast<std::int64_t>(at)) == SQLITE_OK);
                REQUIRE(std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(at)));
            }
        }
    }
    Bytes odd(100);
    CHECK(read_at(with.wal, odd, frame_at(1) + 50) != SQLITE_OK);
    CHECK(read_at(with.wal, odd, 20) != SQLITE_OK);
}

TEST_CASE("pitfall 3: a frame header is written at once, alone, and before its page") {
    UnderVfs& under = UnderVfs::get();
    under.reset();
    const Folder folder;
    Raw raw(folder.file("a.db"), UnderVfs::kTallyName);
    REQUIRE(raw.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x)") == SQLITE_OK);
    sqlite3_file* wal = raw.log_file();
    under.recording = true;
    REQUIRE(write_at(wal, Bytes(24, 7), frame_at(40)) == SQLITE_OK);
    REQUIRE(under.log.size() == 1);
    CHECK(under.log[0].bytes.size() == 24);
    CHECK(under.log[0].offset == frame_at(40));
    REQUIRE(write_at(wal, Bytes(kPageBytes, 0), frame_at(40) + 24) == SQLITE_OK);
    REQUIRE(under.log.size() == 2);
    CHECK(under.log[1].bytes.size() == kPageBytes);
    under.reset();
}

TEST_CASE("pitfall 4: page number and commit size of a frame are authenticated with its page") {
    WithWal with;
    for (std::int64_t at = 0; at < 8; ++at) {
        flip(with.path + "-wal", frame_at(3) + at);
        Bytes page(kPageBytes);
        CHECK(read_at(with.wal, page, frame_at(3) + 24) == SQLITE_IOERR_DATA);
        CHECK(all_zero(page.data(), page.size()));
        flip(with.path + "-wal", frame_at(3) + at);
        CHECK(read_at(with.wal, page, frame_at(3) + 24) == SQLITE_OK);
    }
    // A whole frame at another place, header and page, is not authentic either.
    const Bytes bytes = read_all(with.path + "-wal");
    Bytes moved = bytes;
    std::copy_n(bytes.begin() + frame_at(2), kFrameBytes, moved.begin() + frame_at(5));
    write_all(with.path + "-wal", moved);
    Bytes page(kPageBytes);
    CHECK(read_at(with.wal, page, frame_at(5) + 24) == SQLITE_IOERR_DATA);
    write_all(with.path + "-wal", bytes);
}

TEST_CASE("pitfall 5: reserved bytes read as zeros, and a page that uses them is refused") {
    WithWal with;
    Bytes page(kPageBytes);
    REQUIRE(read_at(with.wal, page, frame_at(1) + 24) == SQLITE_OK);
    CHECK(all_zero(page.data() + kPlainBytes, kReserveBytes));
    for (std::size_t at = kPlainBytes; at < kPageBytes; ++at) {
        Bytes with_byte = page;
        with_byte[at] = 1;
        REQUIRE(write_at(with.wal, with_byte, frame_at(1) + 24) == SQLITE_IOERR_WRITE);
        REQUIRE(write_at(with.raw.main_file(), with_byte, kPageBytes) == SQLITE_IOERR_WRITE);
    }
    // Checksums over the zeros hold: nothing is dropped by a recovery.
    const std::string copy = with.folder.file("copy.db");
    copy_database(with.path, copy);
    CHECK(must_open(copy, false).query_int64("SELECT count(*) FROM t").value() == 5);
}

TEST_CASE("pitfall 13: recovery takes a frame that fails for the end, an ordinary read for damage") {
    WithWal with;
    flip(with.path + "-wal", frame_at(2) + 1000);
    Bytes header(32);
    REQUIRE(read_at(with.wal, header, 0) == SQLITE_OK);  // as recovery begins
    Bytes whole(kFrameBytes, 0xAA);
    CHECK(read_at(with.wal, whole, frame_at(2)) == SQLITE_OK);
    CHECK(all_zero(whole.data(), whole.size()));
    Bytes page(kPageBytes, 0xAA);
    CHECK(read_at(with.wal, page, frame_at(2) + 24) == SQLITE_IOERR_DATA);
    CHECK(all_zero(page.data(), page.size()));
    flip(with.path + "-wal", frame_at(2) + 1000);
}
