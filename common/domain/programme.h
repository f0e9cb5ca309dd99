// The programme: the chain's rules as one versioned document, signed by HQ, which reaches terminals by the feed. Small
// so far: one earning rate, money for points, expiry, the offline limit. Pure.
#pragma once

#include <optional>
#include <string>

#include "common/domain/op.h"

namespace tally::domain {

enum class ExpiryRule : std::uint8_t { kNever = 0, kDays = 1, kMonths = 2, kMonthEnd = 3, kYearEnd = 4 };

struct Programme {
    std::uint64_t version = 0;  // 1, 2, 3 ...; 0: none received yet
    std::string chain_name;
    std::string time_zone = "Asia/Shanghai";  // IANA
    std::string currency = "CNY";             // ISO 4217
    std::uint32_t currency_digits = 2;        // minor digits
    // Earning: points = floor(eligible_minor * earn_points / earn_minor).
    Points earn_points = 1;
    Minor earn_minor = 100;
    // Redeeming: whole multiples of redeem_step_points, each worth redeem_step_minor.
    Points redeem_step_points = 100;
    Minor redeem_step_minor = 100;
    Points redeem_min_points = 100;
    // A lot is usable through its expiry day: earned + N days, + N months, or the end of the month or year N later.
    ExpiryRule expiry_rule = ExpiryRule::kNever;
    std::uint32_t expiry_count = 0;
    // Points a till may redeem for one member in one outage (policy floor_limit).
    Points floor_limit_points = 500;
    bool operator==(const Programme&) const = default;
};

Status check_programme(const Programme& programme);  // kInvalid names the field and the reason

Result<Points> points_for(const Programme& programme, Minor eligible_minor);  // eligible_minor >= 0
std::optional<Day> expiry_of(const Programme& programme, Day earned);
// The price of `value_minor`: points of the fewest whole steps that are worth at least that; kOverflow.
Result<Points> price_of(const Programme& programme, Minor value_minor);
Result<Minor> value_of(const Programme& programme, Points points);  // whole steps only

}  // namespace tally::domain
