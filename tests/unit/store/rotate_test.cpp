// A new data key: what it leaves, what it refuses, and what a kill, a power cut or a full disk at any step leaves.
#include "common/store/rotate.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "common/store/database_lock.h"
#include "common/store/rotation_files.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/store/kill_points.h"
#include "tests/unit/store/under_vfs.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

namespace {

constexpr PassphraseCost kCheap{1, 8192};
constexpr int kRows = 60;

Unlock passphrase(std::string_view text) { return Passphrase{crypto::Secret::copy_of(view_of(text))}; }

// A database with one passphrase slot, "one", and some rows.
void make(const std::string& path) {
    const Result<crypto::Secret> key = create_keys(path, passphrase("one"), kCheap);
    REQUIRE_OK(key);
    OpenOptions options;
    options.create = true;
    Result<Db> db = Db::open(path, *key, options);
    REQUIRE_OK(db);
    fill(*db, kRows, 900);
}

Result<Db> open_with(const std::string& path, const Unlock& with) {
    TALLY_TRY(const crypto::Secret key, unlock_keys(path, with));
    return Db::open(path, key, {});
}

// Opens with the passphrase, has every row, and is whole.
void check_whole(const std::string& path, std::string_view with = "one") {
    Result<Db> db = open_with(path, passphrase(with));
    REQUIRE_OK(db);
    CHECK(db->query_int64("SELECT count(*) FROM t").value() == kRows);
    REQUIRE_OK(db->check_pages());
}

std::set<std::string> names(const Folder& folder) {
    std::set<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        out.insert(entry.path().filename().string());
    return out;
}
const std::set<std::string> kOrderly = {"a.db", "a.db.keys", "a.db-use"};

void copy_all(const Folder& from, const Folder& to) {
    for (const auto& entry : std::filesystem::directory_iterator(to.path())) std::filesystem::remove(entry.path());
    for (const auto& entry : std::filesystem::directory_iterator(from.path()))
        std::filesystem::copy_file(entry.path(), to.path() / entry.path().filename());
}

}  // namespace

TEST_CASE("rotate: every row is there under the new key, and the old data key opens no more") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    make(path);
    const crypto::Secret old_key = unlock_keys(path, passphrase("one")).value();
    const Bytes before = read_all(path);
    std::set<RotateStage> stages;
    RotateOptions options;
    options.progress = [&](const RotateProgress& progress) {
        CHECK(progress.done <= progress.of);
        stages.insert(progress.stage);
    };
    const Result<RotateReport> report = rotate_data_key(path, passphrase("one"), options);
    REQUIRE_OK(report);
    CHECK(report->slots_kept == 1);
    CHECK(report->pages == before.size() / 4096);
    CHECK(stages.size() == 4);
    CHECK(names(folder) == kOrderly);
    check_whole(path);
    CHECK_CODE(Db::open(path, old_key, {}), Code::kWrongKey);
    CHECK(!crypto::same(unlock_keys(path, passphrase("one"))->view(), old_key.view()));
    const Bytes after = read_all(path);
    REQUIRE(after.size() == before.size());
    for (std::size_t page = 0; page < after.size(); page += 4096)
        CHECK(!std::equal(after.begin() + static_cast<std::ptrdiff_t>(page + 24),
                          after.begin() + static_cast<std::ptrdiff_t>(page + 4096),
                          before.begin() + static_cast<std::ptrdiff_t>(page + 24)));
}

TEST_CASE("rotate: what stands in the WAL comes along") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    const Folder copy;
    make(path);
    {
        Result<Db> db = open_with(path, passphrase("one"));
        REQUIRE_OK(db);
        REQUIRE_OK(db->exec("INSERT INTO t (id, body) VALUES (1000, 'from the log')"));
        for (const char* suffix : {"", "-wal", ".keys"})  // as a crash leaves it
            std::filesystem::copy_file(path + suffix, copy.file(std::string("a.db") + suffix));
    }
    REQUIRE_OK(rotate_data_key(copy.file("a.db"), passphrase("one")));
    Result<Db> db = open_with(copy.file("a.db"), passphrase("one"));
    REQUIRE_OK(db);
    CHECK(db->query_int64("SELECT count(*) FROM t WHERE body = 'from the log'").value() == 1);
}

TEST_CASE("rotate: slots whose secrets are given come along, HQ's by itself, and none is lost unasked") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    make(path);
    const crypto::Device hq = crypto::Device::create();
    REQUIRE_OK(make_key_file(folder.file("till.key")));
    REQUIRE_OK(add_slot(path, passphrase("one"), passphrase("two"), kCheap));
    REQUIRE_OK(add_slot(path, passphrase("one"), KeyFile{folder.file("till.key")}));
    REQUIRE_OK(add_recovery_slot(path, passphrase("one"), hq.public_key()));
    const Bytes before = read_all(path);
    const Bytes slots_before = read_all(path + ".keys");

    RotateOptions options;
    const Result<RotateReport> refused = rotate_data_key(path, passphrase("one"), options);
    CHECK_CODE(refused, Code::kRefused);
    CHECK(refused.error().detail.find("1, 2") != std::string::npos);
    CHECK(read_all(path) == before);
    CHECK(read_all(path + ".keys") == slots_before);

    options.keep.push_back(KeyFile{folder.file("till.key")});
    CHECK_CODE(rotate_data_key(path, passphrase("one"), options), Code::kRefused);
    options.drop_others = true;
    const Result<RotateReport> report = rotate_data_key(path, passphrase("one"), options);
    REQUIRE_OK(report);
    CHECK(report->slots_kept == 3);
    CHECK(report->slots_dropped == 1);
    check_whole(path);
    REQUIRE_OK(open_with(path, KeyFile{folder.file("till.key")}));
    REQUIRE_OK(open_with(path, RecoveryKey{&hq}));
    CHECK_CODE(open_with(path, passphrase("two")), Code::kWrongKey);
}

TEST_CASE("rotate: a wrong secret, a link and a missing file are refused, and nothing is touched") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    CHECK_CODE(rotate_data_key(path, passphrase("one")), Code::kNotFound);
    make(path);
    const Bytes before = read_all(path);
    CHECK_CODE(rotate_data_key(path, passphrase("wrong")), Code::kWrongKey);
    CHECK(read_all(path) == before);
    std::filesystem::create_symlink(path, folder.file("link.db"));
    CHECK_CODE(rotate_data_key(folder.file("link.db"), passphrase("one")), Code::kRefused);
    check_whole(path);
}

TEST_CASE("rotate: a damaged page is told, and the old file stays with its key") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    make(path);
    flip(path, 4096 * 3 + 100);
    const Bytes before = read_all(path);
    CHECK_CODE(rotate_data_key(path, passphrase("one")), Code::kDamaged);
    CHECK(read_all(path) == before);
    CHECK(names(folder) == kOrderly);
}

TEST_CASE("rotate: who has the database open is not disturbed, and who comes meanwhile is told to wait") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    make(path);
    {
        Result<Db> db = open_with(path, passphrase("one"));
        REQUIRE_OK(db);
        CHECK_CODE(rotate_data_key(path, passphrase("one")), Code::kBusy);
        REQUIRE_OK(db->exec("DELETE FROM t WHERE id = -1"));
    }
    const crypto::Secret old_key = unlock_keys(path, passphrase("one")).value();
    RotateOptions options;
    int looked = 0;
    options.progress = [&](const RotateProgress&) {
        ++looked;
        OpenOptions quick;
        quick.busy_ms = 0;
        CHECK_CODE(Db::open(path, old_key, quick), Code::kBusy);
        CHECK_CODE(rotate_data_key(path, passphrase("one")), Code::kBusy);
    };
    REQUIRE_OK(rotate_data_key(path, passphrase("one"), options));
    CHECK(looked >= 6);
    check_whole(path);
}

TEST_CASE("rotate: killed before any call that changes the disk, the database opens by the same passphrase") {
    const Folder made;
    make(made.file("a.db"));
    const DatabaseId old_id = database_id_of(made.file("a.db")).value().value();
    int points = 0;
    int with_old = 0;
    int with_new = 0;
    for (;; ++points) {
        const Folder folder;
        copy_all(made, folder);
        const std::string path = folder.file("a.db");
        CAPTURE(points);
        const bool killed =
            killed_at(points, [&] { return rotate_data_key(path, passphrase("one")).has_value() ? 0 : 3; });
        (database_id_of(path).value().value() == old_id ? with_old : with_new)++;
        check_whole(path);
        CHECK(names(folder) == kOrderly);  // what was left is cleared away
        if (!killed) break;
    }
    MESSAGE("kill points: " << points);
    CHECK(points > 60);
    CHECK(with_old > 20);
    CHECK(with_new > 3);
}

TEST_CASE("rotate: killed while what a kill left is cleared away, the database still opens") {
    const Folder made;
    make(made.file("a.db"));
    for (int first = 0;; first += 3) {
        const Folder cut;
        copy_all(made, cut);
        if (!killed_at(first, [&] { return rotate_data_key(cut.file("a.db"), passphrase("one")).has_value() ? 0 : 3; }))
            break;
        for (int second = 0; second < 4; ++second) {
            CAPTURE(first);
            CAPTURE(second);
            const Folder folder;
            copy_all(cut, folder);
            const std::string path = folder.file("a.db");
            const bool killed =
                killed_at(second, [&] { return unlock_keys(path, passphrase("one")).has_value() ? 0 : 3; });
            check_whole(path);
            CHECK(names(folder) == kOrderly);
            if (!killed) break;
        }
    }
}

TEST_CASE("rotate: a power cut at any write leaves the old database or the new one") {
    UnderVfs& under = UnderVfs::get();
    SeededRandom random(seed());
    const Folder made;
    make(made.file("a.db"));
    RotateOptions options;
    options.vfs = UnderVfs::kTallyName;
    options.base_vfs = UnderVfs::kName;
    int points = 0;
    for (bool cut = true; cut; ++points) {
        CAPTURE(points);
        under.reset();
        const Folder folder;
        copy_all(made, folder);
        const std::string path = folder.file("a.db");
        under.writes_left = points;
        cut = !rotate_data_key(path, passphrase("one"), options).has_value();
        under.dead = true;
        static constexpr int kKeep[] = {0, 50, 90, 100};
        under.power_cut(random, kKeep[random.below(4)]);
        check_whole(path);
        CHECK(names(folder) == kOrderly);
    }
    MESSAGE("power cuts: " << points);
    CHECK(points > 10);
    under.reset();
}

TEST_CASE("rotate: a disk that fills up is kFull, and leaves the old file as it was and nothing beside it") {
    UnderVfs& under = UnderVfs::get();
    RotateOptions options;
    options.vfs = UnderVfs::kTallyName;
    options.base_vfs = UnderVfs::kName;
    for (std::int64_t space = 0;; space += 4096) {
        CAPTURE(space);
        under.reset();
        const Folder folder;
        const std::string path = folder.file("a.db");
        make(path);
        const Bytes before = read_all(path);
        const Bytes slots_before = read_all(path + ".keys");
        under.space_left = space;
        const Result<RotateReport> report = rotate_data_key(path, passphrase("one"), options);
        under.space_left = -1;
        if (report) {
            CHECK(space > static_cast<std::int64_t>(before.size()) / 2);
            break;
        }
        CHECK_CODE(report, Code::kFull);
        CHECK(read_all(path) == before);
        CHECK(read_all(path + ".keys") == slots_before);
        CHECK(names(folder) == kOrderly);
        check_whole(path);
    }
    under.reset();
}

TEST_CASE("rotate: the witness comes into force together with the file, and not before") {
    const Folder made;
    make(made.file("a.db"));
    write_all(made.file("a.db.head"), Bytes{'o', 'l', 'd'});
    const DatabaseId old_id = database_id_of(made.file("a.db")).value().value();
    for (int point = 0;; ++point) {
        CAPTURE(point);
        const Folder folder;
        copy_all(made, folder);
        const std::string path = folder.file("a.db");
        const bool killed = killed_at(point, [&] {
            RotateOptions options;
            options.make_witness = [](Db& fresh, const crypto::Secret& key, const std::string& witness) -> Status {
                if (key.size() != 32 || fresh.query_int64("SELECT count(*) FROM t").value_or(0) != kRows)
                    return fail(Code::kBug, "not the new database");
                write_all(witness, Bytes{'n', 'e', 'w'});
                return {};
            };
            return rotate_data_key(path, passphrase("one"), options).has_value() ? 0 : 3;
        });
        check_whole(path);
        const bool is_old = database_id_of(path).value().value() == old_id;
        CHECK(contains(read_all(path + ".head"), is_old ? "old" : "new"));
        if (!killed) break;
    }
}

TEST_CASE("rotate: a log of the old key beside the new file does no harm") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    make(path);
    Bytes old_log;
    {
        Result<Db> db = open_with(path, passphrase("one"));
        REQUIRE_OK(db);
        REQUIRE_OK(db->exec("UPDATE t SET body = body || '!'"));
        old_log = read_all(path + "-wal");
        REQUIRE_OK(db->exec("UPDATE t SET body = rtrim(body, '!')"));
    }
    REQUIRE(old_log.size() > 4096);
    REQUIRE_OK(rotate_data_key(path, passphrase("one")));
    write_all(path + "-wal", old_log);
    check_whole(path);
    CHECK(open_with(path, passphrase("one"))->query_int64("SELECT count(*) FROM t WHERE body LIKE '%!'").value() == 0);
}

TEST_CASE("rotate: another process that opens again and again meets the old database or the new one, never a mix") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    make(path);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        for (int written = 0; written < 30;) {
            Result<crypto::Secret> key = unlock_keys(path, passphrase("one"));
            if (!key && key.error().code == Code::kBusy) continue;
            if (!key) ::_exit(2);
            Result<Db> db = Db::open(path, *key, {});
            // Between the two lines the key may have changed: told as such, and right the next time.
            if (!db && (db.error().code == Code::kBusy || db.error().code == Code::kWrongKey)) continue;
            if (!db) ::_exit(3);
            if (!db->exec("INSERT INTO t (body) VALUES ('child')")) ::_exit(4);
            ++written;
            ::usleep(2000);
        }
        ::_exit(0);
    }
    int rotated = 0;
    int status = 0;
    RotateOptions options;
    options.wait_ms = 20;
    while (::waitpid(child, &status, WNOHANG) == 0) {
        const Result<RotateReport> report = rotate_data_key(path, passphrase("one"), options);
        if (report) ++rotated;
        if (!report) CHECK_CODE(report, Code::kBusy);
    }
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(rotated > 0);
    Result<Db> db = open_with(path, passphrase("one"));
    REQUIRE_OK(db);
    CHECK(db->query_int64("SELECT count(*) FROM t WHERE body = 'child'").value() == 30);
    REQUIRE_OK(db->check_pages());
}

TEST_CASE("keys: killed before any call of a change of passphrase, the old one or the new one opens") {
    const Folder made;
    make(made.file("a.db"));
    int with_new = 0;
    int points = 0;
    for (;; ++points) {
        CAPTURE(points);
        const Folder folder;
        copy_all(made, folder);
        const std::string path = folder.file("a.db");
        const bool killed = killed_at(points, [&] {
            return change_slot(path, passphrase("one"), passphrase("two"), kCheap).has_value() ? 0 : 3;
        });
        const bool one = unlock_keys(path, passphrase("one")).has_value();
        const bool two = unlock_keys(path, passphrase("two")).has_value();
        CHECK(one != two);
        if (two) ++with_new;
        // The next change clears away what a cut one left: it may hold a slot that was taken away.
        REQUIRE_OK(change_slot(path, passphrase(one ? "one" : "two"), passphrase("three"), kCheap));
        CHECK(names(folder) == kOrderly);
        check_whole(path, "three");
        if (!killed) break;
    }
    CHECK(points >= 4);
    CHECK(with_new >= 1);
}

TEST_CASE("keys: two processes that add slots at once both get theirs") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    make(path);
    pid_t children[2];
    for (int which = 0; which < 2; ++which) {
        children[which] = ::fork();
        REQUIRE(children[which] >= 0);
        if (children[which] != 0) continue;
        for (int i = 0; i < 3; ++i)
            if (!add_slot(path, passphrase("one"), passphrase(which == 0 ? "left" : "right"), kCheap)) ::_exit(2);
        ::_exit(0);
    }
    for (const pid_t child : children) {
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(WEXITSTATUS(status) == 0);
    }
    CHECK(list_slots(path)->size() == 7);
    for (const char* with : {"one", "left", "right"}) REQUIRE_OK(unlock_keys(path, passphrase(with)));
}

TEST_CASE("keys: a change of slots leaves the locks of this process on the database alone") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    make(path);
    write_all(path + ".next", Bytes(100));  // so that the file's id is looked at
    Result<Db> db = open_with(path, passphrase("one"));
    REQUIRE_OK(db);
    write_all(path + ".next", Bytes(100));
    Result<Transaction> held = Transaction::begin(*db);
    REQUIRE_OK(held);
    REQUIRE_OK(add_slot(path, passphrase("one"), passphrase("two"), kCheap));
    CHECK(names(folder).count("a.db.next") == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        Result<crypto::Secret> key = unlock_keys(path, passphrase("two"));
        if (!key) ::_exit(2);
        OpenOptions quick;
        quick.busy_ms = 50;
        Result<Db> other = Db::open(path, *key, quick);
        if (!other) ::_exit(3);
        const Result<Transaction> second = Transaction::begin(*other);
        ::_exit(!second && second.error().code == Code::kBusy ? 0 : 4);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 0);
}

// 1.1 GB twice: the long form, TALLY_LONG=1.
TEST_CASE("pitfall 16: a new data key for a database beyond 1 GiB skips the lock-byte page") {
    if (std::getenv("TALLY_LONG") == nullptr) {
        MESSAGE("skipped: long form only");
        return;
    }
    const Folder folder;
    const std::string path = folder.file("a.db");
    make(path);
    {
        Result<Db> db = open_with(path, passphrase("one"));
        REQUIRE_OK(db);
        REQUIRE_OK(db->exec("CREATE TABLE big (body BLOB)"));
        for (int i = 0; i < 110; ++i) REQUIRE_OK(db->exec("INSERT INTO big VALUES (randomblob(10000000))"));
    }
    REQUIRE(std::filesystem::file_size(path) > std::uintmax_t{1} << 30);
    REQUIRE_OK(rotate_data_key(path, passphrase("one")));
    check_whole(path);
    CHECK(open_with(path, passphrase("one"))->query_int64("SELECT count(*) FROM big").value() == 110);
}
