// Epochs after the first: what is pushed, what is covered, what headquarters gives back.
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "common/replica/coverage.h"
#include "fixture.h"

using namespace tally;
using namespace tally::replica;
using namespace tally::test;
using wire::IncidentKind;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kNow_ms = 1'700'000'000'000;

// Loses the witness, so that the next epoch begins.
void next_epoch(Bench& bench) {
    const std::string witness = Replica::witness_path(bench.dir.path());
    CHECK_DONE(bench.replica.guard(kNow_ms));
    fs::remove(witness);
    bench.reopen();
    CHECK_DONE(bench.replica.guard(kNow_ms));
}

// What a till must show: the sum of all of its own sales, whatever of them is covered.
void check_totals(Bench& bench, std::int64_t bills) {
    std::int64_t shown = 0;
    for (const auto& row : MUST(bench.replica.store_days())) shown += row.totals.bills;
    CHECK(shown == bills);
}

domain::Sale walk_in(const std::string& bill) {
    domain::Sale sale;
    sale.bill.bill_no = bill;
    sale.amount_minor = 500;
    return sale;
}

// A till whose copy of three operations was put back after headquarters had got five.
struct PutBack : Bench {
    domain::Epoch first = epoch();
    PutBack() {
        CHECK_DONE(replica.guard(kNow_ms));
        sign_up(member(1), "Li Wei");
        add(member(1), earn(10, "B1"));
        add(member(1), earn(20, "B2"));
        ack();
        fs::create_directories(dir / "old");
        for (const char* end : {"", "-wal"})
            fs::copy_file(Replica::database_path(dir.path()) + end, dir / "old/replica.db" + end);
        add(member(1), earn(30, "B3"), {});
        add({}, walk_in("B4"));
        ack();
        put_back();
        CHECK_DONE(replica.guard(kNow_ms));
    }
    void put_back() {
        { Replica gone = std::move(replica); }
        fs::remove(Replica::database_path(dir.path()) + "-wal");
        fs::remove(Replica::database_path(dir.path()) + "-shm");
        for (const char* end : {"", "-wal"})
            fs::copy_file(dir / "old/replica.db" + end, Replica::database_path(dir.path()) + end,
                          fs::copy_options::overwrite_existing);
        Replica again = open();
        replica = std::move(again);
    }
    OwnChain chain_of(const domain::Epoch& epoch) {
        for (const OwnChain& chain : MUST(replica.chains()))
            if (chain.epoch == epoch) return chain;
        FAIL("no such chain");
        return {};
    }
};

}  // namespace

TEST_CASE("coverage: it is the set of its positions, and reads back as it was") {
    std::mt19937_64 random(support::seed());
    for (int round = 0; round < 200; ++round) {
        Coverage coverage;
        std::set<std::int64_t> model;
        for (int i = 0; i < 12; ++i) {
            const std::int64_t first = 1 + static_cast<std::int64_t>(random() % 60);
            const std::int64_t last = first - 1 + static_cast<std::int64_t>(random() % 8);
            coverage.add(first, last);
            for (std::int64_t pos = first; pos <= last; ++pos) model.insert(pos);
            const Coverage back = MUST(Coverage::decode(coverage.prefix(), coverage.beyond()));
            for (std::int64_t pos = 0; pos <= 70; ++pos) {
                REQUIRE(coverage.covers(pos) == model.contains(pos));
                REQUIRE(back.covers(pos) == model.contains(pos));
            }
            std::int64_t prefix = 0;
            while (model.contains(prefix + 1)) ++prefix;
            CHECK(coverage.prefix() == prefix);
            CHECK(coverage.count() == static_cast<std::int64_t>(model.size()));
            CHECK(coverage.last() == (model.empty() ? 0 : *model.rbegin()));
        }
    }
    CHECK_FAILS(Coverage::decode(-1, {}), Code::kDamaged);
    CHECK_FAILS(Coverage::decode(0, Bytes{3}), Code::kDamaged);
    CHECK_FAILS(Coverage::decode(5, Bytes{3, 1}), Code::kDamaged);
}

TEST_CASE("epochs: a page that covers a later epoch leaves what was not pushed of an earlier one pending") {
    Bench bench;
    const domain::MemberId li = Bench::member(1), wang = Bench::member(2);
    bench.sign_up(li, "Li Wei");
    bench.add(li, Bench::earn(10));
    bench.add({}, walk_in("W1"));
    bench.ack(1);  // one of three is at headquarters
    const domain::Epoch first = bench.epoch();
    next_epoch(bench);
    bench.sign_up(wang, "Wang Fang");
    bench.add(wang, Bench::earn(7));
    bench.add(li, Bench::earn(5));
    bench.add({}, walk_in("W2"));
    CHECK(MUST(bench.replica.unacknowledged_count()) == 6);
    bench.ack();  // as a till did that pushed its current epoch only
    bench.feed();
    CHECK(MUST(bench.replica.pending_count()) == 2);
    CHECK(MUST(bench.replica.unacknowledged_count()) == 2);
    const auto pending = MUST(bench.replica.pending_ops());
    REQUIRE(pending.size() == 2);
    for (const PendingOp& op : pending) {
        CHECK(op.id.epoch == first);
        CHECK(!op.acknowledged);
    }
    CHECK(bench.overlay(li).balance_on(kDay) == 15);
    CHECK(bench.overlay(wang).balance_on(kDay) == 7);
    check_totals(bench, 5);
    CHECK_DONE(bench.replica.record_ack(bench.hq.pull_epoch(bench.replica, first)));
    CHECK(MUST(bench.replica.unacknowledged_count()) == 0);
    check_totals(bench, 5);
    bench.feed();
    CHECK(MUST(bench.replica.pending_count()) == 0);
    CHECK(MUST(bench.replica.pending_ops()).empty());
    CHECK(bench.overlay(li).balance_on(kDay) == 15);
    check_totals(bench, 5);
    CHECK(bench.hq.store_total("S1").bills == 5);
    bench.reopen();
    CHECK(MUST(bench.replica.pending_count()) == 0);
    CHECK_DONE(bench.replica.verify_log());
}

TEST_CASE("epochs: several, one of them empty, are told in order, and a later one names the last that has operations") {
    Bench bench;
    bench.add(Bench::member(1), Bench::earn(1));
    const domain::Epoch first = bench.epoch();
    next_epoch(bench);
    next_epoch(bench);
    bench.add(Bench::member(1), Bench::earn(2));
    CHECK(MUST(bench.replica.last_operations(1))[0].op.previous_epoch == first);
    const auto chains = MUST(bench.replica.chains());
    REQUIRE(chains.size() == 3);
    CHECK(chains[0].next_seq == 2);
    CHECK(chains[1].next_seq == 1);
    CHECK(chains[2].next_seq == 2);
    CHECK(chains[2].epoch == bench.epoch());
    CHECK_DONE(bench.replica.verify_log());
    const crypto::KeyWrap wrap = bench.hq.wrap_at(bench.replica);
    CHECK(MUST(bench.replica.operations_from(first, 1, 10, 1 << 20, wrap)).size() == 1);
    CHECK(MUST(bench.replica.operations_from(chains[1].epoch, 1, 10, 1 << 20, wrap)).empty());
}

TEST_CASE("epochs: what headquarters held is given back, once, and nothing is lost or doubled") {
    PutBack till;
    CHECK(till.epoch() != till.first);
    CHECK(MUST(till.replica.incidents(1)).at(0).missing == 2);
    OwnChain chain = till.chain_of(till.first);
    CHECK(chain.next_seq == 4);
    CHECK(chain.returned_next == 4);
    ReturnedKept kept = MUST(till.replica.keep_returned(till.hq.give_back(till.first, 4, 1)));
    CHECK(kept.next_seq == 5);
    kept = MUST(till.replica.keep_returned(till.hq.give_back(till.first, 5)));
    CHECK(kept.next_seq == 6);
    CHECK(till.chain_of(till.first).returned_next == 6);
    CHECK(MUST(till.replica.incidents(1)).at(0).missing == 0);
    CHECK(MUST(till.replica.incidents(1)).at(0).returned == 2);
    CHECK_FAILS(till.replica.keep_returned(till.hq.give_back(till.first, 5)), Code::kInvalid);

    SUBCASE("they are in the history, by their time") {
        const auto all = MUST(till.replica.last_operations(10));
        REQUIRE(all.size() == 5);
        CHECK(all[0].returned);
        CHECK(all[1].returned);
        CHECK(!all[2].returned);
        CHECK(all[1].acknowledged);
        CHECK(MUST(till.replica.operations_of(Bench::member(1), 10)).size() == 4);
        CHECK(MUST(till.replica.operation({2, till.first, 4})).has_value());
        CHECK(MUST(till.replica.last_operations(2)).size() == 2);
    }
    SUBCASE("their bills are guarded against a second entry") {
        const Appended again = till.add(Bench::member(1), Bench::earn(30, "B3"));
        CHECK(again.folded.outcome == domain::Outcome::kDuplicate);
        CHECK(again.id == domain::OpId{2, till.first, 4});
        CHECK_FAILS(till.replica.append(till.op(Bench::member(1), Bench::earn(31, "B3")), {}), Code::kExists);
        CHECK_FAILS(till.replica.append(till.op({}, domain::Sale(walk_in("B3"))), {}), Code::kExists);
        CHECK(till.add({}, walk_in("B4")).folded.outcome == domain::Outcome::kDuplicate);
    }
    SUBCASE("totals agree with headquarters, before and after selling on") {
        till.feed();
        CHECK(MUST(till.replica.pending_count()) == 0);
        CHECK(till.overlay(Bench::member(1)).balance_on(kDay) == 60);
        check_totals(till, 4);
        till.add(Bench::member(1), Bench::earn(5, "B5"));
        check_totals(till, 5);
        till.ack();
        till.feed();
        CHECK(till.hq.account(Bench::member(1)).balance_on(kDay) == 65);
        CHECK(till.overlay(Bench::member(1)).balance_on(kDay) == 65);
        check_totals(till, 5);
        CHECK(till.hq.store_total("S1").bills == 5);
    }
    CHECK_DONE(till.replica.verify_log());
}

TEST_CASE("epochs: an epoch that the log does not know at all is given back from its first operation") {
    PutBack till;
    till.add(Bench::member(1), Bench::earn(1, "C1"));
    till.add(Bench::member(1), Bench::earn(2, "C2"));
    till.ack();
    const domain::Epoch second = till.epoch();
    till.put_back();
    CHECK_DONE(till.replica.guard(kNow_ms));
    CHECK(till.epoch() != second);
    CHECK(MUST(till.replica.keep_returned(till.hq.give_back(second, 1))).next_seq == 3);
    const auto chains = MUST(till.replica.chains());
    CHECK(chains.front().epoch == second);
    CHECK(chains.front().next_seq == 1);
    CHECK(chains.front().returned_next == 3);
    CHECK(chains.back().epoch == till.epoch());
}

TEST_CASE("epochs: what is given back and is not ours, not whole or not next is refused, and nothing of it is kept") {
    PutBack till;
    const wire::OpsReturn good = till.hq.give_back(till.first, 4);
    const auto refused = [&](wire::OpsReturn bad) {
        const auto kept = till.replica.keep_returned(bad);
        CHECK((!kept || kept->branches));
        CHECK(till.chain_of(till.first).returned_next == 4);
        CHECK(MUST(till.replica.last_operations(100)).size() == 3);
    };
    wire::OpsReturn bad = good;
    bad.first_seq = 5;
    refused(bad);
    bad = good;
    bad.ops[0].bytes.back() ^= 1;  // so that the second does not follow it
    refused(bad);
    bad = good;
    bad.ops[0].bytes.resize(bad.ops[0].bytes.size() / 2);
    refused(bad);
    bad = good;
    std::swap(bad.ops[0], bad.ops[1]);
    refused(bad);
    bad = good;
    bad.ops[1].bytes.assign(300 * 1024, 0);
    refused(bad);
    bad = good;
    bad.ops[0].sealed = Bytes{1, 2, 3};
    refused(bad);
    bad = good;
    bad.epoch = till.epoch();
    refused(bad);
    CHECK(MUST(till.replica.keep_returned(good)).next_seq == 6);
}

TEST_CASE("epochs: operations given back that do not continue the log are a fork, and are not kept") {
    PutBack till;
    PutBack other;  // another till's operation under our epoch and number
    domain::Op op = till.op(Bench::member(1), Bench::earn(99));
    op.id = {2, till.first, 4};
    op.store = "S1";
    op.previous_hash.bytes.fill(7);
    wire::OpsReturn fork{till.first, 4, {{wire::encode_op(op), {}, {}}}};
    const ReturnedKept kept = MUST(till.replica.keep_returned(fork));
    CHECK(kept.branches);
    CHECK(till.chain_of(till.first).returned_next == 4);
    CHECK_DONE(till.replica.mark_branch(till.first, 2, 3));
    CHECK(till.chain_of(till.first).branch_seq == 2);
    CHECK_FAILS(till.replica.mark_branch(till.first, 2, 9), Code::kInvalid);
}

TEST_CASE("epochs: a branch that headquarters keeps aside stays in the till's numbers and is not waited for") {
    Bench bench;
    bench.add(Bench::member(1), Bench::earn(10));
    bench.add(Bench::member(1), Bench::earn(20));
    bench.ack(1);
    const domain::Epoch first = bench.epoch();
    wire::IncidentReport fork;
    fork.kind = IncidentKind::kFork;
    fork.seen_epoch = first;
    fork.seen_seq = 2;
    CHECK_DONE(bench.replica.begin_epoch_after(first, fork));
    CHECK_DONE(bench.replica.begin_epoch_after(first, fork));  // it is not the current one any more
    CHECK(MUST(bench.replica.chains()).size() == 2);
    CHECK_DONE(bench.replica.mark_branch(first, 2, 2));
    CHECK(MUST(bench.replica.unacknowledged_count()) == 0);
    bench.feed();
    CHECK(bench.overlay(Bench::member(1)).balance_on(kDay) == 30);
    CHECK(MUST(bench.replica.pending_count()) == 1);
    bench.add(Bench::member(1), Bench::earn(5));
    bench.ack();
    bench.feed();
    CHECK(bench.overlay(Bench::member(1)).balance_on(kDay) == 35);
    check_totals(bench, 3);
}

TEST_CASE("epochs: incidents that begin no epoch are put on record once") {
    Bench bench;
    wire::IncidentReport incident;
    incident.kind = IncidentKind::kDamagedPage;
    incident.at_ms = kNow_ms;
    CHECK_DONE(bench.replica.note_incident(incident, "page 7"));
    CHECK_DONE(bench.replica.note_incident(incident, "page 7"));
    CHECK_DONE(bench.replica.note_incident(incident, "page 8"));
    const auto incidents = MUST(bench.replica.incidents(10));
    REQUIRE(incidents.size() == 2);
    CHECK(incidents[0].detail == "page 8");
    CHECK(incidents[0].report.epoch == bench.epoch());
    CHECK(incidents[0].report.begun.is_zero());
}

TEST_CASE("epochs: a replica of version 1, without a witness, is taken over without an incident") {
    Bench bench;
    { Replica gone = std::move(bench.replica); }
    // As version 1 left it: none of the later columns and tables, and no witness.
    {
        store::Db db = MUST(store::Db::open(Replica::database_path(bench.dir.path()), bench.data_key, {}));
        CHECK_DONE(db.exec(
            "DROP TABLE lease; DROP TABLE own_reservation; DROP TABLE campaign; DROP INDEX op_log_adjusts; DROP TABLE "
            "revocation; DROP TABLE incident; DROP TABLE returned_op; "
            "ALTER TABLE epoch DROP COLUMN "
            "branch_seq;"
            "ALTER TABLE till_state DROP COLUMN acked_beyond;"
            "ALTER TABLE till_state DROP COLUMN floor_beyond;"
            "ALTER TABLE till_state DROP COLUMN witnessed;"
            "ALTER TABLE store_day DROP COLUMN covered_beyond; PRAGMA user_version = 1;"));
    }
    Replica again = bench.open();
    bench.replica = std::move(again);
    CHECK_DONE(bench.replica.guard(kNow_ms));
    CHECK(MUST(bench.replica.incidents(1)).empty());
    CHECK(MUST(bench.replica.head()).epoch_no == 1);
    bench.add(Bench::member(1), Bench::earn(10));
    bench.reopen();
    CHECK_DONE(bench.replica.guard(kNow_ms));
    CHECK(MUST(bench.replica.incidents(1)).empty());
}
