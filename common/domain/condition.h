// When a rule, a coupon or a reward of the programme applies. A value; condition.cpp decides. Pure.
#pragma once

#include "common/domain/op_parts.h"

namespace tally::domain {

struct Words {  // as people read it; shown in the screen's language
    std::string zh, en;
    bool operator==(const Words&) const = default;
};

// Stored and sent as bits of Earn::occasions: never renumber.
enum class Occasion : std::uint8_t {
    kNone = 0,
    kBirthdayDay = 1,   // 29 February counts on 28 February in common years
    kBirthdayWeek = 2,  // the ISO week (Monday to Sunday) that holds the birthday
    kBirthdayMonth = 3,
    kAnniversary = 4,  // the day and month of joining, from the first year on
    kFirstPurchase = 5
};
inline std::uint32_t occasion_bit(Occasion occasion) { return 1u << static_cast<unsigned>(occasion); }

// Everything that is said must hold; what is empty or none holds always. The four lists at the end are about a bill's
// lines: a line matches when it is in one of the first two (or both are empty) and in none of the last two.
struct Condition {
    std::optional<Day> from, through;                       // business days
    std::uint8_t weekdays = 0;                              // bit 0: Monday ... bit 6: Sunday; 0: every day
    std::vector<std::uint8_t> month_days;                   // 1 .. 31
    std::uint16_t from_minute = 0, until_minute = 24 * 60;  // of the local day, [from, until)
    std::vector<std::string> stores, channels, tiers, segments;
    Occasion occasion = Occasion::kNone;
    Minor order_min_minor = 0;  // of the order's eligible amount
    std::vector<std::string> categories, skus, not_categories, not_skus;
    bool operator==(const Condition&) const = default;

    bool is_about_lines() const {
        return !categories.empty() || !skus.empty() || !not_categories.empty() || !not_skus.empty();
    }
};

// What conditions look at; every part is recorded in the operation.
struct Facts {
    Day day = 0;
    std::uint16_t minute = 0;  // of the local day
    std::string store;
    std::string channel;  // empty: the store
    std::string tier;
    std::vector<std::string> segments;
    std::uint32_t occasions = 0;  // bits
    bool operator==(const Facts&) const = default;
};

int weekday_of(Day day);  // 0: Monday ... 6: Sunday

// All but the lists about lines. `eligible_minor`: of the order.
bool holds(const Condition& condition, const Facts& facts, Minor eligible_minor);
bool matches(const Condition& condition, const BillLine& line);

}  // namespace tally::domain
