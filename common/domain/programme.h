// The programme: the chain's rules as one versioned document, signed by HQ, which reaches terminals by the feed. Its
// parts are in rules.h. Pure.
#pragma once

#include "common/domain/rules.h"

namespace tally::domain {

enum class ExpiryRule : std::uint8_t { kNever = 0, kDays = 1, kMonths = 2, kMonthEnd = 3, kYearEnd = 4 };

struct Programme {
    std::uint64_t version = 0;  // 1, 2, 3 ...; 0: none received yet
    std::string chain_name;
    std::string time_zone = "Asia/Shanghai";  // IANA
    std::string currency = "CNY";             // ISO 4217
    std::uint32_t currency_digits = 2;        // minor digits
    // Earning. The base rate: earn_points for each earn_minor of the lines that `earn_on` matches.
    Points earn_points = 1;
    Minor earn_minor = 100;
    Condition earn_on;  // about lines and the order only
    std::vector<EarnRule> earn_rules;
    Points earn_cap_bill = 0, earn_cap_day = 0;  // of all purchases of a member; 0: no cap
    std::uint32_t late_days = 0;                 // a forgotten bill may still earn so many days later; 0: not
    std::vector<BonusRule> bonuses;
    // Redeeming as money: whole multiples of redeem_step_points, each worth redeem_step_minor.
    Points redeem_step_points = 100;
    Minor redeem_step_minor = 100;
    Points redeem_min_points = 100;
    Points redeem_max_points = 0;                 // in one redemption; 0: no bound
    std::uint32_t redeem_share_max_milli = 1000;  // of a bill, 1 .. 1000
    bool earn_pays_own_reward = false;            // points of an order may pay for a reward in the same order
    std::vector<Reward> rewards;
    std::vector<RedeemWay> redeem_requires;
    Points redeem_approval_above = 0;  // more points at once need approved_by; 0: never
    // A lot unlocks unlock_days after its day, and is usable through its expiry day: unlocked + N days, + N months, or
    // the end of the month or year N later.
    std::uint32_t unlock_days = 0;
    ExpiryRule expiry_rule = ExpiryRule::kNever;
    std::uint32_t expiry_count = 0;
    std::uint32_t give_back_grace_days = 0;  // points given back to an expired lot stay usable so long; 0: not
    // Points a till may redeem for one member in one outage (policy floor_limit); 0: what was leased to it (policy
    // lease), at any time.
    Points floor_limit_points = 500;
    // Policy lease: this part of a member's free points is leased in advance to the tills of the store where the member
    // shops, for so many days.
    std::uint32_t lease_share_milli = 0;  // 0 .. 1000; 0: nothing in advance
    Points lease_cap_points = 0;          // of one member, to one store; 0: no cap
    std::uint32_t lease_days = 0;         // 0: today alone
    TierRules tiers;
    std::vector<Benefit> benefits;
    std::vector<CouponTemplate> coupons;
    std::vector<Segment> segments;
    Limits limits;
    // What a received document holds that this program does not know ("earn_rules[2].kind"): it computes nothing with
    // it.
    std::vector<std::string> unknown;
    bool operator==(const Programme&) const = default;
    bool redeems_by_lease() const { return floor_limit_points == 0; }
};

// What is wrong with it, each as field and reason: "earn_rules[3].per_minor: 1 to 100,000,000,000". At most
// kFindingsMax of them, in the order of the document; none: it may be used, and then no sum or product of earning,
// pricing or tiers leaves its range but by kOverflow. What a newer headquarters said and this program does not know
// (`unknown`) is no finding.
inline constexpr std::size_t kFindingsMax = 20;
std::vector<std::string> programme_findings(const Programme& programme);
// kInvalid: the first finding, and how many more there are.
Status check_programme(const Programme& programme);
// What may be used and is probably not meant: rules that can never apply, points dearer than they look, names that
// nobody can read in one language. In the same words; at most kFindingsMax. The programme has no findings.
std::vector<std::string> programme_warnings(const Programme& programme);

// At the base rate alone; eligible_minor >= 0.
Result<Points> points_for(const Programme& programme, Minor eligible_minor);
std::optional<Day> unlock_of(const Programme& programme, Day earned);  // none: at once
std::optional<Day> expiry_of(const Programme& programme, Day earned);
// The price of `value_minor`: points of the fewest whole steps that are worth at least that; kOverflow.
Result<Points> price_of(const Programme& programme, Minor value_minor);
Result<Minor> value_of(const Programme& programme, Points points);                 // whole steps only
const Reward* reward_of(const Programme& programme, std::string_view id);          // null: none
const CouponTemplate* coupon_of(const Programme& programme, std::string_view id);  // null: none
const BonusRule* bonus_of(const Programme& programme, std::string_view id);        // null: none
// 0: the lowest; none: the programme has no such level.
std::optional<std::size_t> tier_rank(const Programme& programme, std::string_view level);

}  // namespace tally::domain
