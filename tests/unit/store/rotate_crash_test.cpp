// What a kill, a power cut, a full disk or another process at any step of a change of keys leaves.
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/store/kill_points.h"
#include "tests/unit/store/small_database.h"
#include "tests/unit/store/under_vfs.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

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
    CHECK(points > 40);
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
            options.make_witness = [](const crypto::Secret& old_key, const crypto::Secret& fresh_key,
                                      const std::string& witness) -> Status {
                if (crypto::same(old_key.view(), fresh_key.view())) return fail(Code::kBug, "not a new key");
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
