// kill -9 of two or three processes on one replica, again and again: a till that sells, the agent that syncs (with its
// headquarters in the same process), and now and then a second till. What counts is what each of them wrote into a pipe
// after its act had returned. TALLY_KILL_ROUNDS: 40 here, 1,000 in the long form.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "tests/fault/disk/headquarters.h"
#include "tests/fault/disk/random_shop.h"
#include "tests/support/seed.h"

using namespace tally;
using namespace tally::fault;
using test::must;

namespace {

crypto::Secret shop_key(const std::string& dir) { return Shop::get().key_in(dir).value(); }

int rounds_wanted() {
    const char* given = std::getenv("TALLY_KILL_ROUNDS");
    return given != nullptr ? std::atoi(given) : 40;
}

// Ends only by a signal; the code says where it failed.
[[noreturn]] void sell_for_ever(const std::string& dir, const std::string& name, std::uint64_t seed, int pipe) {
    SeededRandom random(seed);
    auto replica = replica::Replica::open(dir, shop_key(dir), store::Sync::kFull);
    if (!replica) ::_exit(10);
    const std::string often = "PRAGMA wal_autocheckpoint = " + std::to_string(5 + random.below(400));
    if (!replica->db().exec(often)) ::_exit(11);
    auto shop = RandomShop::open(*replica, random, name);
    if (!shop) ::_exit(12);
    for (;;) {
        const auto slip = shop->act();
        if (!slip) ::_exit(slip.error().code == Code::kBusy ? 13 : 14);
        if (::write(pipe, &*slip, sizeof *slip) != sizeof *slip) ::_exit(15);
    }
}

[[noreturn]] void sync_for_ever(const std::string& dir, std::uint64_t seed) {
    SeededRandom random(seed);
    auto till = agent::open_agent_store(dir, shop_key(dir));
    if (!till) ::_exit(20);
    auto hq = Headquarters::open(dir);
    if (!hq) ::_exit(21);
    for (;;)
        if (!hq->sync(**till, 1 + random.below(20))) ::_exit(22);
}

struct Child {
    pid_t id = 0;
    int pipe = -1;
};

template <class Work>
Child start(const Work& work) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t id = ::fork();
    REQUIRE(id >= 0);
    if (id == 0) {
        ::close(ends[0]);
        work(ends[1]);
    }
    ::close(ends[1]);
    return {id, ends[0]};
}

void end(const Child& child) {
    ::kill(child.id, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child.id, &status, 0) == child.id);
    CHECK_MESSAGE(WIFSIGNALED(status), "it ended by itself, code " << WEXITSTATUS(status));
}

std::vector<Slip> slips_of(const Child& child) {
    std::vector<Slip> out;
    for (Slip slip; ::read(child.pipe, &slip, sizeof slip) == sizeof slip;) out.push_back(slip);
    ::close(child.pipe);
    return out;
}

void check_slips(const std::vector<Slip>& slips, const Truth& truth) {
    for (const Slip& slip : slips) {
        const auto found = truth.amounts.find(slip.op);
        REQUIRE_MESSAGE(found != truth.amounts.end(), "lost: operation " << slip.op.seq);
        if (slip.amount_minor != 0) CHECK(found->second == std::abs(slip.amount_minor));
    }
}

}  // namespace

TEST_CASE("kill: of processes that sell and sync on one replica, killed at any moment, no printed receipt is lost") {
    const std::uint64_t seed = support::seed();
    const int rounds = rounds_wanted();
    SeededRandom random(seed);
    const support::TempDir folder{support::fast_folder()};
    const std::string dir = folder / "till";
    Shop& shop = Shop::get();
    shop.lay_out(dir, Layout::kKilled);
    shop.lay_out_hq(dir);
    std::vector<Slip> slips;
    int killed = 0;
    for (int round = 0; round < rounds; ++round) {
        CAPTURE(round);
        std::vector<Child> children;
        const std::string name = "K" + std::to_string(round) + "-";
        const std::uint64_t fresh = random.next_u64();
        children.push_back(start([&](int pipe) { sell_for_ever(dir, name, fresh, pipe); }));
        children.push_back(start([&](int) { sync_for_ever(dir, fresh + 1); }));
        if (round % 4 == 3)
            children.push_back(start([&](int pipe) { sell_for_ever(dir, name + "B", fresh + 2, pipe); }));
        ::usleep(static_cast<useconds_t>(random.below(30'000)));
        for (std::size_t left = children.size(); left > 0; --left) {  // in any order, some living on for a moment
            const std::size_t which = random.below(left);
            end(children[which]);
            for (const Slip& slip : slips_of(children[which])) slips.push_back(slip);
            children.erase(children.begin() + static_cast<std::ptrdiff_t>(which));
            ++killed;
            if (random.below(2) == 0) ::usleep(static_cast<useconds_t>(random.below(8'000)));
        }
        replica::Replica replica = must(replica::Replica::open(dir, shop_key(dir), store::Sync::kFull));
        if (round % 25 == 24 || round + 1 == rounds) {
            check_slips(slips, check_replica(replica, false));
            continue;
        }
        must(replica.guard(kNow_ms));
        CHECK(must(replica.incidents(1)).empty());
        CHECK(must(replica.head()).next_seq > (slips.empty() ? 0 : slips.back().op.seq));
    }
    Headquarters hq = must(Headquarters::open(dir));
    {
        const auto till = must(agent::open_agent_store(dir, shop_key(dir)));
        while (must(till->counts()).unacknowledged > 0) must(hq.sync(*till, 200));
        must(hq.sync(*till, 200));
        CHECK(must(till->counts()).pending == 0);
    }
    replica::Replica replica = must(replica::Replica::open(dir, shop_key(dir), store::Sync::kFull));
    const Truth truth = check_replica(replica, false);
    check_slips(slips, truth);
    const std::string own = "op_log WHERE terminal = " + std::to_string(shop.enrolment.terminal);
    CHECK(must(hq.count(own)) == static_cast<std::int64_t>(truth.amounts.size()));
    CHECK(must(hq.count(own + " AND outcome <> 1")) == 0);
    CHECK(slips.size() > static_cast<std::size_t>(rounds));
    std::printf("kill: %d rounds, %d processes killed, %zu receipts, %zu operations in the log, 0 lost\n", rounds,
                killed, slips.size(), truth.amounts.size());
}
