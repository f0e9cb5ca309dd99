// Laws of tiers under random programmes and random histories (the seed is printed).
#include "tests/support/seed.h"
#include "tests/unit/domain/tier_rig.h"

using namespace tally;
using namespace tally::domain;
using support::on;
using support::TierRig;

namespace {

std::uint32_t below(SeededRandom& random, std::uint32_t most) { return static_cast<std::uint32_t>(random.below(most)); }

void random_rules(TierRig& rig, SeededRandom& random) {
    TierRules& rules = rig.programme.tiers;
    rules.basis = static_cast<TierBasis>(1 + below(random, 4));
    rules.period = static_cast<TierPeriod>(1 + below(random, 3));
    rules.period_months = 1 + below(random, 4);
    rules.downgrade = static_cast<Downgrade>(below(random, 4));
    rules.grace_days = below(random, 3) * 7;
    rules.growth = {
        1000, 500 * below(random, 3), 3000, 1000 - 150 * below(random, 3), below(random, 2) * 5, below(random, 2) * 10};
    const std::int64_t step = rules.basis == TierBasis::kVisits ? 3 : rules.basis == TierBasis::kSpend ? 20'000 : 150;
    for (std::size_t i = 1; i < rules.levels.size(); ++i) {
        rules.levels[i].threshold = static_cast<std::int64_t>(i) * step;
        rules.levels[i].keep_threshold = below(random, 2) * rules.levels[i].threshold / 2;
    }
}

// One of everything that can move a value, or should not.
void act(TierRig& rig, SeededRandom& random, Day day) {
    const auto up_to = [&](std::uint32_t most) { return static_cast<std::int64_t>(1 + below(random, most)); };
    // Of a refund: a till's clock may be ahead.
    const auto soon = [&] { return day + (below(random, 2) ? static_cast<Day>(below(random, 4)) : 0); };
    switch (below(random, 10)) {
        case 0: rig.redeem(day, up_to(100)); return;
        case 1: rig.adjust(day, below(random, 2) ? up_to(400) : -up_to(50)); return;
        case 2: rig.expire(day); return;
        case 3: {
            Reverse refund;
            refund.amount_minor = up_to(9'000);
            refund.points = refund.amount_minor / 100;
            rig.add(soon(), refund);
            return;
        }
        case 4:
        case 5:
            if (!rig.account.lots.empty()) {
                const Lot lot = rig.account.lots[below(random, static_cast<std::uint32_t>(rig.account.lots.size()))];
                const Day when = soon();
                rig.refund(when, lot.maker, up_to(15'000));
            }
            return;
        case 6: rig.add(day, Bonus{"gift", std::to_string(rig.ops.size()), up_to(90), day + 40, day + 5, 0, 0}); return;
        case 7:
            if (below(random, 4) == 0) rig.by_hand(day, "silver", day + 20);
            return;
        default: {
            Earn sale;
            sale.bill.bill_no = std::to_string(rig.ops.size());
            sale.amount_minor = sale.eligible_minor = up_to(15'000);
            sale.points = sale.amount_minor / 100;
            if (below(random, 3) == 0) sale.unlocks = day + static_cast<Day>(up_to(20));
            rig.add(day - static_cast<Day>(below(random, 3)), sale);  // a till that was cut off sends late
        }
    }
}

}  // namespace

TEST_CASE("law T (tiers): what is due is written once; an upgrade never lowers; a till's level is the one HQ settles") {
    SeededRandom random(support::seed());
    int changes = 0, retained = 0, lowered = 0;
    for (int history = 0; history < 300; ++history) {
        TierRig rig;
        random_rules(rig, random);
        Day day = on(2026, 1, 1) + static_cast<Day>(below(random, 400));
        for (int step = 0; step < 50; ++step, day += static_cast<Day>(below(random, 12))) {
            act(rig, random, day);
            const TierView till = rig.view(day);
            const std::size_t before = settled_rank(rig.programme, rig.account);
            const auto written = rig.settle(day);
            REQUIRE_FALSE(due_tier_change(rig.programme, rig.account, day).has_value());
            const std::size_t after = settled_rank(rig.programme, rig.account);
            REQUIRE((after == before || written.has_value()));
            if (!written || written->cause != TierCause::kDowngrade) REQUIRE(rig.view(day).rank == till.rank);
            REQUIRE_FALSE(rig.view(day).provisional);
            if (!written) continue;
            ++changes;
            switch (written->cause) {
                case TierCause::kUpgrade: REQUIRE(after > before); break;
                case TierCause::kRetain: REQUIRE(after == before), ++retained; break;
                default: REQUIRE(after < before), ++lowered;
            }
        }
    }
    CHECK(changes > 500);
    CHECK(retained > 50);
    CHECK(lowered > 50);
}

TEST_CASE("law T (tiers): before next_tier_day nothing becomes due, and time alone brings no more than it says") {
    SeededRandom random(support::seed());
    int checked = 0;
    for (int history = 0; history < 200; ++history) {
        TierRig rig;
        random_rules(rig, random);
        Day day = on(2026, 1, 1) + static_cast<Day>(below(random, 400));
        for (int step = 0; step < 15; ++step, day += static_cast<Day>(below(random, 12))) act(rig, random, day);
        for (int quiet = 0; quiet < 400; ++quiet, ++day) {
            rig.settle(day);
            const auto next = next_tier_day(rig.programme, rig.account, day);
            const auto due_tomorrow = due_tier_change(rig.programme, rig.account, day + 1);
            if (!due_tomorrow) continue;
            REQUIRE(next == day + 1);
            ++checked;
        }
    }
    CHECK(checked > 25);
}

TEST_CASE("law T (tiers): spending, expiry and adjustments never move the value") {
    SeededRandom random(support::seed());
    for (int history = 0; history < 200; ++history) {
        TierRig rig;
        random_rules(rig, random);
        const Day day = on(2026, 6, 1);
        for (int step = 0; step < 20; ++step) act(rig, random, day + step / 4);
        const std::int64_t before = rig.view(day + 5).value;
        rig.redeem(day + 5, 40);
        rig.adjust(day + 5, 70);
        rig.adjust(day + 5, -30);
        rig.expire(day + 60);
        REQUIRE(rig.view(day + 5).value == before);
    }
}
