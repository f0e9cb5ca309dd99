// A new data key: what it leaves and what it refuses. Kills, power cuts and full disks: rotate_crash_test.cpp.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "common/store/durable_file.h"
#include "tests/unit/store/small_database.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

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

TEST_CASE("rotate: copies that a person made beside the database stay, whatever opens it") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    make(path);
    const std::string cut = path + ".keys-0123456789abcdef";
    for (const std::string& copy : {path + ".keys-old", path + ".head-2026-11-22", path + ".keys-0123456789abcdef.bak"})
        std::filesystem::copy_file(path + ".keys", copy);
    std::filesystem::copy_file(path + ".keys", cut);  // as a change of the data key that was cut leaves it
    check_whole(path);
    REQUIRE_OK(rotate_data_key(path, passphrase("one")));
    for (const std::string& copy : {path + ".keys-old", path + ".head-2026-11-22", path + ".keys-0123456789abcdef.bak"})
        CHECK_MESSAGE(std::filesystem::exists(copy), copy);
    CHECK_FALSE(std::filesystem::exists(cut));
}

TEST_CASE("rotate: a secret to be kept that opens no slot is an error, also where others may go") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    make(path);
    REQUIRE_OK(add_slot(path, passphrase("one"), passphrase("two"), kCheap));
    const Bytes slots_before = read_all(path + ".keys");
    for (const bool drop_others : {false, true}) {
        RotateOptions options;
        options.drop_others = drop_others;
        options.keep.push_back(KeyFile{folder.file("forgotten.key")});
        const auto refused = rotate_data_key(path, passphrase("one"), options);
        CHECK_CODE(refused, Code::kWrongKey);
        CHECK(refused.error().detail.find("forgotten.key") != std::string::npos);
        CHECK(read_all(path + ".keys") == slots_before);
    }
}

TEST_CASE("rotate: done by root for another user, every file stays that user's") {
    if (::geteuid() != 0) {
        MESSAGE("needs root to give files away");
        return;
    }
    const Folder folder;
    const std::string path = folder.file("a.db");
    make(path);
    constexpr uid_t kOther = 12'345;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        REQUIRE(::chown(entry.path().c_str(), kOther, kOther) == 0);
    RotateOptions options;
    options.make_witness = [](const crypto::Secret&, const crypto::Secret&, const std::string& witness) {
        return write_durably(witness, Bytes{1, 2, 3}, IfThere::kReplace);
    };
    REQUIRE_OK(rotate_data_key(path, passphrase("one"), options));
    for (const char* end : {"", ".keys", ".head"}) {
        struct stat status {};
        REQUIRE_MESSAGE(::stat((path + end).c_str(), &status) == 0, end);
        CHECK_MESSAGE(status.st_uid == kOther, end);
    }
}
