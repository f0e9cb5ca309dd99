// The exact points of an order on which rules work: sums of fractions over one common denominator, in 512 bits. Pure;
// earning.cpp takes the short way where only the base rate and the tier give.
#pragma once

#include "common/domain/earning_lines.h"

namespace tally::domain {

// A rule that holds for the order, and what is left of its caps.
struct ActiveRule {
    const EarnRule* rule = nullptr;
    std::optional<Points> left;  // none: no cap
    EarnPart used;               // its name, and what of its caps had been used before
};

// `rules`: in the programme's order. `tier_milli`: the tier's factor. `most`: the programme's caps. kOverflow.
Result<Earning> earn_exactly(const Programme& programme, const Order& order, const EligibleLines& eligible,
                             const std::vector<ActiveRule>& rules, std::uint32_t tier_milli,
                             const std::optional<Points>& most);

}  // namespace tally::domain
