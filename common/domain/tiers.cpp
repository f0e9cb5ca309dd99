#include "common/domain/tiers.h"

#include <algorithm>

#include "common/domain/tier_value.h"

namespace tally::domain {

namespace {

std::string plain(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    std::string out(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::optional<std::size_t> rank_of_text(const Programme& programme, const std::string& text) {
    if (text.empty()) return std::nullopt;
    if (const auto exact = tier_rank(programme, text)) return exact;
    const std::string wanted = plain(text);
    for (std::size_t i = 0; i < programme.tiers.levels.size(); ++i) {
        const TierLevel& level = programme.tiers.levels[i];
        for (const std::string& name : {level.id, level.name.zh, level.name.en})
            if (!name.empty() && plain(name) == wanted) return i;
    }
    return std::nullopt;
}

std::int64_t keep_of(const TierLevel& level) {
    return level.keep_threshold == 0 ? level.threshold : std::min(level.keep_threshold, level.threshold);
}

// The highest level for which `value` is enough; the first one needs nothing.
std::size_t reached(const std::vector<TierLevel>& levels, std::int64_t value) {
    std::size_t rank = levels.size() - 1;
    while (rank > 0 && value < levels[rank].threshold) --rank;
    return rank;
}

// The highest level, `from` or below, that `value` is enough to keep.
std::size_t kept(const std::vector<TierLevel>& levels, std::size_t from, std::int64_t value) {
    while (from > 0 && value < keep_of(levels[from])) --from;
    return from;
}

bool is_judged_at_end(const TierRules& rules) {
    return rules.downgrade == Downgrade::kPeriodEndOneStep || rules.downgrade == Downgrade::kPeriodEndToFit ||
           (rules.downgrade == Downgrade::kAutomatic && rules.period == TierPeriod::kSinceChange);
}
bool is_judged_daily(const TierRules& rules) {
    return rules.downgrade == Downgrade::kAutomatic && rules.period != TierPeriod::kSinceChange;
}

std::int64_t value_now(const Programme& programme, const Account& account, Day today) {
    return qualifying_value(programme, account, qualifying_period(programme.tiers, account.standing, today), today);
}

// What decides at the end of the period whether the level is kept: what counted up to then and in the grace days; once
// the end has passed, today's own value where that is more.
std::int64_t value_at_end(const Programme& programme, const Account& account, std::int64_t now, Day today) {
    const QualifyingPeriod period = judged_period(programme.tiers, account.standing);
    const std::int64_t value = qualifying_value(programme, account, period, today);
    return today > *account.standing.through ? std::max(now, value) : value;
}

TierChange change(const Programme& programme, std::size_t rank, TierCause cause, std::int64_t value,
                  std::optional<Day> through) {
    // The lowest level has nothing to lose, and a level that is not judged at an end has none.
    if (rank == 0 || !is_judged_at_end(programme.tiers)) through.reset();
    return {programme.tiers.levels[rank].id, cause, value, through};
}

std::optional<std::size_t> floor_rank(const Programme& programme, const Account& account, Day today) {
    const TierStanding& standing = account.standing;
    if (standing.floor_through && today > *standing.floor_through) return std::nullopt;
    return rank_of_text(programme, standing.floor);
}

}  // namespace

std::size_t settled_rank(const Programme& programme, const Account& account) {
    return rank_of_text(programme, account.tier).value_or(0);
}

std::optional<TierView> tier_of(const Programme& programme, const Account& account, Day today) {
    const std::vector<TierLevel>& levels = programme.tiers.levels;
    if (levels.empty()) return std::nullopt;
    TierView view;
    view.value = value_now(programme, account, today);
    const std::size_t settled = settled_rank(programme, account);
    const std::size_t earned = std::max(settled, reached(levels, view.value));
    const std::size_t floor = floor_rank(programme, account, today).value_or(0);
    view.rank = std::max(earned, floor);
    view.by_hand = floor > earned;
    view.provisional = earned > settled && !view.by_hand;
    if (view.rank + 1 < levels.size())
        view.to_next = std::max<std::int64_t>(0, levels[view.rank + 1].threshold - view.value);
    if (view.by_hand) {
        view.through = account.standing.floor_through;
    } else if (!view.provisional && settled > 0 && is_judged_at_end(programme.tiers) && account.standing.through) {
        view.through = account.standing.through;
        const std::int64_t missing = keep_of(levels[settled]) - value_at_end(programme, account, view.value, today);
        if (missing > 0) view.to_keep = missing;
    }
    for (std::size_t i = 0; i <= view.rank; ++i)
        for (const std::string& benefit : levels[i].benefits)
            if (std::find(view.benefits.begin(), view.benefits.end(), benefit) == view.benefits.end())
                view.benefits.push_back(benefit);
    return view;
}

std::string tier_name(const Programme& programme, const Account& account, Day today) {
    const std::vector<TierLevel>& levels = programme.tiers.levels;
    if (levels.empty()) return account.tier;
    const std::size_t earned =
        std::max(settled_rank(programme, account), reached(levels, value_now(programme, account, today)));
    return levels[std::max(earned, floor_rank(programme, account, today).value_or(0))].id;
}

std::uint32_t tier_factor_milli(const Programme& programme, std::string_view level) {
    const auto rank = tier_rank(programme, level);
    return rank ? programme.tiers.levels[*rank].factor_milli : 1000;
}

std::optional<TierChange> due_tier_change(const Programme& programme, const Account& account, Day today) {
    const TierRules& rules = programme.tiers;
    if (rules.levels.empty()) return std::nullopt;
    const std::int64_t value = value_now(programme, account, today);
    const std::size_t settled = settled_rank(programme, account);
    if (const std::size_t rank = reached(rules.levels, value); rank > settled)
        return change(programme, rank, TierCause::kUpgrade, value, end_of_first(rules, today));
    if (settled == 0) return std::nullopt;
    if (is_judged_daily(rules)) {
        const std::size_t rank = kept(rules.levels, settled, value);
        if (rank == settled) return std::nullopt;
        return change(programme, rank, TierCause::kDowngrade, value, {});
    }
    if (!is_judged_at_end(rules)) return std::nullopt;
    const std::optional<Day>& end = account.standing.through;
    if (!end) {  // from an import, or from a programme that never lowered: a whole period begins
        Day first = end_of_first(rules, today);
        if (rules.period == TierPeriod::kCalendarYear) first = end_of_next(rules, first, today);
        return change(programme, settled, TierCause::kRetain, value, first);
    }
    if (today <= *end) return std::nullopt;
    const std::int64_t at_end = value_at_end(programme, account, value, today);
    const Day next = end_of_next(rules, *end, today);
    const std::size_t fits = kept(rules.levels, settled, at_end);
    if (fits == settled) return change(programme, settled, TierCause::kRetain, at_end, next);
    if (today <= *end + static_cast<Day>(rules.grace_days)) return std::nullopt;
    const std::size_t lower = rules.downgrade == Downgrade::kPeriodEndOneStep ? settled - 1 : fits;
    return change(programme, lower, TierCause::kDowngrade, at_end, next);
}

std::optional<Day> next_tier_day(const Programme& programme, const Account& account, Day today) {
    const TierRules& rules = programme.tiers;
    if (rules.levels.empty()) return std::nullopt;
    if (due_tier_change(programme, account, today)) return today;
    const bool can_fall = settled_rank(programme, account) > 0 && is_judged_daily(rules);
    const bool locks = rules.basis == TierBasis::kPoints || rules.basis == TierBasis::kGrowth;
    const bool rolls = rules.period == TierPeriod::kRolling;
    std::optional<Day> first;
    const auto on = [&](Day day) {
        if (day > today && (!first || day < *first)) first = day;
    };
    for (const Lot& lot : account.lots) {
        on(lot.day);  // of a clock that is ahead
        if (lot.unlocks && locks) on(*lot.unlocks);
        if (rolls && can_fall) on(leaves_rolling(rules, lot.day));
    }
    bool refunds = false;
    for (const Reversal& reversal : account.reversals) {
        const bool deducts = rules.basis == TierBasis::kGrowth && reversal.amount_minor > 0;
        if (!reversal.without_bill && !deducts) continue;
        refunds = true;
        if (can_fall) on(reversal.day);                      // of a clock that is ahead
        if (rolls) on(leaves_rolling(rules, reversal.day));  // what lowered the value no longer does
    }
    const Civil civil = civil_of_day(today);
    const bool fades = rules.growth.keep_milli < 1000 || rules.growth.idle_month_deduction > 0;
    if (rules.basis == TierBasis::kGrowth && fades && (can_fall || refunds))
        on(day_of_civil(civil.year, civil.month + 1, 1));
    if (rules.period == TierPeriod::kCalendarYear && can_fall) on(day_of_civil(civil.year + 1, 1, 1));
    if (settled_rank(programme, account) > 0 && is_judged_at_end(rules) && account.standing.through) {
        on(*account.standing.through + 1);
        on(*account.standing.through + static_cast<Day>(rules.grace_days) + 1);
    }
    return first;
}

}  // namespace tally::domain
