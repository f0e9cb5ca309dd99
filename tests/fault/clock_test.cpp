// A till whose machine has lost the time, and a real headquarters that tells it.
#include "terminal/app/agent_holder.h"
#include "tests/fault/one_till.h"

using namespace tally;
using fault::wait_until;
using test::must;

namespace {

constexpr std::int64_t kBehind_ms = 400 * 86'400'000LL;

// Of a machine whose battery is empty.
class BehindClock final : public Clock {
  public:
    std::int64_t wall_ms() const override { return test::kNoon_ms - kBehind_ms + jumped_ms + steady_ms() - begun_ms_; }
    std::int64_t steady_ms() const override { return system_.steady_ms(); }
    std::atomic<std::int64_t> jumped_ms{0};

  private:
    SystemClock system_;
    std::int64_t begun_ms_ = system_.steady_ms();
};

bool is_near(std::int64_t a_ms, std::int64_t b_ms) { return std::abs(a_ms - b_ms) < 60'000; }

}  // namespace

TEST_CASE("clock: a till 400 days behind sells on headquarters' day once it is connected, and not before") {
    fault::OneTill world;
    world.enrol();
    BehindClock own;
    CorrectedClock corrected(own);
    terminal::Mailbox mailbox([] {});
    agent::Settings settings;
    settings.backoff.base_ms = 1, settings.backoff.max_ms = 5;
    terminal::LeaseDesk leases;
    terminal::AgentHolder holder(world.folder.path(), settings, own, corrected, mailbox, leases);
    CHECK(is_near(corrected.wall_ms(), test::kNoon_ms - kBehind_ms));
    holder.start(crypto::Secret::copy_of(world.key.view()), [] {});
    REQUIRE(wait_until([&] { return corrected.is_confirmed(); }));
    CHECK(is_near(corrected.wall_ms(), test::kNoon_ms));
    REQUIRE(wait_until([&] { return must(world.replica->programme()).version == 1; }));
    bool online = false;  // "online since" is told by the clock that the screen shows
    REQUIRE(wait_until([&] {
        for (const terminal::Event& event : mailbox.take())
            if (const auto* link = std::get_if<terminal::LinkChanged>(&event); link && link->link.online) {
                CHECK(is_near(link->link.since_ms, test::kNoon_ms));
                online = true;
            }
        return online;
    }));

    replica::Till till = must(replica::Till::start(*world.replica, corrected, world.random));
    const auto sell = [&] {
        replica::SaleRequest sale;
        sale.amount_minor = 1000;
        must(till.sale(sale));
        holder.notify();
        world.wait_until_settled();
    };
    sell();
    CHECK(world.hq_number("SELECT count(*) FROM store_day") == 1);
    CHECK(world.hq_number("SELECT day FROM store_day") == test::kToday);
    own.jumped_ms = kBehind_ms;  // somebody sets the machine right: the offset is over
    CHECK_FALSE(corrected.is_confirmed());
    CHECK(is_near(corrected.wall_ms(), test::kNoon_ms));
    sell();
    CHECK(world.hq_number("SELECT count(*) FROM store_day") == 1);
    holder.stop();
}
