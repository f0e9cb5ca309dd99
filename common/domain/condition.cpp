#include "common/domain/condition.h"

#include <algorithm>

namespace tally::domain {

namespace {

bool has(const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

bool allows(const std::vector<std::string>& list, const std::string& text) { return list.empty() || has(list, text); }

}  // namespace

int weekday_of(Day day) { return ((day + 3) % 7 + 7) % 7; }  // 1970-01-01 was a Thursday

bool holds(const Condition& condition, const Facts& facts, Minor eligible_minor) {
    if (condition.from && facts.day < *condition.from) return false;
    if (condition.through && facts.day > *condition.through) return false;
    if (condition.weekdays != 0 && !(condition.weekdays >> weekday_of(facts.day) & 1)) return false;
    if (!condition.month_days.empty()) {
        const int today = civil_of_day(facts.day).day;
        if (std::find(condition.month_days.begin(), condition.month_days.end(), today) == condition.month_days.end())
            return false;
    }
    if (facts.minute < condition.from_minute || facts.minute >= condition.until_minute) return false;
    if (!allows(condition.stores, facts.store) || !allows(condition.tiers, facts.tier)) return false;
    if (!allows(condition.channels, facts.channel.empty() ? "store" : facts.channel)) return false;
    if (!condition.segments.empty() &&
        std::none_of(facts.segments.begin(), facts.segments.end(),
                     [&](const std::string& segment) { return has(condition.segments, segment); }))
        return false;
    if (condition.occasion != Occasion::kNone && !(facts.occasions & occasion_bit(condition.occasion))) return false;
    return eligible_minor >= condition.order_min_minor;
}

bool matches(const Condition& condition, const BillLine& line) {
    if (has(condition.not_categories, line.category) || has(condition.not_skus, line.sku)) return false;
    if (condition.categories.empty() && condition.skus.empty()) return true;
    return has(condition.categories, line.category) || has(condition.skus, line.sku);
}

}  // namespace tally::domain
