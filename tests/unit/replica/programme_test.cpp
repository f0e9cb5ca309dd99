// The programme that comes by the feed: whose it is, which one is in force.
#include "tests/unit/replica/fixture.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("feed: a programme counts only with headquarters' signature, and the newest is in force") {
    Bench bench;
    CHECK(MUST(bench.replica.programme()).version == 0);
    domain::Programme programme;
    programme.version = 2;
    programme.chain_name = "Test";
    bench.hq.publish(programme);
    wire::FeedPage page = bench.hq.page(bench.replica, 0);
    const auto wrap = bench.hq.wrap_at(bench.replica);
    page.programme->signature.bytes[3] ^= 1;
    CHECK_FAILS(bench.replica.apply_page(page, wrap, bench.hq.hq.public_key()), Code::kDamaged);
    page.programme->signature.bytes[3] ^= 1;
    CHECK_FAILS(bench.replica.apply_page(page, wrap, crypto::Device::create().public_key()), Code::kDamaged);
    CHECK(MUST(bench.replica.programme()).version == 0);
    CHECK_DONE(bench.replica.apply_page(page, wrap, bench.hq.hq.public_key()));
    CHECK(MUST(bench.replica.programme()) == programme);
    programme.version = 1;
    bench.hq.publish(programme);
    bench.feed();
    CHECK(MUST(bench.replica.programme()).version == 2);
    programme.version = 2;
    programme.earn_points = 5;
    bench.hq.publish(programme);
    CHECK_FAILS(bench.replica.apply_page(bench.hq.page(bench.replica, MUST(bench.replica.cursor()).position), wrap,
                                         bench.hq.hq.public_key()),
                Code::kDamaged);
}

TEST_CASE("feed: a restored headquarters that gives a programme's number out again is followed") {
    Bench bench;
    domain::Programme programme;
    programme.chain_name = "Test";
    for (programme.version = 1; programme.version <= 3; ++programme.version) {
        programme.earn_points = static_cast<domain::Points>(programme.version);
        bench.hq.publish(programme);
        bench.feed();
    }
    CHECK(MUST(bench.replica.programme()).version == 3);
    SmallHq restored(2);
    std::swap(restored.hq, bench.hq.hq);
    const domain::Programme before = MUST(bench.replica.programme());
    restored.feed(bench.replica);  // of a time before its first programme
    CHECK(MUST(bench.replica.programme()) == before);
    programme.version = 2;
    programme.earn_points = 7;
    restored.publish(programme);
    restored.feed(bench.replica);
    CHECK(MUST(bench.replica.programme()) == programme);
    programme.version = 3;
    programme.earn_points = 8;
    restored.publish(programme);
    restored.feed(bench.replica);
    CHECK(MUST(bench.replica.programme()) == programme);
}
