// The witness beside a replica: what a killed process, an older copy and a cut log look like at the next start.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "put_back_files.h"

using namespace tally;
using namespace tally::replica;
using namespace tally::test;
using wire::IncidentKind;

TEST_CASE("witness: it stands where the log ends after every append, and an ordinary start begins nothing") {
    Files files;
    Witness witness(files.head(), store::derived_secret(files.data_key, store::DerivedUse::kWitness));
    for (std::uint64_t seq = 1; seq <= 5; ++seq) {
        const Appended done = files.add(Bench::member(1), Bench::earn(10));
        CHECK(done.witnessed);
        const auto seen = MUST(witness.read());
        REQUIRE(std::holds_alternative<WitnessRecord>(seen));
        CHECK(std::get<WitnessRecord>(seen).seq == seq);
        CHECK(std::get<WitnessRecord>(seen).hash == done.hash);
        CHECK(std::get<WitnessRecord>(seen).epoch == done.id.epoch);
    }
    files.restart();
    CHECK(files.incidents().empty());
    CHECK(files.epoch_no() == 1);
    CHECK(fs::file_size(files.head()) == 2 * Witness::kSlotBytes);
}

TEST_CASE("witness: one that was written durably is the same record") {
    Files files;
    (void)MUST(files.replica.append(files.op(Bench::member(1), Bench::earn(5)), {}, WitnessWrite::kDurable));
    files.restart();
    CHECK(files.incidents().empty());
}

TEST_CASE("witness: a process killed between commit and witness leaves it behind, and that is normal") {
    Files files;
    files.sell(3);
    const std::string before = slurp(files.head());
    files.sell(1);
    files.close();
    spill(files.head(), before);  // what the disk holds when the process dies after the commit and before the write
    files.again();
    CHECK_DONE(files.replica.guard(kNow_ms));
    CHECK(files.incidents().empty());
    CHECK(files.epoch_no() == 1);
    files.sell(1);
    CHECK_DONE(files.replica.verify_log());
}

TEST_CASE("witness: kill -9 at any moment of selling, again and again: no epoch is begun, nothing printed is lost") {
    Files files;
    std::mt19937_64 random(support::seed());
    std::uint64_t printed_before = 0;
    for (int round = 0; round < 25; ++round) {
        files.close();
        int pipe_ends[2];
        REQUIRE(::pipe(pipe_ends) == 0);
        const pid_t child = ::fork();
        if (child == 0) {
            auto own = Replica::open(files.dir.path(), files.data_key, store::Sync::kFull);
            if (!own) ::_exit(1);
            for (std::int64_t i = 0;; ++i) {
                domain::Op op;
                op.at = domain::Hlc::of(kDay * 86'400'000LL + round * 100'000 + i, 0);
                op.business_day = kDay;
                op.member = Bench::member(1);
                op.body = Bench::earn(1);
                const auto done = own->append(std::move(op), {});
                if (!done) ::_exit(2);
                const std::uint64_t seq = done->id.seq;  // the receipt
                if (::write(pipe_ends[1], &seq, sizeof seq) != sizeof seq) ::_exit(3);
            }
        }
        ::close(pipe_ends[1]);
        std::uint64_t printed = 0, seq = 0;
        const std::uint64_t receipts = 1 + random() % 8;
        for (std::uint64_t i = 0; i < receipts && ::read(pipe_ends[0], &seq, sizeof seq) == sizeof seq; ++i)
            printed = seq;
        ::usleep(static_cast<useconds_t>(random() % 2000));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        while (::read(pipe_ends[0], &seq, sizeof seq) == sizeof seq) printed = seq;
        ::close(pipe_ends[0]);
        REQUIRE(WIFSIGNALED(status));
        files.again();
        CHECK_DONE(files.replica.guard(kNow_ms));
        CHECK(files.incidents().empty());
        CHECK(MUST(files.replica.head()).next_seq - 1 >= printed);
        CHECK(printed > printed_before);
        printed_before = printed;
    }
    CHECK(files.epoch_no() == 1);
    CHECK_DONE(files.replica.verify_log());
}

TEST_CASE("witness: an older copy of the database put back under it begins a new epoch that names the old one") {
    Files files;
    files.sell(3);
    const Hash third = MUST(files.replica.hash_of_operation(files.epoch(), 3));
    const domain::Epoch first = files.epoch();
    files.copy_aside("old", false);
    files.sell(2);
    files.put_back("old");
    CHECK_DONE(files.replica.guard(kNow_ms));
    const auto incidents = files.incidents();
    REQUIRE(incidents.size() == 1);
    CHECK(incidents[0].report.kind == IncidentKind::kTailCut);
    CHECK(incidents[0].report.at_ms == kNow_ms);
    CHECK(incidents[0].report.epoch == first);
    CHECK(incidents[0].report.log_seq == 3);
    CHECK(incidents[0].report.seen_epoch == first);
    CHECK(incidents[0].report.seen_seq == 5);
    CHECK(incidents[0].missing == 2);
    const ChainHead head = MUST(files.replica.head());
    CHECK(head.epoch == incidents[0].report.begun);
    CHECK(head.epoch_no == 2);
    CHECK(head.next_seq == 1);
    files.sell(1);
    const auto op = MUST(files.replica.last_operations(1)).at(0).op;
    CHECK(op.id.seq == 1);
    CHECK(op.previous_epoch == first);
    CHECK(op.previous_hash == third);
    CHECK_DONE(files.replica.verify_log());
    files.restart();
    CHECK(files.incidents().size() == 1);  // said once
}

TEST_CASE("witness: the WAL cut at a commit is a cut tail; the last commit damaged is a torn one") {
    for (const bool torn : {false, true}) {
        CAPTURE(torn);
        Files files;
        files.sell(4);
        const auto before = fs::file_size(files.db() + "-wal");
        files.sell(1);
        const auto after = fs::file_size(files.db() + "-wal");
        REQUIRE(after > before);
        files.copy_aside("cut", true);
        if (torn)
            flip(files.aside("cut") + "/replica.db-wal", before + 24 + 100);
        else
            fs::resize_file(files.aside("cut") + "/replica.db-wal", before);
        files.put_back("cut");
        CHECK(MUST(files.replica.head()).next_seq == 5);  // SQLite itself sees nothing wrong
        CHECK_DONE(files.replica.db().check_pages());
        CHECK_DONE(files.replica.guard(kNow_ms));
        const auto incidents = files.incidents();
        REQUIRE(incidents.size() == 1);
        CHECK(incidents[0].report.kind == (torn ? IncidentKind::kTailTorn : IncidentKind::kTailCut));
        CHECK(incidents[0].missing == 1);
        CHECK(files.epoch_no() == 2);
    }
}

TEST_CASE("witness: a torn tail that no receipt was printed for is normal") {
    Files files;
    files.sell(4);
    const auto before = fs::file_size(files.db() + "-wal");
    const std::string witness = slurp(files.head());
    files.sell(1);
    files.copy_aside("torn", false);
    fs::resize_file(files.aside("torn") + "/replica.db-wal", before + 1000);
    spill(files.aside("torn") + "/replica.db.head", witness);
    files.put_back("torn");
    CHECK_DONE(files.replica.guard(kNow_ms));
    CHECK(files.incidents().empty());
    CHECK(files.epoch_no() == 1);
}

TEST_CASE(
    "witness: a log that goes another way than the witness saw is named, and both rolled back show nothing here") {
    Files files;
    files.sell(2);
    files.copy_aside("both", true);
    files.sell(1);
    const std::string later = slurp(files.head());
    files.put_back("both");  // database and witness together: software cannot tell, HQ will
    CHECK_DONE(files.replica.guard(kNow_ms));
    CHECK(files.incidents().empty());
    files.add(Bench::member(2), Bench::earn(77));
    files.close();
    spill(files.head(), later);
    files.again();
    CHECK_DONE(files.replica.guard(kNow_ms));
    REQUIRE(files.incidents().size() == 1);
    CHECK(files.incidents()[0].report.kind == IncidentKind::kOtherHistory);
    CHECK(files.epoch_no() == 2);
}

TEST_CASE("witness: killed after the new epoch and before its witness, the next start begins no third") {
    Files files;
    files.sell(3);
    files.copy_aside("old", false);
    files.sell(1);
    const std::string ahead = slurp(files.head());
    files.put_back("old");
    CHECK_DONE(files.replica.guard(kNow_ms));
    CHECK(files.epoch_no() == 2);
    files.close();
    spill(files.head(), ahead);
    files.again();
    CHECK_DONE(files.replica.guard(kNow_ms));
    CHECK(files.epoch_no() == 2);
    CHECK(files.incidents().size() == 1);
    files.sell(1);
    files.close();
    spill(files.head(), ahead);  // but with an operation in that epoch it is another incident of the witness
    files.again();
    CHECK_DONE(files.replica.guard(kNow_ms));
    CHECK(files.epoch_no() == 3);
    CHECK_DONE(files.replica.verify_log());
}

TEST_CASE("witness: a database put back to before an epoch began does not know the witness's epoch") {
    Files files;
    files.sell(2);
    files.copy_aside("first", false);
    files.close();
    fs::remove(files.head());
    files.again();
    CHECK_DONE(files.replica.guard(kNow_ms));
    files.sell(4);
    const domain::Epoch second = files.epoch();
    files.put_back("first");
    CHECK_DONE(files.replica.guard(kNow_ms));
    REQUIRE(files.incidents().size() == 1);
    CHECK(files.incidents()[0].report.kind == IncidentKind::kTailCut);
    CHECK(files.incidents()[0].report.seen_epoch == second);
    CHECK(files.incidents()[0].missing == 4);
    CHECK(files.epoch() != second);
}

TEST_CASE("witness: two processes that sell on one file keep one witness, and neither sees an incident") {
    Files files;
    Replica second = files.open();
    CHECK_DONE(second.guard(kNow_ms));
    for (int i = 0; i < 5; ++i) {
        files.sell(1);
        (void)MUST(second.append(files.op(Bench::member(2), Bench::earn(3)), {}));
    }
    Witness witness(files.head(), store::derived_secret(files.data_key, store::DerivedUse::kWitness));
    CHECK(std::get<WitnessRecord>(MUST(witness.read())).seq == 10);
    files.restart();
    CHECK(files.incidents().empty());
}

// Each such page is authentic where it is put, for it was written there: only what stands above the pages can tell.
TEST_CASE("witness: no page of an earlier WAL, put into the present one, takes a sale away in silence") {
    Files files;
    CHECK_DONE(files.replica.db().exec("PRAGMA wal_autocheckpoint = 0"));
    files.sell(6);
    CHECK_DONE(files.replica.db().checkpoint(false));
    const std::string older = slurp(files.db() + "-wal");
    files.sell(6);
    files.copy_aside("now", true);
    const std::string newer = slurp(files.aside("now") + "/replica.db-wal");
    const std::uint64_t last = MUST(files.replica.head()).next_seq - 1;
    constexpr std::size_t kHeader = 32, kFrameHeader = 24, kPage = 4096, kFrame = kFrameHeader + kPage;
    int unharmed = 0;
    int named = 0;
    int refused = 0;
    for (std::size_t at = kHeader; at + kFrame <= std::min(older.size(), newer.size()); at += kFrame) {
        CAPTURE(at);
        std::string mixed = newer;
        mixed.replace(at + kFrameHeader, kPage, older, at + kFrameHeader, kPage);
        spill(files.aside("now") + "/replica.db-wal", mixed);
        files.close();
        for (const char* end : {"", "-wal", ".head"})
            fs::copy_file(files.aside("now") + "/replica.db" + end, files.db() + end,
                          fs::copy_options::overwrite_existing);
        fs::remove(files.db() + "-shm");
        auto opened = Replica::open(files.dir.path(), files.data_key, store::Sync::kFull);
        if (!opened) {
            CHECK(opened.error().code == Code::kDamaged);
            ++refused;
        } else {
            files.replica = std::move(*opened);
            CHECK_DONE(files.replica.guard(kNow_ms));
            CHECK_DONE(files.replica.verify_log());
            const bool whole = MUST(files.replica.head()).next_seq == last + 1;
            CHECK(whole == files.incidents().empty());
            (whole ? unharmed : named) += 1;
        }
    }
    CHECK(named > 0);
    CHECK(refused > 0);
    CHECK(named + refused > 4);
}
