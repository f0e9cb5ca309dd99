// Risk limits at the till: what exceeds one is recorded, held, and nothing behind it is stopped.
#include "tests/unit/replica/till_bench.h"

using namespace tally;
using namespace tally::test;

namespace {

domain::Programme with(const domain::Limits& limits) {
    domain::Programme out = Shop::plain();
    out.redeem_step_points = out.redeem_min_points = out.redeem_step_minor = 1;
    out.limits = limits;
    return out;
}

domain::Op newest(Shop& shop) { return MUST(shop.replica.last_operations(1)).front().op; }

}  // namespace

TEST_CASE("till limits: points of a member's day; the sale stands in the log and the next one counts") {
    Shop shop(with({.earn_points_day = 100}));
    const auto anna = shop.join("Anna").member;
    (void)MUST(shop.till.sale(shop.bill(anna, 9000)));
    const auto held = MUST(shop.till.sale(shop.bill(anna, 1100, "B2")));
    CHECK(held.held == "earn_points_day");
    CHECK(held.points == 0);
    CHECK(held.balance == 90);
    CHECK(held.folded.outcome == domain::Outcome::kQuarantined);
    CHECK(newest(shop).over_limit == "earn_points_day");
    CHECK(MUST(shop.till.sale(shop.bill(anna, 1000))).balance == 100);
    shop.check_sound();
    shop.sync();
    CHECK(shop.balance(anna) == 100);
    CHECK(shop.hq.account(anna).balance_on(shop.till.today()) == 100);  // the fold says the same there
    CHECK(MUST(shop.replica.pending_count()) == 0);
}

TEST_CASE("till limits: bills of an hour by the local clock") {
    Shop shop(with({.bills_hour = 2}));
    const auto anna = shop.join("Anna").member;
    for (const bool is_held : {false, false, true}) {
        CHECK(MUST(shop.till.sale(shop.bill(anna, 100))).held == (is_held ? "bills_hour" : ""));
        shop.clock.advance_ms(60'000);
    }
    shop.clock.advance_ms(57 * 60'000LL);
    CHECK(MUST(shop.till.sale(shop.bill(anna, 100))).held.empty());  // the first is an hour ago
}

TEST_CASE("till limits: a redemption above its day pays nothing, and the bill earns as if it were not there") {
    for (const auto& [limits, word] : {std::pair(domain::Limits{.redemptions_day = 1}, "redemptions_day"),
                                       std::pair(domain::Limits{.redeem_points_day = 150}, "redeem_points_day")}) {
        Shop shop(with(limits));
        const auto anna = shop.join("Anna").member;
        shop.give(anna, 1000);
        auto bill = shop.bill(anna, 10'000);
        bill.redeem_points = 100;
        const auto first = MUST(shop.till.sale(bill));
        CHECK(first.held.empty());
        CHECK(first.points == 100 - 1);  // 100 points are worth 1.00
        const auto second = MUST(shop.till.sale(bill));
        CHECK(second.held == word);
        CHECK(second.redeemed == 0);
        CHECK(second.value_minor == 0);
        CHECK(second.points == 100);
        CHECK(second.balance == 1000 - 100 + 99 + 100);
        CHECK(newest(shop).over_limit == word);
        shop.check_sound();
    }
}

TEST_CASE("till limits: a cashier's adjustments of a day, by the till's own log") {
    Shop shop(with({.adjusts_cashier_day = 2}));
    const auto anna = shop.join("Anna").member, ben = shop.join("Ben").member;
    CHECK(shop.give(anna, 10).held.empty());
    CHECK(shop.give(ben, 10).held.empty());  // of all members together
    CHECK(shop.give(ben, 10).held == "adjusts_cashier_day");
    shop.reopen();
    CHECK(shop.give(anna, 10).held == "adjusts_cashier_day");
    shop.clock.advance_ms(24 * 3'600'000LL);
    CHECK(shop.give(anna, 10).held.empty());
    CHECK(shop.balance(anna) == 20);
    CHECK(shop.balance(ben) == 10);
}

TEST_CASE("till limits: a cashier's points of a day, up and down, without those that are held") {
    Shop shop(with({.adjust_points_cashier_day = 100}));
    const auto anna = shop.join("Anna").member;
    CHECK(shop.give(anna, 80).held.empty());
    CHECK(shop.give(anna, 1000).held == "adjust_points_cashier_day");
    CHECK(shop.give(anna, -20).held.empty());
    CHECK(shop.give(anna, 1).held == "adjust_points_cashier_day");
    CHECK(shop.balance(anna) == 60);
}

TEST_CASE("till limits: a large adjustment needs a second person, and each a reason code") {
    Shop shop(with({.second_person_above = 100, .reasons = {{"sorry", {}}}}));
    const auto anna = shop.join("Anna").member;
    const auto adjust = [&](domain::Points points, const std::string& code, std::uint32_t approved_by) {
        return MUST(shop.till.adjust(anna, points, domain::AdjustReason::kGoodwill, "late", code, approved_by)).held;
    };
    CHECK(adjust(101, "sorry", 0) == "second_person");
    CHECK(adjust(101, "sorry", 9).empty());
    CHECK(newest(shop).approved_by == 9);
    CHECK(adjust(100, "", 0) == "reason");
    CHECK(adjust(100, "sorry", 0).empty());
    CHECK(shop.balance(anna) == 201);
    CHECK(shop.ops() == 5);  // nothing was dropped
}
