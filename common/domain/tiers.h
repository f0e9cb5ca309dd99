// Tiers: derived from the ledger by the programme (domain, section 7). A till shows a level at once when it is reached
// (provisional until headquarters confirms it by a TierChange); only headquarters lowers one. Pure.
#pragma once

#include "common/domain/account.h"
#include "common/domain/programme.h"

namespace tally::domain {

struct QualifyingPeriod {
    Day from = 0, through = 0;  // both included
    bool operator==(const QualifyingPeriod&) const = default;
};
QualifyingPeriod qualifying_period(const TierRules& rules, const TierStanding& standing, Day today);

// What counts in that period: spend and points net of refunds by the day of the sale, visits, or the growth value.
// Points that are still locked on `today` do not count. Never below 0.
std::int64_t qualifying_value(const Programme& programme, const Account& account, const QualifyingPeriod& period,
                              Day today);

struct TierView {
    std::size_t rank = 0;      // index into tiers.levels
    bool provisional = false;  // higher than what headquarters settled
    bool by_hand = false;      // a person's floor holds it up
    std::int64_t value = 0;
    std::optional<std::int64_t> to_next;  // what is missing for the next level; none: the highest
    std::optional<std::int64_t> to_keep;  // what is missing to stay at the period's end; none: nothing, or no end
    std::optional<Day> through;           // last day before headquarters looks at it again
    std::vector<std::string> benefits;    // of this level and those below it
    bool operator==(const TierView&) const = default;
};
// None: the programme has no tiers.
std::optional<TierView> tier_of(const Programme& programme, const Account& account, Day today);
// The id of the level in force, or the account's own text where the programme has no tiers.
std::string tier_name(const Programme& programme, const Account& account, Day today);
std::uint32_t tier_factor_milli(const Programme& programme, std::string_view level);

// What headquarters must write on `today`; none: nothing. Asked after each of the member's operations and by night.
std::optional<TierChange> due_tier_change(const Programme& programme, const Account& account, Day today);
// The first day on which due_tier_change may say something without a new operation; none: never.
std::optional<Day> next_tier_day(const Programme& programme, const Account& account, Day today);

}  // namespace tally::domain
