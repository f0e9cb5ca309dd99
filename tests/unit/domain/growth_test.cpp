// The growth value: exact, floored once, less its deductions.
#include "common/domain/growth.h"
#include "tests/unit/domain/tier_rig.h"

using namespace tally;
using namespace tally::domain;
using support::on;
using support::TierRig;

static TierRig growing(std::uint32_t keep_milli) {
    TierRig rig;
    rig.programme.tiers.basis = TierBasis::kGrowth;
    rig.programme.tiers.growth.per_spend_unit_milli = 1000;
    rig.programme.tiers.growth.keep_milli = keep_milli;
    return rig;
}

TEST_CASE("growth: spend, points and visits are weighted and floored together") {
    TierRig rig = growing(1000);
    rig.programme.tiers.growth = {500, 100, 2'250, 1000, 0, 0};
    rig.earn(0, 10'099, 7);  // 50.495 + 0.7 + 2.25
    CHECK(rig.view(0).value == 53);
    rig.earn(0, 111, 0);  // + 0.555 + 2.25 = 56.25
    CHECK(rig.view(0).value == 56);
}

TEST_CASE("growth: a month that lies k months back counts keep^k, floored once over all months") {
    TierRig rig = growing(900);
    rig.earn(on(2026, 1, 31), 100'000, 0);  // 1000 -> 900 -> 810 -> 729
    rig.earn(on(2026, 2, 1), 100, 0);       // 1 -> 0.9 -> 0.81
    rig.earn(on(2026, 3, 1), 25, 0);        // 0.25 -> 0.225
    CHECK(rig.view(on(2026, 1, 31)).value == 1000);
    CHECK(rig.view(on(2026, 2, 1)).value == 901);
    CHECK(rig.view(on(2026, 3, 1)).value == 811);   // 810 + 0.9 + 0.25
    CHECK(rig.view(on(2026, 4, 30)).value == 730);  // 729 + 0.81 + 0.225
}

TEST_CASE("growth: after 30 months at 0.9 the value is what exact arithmetic says") {
    // 10^9 * 0.9^30 = 42391158.275216203514294433201; a factor rounded on the way would lose its last digits.
    TierRig rig = growing(900);
    rig.programme.tiers.period_months = 120;
    rig.earn(on(2020, 1, 15), 100'000'000'000, 0);
    CHECK(rig.view(on(2022, 7, 15)).value == 42'391'158);
    // 10^9 * 0.3^17 = 1.29, a month later 0.39.
    TierRig fast = growing(300);
    fast.programme.tiers.period_months = 120;
    fast.earn(on(2020, 1, 15), 100'000'000'000, 0);
    CHECK(fast.view(on(2021, 6, 1)).value == 1);
    CHECK(fast.view(on(2021, 7, 1)).value == 0);
}

TEST_CASE("growth: agrees with 128-bit arithmetic on every keep factor while that is wide enough") {
    for (std::uint32_t keep = 0; keep <= 1000; keep += 25) {
        TierRig rig = growing(keep);
        __int128 numerator = 0, weight = 1, whole = 1;
        for (int back = 0; back < 9; ++back) whole *= 1000;
        for (int back = 0; back < 9; ++back) {
            const Minor amount = 12'345 + 999 * back;
            rig.earn(on(2026, 9 - back, 1 + back), amount, 0);
            __int128 scale = whole;
            for (int i = 0; i < back; ++i) scale /= 1000;
            numerator += amount * weight * scale;
            weight *= keep;
        }
        CAPTURE(keep);
        CHECK(rig.view(on(2026, 9, 30)).value == static_cast<std::int64_t>(numerator / (whole * 100)));
    }
}

TEST_CASE("growth: refunds and idle months are taken off, never below 0") {
    TierRig rig = growing(1000);
    rig.programme.tiers.growth.refund_deduction = 30;
    rig.programme.tiers.growth.idle_month_deduction = 20;
    const OpId sale = rig.earn(on(2026, 1, 20), 10'000, 0);
    rig.earn(on(2026, 1, 21), 5'000, 0);
    CHECK(rig.view(on(2026, 1, 21)).value == 150);
    rig.refund(on(2026, 1, 22), sale, 4'000);
    CHECK(rig.view(on(2026, 1, 22)).value == 150 - 40 - 30);
    CHECK(rig.view(on(2026, 2, 28)).value == 80);  // February is not over
    CHECK(rig.view(on(2026, 3, 1)).value == 60);
    CHECK(rig.view(on(2026, 4, 1)).value == 40);
    CHECK(rig.view(on(2026, 8, 1)).value == 0);
    rig.earn(on(2026, 8, 1), 100, 0);  // a visit: no idle month since the last one
    CHECK(rig.view(on(2026, 8, 1)).value == 81);
}

TEST_CASE("growth: a refund without a bill fades like what it takes away") {
    TierRig rig = growing(500);
    rig.earn(on(2026, 1, 1), 10'000, 0);
    Reverse refund;
    refund.amount_minor = 2'000;
    rig.add(on(2026, 2, 1), refund);
    CHECK(rig.view(on(2026, 2, 1)).value == 50 - 20);
    CHECK(rig.view(on(2026, 3, 1)).value == 25 - 10);
}

TEST_CASE("growth: the largest amounts saturate instead of wrapping, and a month 2,000 years back costs nothing") {
    TierRig rig = growing(1000);
    rig.programme.tiers.growth.per_spend_unit_milli = 4'000'000'000u;
    rig.programme.tiers.growth.per_point_milli = 4'000'000'000u;
    rig.programme.tiers.period = TierPeriod::kSinceChange;
    rig.programme.currency_digits = 0;
    rig.earn(0, kAmountMinorMax, kPointsMax);
    CHECK(rig.view(0).value == 4'000'000 * kAmountMinorMax + 4'000'000 * kPointsMax);
    for (int i = 0; i < 100; ++i) rig.earn(0, kAmountMinorMax, kPointsMax);
    CHECK(rig.view(0).value == INT64_MAX);
    TierRig old = growing(999);
    old.programme.tiers.period = TierPeriod::kSinceChange;
    old.earn(kBusinessDayMin, 100'000'000, 0);
    CHECK(old.view(on(2026, 1, 1)).value == old.view(on(2025, 1, 1)).value);
}
