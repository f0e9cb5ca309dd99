// `backup`, `restore` and `check` of a terminal: what stands in the way, what is left behind, who may read it. With a
// real headquarters: tests/fault/restore_test.cpp.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own_folder.h"
#include "sync/agent/check_command.h"

using namespace tally;
using namespace tally::agent;
using namespace tally::agent::test;

namespace {

CheckReport check(const KeysPlace& place) {
    return MUST(check_terminal(place, [](const char*) {}));
}

}  // namespace

TEST_CASE("backup: the copy, its slots and its settings are the owner's alone, and open with the same key file") {
    OwnFolder own;
    std::ofstream(own.dir + "/terminal.toml") << "[hq]\nport = 4711\n";
    {
        Replica till = own.open(own.dir);
        OwnFolder::sell(till, 12);
        const std::string said = MUST(backup_terminal(own.place(), own.folder / "b", {}));
        INFO(said);
        CHECK(has(said, "terminal 2 of store S1"));
        CHECK(has(said, "12 operations, the last no. 12 of epoch " + MUST(till.head()).epoch.hex().substr(0, 8)));
        CHECK(has(said, MUST(till.head()).hash.hex().substr(0, 16)));
        CHECK(has(said, "12 not at headquarters yet"));
        OwnFolder::sell(till, 1);  // which the copy lacks
    }
    CHECK(listing(own.folder.path()) == "b b.keys b.toml till till.key ");
    for (const char* end : {"b", "b.keys", "b.toml"}) CHECK(mode_of(own.folder / end) == 0600);
    const std::string said = MUST(restore_terminal(own.restore_of(own.folder / "b", own.folder / "new")));
    CHECK(has(said, "12 operations"));
    CHECK(fs::exists(own.folder / "new/terminal.toml"));
    CHECK(listing(own.folder / "new").find(".init") == std::string::npos);
    Replica till = own.open(own.folder / "new");
    CHECK(MUST(till.head()).epoch_no == 2);
    CHECK(MUST(till.unacknowledged_count()) == 12);
    CHECK(MUST(till.incidents(1)).at(0).report.kind == wire::IncidentKind::kRestored);
    CHECK(!MUST(till.look_at_witness()).has_value());
    CHECK(check(own.place_of(own.folder / "new")).well);
}

TEST_CASE("backup: it is never written over a file, nor into the folder that it is a backup of") {
    OwnFolder own;
    std::ofstream(own.folder / "there") << "mine";
    CHECK_FAILS(backup_terminal(own.place(), own.folder / "there", {}), Code::kExists);
    CHECK(fs::file_size(own.folder / "there") == 4);
    fs::create_symlink(own.dir, own.folder / "alias");
    fs::create_directory(own.dir + "/inner");
    for (const std::string& to : {own.dir + "/b", own.dir + "/inner/b", own.folder / "alias/b", own.dir + "/../till/b"})
        CHECK_FAILS(backup_terminal(own.place(), to, {}), Code::kInvalid);
    CHECK_FAILS(backup_terminal(own.place(), own.folder / "no/such/b", {}), Code::kNotFound);
    std::ofstream(own.dir + "/terminal.toml") << "[hq]\nport = 4711\n";
    std::ofstream(own.folder / "c.toml") << "somebody else's";
    CHECK_FAILS(backup_terminal(own.place(), own.folder / "c", {}), Code::kExists);
    CHECK(listing(own.folder.path()) == "alias c.toml there till till.key ");
}

TEST_CASE("backup: on a full disk it says so and leaves nothing") {
    OwnFolder own;
    {
        Replica till = own.open(own.dir);
        OwnFolder::sell(till, 60);
    }
    for (const rlim_t limit : {rlim_t{100}, rlim_t{30'000}}) {
        const int code = in_child([&] {
            ::signal(SIGXFSZ, SIG_IGN);
            const rlimit small{limit, limit};
            if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return 99;
            const auto said = backup_terminal(own.place(), own.folder / "b", {});
            return said ? 98 : static_cast<int>(said.error().code);
        });
        CHECK(code == static_cast<int>(Code::kFull));
        CHECK(listing(own.folder.path()) == "till till.key ");
    }
}

TEST_CASE("backup: killed at any step it leaves no backup, and the next one clears what is there") {
    OwnFolder own;
    {
        Replica till = own.open(own.dir);
        OwnFolder::sell(till, 30);
    }
    for (int step = 1; step <= 3; ++step) {
        const int code = in_child([&] {
            int calls = 0;
            (void)backup_terminal(own.place(), own.folder / "b", [&](const store::BackupProgress&) {
                if (++calls == step) ::raise(SIGKILL);
            }).has_value();
            return 0;
        });
        if (code == 0) {  // it had no so many steps
            CHECK(step > 1);
            fs::remove(own.folder / "b");
            continue;
        }
        CHECK(code == 1000 + SIGKILL);
        CHECK(!fs::exists(own.folder / "b"));
    }
    (void)MUST(backup_terminal(own.place(), own.folder / "b", {}));
    CHECK(listing(own.folder.path()) == "b b.keys till till.key ");
    (void)MUST(restore_terminal(own.restore_of(own.folder / "b", own.folder / "new")));
}

TEST_CASE("restore: a folder with something in it, a backup without its slots, another key and damage are refused") {
    OwnFolder own;
    {
        Replica till = own.open(own.dir);
        OwnFolder::sell(till, 30);
    }
    (void)MUST(backup_terminal(own.place(), own.folder / "b", {}));
    const auto restore = [&](const std::string& to) { return restore_terminal(own.restore_of(own.folder / "b", to)); };
    CHECK_FAILS(restore(own.dir), Code::kExists);
    fs::create_directory(own.folder / "full");
    std::ofstream(own.folder / "full/letter") << "x";
    CHECK_FAILS(restore(own.folder / "full"), Code::kExists);
    CHECK(listing(own.folder / "full") == "letter ");
    CHECK_FAILS(restore_terminal(own.restore_of(own.folder / "none", own.folder / "n")), Code::kNotFound);
    CHECK_DONE(store::make_key_file(own.folder / "other.key"));
    RestoreRequest other = own.restore_of(own.folder / "b", own.folder / "n");
    other.unlock.key_file = own.folder / "other.key";
    CHECK_FAILS(restore_terminal(other), Code::kWrongKey);
    fs::rename(own.folder / "b.keys", own.folder / "away");
    const auto lacking = restore(own.folder / "n");
    REQUIRE_FALSE(lacking.has_value());
    CHECK(has(lacking.error().detail, "b.keys is missing"));
    fs::rename(own.folder / "away", own.folder / "b.keys");
    flip_byte(own.folder / "b", 3 * 4096 + 100);
    CHECK_FAILS(restore(own.folder / "n"), Code::kDamaged);
    CHECK(!fs::exists(own.folder / "n"));
    flip_byte(own.folder / "b", 3 * 4096 + 100);
    fs::permissions(own.folder / "b", fs::perms::owner_read);  // as on a stick that cannot be written to
    (void)MUST(restore(own.folder / "n"));
    CHECK(listing(own.folder.path()) == "b b.keys full n other.key till till.key ");
}

TEST_CASE("restore: a lost folder's database with its WAL will do for a backup, if nobody has it open") {
    OwnFolder own;
    Replica till = own.open(own.dir);
    OwnFolder::sell(till, 5);
    RestoreRequest request = own.restore_of(Replica::database_path(own.dir), own.folder / "new");
    CHECK_FAILS(restore_terminal(request), Code::kBusy);
    fs::create_directory(own.folder / "disk");
    for (const char* end : {"", "-wal", ".keys", ".head"})
        fs::copy_file(Replica::database_path(own.dir) + end, (own.folder / "disk/replica.db") + end);
    request.from = own.folder / "disk/replica.db";
    request.old_dir = own.folder / "disk";
    CHECK(has(MUST(restore_terminal(request)), "saw nothing that the backup lacks"));
    CHECK(MUST(own.open(own.folder / "new").unacknowledged_count()) == 5);
}

TEST_CASE("check: a whole terminal is well, also while it sells, and each kind of damage is named on its own line") {
    OwnFolder own;
    {
        Replica till = own.open(own.dir);
        CHECK_DONE(till.guard(kNow_ms));
        OwnFolder::sell(till, 40);
        const std::string wal = Replica::database_path(own.dir) + "-wal";
        const auto before = fs::file_size(wal);
        const CheckReport report = check(own.place());
        INFO(report.text);
        CHECK(report.well);
        CHECK(has(report.text, "40 operations in 1 epoch:"));
        CHECK(has(report.text, "7 members, 7 with pending operations"));
        CHECK(fs::file_size(wal) == before);  // not even a checkpoint
        OwnFolder::sell(till, 1);
    }
    CHECK(check(own.place()).well);
    SUBCASE("a page") {
        flip_byte(Replica::database_path(own.dir), 4 * 4096 + 77);
        const CheckReport report = check(own.place());
        CHECK_FALSE(report.well);
        CHECK(has(report.text, "pages      WRONG: page 5 is changed or damaged"));
    }
    SUBCASE("the witness") {
        fs::remove(Replica::witness_path(own.dir));
        const CheckReport report = check(own.place());
        CHECK_FALSE(report.well);
        CHECK(has(report.text, "witness    WRONG: the witness is missing"));
        CHECK(!fs::exists(Replica::witness_path(own.dir)));  // looked at only
        CHECK(MUST(own.open(own.dir).head()).epoch_no == 1);
    }
    SUBCASE("the overlay") {
        CHECK_DONE(
            own.open(own.dir).db().exec("UPDATE member_own SET account = (SELECT account FROM member_own WHERE no = 2) "
                                        "WHERE no = 1"));
        const CheckReport report = check(own.place());
        CHECK_FALSE(report.well);
        CHECK(has(report.text, "overlay    WRONG: member "));
    }
    SUBCASE("a bill that could be entered twice") {
        CHECK_DONE(own.open(own.dir).db().exec("DELETE FROM own_bill WHERE pos = 3"));
        CHECK(has(check(own.place()).text, "overlay    WRONG: operation 3 of the log"));
    }
    SUBCASE("the log") {
        CHECK_DONE(own.open(own.dir).db().exec(
            "DROP TRIGGER op_log_never_changes; UPDATE op_log SET bytes = x'00' WHERE pos = 7"));
        CHECK(has(check(own.place()).text, "log        WRONG: operation 7"));
    }
    SUBCASE("the key slots") {
        flip_byte(Replica::database_path(own.dir) + ".keys", 40);
        const CheckReport report = check(own.place());
        CHECK_FALSE(report.well);
        CHECK(has(report.text, "key slots  WRONG"));
    }
    SUBCASE("no terminal at all") {
        CHECK_FAILS(check_terminal(own.place_of(own.folder / "none"), [](const char*) {}), Code::kNotFound);
    }
}
