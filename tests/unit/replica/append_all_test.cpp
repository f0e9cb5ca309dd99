// Several operations in one durable step: all of them or none.
#include "tests/unit/replica/fixture.h"

using namespace tally;
using namespace tally::test;
using replica::NewOp;

namespace {

domain::Redeem redeem(domain::Points points, const std::string& bill) {
    domain::Redeem out;
    out.bill.bill_no = bill;
    out.points = points;
    out.value_minor = points;
    return out;
}

struct Step {
    Bench bench;
    domain::MemberId anna = Bench::member(1);
    std::vector<NewOp> ops;

    Step& with(domain::Body body) {
        ops.push_back({bench.op(anna, std::move(body)), {}});
        return *this;
    }
    Result<std::vector<replica::Appended>> run() { return bench.replica.append_all(std::exchange(ops, {})); }
    std::uint64_t next() { return MUST(bench.replica.head()).next_seq; }
};

}  // namespace

TEST_CASE("append_all: operations follow one another in the chain and in the overlay, under one witness") {
    Step step;
    const auto done = MUST(step.with(Bench::earn(100, "B1")).with(redeem(30, "B1")).with(domain::Note{}).run());
    REQUIRE(done.size() == 3);
    CHECK(done[0].id.seq == 1);
    CHECK(done[2].id.seq == 3);
    CHECK(done[0].account.balance_on(kDay) == 100);
    CHECK(done[1].account.balance_on(kDay) == 70);
    CHECK(step.bench.overlay(step.anna).balance_on(kDay) == 70);
    CHECK_DONE(step.bench.replica.verify_log());
    CHECK(MUST(step.bench.replica.check_fold()).bills == 2);
    CHECK_FALSE(MUST(step.bench.replica.look_at_witness()).has_value());
    const auto logged = MUST(step.bench.replica.last_operations(3));
    CHECK(logged[0].op.at > logged[1].op.at);
    CHECK(logged[1].op.at > logged[2].op.at);
}

TEST_CASE("append_all: where one of them cannot be written, none is, whichever it is") {
    for (const std::size_t bad : {0u, 1u, 2u}) {
        Step step;
        step.bench.add(step.anna, Bench::earn(50, "B0"));
        for (std::size_t i = 0; i < 3; ++i) {
            if (i == bad) {
                domain::CouponRedeem coupon;  // that nobody issued
                coupon.coupon.bytes[0] = 1;
                step.with(coupon);
            } else {
                step.with(Bench::earn(10, "B" + std::to_string(i + 1)));
            }
        }
        const auto head = MUST(step.bench.replica.head());
        CHECK_FAILS(step.run(), Code::kRefused);
        CHECK(MUST(step.bench.replica.head()).hash == head.hash);
        CHECK(step.bench.overlay(step.anna).balance_on(kDay) == 50);
        CHECK(MUST(step.bench.replica.pending_count()) == 1);
        CHECK_DONE(step.bench.replica.verify_log());
        CHECK(MUST(step.bench.replica.check_fold()).bills == 1);  // no bill is guarded that was not written
        CHECK(MUST(step.with(Bench::earn(10, "B1")).run()).front().id.seq == 2);
    }
}

TEST_CASE("append_all: the same step again answers with the first and writes nothing (case R4)") {
    Step step;
    const auto first = MUST(step.with(Bench::earn(100, "B1")).with(redeem(30, "B1")).run());
    const auto again = MUST(step.with(Bench::earn(100, "B1")).with(redeem(30, "B1")).run());
    REQUIRE(again.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(again[i].folded.outcome == domain::Outcome::kDuplicate);
        CHECK(again[i].id == first[i].id);
    }
    CHECK(step.next() == 3);
    CHECK(step.bench.overlay(step.anna).balance_on(kDay) == 70);
}

TEST_CASE("append_all: a bill that comes again with something new beside it is refused as a whole") {
    Step step;
    (void)MUST(step.with(Bench::earn(100, "B1")).run());
    CHECK_FAILS(step.with(Bench::earn(100, "B1")).with(redeem(30, "B1")).run(), Code::kExists);
    CHECK_FAILS(step.with(Bench::earn(10, "B2")).with(Bench::earn(100, "B1")).run(), Code::kExists);
    CHECK(step.next() == 2);
    CHECK(step.bench.overlay(step.anna).balance_on(kDay) == 100);
}

TEST_CASE("append_all: what exceeds a limit is written, held, and guards its bill") {
    Step step;
    domain::Op held = step.bench.op(step.anna, Bench::earn(100, "B1"));
    held.over_limit = "earn_points_day";
    const auto done = MUST(step.bench.replica.append(held, {}));
    CHECK(done.folded.outcome == domain::Outcome::kQuarantined);
    CHECK(step.bench.overlay(step.anna) == domain::Account{});
    CHECK(step.next() == 2);
    const auto again = MUST(step.bench.replica.append(step.bench.op(step.anna, Bench::earn(100, "B1")), {}));
    CHECK(again.folded.outcome == domain::Outcome::kDuplicate);
    CHECK(step.next() == 2);
    step.bench.ack();
    step.bench.feed();
    CHECK(step.bench.overlay(step.anna) == domain::Account{});
    CHECK(MUST(step.bench.replica.pending_count()) == 0);
}

TEST_CASE("append_all: a once-only benefit that the account has is answered with its operation") {
    Step step;
    domain::Bonus bonus;
    bonus.rule = "hello";
    bonus.points = 20;
    const auto first = MUST(step.with(bonus).run());
    const auto again = MUST(step.with(bonus).run());
    CHECK(again.front().folded.outcome == domain::Outcome::kDuplicate);
    CHECK(again.front().id == first.front().id);
    CHECK(step.next() == 2);
}
