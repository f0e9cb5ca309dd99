// An online backup while the till sells, crashed at every call that reaches the disk.
#include <doctest/doctest.h>

#include "common/store/backup.h"
#include "tests/fault/disk/sweep.h"

using namespace tally;
using namespace tally::fault;
using test::must;
namespace fs = std::filesystem;

namespace {

std::string copy_in(const std::string& dir) { return dir + "/copy.db"; }

Status back_up(replica::Replica& replica, const std::string& dir, const std::function<Status()>& meanwhile) {
    store::BackupOptions options;
    options.pages_each_step = 10;
    Status sold;
    options.progress = [&](const store::BackupProgress&) {
        if (sold) sold = meanwhile();
        return sold.has_value();
    };
    TALLY_TRY(const crypto::Secret key, Shop::get().key_in(dir));
    const Status done = store::backup_to(replica.db(), copy_in(dir), key, options);
    return sold ? done : sold;
}

class BackupAct final : public Act {
  public:
    BackupAct(std::string dir, Books& books) : dir_(dir), till_(dir, books), agent_(dir, books) {}
    Status work() override {
        TALLY_OK(till_.open());
        TALLY_OK(agent_.open());
        const bool there = fs::exists(copy_in(dir_));
        const Status done = back_up(agent_.replica(), dir_, [&]() -> Status {
            if (step_ < 3) TALLY_OK(till_.sell("X" + std::to_string(step_), Shop::get().members.at(0), 100));
            ++step_;
            return {};
        });
        if (there && !done && done.error().code == Code::kExists) return {};  // whole, by the check below
        return done;
    }
    void close() override {
        agent_.close();
        till_.close();
    }

  private:
    std::string dir_;
    TillProcess till_;
    TillProcess agent_;
    int step_ = 0;
};

// Under its name the copy is whole and opens by its own slots; and nothing is in the way of the next backup.
void check_backup(const std::string& dir, const Books& books) {
    const std::string copy = copy_in(dir);
    if (!fs::exists(copy)) {
        replica::Replica replica = must(replica::Replica::open(dir, must(Shop::get().key_in(dir)), store::Sync::kFull));
        must(back_up(replica, dir, [] { return Status(); }));
    }
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(dir)) names.insert(entry.path().filename().string());
    for (const std::string& name : names) CHECK_MESSAGE(name.find(".part") == std::string::npos, name);
    CHECK(names.count("copy.db.keys") == 1);
    const auto key = store::unlock_keys(copy, Shop::get().unlock());
    REQUIRE_MESSAGE(key.has_value(), to_string(key.error()));
    store::Db db = must(store::Db::open(copy, *key, {}));
    must(db.check_pages());
    CHECK(must(db.query_int64("SELECT count(*) FROM op_log")) >= static_cast<std::int64_t>(Shop::get().operations));
    check_till(dir, books, Shop::get().operations);
}

}  // namespace

TEST_CASE(
    "sweep: a backup beside a till that sells, cut at any call, leaves a whole copy or none and the next one works") {
    Sweep sweep;
    sweep.name = "backup";
    sweep.lay_out = [](const std::string& dir) { Shop::get().lay_out(dir, Layout::kKilled); };
    sweep.begin = [](const std::string& dir, Books& books) { return std::make_unique<BackupAct>(dir, books); };
    sweep.check = check_backup;
    const SweepCounts counts = run_sweep(sweep);
    CHECK(counts.crashes_in_all() > 50);
}
