// backup_to: a copy of one moment while others write; whole under its name, or not there.
#include "common/store/backup.h"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "common/store/keys.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/store/under_vfs.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

namespace fs = std::filesystem;

namespace {

constexpr PassphraseCost kCheap{1, 8192};

Unlock passphrase(std::string_view text) { return Passphrase{crypto::Secret::copy_of(view_of(text))}; }

Db must_open_with(const std::string& path, const crypto::Secret& key, bool create = false) {
    OpenOptions options;
    options.create = create;
    Result<Db> db = Db::open(path, key, options);
    REQUIRE_OK(db);
    return std::move(db).value();
}

BackupOptions without_slots(const char* vfs = "tally") {
    BackupOptions out;
    out.copy_slots = false;
    out.vfs = vfs;
    return out;
}

std::vector<std::string> names_in(const Folder& folder) {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder.path())) out.push_back(entry.path().filename().string());
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace

TEST_CASE("backup: while another connection sells, the copy is of the moment it began, and opens by the same slots") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    const std::string copy = folder.file("b.db");
    Result<crypto::Secret> key = create_keys(path, passphrase("till"), kCheap);
    REQUIRE_OK(key);
    REQUIRE_OK(make_key_file(folder.file("k")));
    REQUIRE_OK(add_slot(path, passphrase("till"), KeyFile{folder.file("k")}, kCheap));
    Db seller = must_open_with(path, *key, true);
    fill(seller, 3000);
    Db db = must_open_with(path, *key);
    BackupOptions options;
    options.pages_each_step = 7;
    int steps = 0;
    std::int64_t done = 0;
    bool verified = false;
    options.progress = [&](const BackupProgress& progress) {
        ++steps;
        CHECK(progress.pages_done >= done);
        CHECK(progress.pages_done <= progress.pages_all);
        done = progress.pages_done;
        verified = progress.verifying;
        CHECK(!fs::exists(copy));
        // Sales before, within and behind what is copied already, and a schema that grows.
        REQUIRE_OK(
            seller.exec("INSERT INTO t (body) VALUES ('sold meanwhile'); UPDATE t SET body = 'sold meanwhile' "
                        "WHERE id % 500 = " +
                        std::to_string(steps)));
        if (steps == 3) REQUIRE_OK(seller.exec("CREATE TABLE later (x)"));
        if (steps % 10 == 0) REQUIRE_OK(seller.checkpoint(false));
        return true;
    };
    REQUIRE_OK(backup_to(db, copy, *key, options));
    CHECK(steps > 20);
    CHECK(done > 140);
    CHECK(verified);
    CHECK(seller.query_int64("SELECT count(*) FROM t").value() == 3000 + steps);
    for (const Unlock& with : {Unlock(passphrase("till")), Unlock(KeyFile{folder.file("k")})}) {
        Result<crypto::Secret> opens = unlock_keys(copy, with);
        REQUIRE_OK(opens);
        Db restored = must_open_with(copy, *opens);
        CHECK(restored.query_int64("SELECT count(*) FROM t").value() == 3000);
        CHECK(restored.query_int64("SELECT count(*) FROM t WHERE body = 'sold meanwhile'").value() == 0);
        REQUIRE_OK(restored.check_pages());
    }
    // Restoring is the same call.
    Db backup = must_open_with(copy, *key);
    REQUIRE_OK(backup_to(backup, folder.file("c.db"), *key));
    CHECK(must_open_with(folder.file("c.db"), *key).query_int64("SELECT count(*) FROM t").value() == 3000);
    for (const std::string& name : names_in(folder)) CHECK(name.find(".part") == std::string::npos);
}

TEST_CASE("backup: sealed under another data key the copy opens by that alone") {
    const Folder folder;
    Db db = must_open(folder.file("a.db"));
    fill(db, 200);
    REQUIRE_OK(db.exec("UPDATE t SET body = 'planted-secret'"));
    const std::string copy = folder.file("b.db");
    Result<crypto::Secret> key = create_keys(copy, passphrase("archive"), kCheap);
    REQUIRE_OK(key);
    REQUIRE_OK(backup_to(db, copy, *key, without_slots()));
    CHECK_CODE(Db::open(copy, test_key(), {}), Code::kWrongKey);
    CHECK(must_open_with(copy, *key).query_int64("SELECT count(*) FROM t WHERE body = 'planted-secret'").value() ==
          200);
    for (const auto& entry : fs::directory_iterator(folder.path()))
        CHECK(!contains(read_all(entry.path().string()), "planted-secret"));
}

TEST_CASE("backup: a file or a foreign slot file under its name is never written over, and its own slots must fit") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    Result<crypto::Secret> key = create_keys(path, passphrase("a"), kCheap);
    REQUIRE_OK(key);
    Db db = must_open_with(path, *key, true);
    fill(db, 10);
    const std::string copy = folder.file("b.db");
    write_all(copy, Bytes{1, 2, 3});
    CHECK_CODE(backup_to(db, copy, *key), Code::kExists);
    CHECK(read_all(copy) == Bytes{1, 2, 3});
    fs::remove(copy);
    REQUIRE_OK(create_keys(copy, passphrase("b"), kCheap));
    const Bytes foreign = read_all(copy + ".keys");
    CHECK_CODE(backup_to(db, copy, *key), Code::kExists);
    CHECK(read_all(copy + ".keys") == foreign);
    CHECK(!fs::exists(copy));
    fs::remove(copy + ".keys");
    CHECK_CODE(backup_to(db, copy, test_key(9)),
               Code::kWrongKey);  // the slots hold another key than the copy would have
    CHECK(names_in(folder) == std::vector<std::string>{"a.db", "a.db-shm", "a.db-use", "a.db-wal", "a.db.keys"});
    REQUIRE_OK(db.exec("BEGIN"));
    CHECK_CODE(backup_to(db, copy, *key), Code::kBug);
    REQUIRE_OK(db.exec("ROLLBACK"));
    REQUIRE_OK(backup_to(db, copy, *key));
}

TEST_CASE("backup: stopped by its caller it leaves nothing, and the database can be used at once") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    Result<crypto::Secret> key = create_keys(path, passphrase("a"), kCheap);
    REQUIRE_OK(key);
    Db db = must_open_with(path, *key, true);
    fill(db, 2000);
    for (const bool at_verification : {false, true}) {
        BackupOptions options;
        options.pages_each_step = 10;
        options.progress = [&](const BackupProgress& progress) {
            return at_verification ? !progress.verifying : progress.pages_done < 40;
        };
        CHECK_CODE(backup_to(db, folder.file("b.db"), *key, options), Code::kRefused);
        CHECK(names_in(folder) == std::vector<std::string>{"a.db", "a.db-shm", "a.db-use", "a.db-wal", "a.db.keys"});
        REQUIRE_OK(db.exec("INSERT INTO t (body) VALUES ('after')"));
    }
}

TEST_CASE("backup: a full disk is kFull wherever it fills, and leaves nothing") {
    UnderVfs& under = UnderVfs::get();
    under.reset();
    const Folder folder;
    Db db = must_open(folder.file("a.db"), true, UnderVfs::kTallyName);
    fill(db, 1000);
    REQUIRE_OK(db.checkpoint(true));
    const std::vector<std::string> before = names_in(folder);
    int full = 0;
    for (std::int64_t space = 0; space < 2'000'000; space += 23'000) {
        CAPTURE(space);
        under.space_left = space;
        const Status done = backup_to(db, folder.file("b.db"), test_key(), without_slots(UnderVfs::kTallyName));
        under.space_left = -1;
        if (done) break;
        CHECK_MESSAGE(done.error().code == Code::kFull, to_string(done.error()));
        CHECK(names_in(folder) == before);
        ++full;
    }
    CHECK(full > 5);
    CHECK(fs::exists(folder.file("b.db")));
    Db copy = must_open(folder.file("b.db"), false);
    CHECK(copy.query_int64("SELECT count(*) FROM t").value() == 1000);
    under.reset();
}

TEST_CASE("backup: cut at any write, the copy under its name is whole or not there, and the next try succeeds") {
    UnderVfs& under = UnderVfs::get();
    bool finished = false;
    int cuts = 0;
    for (std::int64_t cut = 0; !finished; ++cut) {
        CAPTURE(cut);
        under.reset();
        const Folder folder;
        const std::string copy = folder.file("b.db");
        {
            Db db = must_open(folder.file("a.db"), true, UnderVfs::kTallyName);
            fill(db, 60);
            under.writes_left = under.writes + cut;
            const Status done = backup_to(db, copy, test_key(), without_slots(UnderVfs::kTallyName));
            finished = done.has_value();
            CHECK(fs::exists(copy) == finished);
        }
        under.reset();
        if (!finished) {
            write_all(copy + ".part", Bytes(5000, 7));  // what a killed process leaves
            write_all(copy + ".part-journal", Bytes(600, 7));
            Db db = must_open(folder.file("a.db"), false, UnderVfs::kTallyName);
            REQUIRE_OK(backup_to(db, copy, test_key(), without_slots(UnderVfs::kTallyName)));
            ++cuts;
        }
        CHECK(must_open(copy, false).query_int64("SELECT count(*) FROM t").value() == 60);
        CHECK(!fs::exists(copy + ".part"));
    }
    CHECK(cuts > 5);
}

TEST_CASE("backup: kill -9 in the middle leaves the database as it was, and the next backup clears up") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    const std::string copy = folder.file("b.db");
    Result<crypto::Secret> key = create_keys(path, passphrase("a"), kCheap);
    REQUIRE_OK(key);
    {
        Db db = must_open_with(path, *key, true);
        fill(db, 3000);
    }
    SeededRandom random(seed());
    for (int round = 0; round < 6; ++round) {
        const std::uint64_t steps = random.below(30);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            Result<Db> db = Db::open(path, *key, {});
            if (!db) ::_exit(2);
            BackupOptions options;
            options.pages_each_step = 5;
            std::uint64_t step = 0;
            options.progress = [&](const BackupProgress&) {
                if (step++ == steps) ::kill(::getpid(), SIGKILL);
                return true;
            };
            (void)backup_to(*db, copy, *key, options).has_value();
            ::_exit(0);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status));
        CHECK(!fs::exists(copy));
    }
    CHECK(fs::exists(copy + ".part"));
    Db db = must_open_with(path, *key);
    CHECK(db.query_int64("SELECT count(*) FROM t").value() == 3000);
    REQUIRE_OK(backup_to(db, copy, *key));
    CHECK(!fs::exists(copy + ".part"));
    CHECK(must_open_with(copy, *key).query_int64("SELECT count(*) FROM t").value() == 3000);
}

TEST_CASE("backup: every copy made while two other processes write is whole and of one moment") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    {
        Db db = must_open(path);
        fill(db, 500);
        REQUIRE_OK(db.exec("CREATE TABLE counter (n INTEGER); INSERT INTO counter VALUES (0)"));
    }
    const auto writer = [&] {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child != 0) return child;
        OpenOptions options;
        options.busy_ms = 60'000;
        Result<Db> db = Db::open(path, test_key(), options);
        if (!db) ::_exit(2);
        for (int i = 0; i < 150; ++i) {
            if (!db->exec("BEGIN IMMEDIATE; UPDATE counter SET n = n + 1; INSERT INTO t (body) VALUES "
                          "(hex(randomblob(300))); COMMIT"))
                ::_exit(3);
            if (i % 20 != 0) continue;
            const Status moved = db->checkpoint(false);  // busy: the other process checkpoints at this moment
            if (!moved && moved.error().code != Code::kBusy) ::_exit(4);
        }
        ::_exit(0);
    };
    const std::vector<pid_t> children = {writer(), writer()};
    for (int round = 0; round < 4; ++round) {
        const std::string copy = folder.file("copy" + std::to_string(round));
        Db db = must_open(path, false);
        BackupOptions options = without_slots();
        options.pages_each_step = 3;
        REQUIRE_OK(backup_to(db, copy, test_key(), options));
        Db made = must_open(copy, false);
        CHECK(made.query_int64("SELECT count(*) - 500 - (SELECT n FROM counter) FROM t").value() == 0);
    }
    for (const pid_t child : children) {
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    CHECK(must_open(path, false).query_int64("SELECT n FROM counter").value() == 300);
}

TEST_CASE("backup: of a damaged database it says so, and no copy is made of it") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    {
        Db db = must_open(path);
        fill(db, 1000);
    }
    flip(path, 30 * 4096 + 1000);
    Db db = must_open(path, false);
    CHECK_CODE(backup_to(db, folder.file("b.db"), test_key(), without_slots()), Code::kDamaged);
    CHECK(!fs::exists(folder.file("b.db")));
    CHECK(!fs::exists(folder.file("b.db.part")));
}
