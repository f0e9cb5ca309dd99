// What counts towards a tier, piece by piece: the value is their sum, and explain.cpp shows them. Internal to tiers.
#pragma once

#include "common/domain/tiers.h"

namespace tally::domain {

struct Counted {
    const Lot* lot = nullptr;            // a sale or a bonus ...
    const Reversal* reversal = nullptr;  // ... or a refund without a bill, which lowers
    Day day = 0;
    Minor spend_minor = 0;  // net
    Points points = 0;      // net
    std::int64_t visits = 0;

    std::int64_t of(TierBasis basis) const;  // kGrowth: 0
};
// In order of folding, sales and bonuses first. Points into `account`.
std::vector<Counted> counted(const TierRules& rules, const Account& account, const QualifyingPeriod& period, Day today);

// The period that decides whether the level is kept at standing.through, which is there; the grace days included.
QualifyingPeriod judged_period(const TierRules& rules, const TierStanding& standing);

// The last day of a period that starts with a change on `today`; of one that follows a period which ended on `end`.
Day end_of_first(const TierRules& rules, Day today);
Day end_of_next(const TierRules& rules, Day end, Day today);

// The first day on whose rolling period `day` no longer is.
Day leaves_rolling(const TierRules& rules, Day day);

}  // namespace tally::domain
