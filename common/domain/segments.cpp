// Segments and occasions: what is true of a member on a day.
#include <algorithm>

#include "common/domain/earning.h"

namespace tally::domain {

namespace {

struct Visits {
    std::int64_t count = 0;
    Minor spend_minor = 0;
    std::optional<Day> last;
};

// Sales of which something was kept, by their own day, from `from` through `through`.
Visits visits_of(const Account& account, Day from, Day through) {
    Visits out;
    for (const Lot& lot : account.lots) {
        if (!lot.is_sale() || lot.kept_minor() == 0 || lot.day < from || lot.day > through) continue;
        out.count += 1;
        out.spend_minor += lot.kept_minor();
        out.last = std::max(out.last.value_or(lot.day), lot.day);
    }
    return out;
}

bool is_in(const Segment& segment, const Account& account, Day joined_day, Day day) {
    const Day from =
        segment.within_days == 0
            ? kBusinessDayMin
            : static_cast<Day>(std::max<std::int64_t>(kBusinessDayMin, std::int64_t{day} - segment.within_days + 1));
    const Visits visits = visits_of(account, from, day);
    if (visits.spend_minor < segment.spend_min_minor || visits.count < segment.visits_min) return false;
    if (segment.absent_days_min > 0) {
        const auto last = visits_of(account, kBusinessDayMin, day).last;
        if (!last || std::int64_t{day} - *last < segment.absent_days_min) return false;
    }
    if (segment.joined_days_max == 0) return true;
    return joined_day != 0 && joined_day <= day && std::int64_t{day} - joined_day <= segment.joined_days_max;
}

// `date` comes again on `day`; 29 February on 28 February in common years.
bool comes_again(const Civil& date, Day day) {
    const Civil today = civil_of_day(day);
    if (date.month == today.month && date.day == today.day) return true;
    if (date.month != 2 || date.day != 29 || today.month != 2 || today.day != 28) return false;
    return civil_of_day(day + 1).day == 1;
}

std::uint32_t birthday_bits(std::string_view birthday, Day day) {
    const auto born = parse_day(birthday);
    if (birthday.empty() || !born) return 0;
    const Civil date = civil_of_day(*born);
    std::uint32_t bits = 0;
    if (comes_again(date, day)) bits |= occasion_bit(Occasion::kBirthdayDay);
    const Day monday = day - weekday_of(day);
    for (Day there = monday; there < monday + 7; ++there)
        if (comes_again(date, there)) bits |= occasion_bit(Occasion::kBirthdayWeek);
    if (date.month == civil_of_day(day).month) bits |= occasion_bit(Occasion::kBirthdayMonth);
    return bits;
}

std::uint32_t asked_for(const Programme& programme) {
    std::uint32_t bits = 0;
    const auto ask = [&](const Condition& condition) { bits |= occasion_bit(condition.occasion); };
    ask(programme.earn_on);
    for (const EarnRule& rule : programme.earn_rules) ask(rule.when);
    for (const BonusRule& rule : programme.bonuses) ask(rule.when);
    for (const Reward& reward : programme.rewards) ask(reward.when);
    for (const CouponTemplate& coupon : programme.coupons) ask(coupon.when);
    return bits & ~occasion_bit(Occasion::kNone);
}

}  // namespace

std::vector<std::string> segments_of(const Programme& programme, const Account& account, Day joined_day, Day day) {
    std::vector<std::string> out;
    for (const Segment& segment : programme.segments)
        if (is_in(segment, account, joined_day, day)) out.push_back(segment.id);
    return out;
}

std::uint32_t occasions_of(const Programme& programme, std::string_view birthday, Day joined_day, bool first_purchase,
                           Day day) {
    std::uint32_t bits = birthday_bits(birthday, day);
    if (joined_day != 0 && comes_again(civil_of_day(joined_day), day) &&
        civil_of_day(day).year > civil_of_day(joined_day).year)
        bits |= occasion_bit(Occasion::kAnniversary);
    if (first_purchase) bits |= occasion_bit(Occasion::kFirstPurchase);
    return bits & asked_for(programme);
}

}  // namespace tally::domain
