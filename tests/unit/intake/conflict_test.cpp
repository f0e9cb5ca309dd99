// What is put on record for a person: bills that come again, refunds beyond their sale.
#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("intake: a bill is known again however long ago it came, and one of another day, till or part is not it") {
    Hq hq;
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    till.earn(member, 1000, "B");
    const auto busy = [&] {  // so many bills that the day's are held in memory
        Terminal second(hq, "S1");
        for (int i = 0; i < 40; ++i) second.earn(member, 100);
        second.push_all();
    };
    SUBCASE("in the same transaction") {}
    SUBCASE("in an earlier one, on a day of few bills") { till.push_all(); }
    SUBCASE("in an earlier one, on a busy day") {
        till.push_all();
        busy();
    }
    SUBCASE("before a restart") {
        till.push_all();
        hq.reopen();
    }
    SUBCASE("through another process") {
        busy();
        const auto store = hq.other_connection();
        intake::Intake other(*store, hq.device);
        auto push = till.prepared(1, 1);
        (void)must(other.commit(std::span(&push, 1), hq.now_ms));
        till.acknowledged = 1;
    }
    till.earn(member, 1000, "B");
    Earn earn{.bill = {"x", "", 0}, .amount_minor = 1000, .eligible_minor = 1000, .points = 10};
    earn.bill.bill_no = "B";
    earn.bill.till = "2";
    till.write(member, earn);
    earn.bill = {"B", "", 2};
    till.write(member, earn);
    till.earn(member, 1000, "B", kToday - 1);
    const auto outcomes = till.push_all();
    CHECK(outcomes.size() == 1);
    CHECK(outcomes.at(2).outcome == Outcome::kDuplicate);
    CHECK(hq.store_day("S1", kToday - 1).bills == 1);
}

TEST_CASE("intake: a refund of more than its sale is a conflict, whatever came first and whatever is left") {
    Hq hq;
    Terminal till(hq, "S1"), elsewhere(hq, "S2");
    const MemberId member = member_number(1);
    SUBCASE("the points are there") {
        till.earn(member, 10'000, "B");
        till.earn(member, 90'000);
        till.refund(member, "B", 15'000);
        till.push_all();
        CHECK(hq.count("conflict WHERE kind = 4") == 0);
    }
    SUBCASE("the points were spent") {
        till.earn(member, 10'000, "B");
        till.redeem(member, 100, 100);
        till.refund(member, "B", 15'000);
        till.push_all();
        CHECK(hq.count("conflict WHERE kind = 4") == 1);
    }
    SUBCASE("the refund came before its sale") {
        elsewhere.refund(member, "B", 15'000);
        CHECK(elsewhere.push_all().at(1).outcome == Outcome::kWaiting);
        CHECK(hq.count("conflict") == 0);
        till.earn(member, 10'000, "B");
        till.push_all();
    }
    CHECK(hq.count("conflict WHERE kind = " + std::to_string(static_cast<int>(intake::ConflictKind::kRefundBeyond))) ==
          1);
}

TEST_CASE("intake: a redemption that overdraws and settles what waited for it is one conflict") {
    Hq hq;
    Terminal till(hq, "S1"), elsewhere(hq, "S2");
    const MemberId member = member_number(1);
    const OpId redemption = till.redeem(member, 100, 100);
    Reverse undone;
    undone.target = redemption;
    undone.points = 40;
    elsewhere.write(member, undone);
    CHECK(elsewhere.push_all().at(1).outcome == Outcome::kWaiting);
    CHECK(till.push_all().at(1).outcome == Outcome::kAcceptedWithDebt);
    CHECK(hq.account(member).debt == 60);
    CHECK(hq.count("conflict WHERE kind = 4") == 1);
}
