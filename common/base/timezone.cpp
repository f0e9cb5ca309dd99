#include "common/base/timezone.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <chrono>

namespace tally {

using std::chrono::milliseconds;
using WallTime = std::chrono::time_point<std::chrono::system_clock, milliseconds>;

struct TimeZone::Impl {
    cctz::time_zone zone;
};

static const cctz::civil_day kEpochDay(1970, 1, 1);

static WallTime at(std::int64_t wall_ms) { return WallTime(milliseconds(wall_ms)); }

Day day_of_civil(int year, int month, int day) {
    return static_cast<Day>(cctz::civil_day(year, month, day) - kEpochDay);
}

Civil civil_of_day(Day day) {
    const cctz::civil_day civil = kEpochDay + day;
    return {static_cast<int>(civil.year()), civil.month(), civil.day()};
}

std::string format_day(Day day) {
    const Civil civil = civil_of_day(day);
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02d-%02d", civil.year, civil.month, civil.day);
    return text;
}

static bool all_digits(std::string_view text) {
    for (const char c : text)
        if (c < '0' || c > '9') return false;
    return !text.empty();
}

Result<Day> parse_day(std::string_view text) {
    const auto bad = [&] { return fail(Code::kInvalid, "not a date (YYYY-MM-DD)"); };
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return bad();
    if (!all_digits(text.substr(0, 4)) || !all_digits(text.substr(5, 2)) || !all_digits(text.substr(8, 2)))
        return bad();
    const int year = std::stoi(std::string(text.substr(0, 4)));
    const int month = std::stoi(std::string(text.substr(5, 2)));
    const int day = std::stoi(std::string(text.substr(8, 2)));
    const Day out = day_of_civil(year, month, day);
    const Civil back = civil_of_day(out);
    if (back.year != year || back.month != month || back.day != day) return bad();
    return out;
}

Day add_months(Day day, int months) {
    const Civil civil = civil_of_day(day);
    const cctz::civil_month month = cctz::civil_month(civil.year, civil.month) + months;
    const cctz::civil_day last = cctz::civil_day(month + 1) - 1;
    const int in_month = civil.day < last.day() ? civil.day : last.day();
    return day_of_civil(static_cast<int>(month.year()), month.month(), in_month);
}

// The library takes a path for a name, and would open any file that a programme from elsewhere names: a device, a pipe.
static bool is_zone_name(std::string_view name) {
    constexpr std::size_t kNameBytesMax = 64;
    constexpr std::string_view kCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    return !name.empty() && name.size() <= kNameBytesMax && name[0] != '/' &&
           name.find_first_not_of(kCharacters) == std::string_view::npos;
}

Result<TimeZone> TimeZone::load(const std::string& iana_name) {
    if (!is_zone_name(iana_name)) return fail(Code::kInvalid, "not a name of a time zone");
    auto impl = std::make_shared<Impl>();
    if (!cctz::load_time_zone(iana_name, &impl->zone)) return fail(Code::kInvalid, "unknown time zone " + iana_name);
    TimeZone out;
    out.impl_ = std::move(impl);
    out.name_ = iana_name;
    return out;
}

Day TimeZone::day_at(std::int64_t wall_ms) const {
    return static_cast<Day>(cctz::civil_day(cctz::convert(at(wall_ms), impl_->zone)) - kEpochDay);
}

std::int64_t TimeZone::last_ms_of(Day day) const {
    const auto next = cctz::convert(cctz::civil_second(kEpochDay + day + 1), impl_->zone);
    return std::chrono::duration_cast<milliseconds>(next.time_since_epoch()).count() - 1;
}

std::string TimeZone::format_time(std::int64_t wall_ms, const char* format) const {
    return cctz::format(format, at(wall_ms), impl_->zone);
}

Result<std::int64_t> TimeZone::parse_time(std::string_view text) const {
    static constexpr const char* kFormats[] = {
        "%Y-%m-%dT%H:%M:%E*S%Ez", "%Y-%m-%d %H:%M:%E*S%Ez", "%Y-%m-%dT%H:%M%Ez", "%Y-%m-%d %H:%M%Ez",
        "%Y-%m-%dT%H:%M:%E*S",    "%Y-%m-%d %H:%M:%E*S",    "%Y-%m-%dT%H:%M",    "%Y-%m-%d %H:%M"};
    // The date is checked on its own: the library's parser would carry a 31st of February into March.
    if (text.size() < 10) return fail(Code::kInvalid, "not an ISO 8601 time");
    TALLY_TRY(const Day day, parse_day(text.substr(0, 10)));
    if (text.size() == 10) return last_ms_of(day - 1) + 1;
    for (const char* format : kFormats) {
        WallTime parsed;
        if (cctz::parse(format, std::string(text), impl_->zone, &parsed)) return parsed.time_since_epoch().count();
    }
    return fail(Code::kInvalid, "not an ISO 8601 time");
}

}  // namespace tally
