// Risk limits: each one at its edge, at a till's account.
#include <doctest/doctest.h>

#include "common/domain/fold.h"
#include "common/domain/limits.h"
#include "tests/support/check.h"

using namespace tally;
using namespace tally::domain;

namespace {

constexpr Day kToday = 20'000;

struct Desk {
    Programme programme;
    Account account;
    std::uint64_t seq = 0;

    Op op(Body body, Day day = kToday) {
        Op out;
        out.id = {7, {}, ++seq};
        out.id.epoch.bytes[0] = 1;
        out.member.bytes[0] = 1;
        out.store = "S1";
        out.business_day = day;
        out.body = std::move(body);
        return out;
    }
    std::string limit(const Op& asked, const CashierDay& cashier = {}) const {
        return limit_exceeded(programme, account, asked, cashier);
    }
    void add(Body body, Day day = kToday) { CHECK_DONE(fold(account, op(std::move(body), day))); }
    static Earn bill(Points points, std::uint16_t minute = 600, const std::string& number = "") {
        Earn out;
        out.bill.bill_no = number;
        out.amount_minor = out.eligible_minor = std::max<Points>(1, points) * 100;
        out.points = points;
        out.minute = minute;
        return out;
    }
    static Redeem redeem(Points points) {
        Redeem out;
        out.points = points;
        return out;
    }
};

}  // namespace

TEST_CASE("limits: without limits nothing exceeds one") {
    Desk desk;
    desk.add(Desk::bill(1000));
    CHECK(desk.limit(desk.op(Desk::bill(1'000'000))).empty());
    CHECK(desk.limit(desk.op(Desk::redeem(1000))).empty());
    CHECK(desk.limit(desk.op(Adjust{1'000'000, AdjustReason::kOther, {}, {}}), {1000, 1'000'000'000}).empty());
}

TEST_CASE("limits: a member's points of a day, purchases and bonuses together, net of what was taken back") {
    Desk desk;
    desk.programme.limits.earn_points_day = 100;
    desk.add(Desk::bill(60, 600, "B1"));
    Bonus bonus;
    bonus.rule = "review";
    bonus.points = 30;
    desk.add(bonus);
    CHECK(desk.limit(desk.op(Desk::bill(10))).empty());
    CHECK(desk.limit(desk.op(Desk::bill(11))) == "earn_points_day");
    CHECK(desk.limit(desk.op(Desk::bill(11), kToday + 1)).empty());
    bonus.key = "other";
    CHECK(desk.limit(desk.op(bonus)) == "earn_points_day");
    bonus.key.clear();  // counted already: it has no effect, so it exceeds nothing
    CHECK(desk.limit(desk.op(bonus)).empty());
    CHECK(desk.limit(desk.op(Desk::bill(60, 600, "B1"))).empty());

    Reverse refund;
    refund.target_bill_no = "B1";
    refund.amount_minor = 3000;
    desk.add(refund);
    CHECK(desk.limit(desk.op(Desk::bill(40))).empty());
    CHECK(desk.limit(desk.op(Desk::bill(41))) == "earn_points_day");
}

TEST_CASE("limits: a forgotten bill counts on the day of its sale") {
    Desk desk;
    desk.programme.limits.earn_points_day = 100;
    desk.add(Desk::bill(60), kToday - 3);
    Earn late = Desk::bill(41, 600, "B9");
    late.late_for = kToday - 3;
    CHECK(desk.limit(desk.op(late)) == "earn_points_day");
    late.late_for = kToday - 2;
    CHECK(desk.limit(desk.op(late)).empty());
}

TEST_CASE("limits: bills of any hour that holds the new one, in whatever order they come") {
    Desk desk;
    desk.programme.limits.bills_hour = 3;
    for (const std::uint16_t minute : {600, 610, 659}) desk.add(Desk::bill(1, minute));
    CHECK(desk.limit(desk.op(Desk::bill(1, 659))) == "bills_hour");
    CHECK(desk.limit(desk.op(Desk::bill(1, 600))) == "bills_hour");  // came late, stands first
    CHECK(desk.limit(desk.op(Desk::bill(1, 599))).empty());          // 600, 610 and itself: 659 is an hour away
    CHECK(desk.limit(desk.op(Desk::bill(1, 660))).empty());          // 610, 659 and itself
    CHECK(desk.limit(desk.op(Desk::bill(1, 600), kToday + 1)).empty());
}

TEST_CASE("limits: an hour reaches over midnight") {
    Desk desk;
    desk.programme.limits.bills_hour = 1;
    desk.add(Desk::bill(1, 1430));
    CHECK(desk.limit(desk.op(Desk::bill(1, 49), kToday + 1)) == "bills_hour");
    CHECK(desk.limit(desk.op(Desk::bill(1, 50), kToday + 1)).empty());
}

TEST_CASE("limits: redemptions of a day by number and by points, without those undone") {
    Desk desk;
    desk.add(Desk::bill(1000));
    desk.programme.limits.redemptions_day = 2;
    desk.programme.limits.redeem_points_day = 300;
    desk.add(Desk::redeem(100));
    CHECK(desk.limit(desk.op(Desk::redeem(200))).empty());
    CHECK(desk.limit(desk.op(Desk::redeem(201))) == "redeem_points_day");
    desk.add(Desk::redeem(50));
    const OpId second = desk.account.redemptions.back().op;
    CHECK(desk.limit(desk.op(Desk::redeem(1))) == "redemptions_day");
    CHECK(desk.limit(desk.op(Desk::redeem(1), kToday + 1)).empty());
    Reverse undo;
    undo.target = second;
    undo.is_refund = false;
    undo.points = 50;
    desk.add(undo);
    CHECK(desk.limit(desk.op(Desk::redeem(200))).empty());
}

TEST_CASE("limits: a cashier's adjustments of a day by number and by points, up or down") {
    Desk desk;
    desk.programme.limits.adjusts_cashier_day = 2;
    const Op up = desk.op(Adjust{10, AdjustReason::kGoodwill, {}, {}});
    CHECK(desk.limit(up, {1, 0}).empty());
    CHECK(desk.limit(up, {2, 0}) == "adjusts_cashier_day");
    desk.programme.limits = {};
    desk.programme.limits.adjust_points_cashier_day = 100;
    const Op down = desk.op(Adjust{-10, AdjustReason::kCorrection, {}, {}});
    CHECK(desk.limit(down, {5, 90}).empty());
    CHECK(desk.limit(down, {5, 91}) == "adjust_points_cashier_day");
    CHECK(desk.limit(down, {5, INT64_MAX}) == "adjust_points_cashier_day");
}

TEST_CASE("limits: a large adjustment asks for a second person, who is another one") {
    Desk desk;
    desk.programme.limits.second_person_above = 100;
    Op op = desk.op(Adjust{-101, AdjustReason::kOther, {}, {}});
    CHECK(desk.limit(op) == "second_person");
    op.approved_by = op.cashier;
    CHECK(desk.limit(op) == "second_person");
    op.approved_by = op.cashier + 1;
    CHECK(desk.limit(op).empty());
    CHECK(desk.limit(desk.op(Adjust{100, AdjustReason::kOther, {}, {}})).empty());
}

TEST_CASE("limits: where the programme has reason codes an adjustment names one") {
    Desk desk;
    desk.programme.limits.reasons = {{"broken", {}}, {"sorry", {}}};
    CHECK(desk.limit(desk.op(Adjust{5, AdjustReason::kOther, {}, {}})) == "reason");
    CHECK(desk.limit(desk.op(Adjust{5, AdjustReason::kOther, {}, "else"})) == "reason");
    CHECK(desk.limit(desk.op(Adjust{5, AdjustReason::kOther, {}, "sorry"})).empty());
}

TEST_CASE("limits: what headquarters writes itself exceeds none") {
    Desk desk;
    desk.programme.limits.earn_points_day = 1;
    desk.programme.limits.second_person_above = 1;
    Op op = desk.op(Adjust{1000, AdjustReason::kOther, {}, {}});
    op.id.terminal = kHqTerminal;
    CHECK(desk.limit(op).empty());
    op.body = Desk::bill(1000);
    CHECK(desk.limit(op).empty());
}

TEST_CASE("limits: an operation over a limit is held by the fold and changes nothing") {
    Desk desk;
    desk.add(Desk::bill(100));
    const Account before = desk.account;
    Op op = desk.op(Desk::bill(5000));
    op.over_limit = "earn_points_day";
    const auto folded = fold(desk.account, op);
    REQUIRE(folded.has_value());
    CHECK(folded->outcome == Outcome::kQuarantined);
    CHECK(folded->reason == "exceeds the limit earn_points_day");
    CHECK(folded->moves.empty());
    CHECK(desk.account == before);
}
