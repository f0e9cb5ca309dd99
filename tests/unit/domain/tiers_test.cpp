// Tiers by the ledger: the worked cases T1 to T7, and how levels are kept, lost and shown.
#include "tests/unit/domain/tier_rig.h"

using namespace tally;
using namespace tally::domain;
using support::on;
using support::TierRig;

TEST_CASE("cases: T1 spent 8,000, this sale 3,000: silver at once") {
    TierRig rig;
    rig.earn(0, 8'000, 80);
    CHECK(rig.tier(0) == "basic");
    CHECK(rig.view(0).to_next == 2'000);
    rig.earn(0, 3'000, 30);
    CHECK(rig.tier(0) == "silver");
    CHECK(rig.view(0).provisional);
    CHECK(rig.settle(0) == TierChange{"silver", TierCause::kUpgrade, 11'000, std::nullopt});
    CHECK(rig.account.tier == "silver");
    CHECK_FALSE(rig.view(0).provisional);
}

TEST_CASE("cases: T2 spent 18,000, this sale 3,000: gold at once, over no step between") {
    TierRig rig;
    rig.earn(0, 18'000, 180);
    rig.earn(1, 3'000, 30);
    CHECK(rig.settle(1) == TierChange{"gold", TierCause::kUpgrade, 21'000, std::nullopt});
    CHECK_FALSE(rig.view(1).to_next.has_value());
}

TEST_CASE("cases: T3 a level set by hand is a floor: above it the value decides") {
    TierRig rig;
    rig.programme.tiers.basis = TierBasis::kPoints;
    rig.programme.tiers.downgrade = Downgrade::kAutomatic;
    rig.programme.tiers.levels[1].threshold = 20;
    rig.programme.tiers.levels[2].threshold = 30;
    rig.by_hand(0, "silver");
    CHECK(rig.tier(0) == "silver");
    CHECK(rig.view(0).by_hand);
    const OpId sale = rig.earn(0, 4'000, 40);
    rig.settle(0);
    CHECK(rig.tier(0) == "gold");
    CHECK_FALSE(rig.view(0).by_hand);
    rig.refund(1, sale, 4'000);
    CHECK(rig.view(1).value == 0);
    rig.settle(1);
    CHECK(rig.account.tier == "basic");
    CHECK(rig.tier(1) == "silver");
}

TEST_CASE("a floor by hand ends on its last day, or when a person ends it") {
    TierRig rig;
    rig.by_hand(0, "gold", 10);
    CHECK(rig.tier(10) == "gold");
    CHECK(rig.view(10).through == 10);
    CHECK(rig.tier(11) == "basic");
    rig.by_hand(11, "silver");
    CHECK(rig.tier(5'000) == "silver");
    rig.add(12, TierChange{"", TierCause::kManualEnd, 0, std::nullopt});
    CHECK(rig.tier(12) == "basic");
}

TEST_CASE("cases: T4 downgrade never: the value falls, the level stays") {
    TierRig rig;
    const OpId sale = rig.earn(0, 20'000, 200);
    rig.settle(0);
    rig.refund(1, sale, 20'000);
    for (const Day day : {1, 100, 1'000, 10'000}) {
        CHECK_FALSE(rig.settle(day).has_value());
        CHECK(rig.tier(day) == "gold");
    }
    CHECK_FALSE(next_tier_day(rig.programme, rig.account, 1).has_value());
}

TEST_CASE("cases: T5 downgrade at the period's end: the level stays until then and falls after the grace") {
    for (const bool to_fit : {false, true}) {
        CAPTURE(to_fit);
        TierRig rig;
        rig.programme.tiers.downgrade = to_fit ? Downgrade::kPeriodEndToFit : Downgrade::kPeriodEndOneStep;
        rig.programme.tiers.grace_days = 30;
        const OpId sale = rig.earn(on(2026, 3, 15), 21'000, 210);
        CHECK(rig.settle(on(2026, 3, 15)) == TierChange{"gold", TierCause::kUpgrade, 21'000, on(2027, 3, 14)});
        rig.refund(on(2026, 6, 1), sale, 21'000);
        CHECK_FALSE(rig.settle(on(2026, 6, 1)).has_value());
        CHECK(rig.view(on(2026, 6, 1)).to_keep == 20'000);
        CHECK(rig.view(on(2026, 6, 1)).through == on(2027, 3, 14));
        CHECK_FALSE(rig.settle(on(2027, 3, 14)).has_value());
        CHECK_FALSE(rig.settle(on(2027, 4, 13)).has_value());  // the last day of grace
        CHECK(rig.tier(on(2027, 4, 13)) == "gold");
        CHECK(rig.settle(on(2027, 4, 14)) == (to_fit
                                                  ? TierChange{"basic", TierCause::kDowngrade, 0, std::nullopt}
                                                  : TierChange{"silver", TierCause::kDowngrade, 0, on(2028, 3, 14)}));
        CHECK(rig.tier(on(2027, 4, 14)) == (to_fit ? "basic" : "silver"));
    }
}

TEST_CASE("cases: T6 spending points changes nothing; a refund lowers the value on the day of its sale") {
    for (const TierBasis basis : {TierBasis::kSpend, TierBasis::kPoints, TierBasis::kVisits}) {
        TierRig rig;
        rig.programme.tiers.basis = basis;
        rig.programme.tiers.period_months = 1;
        const OpId sale = rig.earn(on(2026, 5, 1), 12'000, 120);
        rig.earn(on(2026, 5, 20), 3'000, 30);
        const std::int64_t before = rig.view(on(2026, 5, 21)).value;
        rig.redeem(on(2026, 5, 21), 140);
        rig.expire(on(2026, 5, 21));
        CHECK(rig.view(on(2026, 5, 21)).value == before);
        rig.refund(on(2026, 5, 22), sale, 12'000);
        CHECK(rig.view(on(2026, 5, 22)).value == (basis == TierBasis::kSpend    ? 3'000
                                                  : basis == TierBasis::kPoints ? 30
                                                                                : 1));
        // Out of the window with its sale: the refund is not taken off twice.
        CHECK(rig.view(on(2026, 6, 5)).value == rig.view(on(2026, 5, 22)).value);
    }
}

TEST_CASE("a refund without a bill lowers the value on its own day, a waiting one when its sale comes") {
    TierRig rig;
    rig.earn(0, 12'000, 120);
    Reverse free_refund;
    free_refund.amount_minor = 5'000;
    free_refund.points = 50;
    rig.add(1, free_refund);
    CHECK(rig.view(1).value == 7'000);
    Reverse early;
    early.amount_minor = 1'000;
    early.target_bill_no = "LATER";
    rig.add(2, early);
    CHECK(rig.view(2).value == 7'000);
    rig.earn(3, 4'000, 40, {}, "LATER");
    CHECK(rig.view(3).value == 10'000);
    rig.programme.tiers.basis = TierBasis::kPoints;
    CHECK(rig.view(3).value == 120 - 50 + 30);
}

TEST_CASE("cases: T7 points count when they unlock, and headquarters looks on that day") {
    TierRig rig;
    rig.programme.tiers.basis = TierBasis::kPoints;
    Earn sale;
    sale.bill.bill_no = "1";
    sale.amount_minor = sale.eligible_minor = 1'000'000;
    sale.points = 10'000;
    sale.unlocks = 7;
    rig.add(0, sale);
    CHECK(rig.view(0).value == 0);
    CHECK(next_tier_day(rig.programme, rig.account, 0) == 7);
    CHECK_FALSE(rig.settle(6).has_value());
    CHECK(rig.tier(7) == "silver");
    CHECK(rig.settle(7)->level == "silver");
}

TEST_CASE("earned points count, of sales and bonuses; adjustments, opening balances and points given back do not") {
    TierRig rig;
    rig.programme.tiers.basis = TierBasis::kPoints;
    rig.earn(0, 1'000, 10, 5);
    rig.add(0, Bonus{"welcome", "", 200, std::nullopt, std::nullopt, 0, 0});
    rig.adjust(0, 3'000);
    rig.by_hq(0, OpeningBalance{40'000, 0, std::nullopt});
    const OpId spent = rig.redeem(1, 10);
    Reverse back;
    back.target = spent;
    back.is_refund = false;
    back.points = 10;
    back.grace_through = 30;
    rig.add(9, back);
    REQUIRE(rig.account.given_back_total == 10);
    CHECK(rig.view(9).value == 210);
}

TEST_CASE("visits are sales of which something is left") {
    TierRig rig;
    rig.programme.tiers.basis = TierBasis::kVisits;
    const OpId first = rig.earn(0, 1'000, 10);
    rig.earn(0, 2'000, 20);
    rig.earn(1, 0, 0);
    CHECK(rig.view(1).value == 2);
    rig.refund(1, first, 400);
    CHECK(rig.view(1).value == 2);
    rig.refund(1, first, 600);
    CHECK(rig.view(1).value == 1);
}

TEST_CASE("a level is kept at the period's end by the retention threshold, also by what the grace days bring") {
    TierRig rig;
    rig.programme.tiers.downgrade = Downgrade::kPeriodEndToFit;
    rig.programme.tiers.grace_days = 10;
    rig.programme.tiers.levels[2].keep_threshold = 5'000;
    rig.programme.tiers.levels[1].keep_threshold = 2'000;
    rig.earn(on(2026, 1, 1), 20'000, 200);
    rig.settle(on(2026, 1, 1));
    REQUIRE(rig.account.standing.through == on(2026, 12, 31));
    rig.earn(on(2026, 12, 1), 3'000, 30);
    // All of 2026 counts for its end, the day of the upgrade too.
    CHECK(rig.settle(on(2027, 1, 1)) == TierChange{"gold", TierCause::kRetain, 23'000, on(2027, 12, 31)});
    // For the end of 2027 nothing but what came since.
    CHECK(rig.view(on(2027, 6, 1)).to_keep == 5'000);
    CHECK_FALSE(rig.settle(on(2028, 1, 1)).has_value());
    rig.earn(on(2028, 1, 10), 4'999, 49);
    CHECK_FALSE(rig.settle(on(2028, 1, 10)).has_value());
    CHECK(rig.view(on(2028, 1, 10)).to_keep == 1);
    TierRig other = rig;
    rig.earn(on(2028, 1, 10), 1, 0);
    CHECK(rig.settle(on(2028, 1, 10)) == TierChange{"gold", TierCause::kRetain, 5'000, on(2028, 12, 31)});
    CHECK(other.settle(on(2028, 1, 11)) == TierChange{"silver", TierCause::kDowngrade, 4'999, on(2028, 12, 31)});
}

TEST_CASE("a calendar year counts from its first day; its level holds to the year's end and is judged by that year") {
    TierRig rig;
    rig.programme.tiers.period = TierPeriod::kCalendarYear;
    rig.programme.tiers.downgrade = Downgrade::kPeriodEndToFit;
    rig.earn(on(2026, 12, 31), 9'999, 99);
    CHECK(rig.view(on(2027, 1, 1)).value == 0);
    rig.earn(on(2027, 1, 1), 10'000, 100);
    CHECK(rig.settle(on(2027, 1, 1)) == TierChange{"silver", TierCause::kUpgrade, 10'000, on(2027, 12, 31)});
    CHECK(next_tier_day(rig.programme, rig.account, on(2027, 1, 1)) == on(2028, 1, 1));
    CHECK(rig.settle(on(2028, 1, 1)) == TierChange{"silver", TierCause::kRetain, 10'000, on(2028, 12, 31)});
    CHECK(rig.settle(on(2029, 1, 1)) == TierChange{"basic", TierCause::kDowngrade, 0, std::nullopt});
}

TEST_CASE("since the last change every sale counts once, however late it arrives") {
    TierRig rig;
    rig.programme.tiers.period = TierPeriod::kSinceChange;
    rig.programme.tiers.downgrade = Downgrade::kPeriodEndOneStep;
    rig.programme.tiers.period_months = 6;
    rig.earn(on(2026, 1, 5), 10'000, 100);
    CHECK(rig.settle(on(2026, 1, 9)) == TierChange{"silver", TierCause::kUpgrade, 10'000, on(2026, 7, 8)});
    CHECK(rig.view(on(2026, 1, 9)).value == 0);
    CHECK(rig.view(on(2026, 1, 9)).to_next == 20'000);
    rig.earn(on(2026, 1, 6), 4'000, 40);  // a till that was cut off
    rig.earn(on(2026, 1, 9), 5'999, 50);
    CHECK(rig.view(on(2026, 1, 9)).value == 9'999);
    TierRig other = rig;
    rig.earn(on(2026, 2, 1), 1, 0);
    CHECK(rig.settle(on(2026, 7, 9)) == TierChange{"silver", TierCause::kRetain, 10'000, on(2027, 1, 8)});
    CHECK(other.settle(on(2026, 7, 9)) == TierChange{"basic", TierCause::kDowngrade, 9'999, std::nullopt});
}

TEST_CASE("automatic: the level falls on the day on which the rolling value no longer keeps it") {
    TierRig rig;
    rig.programme.tiers.downgrade = Downgrade::kAutomatic;
    rig.programme.tiers.period_months = 1;
    rig.earn(on(2026, 1, 31), 10'000, 100);
    rig.earn(on(2026, 2, 10), 10'000, 100);
    CHECK(rig.settle(on(2026, 2, 10))->level == "gold");
    CHECK(next_tier_day(rig.programme, rig.account, on(2026, 2, 10)) == on(2026, 3, 1));
    CHECK_FALSE(rig.settle(on(2026, 2, 28)).has_value());
    CHECK(rig.settle(on(2026, 3, 1)) == TierChange{"silver", TierCause::kDowngrade, 10'000, std::nullopt});
    CHECK(rig.settle(on(2026, 3, 10))->level == "basic");
}

TEST_CASE("a refund that is dated ahead lowers the value on its day, and headquarters looks then") {
    TierRig rig;
    rig.programme.tiers.downgrade = Downgrade::kAutomatic;
    rig.earn(on(2026, 2, 1), 10'000, 100);
    rig.settle(on(2026, 2, 1));
    Reverse refund;
    refund.amount_minor = 1;
    rig.add(on(2026, 2, 4), refund);
    CHECK(rig.view(on(2026, 2, 3)).value == 10'000);
    CHECK(next_tier_day(rig.programme, rig.account, on(2026, 2, 1)) == on(2026, 2, 4));
    CHECK(rig.settle(on(2026, 2, 4))->level == "basic");
}

TEST_CASE("a level of another system is known by id or by name; an unknown one is the lowest") {
    struct Row {
        const char* text;
        std::size_t rank;
    };
    for (const Row row : {Row{"gold", 2}, Row{"Gold", 2}, Row{" GOLD ", 2}, Row{"金卡", 2}, Row{"银卡", 1},
                          Row{"platinum", 0}, Row{"", 0}, Row{" ", 0}}) {
        CAPTURE(row.text);
        TierRig rig;
        Register body;
        body.channel = "import";
        body.opening_tier = row.text;
        rig.add(0, body);
        CHECK(settled_rank(rig.programme, rig.account) == row.rank);
        CHECK(rig.tier(0) == rig.programme.tiers.levels[row.rank].id);
    }
}

TEST_CASE("an imported level that can be lost first gets a whole period") {
    for (const TierPeriod period : {TierPeriod::kRolling, TierPeriod::kCalendarYear}) {
        TierRig rig;
        rig.programme.tiers.period = period;
        rig.programme.tiers.downgrade = Downgrade::kPeriodEndToFit;
        rig.add(on(2026, 11, 22), Register{"import", 0, "金卡", {}});
        const Day end = period == TierPeriod::kRolling ? on(2027, 11, 21) : on(2027, 12, 31);
        CHECK(next_tier_day(rig.programme, rig.account, on(2026, 11, 22)) == on(2026, 11, 22));
        CHECK(rig.settle(on(2026, 11, 22)) == TierChange{"gold", TierCause::kRetain, 0, end});
        CHECK(rig.account.tier == "gold");
        CHECK_FALSE(rig.settle(end).has_value());
        CHECK(rig.settle(end + 1) == TierChange{"basic", TierCause::kDowngrade, 0, std::nullopt});
    }
}

TEST_CASE("without tiers in the programme the account's own text stands, at a factor of 1") {
    support::Book book;
    book.add(0, Register{"import", 0, "VIP", {}});
    CHECK_FALSE(tier_of(book.programme, book.account, 0).has_value());
    CHECK(tier_name(book.programme, book.account, 0) == "VIP");
    CHECK(tier_factor_milli(book.programme, "VIP") == 1000);
    CHECK_FALSE(due_tier_change(book.programme, book.account, 0).has_value());
    CHECK_FALSE(next_tier_day(book.programme, book.account, 0).has_value());
}

TEST_CASE("a level has its own factor, and the benefits of those below it once") {
    TierRig rig;
    rig.programme.tiers.levels[1].factor_milli = 1200;
    rig.programme.tiers.levels[2].factor_milli = 1500;
    rig.programme.tiers.levels[0].benefits = {"wifi"};
    rig.programme.tiers.levels[1].benefits = {"parking", "wifi"};
    rig.programme.tiers.levels[2].benefits = {"lounge"};
    rig.earn(0, 10'000, 100);
    CHECK(tier_factor_milli(rig.programme, rig.tier(0)) == 1200);
    CHECK(rig.view(0).benefits == std::vector<std::string>{"wifi", "parking"});
    rig.earn(0, 10'000, 100);
    CHECK(tier_factor_milli(rig.programme, rig.tier(0)) == 1500);
    CHECK(rig.view(0).benefits == std::vector<std::string>{"wifi", "parking", "lounge"});
}
