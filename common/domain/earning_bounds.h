// What a programme's earning rules may say, so that the exact points of every order stay inside 512 bits and no sum of
// points leaves 64. With amounts of at most 10^11 (37 bits) and 1,000 lines:
//   denominator  <= 10^14 (lines) * 10^12 (rates) * 1000^17 (factors)           < 2^257
//   points       <= 10^11 * 201 * 10^6 (rates) * 100^17 (factors) + fixed points < 2^178
//   their product, and once more times 10^12 where points are shared            < 2^476
#pragma once

#include "common/domain/programme.h"

namespace tally::domain {

inline constexpr std::size_t kEarnRulesMax = 200;
inline constexpr std::size_t kFactorGroupsMax = 16;  // besides the tier's; a factor without a group is one of its own
inline constexpr std::uint32_t kFactorMilliMin = 1000;  // a factor never takes away
inline constexpr std::uint32_t kFactorMilliMax = 100'000;
inline constexpr Points kRulePointsMax = 1'000'000;  // a rate's or a fixed rule's
// The least common multiple of `earn_minor` and every `per_minor`.
inline constexpr std::int64_t kRateDenominatorMax = 1'000'000'000'000;
inline constexpr std::int64_t kQuantityMilliMax = 1'000'000'000'000;  // of a bill line, either sign

// Part of check_programme. kInvalid names the field: "earn_rules[3].per_minor: 1 or more".
Status check_earning_bounds(const Programme& programme);

}  // namespace tally::domain
