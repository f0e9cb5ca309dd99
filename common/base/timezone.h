// Civil dates in a named IANA time zone. Reads the system's zone files; results depend on nothing else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace tally {

using Day = std::int32_t;  // days since 1970-01-01, a civil date without a zone

Day day_of_civil(int year, int month, int day);  // proleptic Gregorian; month and day may overflow and are carried
struct Civil {
    int year = 1970, month = 1, day = 1;
};
Civil civil_of_day(Day day);
std::string format_day(Day day);               // 2026-11-22
Result<Day> parse_day(std::string_view text);  // YYYY-MM-DD, a real date
Day add_months(Day day, int months);           // the same day of month, or the month's last day

class TimeZone {
  public:
    static Result<TimeZone> load(const std::string& iana_name);  // kInvalid: unknown, or a path
    Day day_at(std::int64_t wall_ms) const;
    std::int64_t last_ms_of(Day day) const;  // last millisecond of that date in this zone
    std::string format_time(std::int64_t wall_ms, const char* format) const;  // strftime-like (cctz)
    // ISO 8601: date, or date 'T' or ' ' time; with Z or an offset, else in this zone. Without a time: 00:00.
    Result<std::int64_t> parse_time(std::string_view text) const;
    const std::string& name() const { return name_; }

  private:
    struct Impl;
    std::shared_ptr<const Impl> impl_;
    std::string name_;
};

}  // namespace tally
