// A till's acts, crashed at every call that reaches the disk: a sale, checkpoints, a migration, the making of a
// replica.
#include <doctest/doctest.h>

#include "tests/fault/disk/sweep.h"

using namespace tally;
using namespace tally::fault;
using test::must;

namespace {

// A till process that does something.
class TillAct : public Act {
  public:
    using Work = std::function<Status(TillProcess& till)>;
    TillAct(const std::string& dir, Books& books, Work what) : till_(dir, books), what_(std::move(what)) {}
    Status work() override {
        TALLY_OK(till_.open());
        return what_(till_);
    }
    void close() override { till_.close(); }

  private:
    TillProcess till_;
    Work what_;
};

Sweep till_sweep(const std::string& name, Layout layout, TillAct::Work what) {
    Sweep out;
    out.name = name;
    out.lay_out = [layout](const std::string& dir) { Shop::get().lay_out(dir, layout); };
    out.begin = [what = std::move(what)](const std::string& dir, Books& books) {
        return std::make_unique<TillAct>(dir, books, what);
    };
    out.check = [](const std::string& dir, const Books& books) { check_till(dir, books, Shop::get().operations); };
    return out;
}

Status sell_one(TillProcess& till) { return till.sell("X1", Shop::get().members.at(1), 4200); }

// Slots, replica, enrolment, first sale: what a new terminal does. What is there already is gone on with.
class MakeAct final : public Act {
  public:
    MakeAct(std::string dir, Books& books) : dir_(std::move(dir)), till_(dir_, books) {}
    Status work() override;
    void close() override {
        till_.close();
        made_.reset();
    }

  private:
    std::string dir_;
    std::optional<replica::Replica> made_;
    TillProcess till_;
};

Result<replica::Replica> create_or_open(const std::string& dir, const crypto::Secret& key) {
    auto made = replica::Replica::create(dir, key);
    if (made || made.error().code != Code::kExists) return made;
    return replica::Replica::open(dir, key, store::Sync::kFull);
}

Status MakeAct::work() {
    if (!made_) {
        const std::string database = replica::Replica::database_path(dir_);
        auto key = Shop::get().key_in(dir_);
        if (!key && key.error().code == Code::kNotFound) key = store::create_keys(database, Shop::get().unlock());
        if (!key) return key.error();
        TALLY_TRY(auto made, create_or_open(dir_, *key));
        made_.emplace(std::move(made));
    }
    TALLY_TRY(const auto enrolled, made_->enrolment());
    if (!enrolled) TALLY_OK(made_->save_enrolment(Shop::get().enrolment));
    TALLY_TRY(const replica::FeedCursor cursor, made_->cursor());
    if (cursor.position == 0) TALLY_OK(Shop::get().apply(*made_, Shop::get().welcome));
    TALLY_OK(till_.open());
    return till_.sell("X1", std::nullopt, 4200);
}

}  // namespace

TEST_CASE("sweep: a sale that is cut at any call is there once if its receipt was printed, and never in parts") {
    const SweepCounts counts = run_sweep(till_sweep("sale after an orderly end", Layout::kClosed, sell_one));
    CHECK(counts.crashes_in_all() > 50);
}

TEST_CASE("sweep: a sale over the WAL that a killed till left, cut at any call, loses nothing of either") {
    const SweepCounts counts = run_sweep(till_sweep("sale after a kill", Layout::kKilled, sell_one));
    CHECK(counts.crashes_in_all() > 50);
}

TEST_CASE("sweep: a registration, which writes two members' worth of rows, is whole or not there") {
    const SweepCounts counts = run_sweep(till_sweep(
        "registration", Layout::kClosed, [](TillProcess& till) { return till.register_member("13712345678"); }));
    CHECK(counts.crashes_in_all() > 50);
}

TEST_CASE("sweep: checkpoints of both kinds, cut at any call, lose nothing of the WAL they move") {
    const SweepCounts counts = run_sweep(till_sweep("checkpoint", Layout::kKilled, [](TillProcess& till) -> Status {
        TALLY_OK(till.replica().db().checkpoint(false));
        TALLY_OK(till.sell("X1", Shop::get().members.at(1), 4200));
        TALLY_OK(till.sell("X2", std::nullopt, 50));
        TALLY_OK(till.replica().db().checkpoint(true));
        return till.sell("X3", Shop::get().members.at(0), 10);
    }));
    CHECK(counts.crashes_in_all() > 50);
}

TEST_CASE("sweep: a migration of a file of version 1, cut at any call, is resumed and loses nothing") {
    const SweepCounts counts = run_sweep(till_sweep("migration", Layout::kVersion1, sell_one));
    CHECK(counts.crashes_in_all() > 50);
}

TEST_CASE("sweep: the making of a replica up to its first sale, cut at any call, is gone on with") {
    Sweep sweep;
    sweep.name = "making a replica";
    sweep.lay_out = [](const std::string&) {};
    sweep.begin = [](const std::string& dir, Books& books) { return std::make_unique<MakeAct>(dir, books); };
    sweep.check = [](const std::string& dir, const Books& books) {
        Books later = books;
        MakeAct again(dir, later);
        must(again.work());
        again.close();
        check_till(dir, later, 0);
    };
    const SweepCounts counts = run_sweep(sweep);
    CHECK(counts.crashes_in_all() > 50);
}
