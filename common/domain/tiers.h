// Tiers: derived from the ledger by the programme (domain, section 7). A till shows a level at once when it is reached
// (provisional until headquarters confirms it by a TierChange); only headquarters lowers one. Pure.
//
// What counts (the basis), always of the period and up to today:
//   spend    sales less their refunds, both on the day of the sale; a refund without a bill on its own day
//   points   earned ones, of sales and bonuses: issued less reversed, whether spent, expired or not. Not adjustments,
//            opening balances or points given back: nobody earned them by shopping here. Locked ones not yet.
//   visits   sales of which some money is left
//   growth   growth.h
// When a level is looked at again: with Downgrade::kPeriodEnd..., after standing.through: kept at once where the value
// reaches keep_threshold (what comes in the grace days counts too), lowered when the grace days are over. `through` is
// N months after the change (rolling, since the change) or the year's last day. A level that came from elsewhere has no
// `through`: headquarters first writes one, a whole period ahead (of a calendar year: the end of the next one).
// kAutomatic lowers on the day on which the value no longer keeps the level, without grace; with a period since the
// change, which starts at 0, it waits for the period's end as kPeriodEndToFit does.
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
// The level that the account's own text means, as an index: by a level's id, else by its name in either language,
// blanks around it and the case of ASCII letters apart (an import says what the other system called it: "金卡",
// "Gold"); else the lowest (the programme no longer has it). 0 without tiers.
std::size_t settled_rank(const Programme& programme, const Account& account);

// None: the programme has no tiers.
std::optional<TierView> tier_of(const Programme& programme, const Account& account, Day today);
// The id of the level in force, or the account's own text where the programme has no tiers.
std::string tier_name(const Programme& programme, const Account& account, Day today);
std::uint32_t tier_factor_milli(const Programme& programme, std::string_view level);

// What headquarters must write on `today`; none: nothing. Asked after each transaction that moved the member, and by
// night.
std::optional<TierChange> due_tier_change(const Programme& programme, const Account& account, Day today);
// The first day, `today` or later, on which due_tier_change may say something without a new operation; none: never.
std::optional<Day> next_tier_day(const Programme& programme, const Account& account, Day today);

}  // namespace tally::domain
