// A new data key for a till's database, witness and slots, crashed at every call that reaches the disk.
#include <doctest/doctest.h>

#include "common/store/rotate.h"
#include "tests/fault/disk/sweep.h"

using namespace tally;
using namespace tally::fault;
using test::must;
namespace fs = std::filesystem;

namespace {

// Rotates once, and sells before and after.
class RotateAct final : public Act {
  public:
    RotateAct(std::string dir, Books& books) : dir_(dir), till_(dir, books) {}
    Status work() override {
        TALLY_OK(till_.open());
        TALLY_OK(till_.sell("X1", Shop::get().members.at(1), 4200));
        till_.close();
        if (!rotated_) {
            store::RotateOptions options;
            options.make_witness = [this](const crypto::Secret& old_key, const crypto::Secret& fresh_key,
                                          const std::string& to) {
                return replica::Replica::rekey_witness(dir_, old_key, fresh_key, to);
            };
            TALLY_OK(store::rotate_data_key(replica::Replica::database_path(dir_), Shop::get().unlock(), options));
            rotated_ = true;
        }
        TALLY_OK(till_.open());
        return till_.sell("X2", Shop::get().members.at(1), 4200);
    }
    void close() override { till_.close(); }

  private:
    std::string dir_;
    TillProcess till_;
    bool rotated_ = false;
};

void check_rotated(const std::string& dir, const Books& books) {
    check_till(dir, books, Shop::get().operations);
    static const std::set<std::string> kOrderly = {"replica.db", "replica.db-use", "replica.db.keys",
                                                   "replica.db.head"};
    for (const auto& entry : fs::directory_iterator(dir))
        CHECK_MESSAGE(kOrderly.count(entry.path().filename().string()) == 1, entry.path().filename().string());
}

}  // namespace

TEST_CASE("sweep: a change of the data key, cut at any call, leaves the old files or the new ones and every sale") {
    Sweep sweep;
    sweep.name = "key rotation";
    sweep.lay_out = [](const std::string& dir) { Shop::get().lay_out(dir, Layout::kClosed); };
    sweep.begin = [](const std::string& dir, Books& books) { return std::make_unique<RotateAct>(dir, books); };
    sweep.check = check_rotated;
    const SweepCounts counts = run_sweep(sweep);
    CHECK(counts.crashes_in_all() > 50);
}
