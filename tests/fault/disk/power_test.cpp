// Power cuts by chance: a till that sells and an agent that syncs, until at some call the power fails and of what was
// not synced nothing, a part or all is left. TALLY_POWER_CUTS: 50 here, 5,000 in the long form.
#include <doctest/doctest.h>

#include <cstdio>

#include "tests/fault/disk/fault_disk.h"
#include "tests/fault/disk/headquarters.h"
#include "tests/fault/disk/random_shop.h"
#include "tests/support/seed.h"

using namespace tally;
using namespace tally::fault;
using test::must;

namespace {

int cuts_wanted() {
    const char* given = std::getenv("TALLY_POWER_CUTS");
    return given != nullptr ? std::atoi(given) : 50;
}

// Until an error, which is the power's end: true when it was.
void live(const std::string& dir, const std::string& name, Random& random, Headquarters& hq, std::vector<Slip>& slips) {
    const auto key = Shop::get().key_in(dir);  // the power may fail here already
    if (!key) return;
    auto replica = replica::Replica::open(dir, *key, store::Sync::kFull, 512);
    if (!replica) return;
    if (!replica->db().exec("PRAGMA wal_autocheckpoint = " + std::to_string(3 + random.below(300)))) return;
    auto shop = RandomShop::open(*replica, random, name);
    if (!shop) return;
    auto till = agent::open_agent_store(dir, *key);
    if (!till) return;
    for (;;) {
        const auto slip = shop->act();
        if (!slip) return;
        slips.push_back(*slip);
        if (random.below(4) == 0 && !hq.sync(**till, 1 + random.below(12))) return;
        if (random.below(20) == 0 && !replica->db().checkpoint(random.below(2) == 0)) return;
    }
}

}  // namespace

TEST_CASE(
    "power: whenever it fails, every operation whose receipt was printed is there, and headquarters has no more") {
    const std::uint64_t seed = support::seed();
    const int cuts = cuts_wanted();
    constexpr int kCutsEach = 25;  // then the log begins anew, so that reading it stays cheap
    SeededRandom random(seed);
    FaultDisk& disk = FaultDisk::get();
    std::size_t printed = 0;
    std::size_t kept = 0;
    for (int cut = 0; cut < cuts;) {
        const support::TempDir folder{support::fast_folder()};
        const std::string dir = folder / "till";
        Shop::get().lay_out(dir, Layout::kKilled);
        Shop::get().lay_out_hq(folder / "hq");
        Headquarters hq = must(Headquarters::open(folder / "hq"));
        std::vector<Slip> slips;
        bool torn = false;
        for (int here = 0; here < kCutsEach && cut < cuts; ++here, ++cut) {
            CAPTURE(cut);
            disk.begin(dir);
            disk.arm(static_cast<std::int64_t>(random.below(random.below(3) == 0 ? 300 : 6000)), Fault::kDeath);
            live(dir, "P" + std::to_string(cut) + "-", random, hq, slips);
            CHECK(disk.struck());
            static constexpr int kKeep[] = {0, 30, 70, 100};
            const bool tears = random.below(2) == 0;
            torn |= tears;
            disk.power_cut(random, kKeep[random.below(4)], tears);
            replica::Replica replica =
                must(replica::Replica::open(dir, must(Shop::get().key_in(dir)), store::Sync::kFull));
            const Truth truth = check_replica(replica, torn);
            for (const Slip& slip : slips) {
                const auto found = truth.amounts.find(slip.op);
                REQUIRE_MESSAGE(found != truth.amounts.end(), "lost: operation " << slip.op.seq);
                if (slip.amount_minor != 0) CHECK(found->second == std::abs(slip.amount_minor));
            }
            const std::string own = "op_log WHERE terminal = " + std::to_string(Shop::get().enrolment.terminal);
            CHECK(must(hq.count(own)) <= static_cast<std::int64_t>(truth.amounts.size()));
            kept = truth.amounts.size();
        }
        printed += slips.size();
    }
    CHECK(kept > 0);
    std::printf("power: %d cuts, %zu receipts, 0 lost\n", cuts, printed);
}
