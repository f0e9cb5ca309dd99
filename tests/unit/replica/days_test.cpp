// The totals of a day while a feed is half taken.
#include "tests/unit/replica/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

domain::StoreDay shown(replica::Replica& replica) {
    domain::StoreDay sum;
    for (const auto& row : MUST(replica.store_days())) sum += row.totals;
    return sum;
}

}  // namespace

TEST_CASE("days: a sale is in its day's totals once after every page, also when its member comes before its day") {
    Bench bench;
    for (std::uint8_t i = 1; i <= 5; ++i) bench.add(Bench::member(i), Bench::earn(10 * i, "A" + std::to_string(i)));
    bench.add({}, domain::Sale{{}, 700, {}});
    domain::Reverse refund;
    refund.bill.bill_no = "R1";
    refund.target_bill_no = "A2";
    refund.amount_minor = 500;
    refund.points = 5;
    bench.add(Bench::member(2), refund);
    const domain::StoreDay all = shown(bench.replica);
    CHECK(all.bills >= 6);
    bench.ack();
    const crypto::KeyWrap wrap = bench.hq.wrap_at(bench.replica);
    int pages = 0;
    for (bool caught_up = false; !caught_up; ++pages) {
        CAPTURE(pages);
        const auto page = bench.hq.page(bench.replica, MUST(bench.replica.cursor()).position, 1);
        CHECK_DONE(bench.replica.apply_page(page, wrap, bench.hq.hq.public_key()));
        CHECK(shown(bench.replica) == all);
        if (pages == 1) {
            bench.reopen();
            CHECK(shown(bench.replica) == all);
        }
        caught_up = page.to == page.as_of;
    }
    CHECK(pages >= 4);
    CHECK(bench.hq.store_total("S1") == all);
}
