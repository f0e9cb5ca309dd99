// What a programme may say: every bound with its field and its reason, and what is allowed but odd.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "common/domain/programme_findings.h"

using namespace tally;
using namespace tally::domain;

namespace {

Programme good() {
    Programme out;
    out.version = 1;
    out.chain_name = "Chain";
    out.tiers.levels = {{"bronze", {"铜", "Bronze"}, 0, 0, 1000, {}},
                        {"silver", {"银", "Silver"}, 10'000, 0, 1200, {"lounge"}},
                        {"gold", {"金", "Gold"}, 20'000, 15'000, 1500, {"cake"}}};
    out.benefits = {{"lounge", {"休息室", "Lounge"}, ""}, {"cake", {"蛋糕", "Cake"}, "free-cake"}};
    CouponTemplate cake;
    cake.id = "free-cake";
    cake.name = {"蛋糕", "Cake"};
    cake.kind = CouponKind::kGift;
    cake.gift_sku = "4711";
    cake.cause = CouponCause::kTierGift;
    out.coupons = {cake};
    out.segments = {{"regulars", {"常客", "Regulars"}, 90, 0, 3, 0, 0}};
    EarnRule milk;
    milk.id = "milk";
    milk.name = {"奶", "Milk"};
    milk.kind = EarnKind::kPerUnit;
    milk.points = 1;
    milk.per_minor = 100;
    milk.when.categories = {"dairy"};
    EarnRule weekend;
    weekend.id = "weekend";
    weekend.name = {"周末", "Weekend"};
    weekend.kind = EarnKind::kFactor;
    weekend.factor_milli = 2000;
    weekend.when.weekdays = 0b1100000;
    weekend.when.segments = {"regulars"};
    EarnRule basket;
    basket.id = "basket";
    basket.name = {"大单", "Basket"};
    basket.kind = EarnKind::kFixed;
    basket.points = 50;
    basket.when.order_min_minor = 20'000;
    out.earn_rules = {milk, weekend, basket};
    BonusRule hello;
    hello.id = "hello";
    hello.name = {"见面礼", "Hello"};
    hello.points = 100;
    out.bonuses = {hello};
    out.rewards = {{"cup", {"杯", "Cup"}, 500, 0, {}}};
    out.redeem_requires = {{IdentityKind::kPhone, 0}};
    out.limits.reasons = {{"goodwill", {"补偿", "Goodwill"}}};
    return out;
}

using Change = void (*)(Programme&);

// The first finding after this change to a programme without any.
std::string finding(Change change) {
    Programme programme = good();
    change(programme);
    const auto findings = programme_findings(programme);
    const Status status = check_programme(programme);
    CHECK(status.has_value() == findings.empty());
    if (findings.empty()) return "";
    CHECK(status.error().code == Code::kInvalid);
    CHECK(status.error().detail.find(findings.front()) == 0);
    return findings.front();
}

std::string warning(Change change) {
    Programme programme = good();
    change(programme);
    CHECK(programme_findings(programme) == std::vector<std::string>{});
    const auto warnings = programme_warnings(programme);
    return warnings.empty() ? "" : warnings.front();
}

}  // namespace

TEST_CASE("programme: one that uses every part has neither findings nor warnings") {
    CHECK(programme_findings(good()) == std::vector<std::string>{});
    CHECK(programme_warnings(good()) == std::vector<std::string>{});
    Programme plain;
    plain.version = 1;
    plain.chain_name = "C";
    CHECK(check_programme(plain).has_value());
    CHECK(programme_warnings(plain) == std::vector<std::string>{});
}

TEST_CASE("programme: a finding names the field and the reason") {
    const std::pair<Change, const char*> cases[] = {
        {[](Programme& p) { p.version = 0; }, "version: 1 or more"},
        {[](Programme& p) { p.chain_name.clear(); }, "chain_name: empty"},
        {[](Programme& p) { p.chain_name = std::string(201, 'n'); }, "chain_name: 201 bytes long, at most 200"},
        {[](Programme& p) { p.chain_name = "\xC0\xAF"; }, "chain_name: not UTF-8"},
        {[](Programme& p) { p.time_zone = "Moon/Base"; }, "time_zone: not a known IANA name"},
        {[](Programme& p) { p.currency = "YUAN"; }, "currency: three letters (ISO 4217)"},
        {[](Programme& p) { p.currency_digits = 5; }, "currency_digits: 0 to 4, not 5"},
        {[](Programme& p) { p.earn_points = -1; }, "earn_points: 0 to 1,000,000, not -1"},
        {[](Programme& p) { p.earn_minor = 0; }, "earn_minor: 1 to 100,000,000,000, not 0"},
        {[](Programme& p) { p.earn_on.stores = {"S1"}; }, "earn_on: about categories, skus and order_min_minor only"},
        {[](Programme& p) { p.earn_rules[0].per_minor = 0; }, "earn_rules[0].per_minor: 1 to 100,000,000,000, not 0"},
        {[](Programme& p) { p.earn_rules[0].points = -4; }, "earn_rules[0].points: 1 to 1,000,000, not -4"},
        {[](Programme& p) { p.earn_rules[0].points = INT64_MAX; },
         "earn_rules[0].points: 1 to 1,000,000, not 9,223,372,036,854,775,807"},
        {[](Programme& p) { p.earn_rules[2].points = INT64_MIN; },
         "earn_rules[2].points: 1 to 1,000,000, not -9,223,372,036,854,775,808"},
        {[](Programme& p) { p.earn_rules[1].factor_milli = 100'001; },
         "earn_rules[1].factor_milli: 1,000 to 100,000, not 100,001"},
        {[](Programme& p) { p.earn_rules[0].per_minor = 99'999'999'977; },  // a prime
         "earn_rules[0].per_minor: the least common multiple of all rates' amounts is above 10^12"},
        {[](Programme& p) {
             for (int i = 0; i < 16; ++i) {
                 p.earn_rules.push_back(p.earn_rules[1]);
                 p.earn_rules.back().id = "factor" + std::to_string(i);
             }
         },
         "earn_rules: factors of at most 16 groups"},
        {[](Programme& p) { p.earn_rules[0].kind = EarnKind{}; }, "earn_rules[0].kind: per_unit, factor or fixed"},
        {[](Programme& p) { p.earn_rules[1].points = 3; },
         "earn_rules[1].points: only a rule of kind per_unit or fixed has this"},
        {[](Programme& p) { p.earn_rules[0].group = "g"; }, "earn_rules[0].group: only a rule of kind factor has this"},
        {[](Programme& p) { p.earn_rules[0].per_item = true; },
         "earn_rules[0].per_item: only a rule of kind fixed has this"},
        {[](Programme& p) { p.earn_rules[2].factor_milli = 2000; },
         "earn_rules[2].factor_milli: only a rule of kind factor has this"},
        {[](Programme& p) { p.earn_rules[0].id = "Milk"; }, "earn_rules[0].id: 1 to 32 of a-z, 0-9, _ and -"},
        {[](Programme& p) { p.earn_rules[0].id = std::string(33, 'a'); },
         "earn_rules[0].id: 1 to 32 of a-z, 0-9, _ and -"},
        {[](Programme& p) { p.earn_rules[1].id = "milk"; }, "earn_rules[1].id: twice: milk"},
        {[](Programme& p) { p.bonuses[0].id = "milk"; }, "bonuses[0].id: twice: milk"},
        {[](Programme& p) { p.coupons[0].id = "gold", p.benefits[1].coupon = "gold"; }, "coupons[0].id: twice: gold"},
        {[](Programme& p) { p.earn_rules[0].caps.day = -1; }, "earn_rules[0].caps.day: 0 to 1,000,000,000,000, not -1"},
        {[](Programme& p) { p.earn_rules[0].when.from = 20'001, p.earn_rules[0].when.through = 20'000; },
         "earn_rules[0].when.through: before from"},
        {[](Programme& p) {
             p.earn_rules[0].when.month_days = {8, 32};
         },
         "earn_rules[0].when.month_days[1]: 1 to 31, not 32"},
        {[](Programme& p) {
             p.earn_rules[0].when.month_days = {8, 8};
         },
         "earn_rules[0].when.month_days[1]: twice: 8"},
        {[](Programme& p) { p.earn_rules[0].when.from_minute = 22 * 60, p.earn_rules[0].when.until_minute = 60; },
         "earn_rules[0].when.until_time: not after from_time (what goes over midnight is two rules)"},
        {[](Programme& p) {
             p.earn_rules[0].when.tiers = {"gold", "platinum"};
         },
         "earn_rules[0].when.tiers[1]: no level of this name: platinum"},
        {[](Programme& p) { p.coupons[0].when.tiers = {"diamond"}; },
         "coupons[0].when.tiers[0]: no level of this name: diamond"},
        {[](Programme& p) { p.earn_rules[1].when.segments = {"vips"}; },
         "earn_rules[1].when.segments[0]: no segment of this name: vips"},
        {[](Programme& p) {
             p.earn_rules[1].when.stores = {"S1", ""};
         },
         "earn_rules[1].when.stores[1]: empty"},
        {[](Programme& p) { p.earn_rules[1].when.order_min_minor = -1; },
         "earn_rules[1].when.order_min_minor: 0 to 100,000,000,000, not -1"},
        {[](Programme& p) { p.bonuses[0].when.categories = {"dairy"}; }, "bonuses[0].when: a bonus has no order"},
        {[](Programme& p) { p.bonuses[0].once = Once::kDay; },
         "bonuses[0].once: per_person: signing up, a complete profile and being referred happen once"},
        {[](Programme& p) { p.bonuses[0].source = BonusSource::kProfile; },
         "bonuses[0].fields: empty: which must be known"},
        {[](Programme& p) { p.bonuses[0].fields = {Field::kName}; },
         "bonuses[0].fields: only a bonus of source profile has this"},
        {[](Programme& p) { p.bonuses[0].source = BonusSource{}; },
         "bonuses[0].source: sign_up, profile, sign_in, review, referrer, referred or event"},
        {[](Programme& p) { p.redeem_max_points = 50; },
         "redeem_max_points: below redeem_min_points or one step, so nothing could be redeemed"},
        {[](Programme& p) { p.redeem_share_max_milli = 0; }, "redeem_share_max_milli: 1 to 1,000, not 0"},
        {[](Programme& p) { p.rewards[0].points = 0; }, "rewards[0].points: 1 to 1,000,000,000,000, not 0"},
        {[](Programme& p) { p.redeem_requires.push_back(p.redeem_requires[0]); }, "redeem_requires[1].kind: twice"},
        {[](Programme& p) { p.unlock_days = 4'000'000'000; }, "unlock_days: 0 to 3,660, not 4,000,000,000"},
        {[](Programme& p) { p.tiers.levels.pop_back(); }, "tiers.levels: none, or 3 to 5, not 2"},
        {[](Programme& p) { p.tiers.levels[2].threshold = 10'000; },
         "tiers.levels[2].threshold: must rise: 10,000 after 10,000"},
        {[](Programme& p) { p.tiers.levels[0].threshold = 1; },
         "tiers.levels[0].threshold: 0: everybody is in the first level"},
        {[](Programme& p) { p.tiers.levels[2].keep_threshold = 20'001; },
         "tiers.levels[2].keep_threshold: 0 to the level's threshold"},
        {[](Programme& p) { p.tiers.levels[2].benefits = {"pool"}; },
         "tiers.levels[2].benefits[0]: no benefit of this name: pool"},
        {[](Programme& p) { p.tiers.basis = TierBasis::kGrowth; },
         "tiers.growth: spend, points or visits must count for something"},
        {[](Programme& p) { p.tiers.growth.per_visit_milli = 1; }, "tiers.growth: only the basis growth has this"},
        {[](Programme& p) { p.benefits[1].coupon = "free-tea"; },
         "benefits[1].coupon[0]: no coupon of this name: free-tea"},
        {[](Programme& p) { p.coupons[0].kind = CouponKind{}; },
         "coupons[0].kind: amount, percent, threshold, gift or free_delivery"},
        {[](Programme& p) { p.coupons[0].gift_sku.clear(); }, "coupons[0].gift_sku: empty: which article"},
        {[](Programme& p) { p.coupons[0].kind = CouponKind::kPercent, p.coupons[0].gift_sku.clear(); },
         "coupons[0].percent_basis: 1 to 10,000, not 0"},
        {[](Programme& p) { p.coupons[0].percent_basis = 500; },
         "coupons[0].percent_basis: only a coupon of kind percent has this"},
        {[](Programme& p) {
             p.coupons[0].kind = CouponKind::kThreshold, p.coupons[0].gift_sku.clear();
             p.coupons[0].amount_minor = 100;
         },
         "coupons[0].when.order_min_minor: 1 or more: it is the threshold"},
        {[](Programme& p) { p.segments[0].visits_min = -1; }, "segments[0].visits_min: 0 to 1,000,000, not -1"},
        {[](Programme& p) { p.limits.reasons.push_back(p.limits.reasons[0]); },
         "limits.reasons[1].id: twice: goodwill"},
    };
    for (const auto& [change, expected] : cases) CHECK(finding(change) == expected);
}

TEST_CASE("programme: a gift for reaching a level that only levels below may use is refused, any other is fine") {
    CHECK(finding([](Programme& p) {
              p.coupons[0].when.tiers = {"bronze", "silver"};
          }) == "coupons[0].when.tiers: given on reaching gold, and no level from there on may use it");
    CHECK(finding([](Programme& p) { p.coupons[0].when.tiers = {"silver", "gold"}; }) == "");
    CHECK(finding([](Programme& p) { p.coupons[0].cause = CouponCause::kNextOrder; }) == "");  // gives itself again
}

TEST_CASE("programme: all findings come at once, twenty at most, and the check says how many there are besides") {
    Programme programme = good();
    programme.earn_points = -1;
    programme.earn_rules[0].points = 0;
    programme.limits.second_person_above = -1;
    CHECK(programme_findings(programme).size() == 3);
    CHECK(check_programme(programme).error().detail == "earn_points: 0 to 1,000,000, not -1 (and 2 more)");
    programme.earn_rules.assign(100, EarnRule{});
    CHECK(programme_findings(programme).size() == kFindingsMax);
    CHECK(check_programme(programme).error().detail.find("(and at least 19 more)") != std::string::npos);
}

TEST_CASE("programme: hostile sizes and texts are refused with their reason, and at once") {
    const auto start = std::chrono::steady_clock::now();
    Programme programme = good();
    programme.earn_rules.assign(10'000, programme.earn_rules[0]);
    CHECK(programme_findings(programme) == std::vector<std::string>{"earn_rules: 10,000 of them, at most 200"});
    programme = good();
    programme.coupons.assign(501, programme.coupons[0]);
    CHECK(programme_findings(programme).front() == "coupons: 501 of them, at most 500");
    programme = good();
    programme.segments.assign(101, programme.segments[0]);
    CHECK(programme_findings(programme).front() == "segments: 101 of them, at most 100");
    programme = good();
    programme.earn_rules[0].when.skus.assign(1'000'000, "a");
    CHECK(programme_findings(programme).front() == "earn_rules[0].when.skus: 1,000,000 of them, at most 1,000");
    programme = good();
    programme.rewards[0].name.zh = std::string(10'000'000, 'x');
    CHECK(programme_findings(programme).front() == "rewards[0].name.zh: 10,000,000 bytes long, at most 200");
    programme = good();
    programme.rewards[0].name.zh = "\xE9\x87";
    programme.earn_rules[0].when.categories = {"\xC0\xAF"};
    CHECK(programme_findings(programme) ==
          std::vector<std::string>{"earn_rules[0].when.categories[0]: not UTF-8", "rewards[0].name.zh: not UTF-8"});
    programme = good();
    programme.rewards[0].name.en = "safe \xE2\x80\xAE evas";
    CHECK(programme_findings(programme).front() == "rewards[0].name.en: a character in it that reorders text");
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
}

TEST_CASE("programme: each amount and count at both ends of 64 bits is a finding, never a wrap") {
    for (const std::int64_t edge : {INT64_MIN, INT64_MIN + 1, std::int64_t{-1}, INT64_MAX - 1, INT64_MAX}) {
        std::int64_t* (*const fields[])(Programme&) = {
            [](Programme& p) { return &p.earn_points; },
            [](Programme& p) { return &p.earn_minor; },
            [](Programme& p) { return &p.earn_cap_bill; },
            [](Programme& p) { return &p.earn_cap_day; },
            [](Programme& p) { return &p.earn_rules[0].points; },
            [](Programme& p) { return &p.earn_rules[0].per_minor; },
            [](Programme& p) { return &p.earn_rules[2].points; },
            [](Programme& p) { return &p.earn_rules[0].caps.bill; },
            [](Programme& p) { return &p.earn_rules[0].caps.member; },
            [](Programme& p) { return &p.earn_rules[0].caps.campaign; },
            [](Programme& p) { return &p.earn_rules[0].when.order_min_minor; },
            [](Programme& p) { return &p.bonuses[0].points; },
            [](Programme& p) { return &p.bonuses[0].cap_day; },
            [](Programme& p) { return &p.bonuses[0].cap_member; },
            [](Programme& p) { return &p.redeem_step_points; },
            [](Programme& p) { return &p.redeem_step_minor; },
            [](Programme& p) { return &p.redeem_min_points; },
            [](Programme& p) { return &p.redeem_max_points; },
            [](Programme& p) { return &p.redeem_approval_above; },
            [](Programme& p) { return &p.rewards[0].points; },
            [](Programme& p) { return &p.rewards[0].value_minor; },
            [](Programme& p) { return &p.redeem_requires[0].up_to_points; },
            [](Programme& p) { return &p.floor_limit_points; },
            [](Programme& p) { return &p.lease_cap_points; },
            [](Programme& p) { return &p.tiers.levels[2].threshold; },
            [](Programme& p) { return &p.tiers.levels[2].keep_threshold; },
            [](Programme& p) { return &p.coupons[0].amount_minor; },
            [](Programme& p) { return &p.coupons[0].cap_minor; },
            [](Programme& p) { return &p.coupons[0].campaign_minor; },
            [](Programme& p) { return &p.segments[0].spend_min_minor; },
            [](Programme& p) { return &p.segments[0].visits_min; },
            [](Programme& p) { return &p.limits.earn_points_day; },
            [](Programme& p) { return &p.limits.redeem_points_day; },
            [](Programme& p) { return &p.limits.adjust_points_cashier_day; },
            [](Programme& p) { return &p.limits.second_person_above; },
        };
        for (const auto field : fields) {
            Programme programme = good();
            *field(programme) = edge;
            CHECK_FALSE(check_programme(programme).has_value());
        }
    }
}

TEST_CASE("programme: what a newer headquarters says is no finding at a till, and what is wrong besides still is") {
    Programme programme = good();
    programme.earn_rules[0].kind = EarnKind{};
    programme.coupons[0].kind = CouponKind{};
    programme.bonuses[0].source = BonusSource::kProfile;
    programme.bonuses[0].fields = {Field::kNone, Field::kName, Field::kNone};  // two new ones
    programme.redeem_requires = {{IdentityKind::kNone, 0}, {IdentityKind::kNone, 5}};
    programme.tiers.growth.per_visit_milli = 1;  // of a basis that reads as spend
    CHECK_FALSE(check_programme(programme).has_value());
    programme.unknown = {"earn_rules[0].kind: kind 9", "coupons[0].kind: kind 7"};
    CHECK(programme_findings(programme) == std::vector<std::string>{});
    programme.bonuses[0].fields.push_back(Field::kName);
    CHECK(programme_findings(programme) == std::vector<std::string>{"bonuses[0].fields[3]: twice"});
    programme.bonuses[0].fields.pop_back();
    programme.earn_minor = 0;
    CHECK_FALSE(check_programme(programme).has_value());
}

TEST_CASE("programme: what may be used and is probably not meant is a warning") {
    const std::pair<Change, const char*> cases[] = {
        // Documents in force may say it: a finding would take the programme from every till.
        {[](Programme& p) { p.chain_name = "a\nb"; }, "chain_name: a control character in it"},
        {[](Programme& p) { p.expiry_rule = ExpiryRule::kMonths, p.expiry_count = 0; },
         "expiry_count: 0: points are usable on the day they come and no longer"},
        {[](Programme& p) { p.earn_points = 10, p.redeem_step_points = 4, p.redeem_step_minor = 10; },
         "redeem_step_minor: costs 25 % of sales at the base rate of 10 points for each 100 of the minor unit"},
        {[](Programme& p) { p.earn_points = 20, p.redeem_step_points = 10, p.redeem_step_minor = 100; },
         "redeem_step_minor: gives back more than was paid: 200 % of sales at the base rate of 20 points for each 100 "
         "of "
         "the minor unit"},
        {[](Programme& p) { p.rewards[0].value_minor = 20'000; },
         "rewards[0].points: costs 40 % of sales at the base rate of 1 points for each 100 of the minor unit"},
        {[](Programme& p) { p.earn_rules[1].factor_milli = 1000; }, "earn_rules[1].factor_milli: 1000 changes nothing"},
        {[](Programme& p) { p.earn_rules[0].when.not_categories = {"dairy"}; },
         "earn_rules[0].when: can never apply: what it names is excluded too"},
        {[](Programme& p) {
             p.earn_rules[1].when.from = day_of_civil(2026, 11, 23);  // a Monday
             p.earn_rules[1].when.through = day_of_civil(2026, 11, 27);
         },
         "earn_rules[1].when: can never apply: no such day lies between from and through"},
        {[](Programme& p) {
             p.earn_rules[2].caps = {100, 60, 0, 0};
         },
         "earn_rules[2].caps.bill: above caps.day, so it never cuts"},
        {[](Programme& p) { p.earn_rules[2].caps.bill = 40; },
         "earn_rules[2].caps.bill: below points, so it always cuts"},
        {[](Programme& p) { p.redeem_min_points = 150; },
         "redeem_min_points: no whole steps of 100: the next whole step is meant"},
        {[](Programme& p) { p.floor_limit_points = 50; },
         "floor_limit_points: below what can be redeemed at once, so offline nothing can"},
        {[](Programme& p) { p.lease_days = 7; },
         "lease_share_milli: tills redeem by floor_limit_points (0: by leases), so leases count for nothing"},
        {[](Programme& p) { p.floor_limit_points = 0, p.lease_days = 7; },
         "lease_share_milli: 0: nothing is leased in advance, so the cap and the days count for nothing"},
        {[](Programme& p) {
             p.floor_limit_points = 0, p.lease_share_milli = 500, p.lease_cap_points = 50, p.lease_days = 7;
         },
         "lease_cap_points: below what can be redeemed at once, so offline nothing can"},
        {[](Programme& p) { p.expiry_rule = ExpiryRule::kDays; },
         "expiry_count: 0: points are usable on the day they come and no longer"},
        {[](Programme& p) { p.tiers.levels[2].factor_milli = 1100; },
         "tiers.levels[2].factor_milli: below that of the level under it"},
        {[](Programme& p) { p.tiers.levels[2].benefits.push_back("lounge"); },
         "tiers.levels[2].benefits: lounge: a level under it gives it already"},
        {[](Programme& p) { p.tiers.levels[1].benefits.clear(); }, "benefits[0]: no level gives it"},
        {[](Programme& p) { p.coupons[0].cause = CouponCause::kByHand; },
         "benefits[1].coupon: its cause is not tier_gift"},
        {[](Programme& p) { p.benefits[1].coupon.clear(); }, "coupons[0].cause: tier_gift, but no benefit gives it"},
        {[](Programme& p) {
             p.segments[0] = {"all", {"全", "All"}, 0, 0, 0, 0, 0}, p.earn_rules[1].when.segments = {};
         },
         "segments[0]: everybody is in it"},
        {[](Programme& p) { p.rewards[0].name.zh.clear(); },
         "rewards[0].name.zh: empty: Chinese screens show the English name"},
    };
    for (const auto& [change, expected] : cases) CHECK(warning(change) == expected);
}
