// Bytes changed on the disk: reported, never served.
#include <algorithm>
#include <filesystem>

#include "common/store/format.h"
#include "tests/unit/store/fixture.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

namespace {

constexpr int kRows = 400;

// Reads every row; one that comes must be the row that was written, and none may be missing. kDamaged otherwise.
Status read_rows(Db& db, int rows) {
    TALLY_TRY(Statement select, db.prepare("SELECT id, body FROM t ORDER BY id"));
    int count = 0;
    for (;;) {
        TALLY_TRY(const bool row, select.step());
        if (!row) break;
        ++count;
        REQUIRE(select.int64(0) == count);
        REQUIRE(select.text(1) == row_text(count, 200));
    }
    REQUIRE(count == rows);
    return {};
}

// A database of which a changed copy is looked at.
struct Original {
    Folder folder;
    std::string path = folder.file("good.db");
    std::string copy = folder.file("copy.db");
    Bytes bytes;
    Original() {
        Db db = must_open(path);
        fill(db, kRows);
        REQUIRE_OK(db.checkpoint(true));
        bytes = read_all(path);
    }
};

}  // namespace

TEST_CASE("damage: a flipped byte in any page of the main file is reported and never served") {
    const Original original;
    SeededRandom random(seed());
    const std::size_t pages = original.bytes.size() / kPageBytes;
    REQUIRE(pages > 20);
    for (std::size_t page = 2; page <= pages; ++page) {
        Bytes bytes = original.bytes;
        const std::size_t offset = (page - 1) * kPageBytes + random.below(kPageBytes);
        CAPTURE(offset);
        bytes[offset] ^= static_cast<std::uint8_t>(1 + random.below(255));
        write_all(original.copy, bytes);
        Db db = must_open(original.copy, false);
        const Status rows = read_rows(db, kRows);
        if (!rows) CHECK(rows.error().code == Code::kDamaged);
        const Status checked = db.check_pages();
        CHECK_CODE(checked, Code::kDamaged);
        CHECK(checked.error().detail.find("page " + std::to_string(page) + " ") != std::string::npos);
    }
}

TEST_CASE("damage: a flipped byte anywhere in page 1 is refused at open") {
    const Original original;
    SeededRandom random(seed());
    std::vector<std::size_t> offsets;
    for (std::size_t offset = 0; offset < 110; ++offset) offsets.push_back(offset);
    for (int i = 0; i < 60; ++i) offsets.push_back(110 + random.below(kPageBytes - 110));
    for (const std::size_t offset : offsets) {
        Bytes bytes = original.bytes;
        CAPTURE(offset);
        bytes[offset] ^= static_cast<std::uint8_t>(1 + random.below(255));
        write_all(original.copy, bytes);
        const Result<Db> db = open_db(original.copy, false);
        REQUIRE(!db.has_value());
        const bool in_version = offset == kVersionAt || offset == kCipherAt;
        const bool expected = db.error().code == Code::kDamaged || (in_version && db.error().code == Code::kNewer);
        CHECK_MESSAGE(expected, to_string(db.error()));
    }
}

TEST_CASE("damage: two pages that changed places are reported") {
    const Original original;
    Bytes bytes = original.bytes;
    for (std::size_t i = 0; i < kPageBytes; ++i) std::swap(bytes[5 * kPageBytes + i], bytes[7 * kPageBytes + i]);
    write_all(original.copy, bytes);
    Db db = must_open(original.copy, false);
    CHECK_CODE(db.check_pages(), Code::kDamaged);
    CHECK_CODE(read_rows(db, kRows), Code::kDamaged);
}

TEST_CASE("damage: a page opens in no other kind of file, and WAL frames that changed places are not served") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    Db db = must_open(path);
    fill(db, 300);
    REQUIRE_OK(db.checkpoint(false));
    REQUIRE_OK(db.exec("UPDATE t SET body = body || '!'"));  // many frames, in a WAL that was begun anew
    const Bytes main = read_all(path);
    const Bytes wal = read_all(path + "-wal");
    constexpr std::size_t kFrame = 24 + kPageBytes;
    REQUIRE(wal.size() > 32 + 6 * kFrame);
    const auto spoils = [&](const std::string& file, const Bytes& bytes, std::size_t from, std::size_t to,
                            std::size_t size) {
        CAPTURE(from);
        Bytes changed = read_all(file);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(from), size,
                    changed.begin() + static_cast<std::ptrdiff_t>(to));
        const std::string copy = folder.file("copy.db");
        copy_database(path, copy);
        write_all(file == path ? copy : copy + "-wal", changed);
        if (file == path) std::filesystem::remove(copy + "-wal");
        Result<Db> opened = open_db(copy, false);
        if (!opened) return opened.error().code == Code::kDamaged;
        const Status checked = opened->check_pages();
        if (!checked) return checked.error().code == Code::kDamaged;
        // A WAL that fails in its only transaction is a torn tail: then none of it is served.
        return file != path && opened->query_int64("SELECT count(*) FROM t WHERE body LIKE '%!'").value() == 0;
    };
    CHECK(spoils(path, wal, 32 + 24, 2 * kPageBytes, kPageBytes));                         // a frame's page in the file
    CHECK(spoils(path + "-wal", main, 2 * kPageBytes, 32 + 2 * kFrame + 24, kPageBytes));  // a page in a frame
    CHECK(spoils(path + "-wal", wal, 32 + 3 * kFrame, 32 + 2 * kFrame, kFrame));           // a frame in another's place
    CHECK(spoils(path + "-wal", wal, 32 + 3 * kFrame + 24, 32 + 2 * kFrame + 24, kPageBytes));
    CHECK(spoils(path + "-wal", wal, 32 + 3 * kFrame, 32 + 2 * kFrame, 8));  // its page number and commit size only
}

TEST_CASE("damage: a page of zeros is not taken for an empty one") {
    const Original original;
    Bytes bytes = original.bytes;
    std::fill_n(bytes.begin() + 6 * kPageBytes, kPageBytes, std::uint8_t{0});
    write_all(original.copy, bytes);
    Db db = must_open(original.copy, false);
    CHECK_CODE(db.check_pages(), Code::kDamaged);
    CHECK_CODE(read_rows(db, kRows), Code::kDamaged);
}

TEST_CASE("damage: a truncated file is reported, wherever it is cut") {
    const Original original;
    SeededRandom random(seed());
    std::vector<std::size_t> sizes = {2,
                                      15,
                                      16,
                                      24,
                                      99,
                                      100,
                                      kPageBytes - 1,
                                      kPageBytes,
                                      kPageBytes + 1,
                                      original.bytes.size() - 1,
                                      original.bytes.size() - kPageBytes};
    for (int i = 0; i < 20; ++i) sizes.push_back(1 + random.below(original.bytes.size() - 1));
    for (const std::size_t size : sizes) {
        CAPTURE(size);
        Bytes bytes = original.bytes;
        bytes.resize(size);
        write_all(original.copy, bytes);
        Result<Db> db = open_db(original.copy, false);
        if (!db) {
            CHECK_MESSAGE(db.error().code == Code::kDamaged, to_string(db.error()));
            continue;
        }
        CHECK_CODE(read_rows(*db, kRows), Code::kDamaged);
        CHECK_CODE(db->check_pages(), Code::kDamaged);
    }
}

TEST_CASE("damage: a file cut to nothing is not taken for a new database") {
    const Original original;
    for (const std::size_t size : {0, 1}) {  // SQLite counts a file of one byte as empty
        write_all(original.copy, Bytes(size));
        CHECK_CODE(open_db(original.copy, false), Code::kNotFound);
    }
}

TEST_CASE("damage: a file cut while newer pages stand in the WAL is reported, not read as zeros") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    Db writer = must_open(path);
    REQUIRE_OK(writer.exec("CREATE TABLE big (id INTEGER PRIMARY KEY, body BLOB)"));
    REQUIRE_OK(writer.exec("INSERT INTO big VALUES (1, randomblob(200000))"));
    REQUIRE_OK(writer.checkpoint(true));
    REQUIRE_OK(writer.exec("CREATE TABLE later (x)"));  // so the WAL knows the size
    std::filesystem::resize_file(path, 20 * kPageBytes);
    Db reader = must_open(path, false);
    Result<Statement> select = reader.prepare("SELECT body FROM big");
    REQUIRE_OK(select);
    CHECK_CODE(select->step(), Code::kDamaged);
}

TEST_CASE("damage: a file of another program is refused, and left as it was") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    Bytes plain(2 * kPageBytes, 0);
    std::memcpy(plain.data(), kSqliteMagic, 16);
    SeededRandom random(seed());
    Bytes noise(3 * kPageBytes);
    random.fill(noise);
    for (const Bytes& bytes : {plain, noise, Bytes(10, 'x')}) {
        write_all(path, bytes);
        CHECK_CODE(open_db(path, true), Code::kDamaged);
        CHECK(read_all(path) == bytes);
    }
}

TEST_CASE("damage: a wrong key is said to be wrong, before anything else is done") {
    const Original original;
    const Bytes before = read_all(original.path);
    OpenOptions options;
    options.create = true;
    CHECK_CODE(Db::open(original.path, test_key(2), options), Code::kWrongKey);
    CHECK(read_all(original.path) == before);
    CHECK(!std::filesystem::exists(original.path + "-wal"));
    CHECK(!std::filesystem::exists(original.path + "-journal"));
    CHECK_CODE(Db::open(original.path, crypto::Secret(31), options), Code::kInvalid);
}

TEST_CASE("damage: a newer format is said to be newer") {
    const Original original;
    Bytes bytes = original.bytes;
    bytes[kVersionAt] = 2;
    write_all(original.copy, bytes);
    CHECK_CODE(open_db(original.copy, false), Code::kNewer);
}

TEST_CASE("damage: a cipher that this program does not know is newer, and named; none at all is damage") {
    const Original original;
    for (const int id : {3, 77, 255}) {
        Bytes bytes = original.bytes;
        bytes[kCipherAt] = static_cast<std::uint8_t>(id);
        write_all(original.copy, bytes);
        const Result<Db> db = open_db(original.copy, false);
        CHECK_CODE(db, Code::kNewer);
        CHECK(db.error().detail.find("cipher " + std::to_string(id)) != std::string::npos);
    }
    Bytes bytes = original.bytes;
    bytes[kCipherAt] = 0;
    write_all(original.copy, bytes);
    CHECK_CODE(open_db(original.copy, false), Code::kDamaged);
    OpenOptions options;
    options.create = true;
    options.cipher = 77;
    const Folder folder;
    CHECK_CODE(Db::open(folder.file("new.db"), test_key(), options), Code::kInvalid);
}

TEST_CASE("damage: a flipped byte in any WAL frame that a live connection reads is reported, never served") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    Db writer = must_open(path);
    REQUIRE_OK(writer.exec("PRAGMA wal_autocheckpoint = 0"));
    fill(writer, kRows);
    Db keeper = must_open(path, false);
    REQUIRE(keeper.query_int64("SELECT count(*) FROM t").value() == kRows);
    const std::int64_t frames =
        (static_cast<std::int64_t>(std::filesystem::file_size(path + "-wal")) - kWalHeaderBytes) / kFrameBytes;
    REQUIRE(frames > 20);
    SeededRandom random(seed());
    int reported = 0;
    for (std::int64_t frame = 0; frame < frames; ++frame) {
        // The checksum bytes of a header serve recovery only; page number and commit size are read with the page.
        const std::int64_t in_frame = random.below(8) == 0
                                          ? static_cast<std::int64_t>(random.below(8))
                                          : kFrameHeaderBytes + static_cast<std::int64_t>(random.below(kPageBytes));
        const std::int64_t offset = kWalHeaderBytes + frame * kFrameBytes + in_frame;
        CAPTURE(offset);
        const auto mask = static_cast<std::uint8_t>(1 + random.below(255));
        flip(path + "-wal", offset, mask);
        // The index in shared memory is whole, so nothing is recovered: the frames are read as they are. NORMAL,
        // because FULL would refuse at open.
        OpenOptions options;
        options.sync = Sync::kNormal;
        Result<Db> reader = Db::open(path, test_key(), options);
        const Status rows = reader ? read_rows(*reader, kRows) : Status(reader.error());
        if (!rows) {
            CHECK_MESSAGE(rows.error().code == Code::kDamaged, to_string(rows.error()));
            ++reported;
        }
        flip(path + "-wal", offset, mask);
    }
    CHECK(reported > frames / 2);  // the others were overtaken by later frames of the same page
    REQUIRE_OK(read_rows(keeper, kRows));
}

TEST_CASE("damage: a flipped bit in the middle of the WAL is damage at open, not a torn tail") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    const std::string copy = folder.file("copy.db");
    Db writer = must_open(path);
    REQUIRE_OK(writer.exec("PRAGMA wal_autocheckpoint = 0"));
    REQUIRE_OK(writer.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)"));
    for (int i = 1; i <= 30; ++i) REQUIRE_OK(writer.exec("INSERT INTO t (body) VALUES (hex(randomblob(50)))"));
    const std::int64_t frames =
        (static_cast<std::int64_t>(std::filesystem::file_size(path + "-wal")) - kWalHeaderBytes) / kFrameBytes;
    SeededRandom random(seed());
    for (std::int64_t frame = 0; frame < frames; ++frame) {
        copy_database(path, copy);
        flip(copy + "-wal",
             kWalHeaderBytes + frame * kFrameBytes + static_cast<std::int64_t>(random.below(kFrameBytes)));
        CAPTURE(frame);
        const Result<Db> db = open_db(copy, false);
        // The last two transactions may be the torn tail of a power cut: those are dropped, as after one.
        if (!db) CHECK_MESSAGE(db.error().code == Code::kDamaged, to_string(db.error()));
        if (frame < frames - 2) CHECK(!db.has_value());
    }
}

TEST_CASE("damage: a WAL cut at any length is a torn tail: whole transactions or none, and no error") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    const std::string copy = folder.file("copy.db");
    Db writer = must_open(path);
    REQUIRE_OK(writer.exec("PRAGMA wal_autocheckpoint = 0"));
    REQUIRE_OK(writer.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT); CREATE INDEX i ON t (body)"));
    REQUIRE_OK(writer.checkpoint(true));
    for (int i = 1; i <= 20; ++i) REQUIRE_OK(writer.exec("INSERT INTO t (body) VALUES (hex(randomblob(50)))"));
    SeededRandom random(seed());
    const auto size = std::filesystem::file_size(path + "-wal");
    std::int64_t before = 20;
    for (auto left = size; left > 0; left = left > 3000 ? left - 1 - random.below(3000) : 0) {
        copy_database(path, copy);
        std::filesystem::resize_file(copy + "-wal", left);
        Db db = must_open(copy, false);
        const std::int64_t rows = db.query_int64("SELECT count(*) FROM t").value();
        CHECK(rows <= before);
        before = rows;
        CHECK(db.query_int64("SELECT count(*) FROM t INDEXED BY i").value() == rows);
        REQUIRE_OK(db.check_pages());
    }
    CHECK(before == 0);
}
