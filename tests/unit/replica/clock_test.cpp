// A till whose clock is wrong.
#include "common/replica/till.h"
#include "tests/unit/replica/fixture.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("till: a clock that ran far ahead is forgotten once headquarters has told the time, and not before") {
    Bench bench;
    domain::Programme programme;
    programme.version = 1;
    programme.chain_name = "Test";
    bench.hq.publish(programme);
    bench.feed();
    ManualClock own(1'728'000'000'000);
    SeededRandom random(7);
    CorrectedClock corrected(own);
    replica::Till till = MUST(replica::Till::start(bench.replica, corrected, random));
    const auto sell_at = [&] {
        replica::SaleRequest request;
        request.member = Bench::member(1);
        request.amount_minor = 100;
        (void)MUST(till.sale(request));
        return MUST(bench.replica.last_hlc()).ms();
    };
    const std::int64_t now = own.wall_ms();
    own.set_wall_ms(now + 75 * 365 * 86'400'000LL);
    const std::int64_t ahead = sell_at();
    CHECK(ahead == now + 75 * 365 * 86'400'000LL);
    own.set_wall_ms(now);
    CHECK(sell_at() == ahead);  // nobody says which of the two was right: by the counter behind the last one
    corrected.correct(1'000);
    CHECK(sell_at() == now + 1'000);
    CHECK(sell_at() == now + 1'000);
    CHECK_DONE(bench.replica.verify_log());
}
