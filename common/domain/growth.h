// The growth value (rules.h): what each month brought, weighted, fading month by month. Exact: every power of
// keep_milli is multiplied out and the sum is floored once. Internal to tiers.
#pragma once

#include "common/domain/tier_value.h"

namespace tally::domain {

// Months are calendar months; the month of `today` lies 0 months back. A month more than kGrowthMonthsMax back counts
// as one that lies so far back.
inline constexpr int kGrowthMonthsMax = 600;

// The weighted sum of `rows` alone, floored once; never below 0.
std::int64_t growth_sum(const Programme& programme, const std::vector<Counted>& rows, Day today);

// Deductions: for each refund in the period, and for each whole calendar month without a visit between the last visit
// (of any time) and the month of `today`.
std::int64_t growth_deduction(const TierRules& rules, const Account& account, const QualifyingPeriod& period,
                              Day today);

std::int64_t growth_value(const Programme& programme, const Account& account, const std::vector<Counted>& rows,
                          const QualifyingPeriod& period, Day today);

}  // namespace tally::domain
