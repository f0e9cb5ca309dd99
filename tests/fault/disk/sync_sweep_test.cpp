// A sync of fifty operations, crashed at every call that reaches the disk: at the till, whose agent pushes, records
// acknowledgements and applies pages beside an open till; and at headquarters, which takes the push.
#include <doctest/doctest.h>

#include "sync/agent/agent_store.h"
#include "tests/fault/disk/sweep.h"

using namespace tally;
using namespace tally::fault;
using test::must;

namespace {

// The agent's part of the exchanges, on its own connection, as far as they are not done yet.
Status sync_all(agent::AgentStore& store) {
    for (const Exchange& exchange : Shop::get().sync) {
        TALLY_TRY(const wire::Push push, store.batch(exchange.push.epoch, exchange.push.first_seq, 10, 1 << 20));
        if (push.ops.size() != exchange.push.ops.size()) return fail(Code::kDamaged, "another number of operations");
        for (std::size_t i = 0; i < push.ops.size(); ++i)
            if (push.ops[i].bytes != exchange.push.ops[i].bytes) return fail(Code::kDamaged, "another operation");
        TALLY_OK(store.record_ack(exchange.ack));
        for (const wire::FeedPage& page : exchange.pages) {
            TALLY_TRY(const replica::FeedCursor cursor, store.cursor());
            if (page.from == cursor.position && page.to > page.from) TALLY_OK(store.apply_page(page));
        }
    }
    return {};
}

class SyncAct final : public Act {
  public:
    SyncAct(const std::string& dir, Books& books) : dir_(dir), till_(dir, books) {}
    Status work() override {
        TALLY_OK(till_.open());
        if (!store_) {
            TALLY_TRY(const crypto::Secret key, Shop::get().key_in(dir_));
            TALLY_TRY(store_, agent::open_agent_store(dir_, key));
        }
        TALLY_OK(till_.sell("X1", Shop::get().members.at(1), 4200));
        TALLY_OK(sync_all(*store_));
        return till_.sell("X2", Shop::get().members.at(1), 4200);
    }
    void close() override {
        store_.reset();
        till_.close();
    }

  private:
    std::string dir_;
    TillProcess till_;
    std::unique_ptr<agent::AgentStore> store_;
};

// What was not done is done; then everything of the fifty is covered, and nothing shows twice.
void check_synced(const std::string& dir, const Books& books) {
    check_till(dir, books, Shop::get().operations);
    {
        const auto store = must(agent::open_agent_store(dir, must(Shop::get().key_in(dir))));
        must(sync_all(*store));
        const auto counts = must(store->counts());
        CHECK(counts.unacknowledged == counts.pending);
        CHECK(counts.pending >= books.receipts.size() + 1);  // what was sold in the meantime
        CHECK(counts.pending <= books.tried.size() + 1);
    }
    Books later = books;
    later.tried.insert("AFTER");
    check_till(dir, later, Shop::get().operations);
}

// Headquarters takes five pushes and makes a page after each.
class HqAct final : public Act {
  public:
    HqAct(std::string dir, std::uint64_t& acknowledged) : dir_(std::move(dir)), acknowledged_(&acknowledged) {}
    Status work() override {
        Shop& shop = Shop::get();
        if (!store_) {
            TALLY_TRY(store_, storage::SqliteLedgerStore::open(dir_ + "/hq.db", shop.hq.key, 256));
        }
        intake_ = std::make_unique<intake::Intake>(*store_, shop.hq.device);
        for (const Exchange& exchange : shop.sync) {
            auto prepared = std::get<intake::PreparedPush>(
                intake::prepare_push(shop.enrolment.terminal, shop.device, exchange.push));
            TALLY_TRY(const auto answers, intake_->commit(std::span(&prepared, 1), kNow_ms));
            const auto* ack = std::get_if<wire::Ack>(&answers.front().answer);
            if (ack == nullptr) return fail(Code::kRefused, "the push was refused");
            if (ack->through_seq != exchange.ack.through_seq) return fail(Code::kDamaged, "another acknowledgement");
            *acknowledged_ = std::max(*acknowledged_, ack->through_seq);
            const intake::Session session{shop.enrolment.terminal, shop.device, exchange.push.epoch, 0};
            TALLY_TRY(const auto page, intake_->page(session, 0, {}, kNow_ms));
            if (page.covered_seq < ack->through_seq) return fail(Code::kDamaged, "another coverage");
        }
        return {};
    }
    void close() override {
        intake_.reset();
        store_.reset();
    }

  private:
    std::string dir_;
    std::uint64_t* acknowledged_;
    std::unique_ptr<storage::SqliteLedgerStore> store_;
    std::unique_ptr<intake::Intake> intake_;
};

// Whole batches, each operation once, none less than was acknowledged; and the terminal's next push finds its place.
void check_hq(const std::string& dir, std::uint64_t acknowledged) {
    Shop& shop = Shop::get();
    const domain::Epoch epoch = shop.sync.front().push.epoch;
    const auto first = shop.sync.front().push.first_seq;
    {
        const auto store = must(storage::SqliteLedgerStore::open(dir + "/hq.db", shop.hq.key));
        must(store->check_pages());
        const auto chain = must(store->chain(shop.enrolment.terminal, epoch)).value();
        CHECK(chain.next_seq > acknowledged);
        CHECK((chain.next_seq - first) % 10 == 0);
        const std::string own = " FROM op_log WHERE terminal = " + std::to_string(shop.enrolment.terminal);
        const auto held = static_cast<std::int64_t>(chain.next_seq - 1);
        CHECK(must(store->db().query_int64("SELECT count(*)" + own)) == held);
        CHECK(must(store->db().query_int64("SELECT count(DISTINCT seq)" + own)) == held);
    }
    std::uint64_t again = 0;
    HqAct act(dir, again);
    must(act.work());
    act.close();
    CHECK(again == shop.sync.back().ack.through_seq);
    const auto store = must(storage::SqliteLedgerStore::open(dir + "/hq.db", shop.hq.key));
    CHECK(must(store->db().query_int64("SELECT count(*) FROM op_log")) ==
          must(shop.hq.store->db().query_int64("SELECT count(*) FROM op_log WHERE seq <= 3 OR terminal <> 1")));
    for (const domain::MemberId& member : shop.members) {
        const auto row = must(store->member(member)).value();
        CHECK(must(wire::decode_account(row.account)) == shop.hq.account(member));
    }
}

}  // namespace

TEST_CASE("sweep: a sync of fifty operations beside an open till, cut at any call, is gone on with and counts once") {
    Sweep sweep;
    sweep.name = "sync of 50";
    sweep.lay_out = [](const std::string& dir) { Shop::get().lay_out(dir, Layout::kKilled); };
    sweep.begin = [](const std::string& dir, Books& books) { return std::make_unique<SyncAct>(dir, books); };
    sweep.check = check_synced;
    const SweepCounts counts = run_sweep(sweep);
    CHECK(counts.crashes_in_all() > 50);
}

TEST_CASE("sweep: headquarters taking fifty operations, cut at any call, keeps what it acknowledged, each once") {
    Sweep sweep;
    std::uint64_t acknowledged = 0;
    sweep.name = "headquarters takes 50";
    sweep.lay_out = [](const std::string& dir) { Shop::get().lay_out_hq(dir); };
    sweep.begin = [&](const std::string& dir, Books&) {
        acknowledged = 0;
        return std::make_unique<HqAct>(dir, acknowledged);
    };
    sweep.check = [&](const std::string& dir, const Books&) { check_hq(dir, acknowledged); };
    const SweepCounts counts = run_sweep(sweep);
    CHECK(counts.crashes_in_all() > 50);
}
