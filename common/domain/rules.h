// The rules of a programme, part by part: earning, bonuses, rewards, tiers, coupons, segments, limits. Values;
// programme.h puts them together, programme_check.cpp says what is allowed, wire/programme.proto is the document.
#pragma once

#include "common/domain/condition.h"
#include "common/domain/op_bodies.h"

namespace tally::domain {

inline constexpr std::size_t kRuleIdBytesMax = 32;  // a-z, 0-9, '_' and '-'

// 0: no cap. Where a cap is met, the rule gives what is left of it.
struct Caps {
    Points bill = 0;
    Points day = 0;     // of one member on one business day
    Points member = 0;  // of one member, ever
    // Of all members together, as far as headquarters last told; while it cannot be asked, such a rule gives nothing.
    Points campaign = 0;
    bool operator==(const Caps&) const = default;
};

// How an order earns: the rates of every per-unit rule that matches a line add up, and with them the base rate; then
// factors multiply (the tier's first); then fixed points are added; then one floor for the order.
enum class EarnKind : std::uint8_t { kPerUnit = 1, kFactor = 2, kFixed = 3 };
struct EarnRule {
    std::string id;
    Words name;
    EarnKind kind = EarnKind::kPerUnit;
    Condition when;
    Points points = 0;                  // kPerUnit: for each `per_minor` of the matching lines; kFixed: for the order
    Minor per_minor = 0;                // kPerUnit
    bool per_item = false;              // kFixed: for each whole unit of the matching lines
    std::uint32_t factor_milli = 1000;  // kFactor: 1500 is one and a half
    std::string group;                  // kFactor: of one group only the largest counts; empty: a group of its own
    Caps caps;  // kPerUnit and kFixed: of its own points before factors; kFactor: of what it adds
    bool operator==(const EarnRule&) const = default;
};

enum class BonusSource : std::uint8_t { kSignUp = 1, kProfile, kSignIn, kReview, kReferrer, kReferred, kEvent };
enum class Once : std::uint8_t { kPerson = 1, kDay = 2, kKey = 3 };  // what a bonus counts once for
struct BonusRule {
    std::string id;
    Words name;
    BonusSource source = BonusSource::kSignUp;
    Condition when;  // nothing about lines or orders
    Points points = 0;
    Once once = Once::kPerson;
    std::vector<Field> fields;  // kProfile: all of these must be known
    Points cap_day = 0, cap_member = 0;
    bool operator==(const BonusRule&) const = default;
};

struct Reward {
    std::string id;
    Words name;
    Points points = 0;      // the price of one
    Minor value_minor = 0;  // what it takes off a bill; 0: a gift beside the bill
    Condition when;
    bool operator==(const Reward&) const = default;
};

enum class TierBasis : std::uint8_t { kSpend = 1, kPoints, kVisits, kGrowth };
enum class TierPeriod : std::uint8_t { kRolling = 1, kCalendarYear, kSinceChange };
enum class Downgrade : std::uint8_t { kNever = 0, kPeriodEndOneStep, kPeriodEndToFit, kAutomatic };
struct TierLevel {
    std::string id;
    Words name;
    std::int64_t threshold = 0;       // of the basis; the first level's is 0
    std::int64_t keep_threshold = 0;  // enough to stay at a period's end; 0: `threshold`
    std::uint32_t factor_milli = 1000;
    std::vector<std::string> benefits;  // of the programme; a level has those of the levels below it too
    bool operator==(const TierLevel&) const = default;
};
// The growth value: floor of the weighted sum of each month's spend, points and visits, where a month that lies k
// months back counts keep_milli^k / 1000^k; less deductions; never below 0.
struct Growth {
    std::uint32_t per_spend_unit_milli = 0;  // for each major unit spent
    std::uint32_t per_point_milli = 0;
    std::uint32_t per_visit_milli = 0;
    std::uint32_t keep_milli = 1000;        // 0 .. 1000, each month
    std::int64_t refund_deduction = 0;      // for each refund
    std::int64_t idle_month_deduction = 0;  // for each whole month without a visit since the last one
    bool operator==(const Growth&) const = default;
};
struct TierRules {
    TierBasis basis = TierBasis::kSpend;
    TierPeriod period = TierPeriod::kRolling;
    std::uint32_t period_months = 12;
    Downgrade downgrade = Downgrade::kNever;
    std::uint32_t grace_days = 0;   // after a period's end before a level is lost
    Growth growth;                  // kGrowth
    std::vector<TierLevel> levels;  // none, or 3 to 5, thresholds rising
    bool operator==(const TierRules&) const = default;
};
struct Benefit {
    std::string id;
    Words name;
    std::string coupon;  // a template that is issued on reaching the tier; empty: a benefit in words
    bool operator==(const Benefit&) const = default;
};

enum class CouponKind : std::uint8_t { kAmount = 1, kPercent, kThreshold, kGift, kFreeDelivery };
struct CouponTemplate {
    std::string id;
    Words name;
    CouponKind kind = CouponKind::kAmount;
    Minor amount_minor = 0;           // kAmount, kThreshold, kFreeDelivery (0: all of the delivery lines)
    std::uint32_t percent_basis = 0;  // kPercent: hundredths of a percent, 1 .. 10,000
    Minor cap_minor = 0;              // kPercent: at most; 0: no cap
    std::string gift_sku;             // kGift
    Condition when;                   // kThreshold: order_min_minor is the threshold
    CouponCause cause = CouponCause::kByHand;
    std::uint32_t valid_days = 0;      // from its issue, that day included; 0: no end
    std::string stack_group;           // of one group one coupon a bill
    bool stacks = true;                // with coupons of other groups
    std::uint32_t per_member = 0;      // issued to one person at most; 0: no limit
    std::uint32_t campaign_count = 0;  // redeemed by all together at most; 0: no limit
    Minor campaign_minor = 0;          // the campaign's budget; 0: none
    bool gives_back = true;            // a full refund of the bill gives it back
    bool operator==(const CouponTemplate&) const = default;

    bool has_budget() const { return campaign_count > 0 || campaign_minor > 0; }
};

// A named group of members, told from the account alone, so that every till agrees. What is 0 is not asked.
struct Segment {
    std::string id;
    Words name;
    std::uint32_t within_days = 0;  // of the two below; 0: ever
    Minor spend_min_minor = 0;
    std::int64_t visits_min = 0;
    std::uint32_t absent_days_min = 0;  // since the last visit
    std::uint32_t joined_days_max = 0;
    bool operator==(const Segment&) const = default;
};

struct ReasonCode {
    std::string id;
    Words name;
    bool operator==(const ReasonCode&) const = default;
};
// 0: no limit. What exceeds one is recorded and waits for a person.
struct Limits {
    Points earn_points_day = 0;  // of a member
    std::uint32_t redemptions_day = 0;
    Points redeem_points_day = 0;
    std::uint32_t bills_hour = 0;  // of a member
    std::uint32_t adjusts_cashier_day = 0;
    Points adjust_points_cashier_day = 0;  // sum of absolute values
    Points second_person_above = 0;        // an adjustment of more points needs approved_by
    std::vector<ReasonCode> reasons;       // not empty: an adjustment names one
    bool operator==(const Limits&) const = default;
};

// Which ways of identifying suffice to spend, and up to how many points. Without an entry: any, without a bound.
struct RedeemWay {
    IdentityKind kind = IdentityKind::kNone;
    Points up_to_points = 0;  // at once; 0: without a bound
    bool operator==(const RedeemWay&) const = default;
};

}  // namespace tally::domain
