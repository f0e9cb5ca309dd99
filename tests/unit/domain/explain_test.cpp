// "Why this number": the lines sum up to it whatever happened, and read as a person would say them.
#include "common/domain/explain.h"

#include <algorithm>

#include "tests/support/seed.h"
#include "tests/unit/domain/tier_rig.h"

using namespace tally;
using namespace tally::domain;
using support::on;
using support::TierRig;

namespace {

std::int64_t sum_of(const Explanation& explanation) {
    std::int64_t sum = 0;
    for (const Because& line : explanation.lines) sum += line.value;
    return sum;
}

std::vector<std::string> told(const TierRig& rig, const Explanation& explanation, Language language) {
    std::vector<std::string> out;
    for (const Because& line : explanation.lines) out.push_back(sentence(rig.programme, line, language));
    return out;
}

std::uint32_t below(SeededRandom& random, std::uint32_t most) { return static_cast<std::uint32_t>(random.below(most)); }

CouponId coupon_number(std::uint32_t n) {
    CouponId id;
    id.bytes[0] = 1;
    id.bytes[15] = static_cast<std::uint8_t>(n);
    return id;
}

// A lease is granted, returned, redeemed or written off.
void act_on_lease(TierRig& rig, SeededRandom& random, Day day) {
    if (rig.account.lots.empty()) return;
    const auto pick = below(random, static_cast<std::uint32_t>(rig.account.lots.size()));
    const OpId lot = rig.account.lots[pick].maker;
    const Points points = 1 + below(random, 60);
    Epoch epoch;  // of the rig's operations
    epoch.bytes[0] = 1;
    switch (below(random, 5)) {
        case 0:
        case 1: return rig.by_hq(day, LeaseGrant{rig.terminal, epoch, {{lot, points}}, day + 3});
        case 2: return rig.by_hq(day, LeaseWriteOff{rig.terminal, epoch, {{lot, points}}});
        case 3: rig.add(day, LeaseReturn{{{lot, points}}}); return;
        default: {
            Redeem redeem;
            redeem.points = points;
            redeem.takes = {{lot, points}};
            redeem.leased = true;
            rig.add(day, redeem);
        }
    }
}

// One random operation of any kind that a member can have.
void act(TierRig& rig, SeededRandom& random, Day day) {
    const auto up_to = [&](std::uint32_t most) { return static_cast<std::int64_t>(1 + below(random, most)); };
    const auto soon = [&]() -> std::optional<Day> {
        if (below(random, 2)) return std::nullopt;
        return day + static_cast<Day>(below(random, 15));
    };
    const auto any_op = [&] {
        return rig.ops.empty() ? OpId{} : rig.ops[below(random, static_cast<std::uint32_t>(rig.ops.size()))].id;
    };
    switch (below(random, 18)) {
        case 0:
        case 1:
        case 2: {
            Earn sale;
            sale.bill.bill_no = std::to_string(below(random, 60));
            sale.amount_minor = sale.eligible_minor = up_to(15'000);
            sale.points = sale.amount_minor / 100;
            if (sale.points > 3) sale.parts = {{"", sale.points - 2, 0, 0}, {"weekend", 2, 0, 0}};
            sale.expires = soon();
            if (below(random, 3) == 0) sale.unlocks = day + static_cast<Day>(up_to(10));
            rig.add(day, sale);
            return;
        }
        case 3:
            rig.add(day, Bonus{"gift", std::to_string(below(random, 30)), up_to(90), soon(), std::nullopt, 0, 0});
            return;
        case 4: rig.by_hq(day, OpeningBalance{up_to(80), day - 100, soon()}); return;
        case 5: rig.adjust(day, up_to(50), soon()); return;
        case 6: rig.adjust(day, -up_to(60)); return;
        case 7:
        case 8: rig.redeem(day, up_to(150), 100); return;
        case 9: rig.expire(day); return;
        case 10: {
            Reverse refund;
            refund.bill.bill_no = below(random, 2) ? "R" : "";
            refund.amount_minor = up_to(12'000);
            if (below(random, 3) == 0)
                refund.target = any_op();
            else if (below(random, 2))
                refund.target_bill_no = std::to_string(below(random, 60));
            else
                refund.points = up_to(40);
            rig.add(day, refund);
            return;
        }
        case 11:
        case 12: {
            Reverse undo;
            undo.is_refund = false;
            undo.target =
                rig.account.redemptions.empty() || below(random, 3) == 0
                    ? any_op()
                    : rig.account.redemptions[below(random, static_cast<std::uint32_t>(rig.account.redemptions.size()))]
                          .op;
            undo.points = up_to(100);
            if (below(random, 2)) undo.grace_through = day + 20;
            if (!undo.target.is_none()) rig.add(day, undo);
            return;
        }
        case 13: {
            const std::uint32_t n = below(random, 6);
            if (below(random, 2))
                rig.add(day, CouponIssue{coupon_number(n), "tenner", CouponCause::kByHand, "", {}, day, day + 9});
            else
                rig.add(day, CouponRedeem{coupon_number(n), {}, 9'000, 1'000, true});
            return;
        }
        default: act_on_lease(rig, random, day);
    }
}

}  // namespace

TEST_CASE(
    "law E (explained): the lines of a balance, and of a tier's value, sum up to it after any history on any day") {
    SeededRandom random(support::seed());
    std::size_t lines = 0;
    std::vector<bool> seen(static_cast<std::size_t>(BecauseKind::kLoss) + 1, false);
    for (int history = 0; history < 250; ++history) {
        TierRig rig;
        rig.programme.tiers.basis = static_cast<TierBasis>(1 + below(random, 4));
        rig.programme.tiers.period = static_cast<TierPeriod>(1 + below(random, 3));
        rig.programme.tiers.period_months = 1 + below(random, 2);
        rig.programme.tiers.growth = {1300, 700, 2500, 850, below(random, 2) * 40, below(random, 2) * 30};
        const Day start = on(2026, 1, 20);
        for (int step = 0; step < 50; ++step) {
            const Day day = start + step;
            act(rig, random, day);
            if (below(random, 9) == 0) rig.settle(day);
            for (const Day asked : {day, day + 5, day + 60}) {
                const Explanation balance = explain_balance(rig.account, asked);
                REQUIRE(balance.number == rig.account.balance_on(asked));
                REQUIRE(sum_of(balance) == balance.number);
                const Explanation value = explain_tier_value(rig.programme, rig.account, asked);
                REQUIRE(value.number == rig.view(asked).value);
                REQUIRE(sum_of(value) == value.number);
                lines += balance.lines.size() + value.lines.size();
                for (const Because& line : balance.lines) seen[static_cast<std::size_t>(line.kind)] = true;
            }
        }
        for (const Explanation& all :
             {explain_balance(rig.account, start + 50), explain_tier_value(rig.programme, rig.account, start + 50)})
            for (const Because& line : all.lines)
                for (const Language language : {Language::kChinese, Language::kEnglish}) {
                    const std::string text = sentence(rig.programme, line, language);
                    REQUIRE_FALSE(text.empty());
                    REQUIRE(text.find("  ") == std::string::npos);
                    REQUIRE(text.back() != ' ');
                    REQUIRE(text.find('\n') == std::string::npos);
                }
    }
    CHECK(lines > 100'000);
    for (std::size_t kind = 0; kind < seen.size(); ++kind)
        if (kind != static_cast<std::size_t>(BecauseKind::kRule)) CHECK_MESSAGE(seen[kind], "kind " << kind);
}

TEST_CASE("a balance is told in sentences: sale, rule, use, expiry, refund, what is locked and what is owed") {
    TierRig rig;
    rig.programme.earn_rules.push_back({.id = "weekend_double", .name = {"周末双倍", "Weekend double"}});
    rig.programme.rewards.push_back({.id = "tea", .name = {"一杯茶", "a cup of tea"}, .points = 30});
    Earn sale;
    sale.bill.bill_no = "1001";
    sale.amount_minor = sale.eligible_minor = 15'200;
    sale.points = 304;
    sale.parts = {{"", 152, 0, 0}, {"weekend_double", 152, 0, 0}};
    sale.expires = on(2026, 3, 31);
    const OpId first = rig.add(on(2026, 3, 2), sale);
    Redeem tea;
    tea.bill.bill_no = "1002";
    tea.points = 30;
    tea.reward = "tea";
    tea.count = 1;
    rig.add(on(2026, 3, 3), tea);
    rig.redeem(on(2026, 3, 4), 10, 100);
    Reverse refund;
    refund.bill.bill_no = "R7";
    refund.target = first;
    refund.amount_minor = 7'600;
    rig.add(on(2026, 3, 5), refund);
    Earn locked;
    locked.bill.bill_no = "1003";
    locked.amount_minor = locked.eligible_minor = 123'456;
    locked.points = 1'234;
    locked.unlocks = on(2026, 4, 9);
    rig.add(on(2026, 4, 2), locked);
    rig.expire(on(2026, 4, 2));
    const Explanation balance = explain_balance(rig.account, on(2026, 4, 2));
    CHECK(balance.number == 0);
    CHECK(told(rig, balance, Language::kEnglish) ==
          std::vector<std::string>{"2026-03-02 bill 1001 at S1: 152.00 spent, 152 points; rule Weekend double added "
                                   "152; 40 used, 112 expired, "
                                   "152 taken back",
                                   "2026-03-03 bill 1002 at S1: 30 points used for a cup of tea",
                                   "2026-03-04 at S1: 10 points used, worth 1.00",
                                   "2026-03-05: refund R7 of bill 1001 of 76.00: 152 points taken back",
                                   "2026-03-31 bill 1001 at S1: 112 points expired",
                                   "2026-04-02 bill 1003 at S1: 1,234.56 spent, 1,234 points",
                                   "2026-04-08 bill 1003 at S1: 1,234 points locked through 2026-04-08"});
    CHECK(told(rig, balance, Language::kChinese) ==
          std::vector<std::string>{
              "2026-03-02 S1 店 小票 1001：消费 152.00，得 152 积分；规则“周末双倍”加 152；已用 40，已过期 112，已扣回 "
              "152",
              "2026-03-03 S1 店 小票 1002：使用 30 积分，兑换“一杯茶”", "2026-03-04 S1 店：使用 10 积分，抵 1.00",
              "2026-03-05：退款 R7 （原小票 1001）76.00，扣回 152 积分", "2026-03-31 S1 店 小票 1001：112 积分 已过期",
              "2026-04-02 S1 店 小票 1003：消费 1,234.56，得 1,234 积分",
              "2026-04-08 S1 店 小票 1003：1,234 积分 锁定至 2026-04-08"});
}

TEST_CASE("debt, points by hand, an earlier system's points and what came back are told too") {
    TierRig rig;
    rig.programme.currency_digits = 0;
    rig.by_hq(on(2026, 1, 1), OpeningBalance{20, on(2025, 12, 1), on(2026, 1, 10)});
    rig.adjust(on(2026, 1, 2), 1);
    const OpId spent = rig.redeem(on(2026, 1, 3), 15, 500);
    Reverse undo;
    undo.target = spent;
    undo.is_refund = false;
    undo.points = 15;
    undo.grace_through = on(2026, 2, 1);
    rig.add(on(2026, 1, 12), undo);
    rig.add(on(2026, 1, 13), Bonus{"welcome", "", 5, std::nullopt, std::nullopt, 0, 0});
    rig.adjust(on(2026, 1, 14), -40);
    Reverse waits;
    waits.target_bill_no = "nowhere";
    waits.amount_minor = 700;
    rig.add(on(2026, 1, 15), waits);
    const Explanation balance = explain_balance(rig.account, on(2026, 1, 20));
    CHECK(balance.number == rig.account.balance_on(on(2026, 1, 20)));
    CHECK(told(rig, balance, Language::kEnglish) ==
          std::vector<std::string>{"2025-12-01 at S1: 20 points from the earlier system; 20 taken back",
                                   "2026-01-02 at S1: 1 point added by hand; 1 taken back",
                                   "2026-01-03 at S1: 15 points used, worth 500",
                                   "2026-01-12 at S1: 15 points given back whose date had passed; 15 taken back",
                                   "2026-01-13 at S1: bonus welcome, 5 points; 5 taken back",
                                   "2026-01-14: 40 points taken by hand; 14 of them were not there and are owed",
                                   "2026-01-15: a reversal of 700 waits for what it undoes; no points yet",
                                   "14 points owed; to be taken from the next ones"});
    CHECK(told(rig, balance, Language::kChinese).back() == "尚欠 14 积分，将从以后所得中扣除");
}

TEST_CASE("a tier is told with what counts, what is missing, and until when") {
    TierRig rig;
    for (std::size_t i = 1; i < 3; ++i) rig.programme.tiers.levels[i].threshold *= 100;
    rig.programme.tiers.period = TierPeriod::kCalendarYear;
    rig.programme.tiers.downgrade = Downgrade::kPeriodEndToFit;
    rig.earn(on(2026, 2, 1), 1'800'000, 18'000, {}, "77");
    const Day day = on(2026, 3, 1);
    CHECK(tier_sentence(rig.programme, rig.account, day, Language::kEnglish) ==
          "Silver: 18,000.00 spent since 2026-01-01; to be confirmed by headquarters; 2,000.00 more by 2026-12-31 for "
          "Gold.");
    rig.settle(day);
    CHECK(tier_sentence(rig.programme, rig.account, day, Language::kEnglish) ==
          "Silver: 18,000.00 spent since 2026-01-01; 2,000.00 more by 2026-12-31 for Gold; kept through 2026-12-31.");
    CHECK(tier_sentence(rig.programme, rig.account, day, Language::kChinese) ==
          "银卡：2026-01-01 起 18,000.00 消费额；2026-12-31 前再 2,000.00 升为金卡；有效期至 2026-12-31。");
    CHECK(told(rig, explain_tier_value(rig.programme, rig.account, day), Language::kEnglish) ==
          std::vector<std::string>{"2026-02-01 bill 77 at S1: 18,000.00 spent, counts 18,000.00 spent"});
    rig.programme.tiers.basis = TierBasis::kVisits;
    CHECK(told(rig, explain_tier_value(rig.programme, rig.account, day), Language::kChinese) ==
          std::vector<std::string>{"2026-02-01 S1 店 小票 77：消费 18,000.00，计入 1 次到店"});
    rig.by_hand(day, "gold", on(2026, 6, 30));
    CHECK(tier_sentence(rig.programme, rig.account, day, Language::kEnglish) ==
          "Gold: 1 visit since 2026-01-01; set by hand through 2026-06-30.");
    support::Book plain;
    CHECK(tier_sentence(plain.programme, plain.account, day, Language::kEnglish) == "no tier");
}

TEST_CASE("in the grace days a tier's sentence names their last day, and after them none") {
    TierRig rig;
    rig.programme.tiers.downgrade = Downgrade::kPeriodEndToFit;
    rig.programme.tiers.grace_days = 30;
    const OpId sale = rig.earn(on(2026, 3, 15), 21'000, 210);
    rig.settle(on(2026, 3, 15));
    const auto said = [&](Day day, Language language) {
        return tier_sentence(rig.programme, rig.account, day, language);
    };
    CHECK(said(on(2027, 3, 14), Language::kEnglish) == "Gold: 210.00 spent since 2026-03-15; kept through 2027-03-14.");
    CHECK(said(on(2027, 3, 15), Language::kEnglish) == "Gold: 0.00 spent since 2026-03-16; kept through 2027-04-13.");
    CHECK(said(on(2027, 3, 15), Language::kChinese) == "金卡：2026-03-16 起 0.00 消费额；有效期至 2027-04-13。");
    rig.refund(on(2026, 6, 1), sale, 21'000);
    CHECK(said(on(2027, 4, 13), Language::kEnglish) ==
          "Gold: 0.00 spent since 2026-04-14; 200.00 more by 2027-04-13 to stay.");
    CHECK(said(on(2027, 4, 13), Language::kChinese) ==
          "金卡：2026-04-14 起 0.00 消费额；2027-04-13 前再 200.00 可保级。");
    CHECK(said(on(2027, 4, 14), Language::kEnglish) == "Gold: 0.00 spent since 2026-04-15.");
}

TEST_CASE("a benefit is explained by its level, a coupon by its issue, a bonus by its rule") {
    TierRig rig;
    rig.programme.benefits = {{"lounge", {"贵宾厅", "Lounge"}, ""}, {"gift", {"礼券", "Gift"}, "tenner"}};
    rig.programme.coupons.push_back({.id = "tenner", .name = {"十元券", "Ten off"}});
    rig.programme.bonuses.push_back({.id = "welcome", .name = {"入会礼", "Welcome"}});
    rig.programme.tiers.levels[1].benefits = {"lounge", "gift"};
    const Day day = on(2026, 5, 5);
    BenefitReason reason = explain_benefit(rig.programme, rig.account, "lounge", day);
    CHECK_FALSE(reason.has_it);
    CHECK(reason.tier == "silver");
    CHECK(reason.words_en == "Lounge: comes with the tier Silver, which is not reached");
    rig.earn(day, 20'000, 200);
    rig.settle(day);
    reason = explain_benefit(rig.programme, rig.account, "lounge", day);
    CHECK(reason.has_it);
    CHECK(reason.words_zh == "贵宾厅：属于等级“银卡”及以上的权益");
    CHECK_FALSE(explain_benefit(rig.programme, rig.account, "gift", day).has_it);  // the coupon has not been issued
    const OpId issue =
        rig.add(day, CouponIssue{coupon_number(1), "tenner", CouponCause::kTierGift, "", {}, day, day + 9});
    for (const char* id : {"gift", "tenner"}) {
        reason = explain_benefit(rig.programme, rig.account, id, day);
        CHECK(reason.has_it);
        CHECK(reason.tier == "silver");
        CHECK(reason.op == issue);
        CHECK(reason.words_en ==
              "Gift: comes with the tier Silver and those above it; coupon Ten off: given with the tier, usable "
              "through 2026-05-14");
    }
    CHECK_FALSE(explain_benefit(rig.programme, rig.account, "tenner", day + 10).has_it);
    rig.add(day, CouponRedeem{coupon_number(1), {}, 9'000, 1'000, false});
    reason = explain_benefit(rig.programme, rig.account, "tenner", day);
    CHECK_FALSE(reason.has_it);
    CHECK(reason.words_en.find("used on 2026-05-05, took off 10.00") != std::string::npos);
    CHECK_FALSE(explain_benefit(rig.programme, rig.account, "welcome", day).has_it);
    const OpId bonus = rig.add(day, Bonus{"welcome", "", 50, std::nullopt, std::nullopt, 0, 0});
    reason = explain_benefit(rig.programme, rig.account, "welcome", day);
    CHECK(reason.has_it);
    CHECK(reason.op == bonus);
    CHECK(reason.words_zh == "奖励“入会礼”：2026-05-05 得 50 积分");
    CHECK(explain_benefit(rig.programme, rig.account, "nonsense", day).words_zh == "该会员没有“nonsense”");
}
