#include "common/domain/tier_value.h"

#include <algorithm>

#include "common/domain/growth.h"

namespace tally::domain {

namespace {

int months_of(const TierRules& rules) { return static_cast<int>(std::max<std::uint32_t>(1, rules.period_months)); }

Day year_start(int year) { return day_of_civil(year, 1, 1); }
Day year_end(int year) { return day_of_civil(year + 1, 1, 1) - 1; }

}  // namespace

std::int64_t Counted::of(TierBasis basis) const {
    switch (basis) {
        case TierBasis::kSpend: return spend_minor;
        case TierBasis::kPoints: return points;
        case TierBasis::kVisits: return visits;
        case TierBasis::kGrowth: return 0;
    }
    return 0;
}

QualifyingPeriod qualifying_period(const TierRules& rules, const TierStanding& standing, Day today) {
    switch (rules.period) {
        case TierPeriod::kCalendarYear: {
            const int year = civil_of_day(today).year;
            return {year_start(year), year_end(year)};
        }
        case TierPeriod::kSinceChange:
            return {standing.since.value_or(kBusinessDayMin),
                    standing.through ? std::max(today, *standing.through) : today};
        case TierPeriod::kRolling: break;
    }
    return {add_months(today, -months_of(rules)) + 1, today};
}

QualifyingPeriod judged_period(const TierRules& rules, const TierStanding& standing) {
    const Day end = *standing.through;
    const Day through = end + static_cast<Day>(rules.grace_days);
    switch (rules.period) {
        case TierPeriod::kCalendarYear: return {year_start(civil_of_day(end).year), through};
        case TierPeriod::kSinceChange: return {standing.since.value_or(kBusinessDayMin), through};
        case TierPeriod::kRolling: break;
    }
    return {add_months(end, -months_of(rules)) + 1, through};
}

Day end_of_first(const TierRules& rules, Day today) {
    if (rules.period == TierPeriod::kCalendarYear) return year_end(civil_of_day(today).year);
    return add_months(today, months_of(rules)) - 1;
}

Day end_of_next(const TierRules& rules, Day end, Day today) {
    if (rules.period == TierPeriod::kCalendarYear)
        return year_end(std::max(civil_of_day(end).year + 1, civil_of_day(today).year));
    if (rules.period == TierPeriod::kSinceChange) return end_of_first(rules, today);
    // Counted from the old end, so that grace days and a headquarters that was down do not move the member's year.
    Day next = end;
    for (int months = months_of(rules); next < today; months += months_of(rules))
        next = add_months(end + 1, months) - 1;
    return next;
}

Day leaves_rolling(const TierRules& rules, Day day) {
    Day first = add_months(day, months_of(rules));
    while (qualifying_period(rules, {}, first).from <= day) ++first;  // at most the days that months differ by
    return first;
}

std::vector<Counted> counted(const TierRules& rules, const Account& account, const QualifyingPeriod& period,
                             Day today) {
    // A period since the change goes by the order of folding, not by days: what a till sent late counts once, for the
    // change that it brought or for the next one.
    const bool since_change = rules.period == TierPeriod::kSinceChange;
    const Day through = std::min(today, period.through);
    std::vector<Counted> out;
    const auto counts_on = [&](Day day) { return day <= through && (since_change || day >= period.from); };
    for (std::size_t i = since_change ? account.standing.lots_before : 0; i < account.lots.size(); ++i) {
        const Lot& lot = account.lots[i];
        if (!counts_on(lot.day) || !(lot.is_sale() || lot.source == LotSource::kBonus)) continue;
        Counted row{&lot, nullptr, lot.day, 0, 0, 0};
        if (!lot.is_locked_on(today)) row.points = lot.issued - lot.reversed;
        if (lot.is_sale()) row.spend_minor = lot.kept_minor(), row.visits = lot.kept_minor() > 0 ? 1 : 0;
        out.push_back(row);
    }
    for (const Reversal& reversal : account.reversals) {
        if (!reversal.without_bill || !counts_on(reversal.day)) continue;
        if (since_change && account.standing.since && reversal.day < *account.standing.since) continue;
        out.push_back({nullptr, &reversal, reversal.day, -reversal.amount_minor, reversal.points, 0});
    }
    return out;
}

std::int64_t qualifying_value(const Programme& programme, const Account& account, const QualifyingPeriod& period,
                              Day today) {
    const TierRules& rules = programme.tiers;
    const std::vector<Counted> rows = counted(rules, account, period, today);
    if (rules.basis == TierBasis::kGrowth) return growth_value(programme, account, rows, period, today);
    std::int64_t sum = 0;  // at most the account's totals, which the fold keeps inside 64 bits
    for (const Counted& row : rows) sum += row.of(rules.basis);
    return std::max<std::int64_t>(0, sum);
}

}  // namespace tally::domain
