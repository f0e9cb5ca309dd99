// Numbers, money, dates and times in the reader's form. Pure: the time zone is given.
#pragma once

#include <optional>
#include <string>

#include "common/base/timezone.h"
#include "common/domain/op.h"

namespace tally::terminal {

enum class Lang : std::uint8_t { kZh, kEn };

struct Locale {
    Lang lang = Lang::kZh;
    std::string currency = "CNY";       // ISO 4217
    std::uint32_t currency_digits = 2;  // 0..4
    std::optional<TimeZone> zone;       // none: UTC
    std::int64_t now_ms = 0;            // tells "10:42" from "21 Nov 10:42"
};

std::string format_number(std::int64_t value);                                      // 1,234,567
std::string format_points(const Locale& locale, domain::Points points, bool sign);  // "+45 分", "45 points"
std::string format_points_bare(domain::Points points, bool sign);                   // "+45", with U+2212 as minus
std::string format_money(const Locale& locale, domain::Minor minor);                // "¥1,234.50", "USD 1,234.50"
std::string currency_sign(const Locale& locale);                                    // "¥", "USD"
std::string format_amount_hint(const Locale& locale);                               // "0.00"
std::string format_date(const Locale& locale, Day day);                // "2026年11月22日", "22 Nov 2026"
std::string format_short_date(const Locale& locale, Day day);          // without its year: "11月22日", "22 Nov"
std::string format_clock(const Locale& locale, std::int64_t wall_ms);  // "10:42"
std::string format_when(const Locale& locale, std::int64_t wall_ms);   // the clock; before today with its date
Day day_of(const Locale& locale, std::int64_t wall_ms);

std::string mask_phone(std::string_view e164);  // "138 **** 8000"; foreign: all but the last four hidden
std::string mask_card(std::string_view card);   // all but the last four hidden

// A number as typed without the commas between its thousands ("1,234.5" is "1234.5"); none: a comma stands where none
// belongs ("12,5"), so that nobody can say what was meant.
std::optional<std::string> without_thousands(std::string_view typed);
// Money as typed ("12", "12.5", ".5"), in the minor unit; kInvalid: not that; kOverflow: above domain::kAmountMinorMax.
Result<domain::Minor> parse_money(std::string_view typed, std::uint32_t digits);
// Points as typed: digits only; kOverflow: above domain::kPointsMax.
Result<domain::Points> parse_points(std::string_view typed);
// A birthday as typed: 19900131, 1990-01-31, 1990/1/31, 1990.1.31; a real date not after `today` and not before 1900.
Result<Day> parse_birthday(std::string_view typed, Day today);

}  // namespace tally::terminal
