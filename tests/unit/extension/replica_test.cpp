// Support's way: stock sqlite3, .load, and a URI with a key file, on a real replica.
#include "common/store/keys.h"
#include "tests/unit/extension/shell.h"
#include "tests/unit/replica/fixture.h"

using namespace tally;
using tally::test::Bench;
using tally::test::Said;
using tally::test::Shell;

namespace {

// A till's replica with a passphrase slot and a key-file slot, members and sales in it, and its WAL still there.
struct RealReplica {
    Shell shell;
    std::string key = shell.key_file("support.key");
    std::string database = shell.path("replica.db");
    std::string uri = "file:" + database + "?vfs=tally&keyfile=" + key;

    RealReplica() {
        const store::PassphraseCost cheap{1, 8192};
        const crypto::Secret data_key = MUST(
            store::create_keys(database, store::Passphrase{crypto::Secret::copy_of(view_of("open sesame"))}, cheap));
        CHECK_DONE(store::add_slot(database, store::Passphrase{crypto::Secret::copy_of(view_of("open sesame"))},
                                   store::KeyFile{key}, cheap));
        replica::Replica replica = MUST(replica::Replica::create(shell.dir.path(), data_key));
        replica::Enrolment enrolment;
        enrolment.terminal = 2;
        enrolment.store = "S1";
        CHECK_DONE(replica.save_enrolment(enrolment));
        for (std::uint8_t number = 1; number <= 20; ++number) {
            domain::Op op;
            op.at = domain::hlc_tick(MUST(replica.last_hlc()), test::kDay * 86'400'000LL);
            op.business_day = test::kDay;
            op.member = Bench::member(number);
            op.body = Bench::earn(5);
            MUST(replica.append(std::move(op), {}));
        }
    }
    Said ask(const std::string& script) const { return shell.sql(".open '" + uri + "'\n" + script); }
};

}  // namespace

TEST_CASE("extension: stock sqlite3 reads a real replica by .load and a key file, and its integrity check is ok") {
    if (!Shell::is_there()) return;
    const RealReplica real;
    const Said said = real.ask("SELECT count(*) FROM op_log; PRAGMA integrity_check; PRAGMA journal_mode;");
    CHECK(said.out == "20\nok\nwal\n");
    CHECK(said.err == "");
    CHECK(said.code == 0);
    CHECK(Shell::slurp(real.database).starts_with("TLYDB\n"));
    // And the till goes on with its file afterwards.
    const crypto::Secret data_key = MUST(store::unlock_keys(real.database, store::KeyFile{real.key}));
    replica::Replica again = MUST(replica::Replica::open(real.shell.dir.path(), data_key, store::Sync::kFull));
    CHECK(MUST(again.head()).next_seq == 21);
}

TEST_CASE("extension: .backup and VACUUM INTO with a key file give encrypted copies with a slot of their own") {
    if (!Shell::is_there()) return;
    const RealReplica real;
    const std::string tail = "?vfs=tally&keyfile=" + real.key;
    const std::string one = real.shell.path("one.db");
    const std::string two = real.shell.path("two.db");
    const Said made = real.ask("VACUUM INTO 'file:" + one + tail + "';\n.backup 'file:" + two + tail + "'\n");
    CHECK(made.err == "");
    CHECK(made.code == 0);
    for (const std::string& copy : {one, two}) {
        CAPTURE(copy);
        CHECK(Shell::slurp(copy).starts_with("TLYDB\n"));
        CHECK(std::filesystem::exists(copy + ".keys"));
        const Said said =
            real.shell.sql(".open 'file:" + copy + tail + "'\nSELECT count(*) FROM op_log; PRAGMA integrity_check;");
        CHECK(said.out == "20\nok\n");
        CHECK(said.err == "");
    }
    CHECK(Shell::slurp(one).substr(8, 8) != Shell::slurp(real.database).substr(8, 8));  // another data key
    real.shell.check_hidden("CREATE TABLE");
}

TEST_CASE("extension: without a key file ATTACH and VACUUM INTO of an encrypted connection make no plain file") {
    if (!Shell::is_there()) return;
    const RealReplica real;
    for (const std::string sql : {"VACUUM INTO 'plain.db';", "ATTACH 'plain.db' AS p;"}) {
        const Said said = real.ask(sql);
        CHECK(said.code != 0);
        CHECK(Shell::has(said.err, "no key file"));
        CHECK(!std::filesystem::exists(real.shell.path("plain.db")));
        CHECK(!std::filesystem::exists(real.shell.path("plain.db.keys")));
    }
}

TEST_CASE("extension: a wrong key, a missing key file, another's file and damage each say what they are") {
    if (!Shell::is_there()) return;
    const RealReplica real;
    const Shell& shell = real.shell;
    const auto opened = [&](const std::string& database, const std::string& key) {
        return shell.sql(".open 'file:" + database + "?vfs=tally&keyfile=" + key + "'\nSELECT count(*) FROM op_log;");
    };
    const auto refuses = [&](const Said& said, const std::string& words) {
        CAPTURE(said.err);
        CHECK(said.code != 0);
        CHECK(said.out == "");
        CHECK(Shell::has(said.err, words));
    };
    refuses(opened(real.database, shell.key_file("other")), "wrong key");
    refuses(opened(real.database, shell.path("absent")),
            "key file " + shell.path("absent") + ": there is no such file");
    refuses(opened(real.database, shell.key_file("short", 31)), "exactly 32 bytes");
    refuses(opened(real.database, shell.key_file("long", 33)), "key file");
    refuses(shell.sql(".open 'file:" + real.database + "?vfs=tally'\nSELECT 1 FROM op_log;"), "no key file");

    REQUIRE(shell.run("sqlite3 plain.db 'CREATE TABLE t (x)'").code == 0);
    const std::string plain = Shell::slurp(shell.path("plain.db"));
    refuses(opened(shell.path("plain.db"), real.key), "a plain SQLite file, not an encrypted database");
    CHECK(Shell::slurp(shell.path("plain.db")) == plain);
    CHECK(!std::filesystem::exists(shell.path("plain.db.keys")));
    std::ofstream(shell.path("text.db")) << std::string(5000, 'x');
    refuses(opened(shell.path("text.db"), real.key), "not a database of Tallystick");

    // Damage: one byte in every page but the first; whichever page SQLite reads, it never serves it.
    REQUIRE(real.ask("PRAGMA wal_checkpoint(TRUNCATE);").code == 0);
    std::string bytes = Shell::slurp(real.database);
    for (std::size_t at = 4096 + 100; at < bytes.size(); at += 4096) bytes[at] = static_cast<char>(bytes[at] ^ 1);
    std::ofstream(real.database, std::ios::binary) << bytes;
    refuses(opened(real.database, real.key), "disk I/O error");

    std::filesystem::rename(real.database + ".keys", shell.path("put.away"));
    refuses(opened(real.database, real.key), "replica.db.keys is missing");
    std::ofstream(real.database + ".keys") << "nonsense";
    refuses(opened(real.database, real.key), "not a key slot file");
}
