// Risk limits at headquarters: what no single till could see is held there, on record, and nothing is dropped.
#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

const MemberId kClara = member_number(1);

Programme with_limits(const Limits& limits) {
    Programme programme = plain_programme();
    programme.limits = limits;
    return programme;
}

// The one conflict of its kind on record, in words.
std::vector<std::string> held_on_record(Hq& hq) {
    std::vector<std::string> out;
    must(hq.store->each_conflict([&](const intake::ConflictRow& row) -> Status {
        if (row.kind == intake::ConflictKind::kHeldForReview) out.push_back(row.detail);
        return {};
    }));
    return out;
}

void adjust(Terminal& till, Points points, const std::string& code = "", Day day = kToday) {
    till.write(kClara, Adjust{points, AdjustReason::kOther, {}, code}, {}, day);
}

}  // namespace

TEST_CASE("limits at hq: points of a day from two stores that could not see each other are held") {
    Hq hq(with_limits({.earn_points_day = 100}));
    Terminal north(hq, "N"), south(hq, "S");
    north.earn(kClara, 6000);
    CHECK(north.push_all().empty());
    south.earn(kClara, 5000);
    south.earn(kClara, 4000);
    const auto outcomes = south.push_all();
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.at(1).outcome == Outcome::kQuarantined);
    CHECK(outcomes.at(1).reason == "exceeds the limit earn_points_day in the whole chain");
    CHECK(hq.account(kClara).balance_on(kToday) == 100);  // what stands behind it goes on
    CHECK(hq.count("op_log") == 3);
    CHECK(held_on_record(hq) == std::vector<std::string>{"exceeds the limit earn_points_day in the whole chain"});
}

TEST_CASE("limits at hq: bills of an hour, redemptions and redeemed points of a day") {
    Hq hq(with_limits({.redemptions_day = 2, .redeem_points_day = 300, .bills_hour = 2}));
    Terminal north(hq, "N"), south(hq, "S");
    north.earn(kClara, 50'000);
    south.earn(kClara, 50'000);
    south.earn(kClara, 100);
    north.push_all();
    auto outcomes = south.push_all();
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.at(2).reason == "exceeds the limit bills_hour in the whole chain");
    north.redeem(kClara, 200, 200);
    north.push_all();
    south.redeem(kClara, 200, 200);
    outcomes = south.push_all();
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.at(3).reason == "exceeds the limit redeem_points_day in the whole chain");
    south.redeem(kClara, 100, 100);
    CHECK(south.push_all().empty());
    south.redeem(kClara, 100, 100);
    outcomes = south.push_all();
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.at(5).reason == "exceeds the limit redemptions_day in the whole chain");
    CHECK(hq.account(kClara).balance_on(kToday) == 700);
    CHECK(hq.account(kClara).debt == 0);
}

TEST_CASE("limits at hq: a cashier's adjustments are counted over the pushes of a day") {
    Hq hq(with_limits({.adjusts_cashier_day = 2}));
    Terminal north(hq, "N");
    adjust(north, 5, "", kToday - 1);
    adjust(north, 5, "", kToday - 1);
    CHECK(north.push_all().empty());
    adjust(north, 5);
    CHECK(north.push_all().empty());
    adjust(north, 5);
    adjust(north, 5);
    adjust(north, 5, "", kToday + 1);
    const auto outcomes = north.push_all();
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.at(5).reason == "exceeds the limit adjusts_cashier_day in the whole chain");
    CHECK(hq.account(kClara).balance_on(kToday) == 25);
}

TEST_CASE("limits at hq: what is held does not count against the cashier's points, and a long day is seen whole") {
    Hq hq(with_limits({.adjust_points_cashier_day = 100}));
    Terminal north(hq, "N");
    adjust(north, 60);
    for (int i = 0; i < 450; ++i) north.earn(kClara, 100);
    north.push_all();
    adjust(north, -41);
    adjust(north, -40);
    const auto outcomes = north.push_all();
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.at(452).reason == "exceeds the limit adjust_points_cashier_day in the whole chain");
    CHECK(hq.account(kClara).balance_on(kToday) == 470);
}

TEST_CASE("limits at hq: a large adjustment without a second person, and one without a reason code") {
    Hq hq(with_limits({.second_person_above = 100, .reasons = {{"sorry", {}}}}));
    Terminal north(hq, "N");
    adjust(north, 101, "sorry");
    adjust(north, 100);
    adjust(north, 100, "sorry");
    const auto outcomes = north.push_all();
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes.at(1).reason == "exceeds the limit second_person in the whole chain");
    CHECK(outcomes.at(2).reason == "exceeds the limit reason in the whole chain");
    CHECK(hq.account(kClara).balance_on(kToday) == 100);
}

TEST_CASE("limits at hq: what a till marked is held with its own word for it") {
    Hq hq;
    Terminal north(hq, "N");
    Op op;
    op.id = north.next_id();
    op.at = Hlc::of(hq.now_ms, 0);
    op.business_day = kToday;
    op.store = north.store;
    op.member = kClara;
    op.programme_version = 1;
    op.over_limit = "bills_hour";
    Earn earn;
    earn.bill.bill_no = "B1";
    earn.amount_minor = earn.eligible_minor = 1000;
    earn.points = 10;
    op.body = earn;
    wire::PushedOp pushed;
    pushed.bytes = wire::encode_op(op);
    north.head = crypto::hash_of(pushed.bytes);
    north.log.push_back(pushed);
    north.hashes.push_back(north.head);
    north.next_seq += 1;
    north.earn(kClara, 1000, "B1");  // the same bill again: guarded though its first is held
    const auto outcomes = north.push_all();
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes.at(1).outcome == Outcome::kQuarantined);
    CHECK(outcomes.at(1).reason == "exceeds the limit bills_hour");
    CHECK(outcomes.at(2).outcome == Outcome::kDuplicate);
    CHECK(hq.account(kClara).balance_on(kToday) == 0);
}

TEST_CASE("limits at hq: a programme's daily cap is no limit: the points of two stores stand") {
    Programme programme = plain_programme();
    programme.earn_cap_day = 100;
    Hq hq(programme);
    Terminal north(hq, "N"), south(hq, "S");
    north.earn(kClara, 8000);
    south.earn(kClara, 8000);
    north.push_all();
    south.push_all();
    CHECK(hq.account(kClara).balance_on(kToday) == 160);
    CHECK(held_on_record(hq).empty());
}
