#include "terminal/model/format.h"

#include <array>

#include "terminal/model/utf8.h"

namespace tally::terminal {

namespace {

std::string grouped(std::uint64_t value) {
    std::string digits = std::to_string(value);
    for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
        digits.insert(static_cast<std::size_t>(at), ",");
    }
    return digits;
}

std::uint64_t magnitude(std::int64_t value) {
    return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

constexpr const char* kMinus = "\u2212";

std::uint64_t power_of_ten(std::uint32_t digits) {
    std::uint64_t out = 1;
    for (std::uint32_t i = 0; i < digits && i < 4; ++i) out *= 10;
    return out;
}

// Digits only, at most `limit`.
Result<std::int64_t> parse_digits(std::string_view typed, std::int64_t limit) {
    if (typed.empty()) return fail(Code::kInvalid, "no digits");
    std::int64_t value = 0;
    for (const char c : typed) {
        if (c < '0' || c > '9') return fail(Code::kInvalid, "not a digit");
        value = value * 10 + (c - '0');
        if (value > limit) return fail(Code::kOverflow, "number too large");
    }
    return value;
}

}  // namespace

std::string format_number(std::int64_t value) { return (value < 0 ? kMinus : "") + grouped(magnitude(value)); }

std::string format_points_bare(domain::Points points, bool sign) {
    return (points < 0 ? kMinus : sign && points > 0 ? "+" : "") + grouped(magnitude(points));
}

std::string format_points(const Locale& locale, domain::Points points, bool sign) {
    const std::string number = format_points_bare(points, sign);
    if (locale.lang == Lang::kZh) return number + " 分";
    return number + (points == 1 || points == -1 ? " point" : " points");
}

std::string format_money(const Locale& locale, domain::Minor minor) {
    const std::uint64_t unit = power_of_ten(locale.currency_digits);
    const std::uint64_t size = magnitude(minor);
    std::string out = minor < 0 ? kMinus : "";
    out += currency_sign(locale) + (locale.currency == "CNY" ? "" : " ");
    out += grouped(size / unit);
    if (unit > 1) {
        const std::string rest = std::to_string(unit + size % unit);
        out += "." + rest.substr(1);
    }
    return out;
}

std::string currency_sign(const Locale& locale) { return locale.currency == "CNY" ? "¥" : one_line(locale.currency); }

std::string format_amount_hint(const Locale& locale) {
    return locale.currency_digits == 0 ? "0" : "0." + std::string(locale.currency_digits, '0');
}

std::string format_date(const Locale& locale, Day day) {
    static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Civil civil = civil_of_day(day);
    if (locale.lang == Lang::kZh) {
        return std::to_string(civil.year) + "年" + std::to_string(civil.month) + "月" + std::to_string(civil.day) +
               "日";
    }
    return std::to_string(civil.day) + " " + kMonths[static_cast<std::size_t>(civil.month - 1)] + " " +
           std::to_string(civil.year);
}

std::string format_short_date(const Locale& locale, Day day) {
    const std::string date = format_date(locale, day);
    return locale.lang == Lang::kZh ? date.substr(date.find("年") + 3) : date.substr(0, date.rfind(' '));
}

Day day_of(const Locale& locale, std::int64_t wall_ms) {
    if (locale.zone) return locale.zone->day_at(wall_ms);
    const std::int64_t day_ms = 86'400'000;
    return static_cast<Day>(wall_ms / day_ms - (wall_ms % day_ms < 0 ? 1 : 0));
}

std::string format_clock(const Locale& locale, std::int64_t wall_ms) {
    if (locale.zone) return locale.zone->format_time(wall_ms, "%H:%M");
    const std::int64_t minutes = (wall_ms / 60'000) % 1440;
    const std::int64_t of_day = minutes < 0 ? minutes + 1440 : minutes;
    const std::string hour = std::to_string(100 + of_day / 60), minute = std::to_string(100 + of_day % 60);
    return hour.substr(1) + ":" + minute.substr(1);
}

std::string format_when(const Locale& locale, std::int64_t wall_ms) {
    const Day day = day_of(locale, wall_ms), today = day_of(locale, locale.now_ms);
    const std::string clock = format_clock(locale, wall_ms);
    if (day == today) return clock;
    if (civil_of_day(day).year != civil_of_day(today).year) return format_date(locale, day) + " " + clock;
    return format_short_date(locale, day) + " " + clock;
}

std::string mask_phone(std::string_view e164) {
    if (e164.empty()) return {};
    if (e164.starts_with("+86") && e164.size() == 14) {
        return std::string(e164.substr(3, 3)) + " **** " + std::string(e164.substr(10));
    }
    return "**** " + std::string(e164.size() > 4 ? e164.substr(e164.size() - 4) : e164);
}

std::string mask_card(std::string_view card) {
    const std::string line = one_line(card);
    if (count_characters(line) <= 4) return line;
    std::size_t from = line.size();
    for (int i = 0; i < 4; ++i) from = previous_boundary(line, from);
    return "**** " + line.substr(from);
}

std::optional<std::string> without_thousands(std::string_view typed) {
    const std::string_view whole = typed.substr(0, typed.find('.'));
    if (typed.substr(whole.size()).find(',') != std::string_view::npos) return std::nullopt;
    std::string out;
    const std::size_t first = whole.find(',');
    if (first == 0 || (first != std::string_view::npos && first > 3)) return std::nullopt;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        if (whole[at] != ',') {
            out.push_back(whole[at]);
        } else if ((whole.size() - at) % 4 != 0) {
            return std::nullopt;
        }
    }
    // Every comma stands where one belongs; now none may be missing between them.
    const std::size_t commas = whole.size() - out.size();
    if (commas != 0 && commas != (out.size() - 1) / 3) return std::nullopt;
    return out.append(typed.substr(whole.size()));
}

Result<domain::Minor> parse_money(std::string_view typed, std::uint32_t digits) {
    const std::size_t point = typed.find('.');
    const std::string_view whole = typed.substr(0, point);
    std::string part(point == std::string_view::npos ? "" : typed.substr(point + 1));
    if (whole.empty() && part.empty()) return fail(Code::kInvalid, "no digits");
    if (part.size() > digits) return fail(Code::kInvalid, "too many decimals");
    part.resize(digits, '0');
    const std::int64_t unit = static_cast<std::int64_t>(power_of_ten(digits));
    std::int64_t units = 0, rest = 0;
    if (!whole.empty()) {
        TALLY_TRY(units, parse_digits(whole, domain::kAmountMinorMax));
    }
    if (!part.empty()) {
        TALLY_TRY(rest, parse_digits(part, unit));
    }
    if (units > (domain::kAmountMinorMax - rest) / unit) return fail(Code::kOverflow, "amount too large");
    return units * unit + rest;
}

Result<domain::Points> parse_points(std::string_view typed) { return parse_digits(typed, domain::kPointsMax); }

Result<Day> parse_birthday(std::string_view typed, Day today) {
    std::array<std::int64_t, 3> parts{};
    const bool plain = typed.size() == 8 && typed.find_first_not_of("0123456789") == std::string_view::npos;
    if (plain) {
        TALLY_TRY(parts[0], parse_digits(typed.substr(0, 4), 9999));
        TALLY_TRY(parts[1], parse_digits(typed.substr(4, 2), 99));
        TALLY_TRY(parts[2], parse_digits(typed.substr(6, 2), 99));
    } else {
        std::string_view rest = typed;
        for (std::size_t i = 0; i < 3; ++i) {
            const std::size_t end = i < 2 ? rest.find_first_of("-/.") : rest.size();
            if (end == std::string_view::npos) return fail(Code::kInvalid, "not a date");
            TALLY_TRY(parts[i], parse_digits(rest.substr(0, end), 9999));
            rest = rest.substr(i < 2 ? end + 1 : end);
        }
    }
    const Day day = day_of_civil(static_cast<int>(parts[0]), static_cast<int>(parts[1]), static_cast<int>(parts[2]));
    const Civil back = civil_of_day(day);
    const bool real = back.year == parts[0] && back.month == parts[1] && back.day == parts[2];
    if (!real || parts[0] < 1900 || day > today) return fail(Code::kInvalid, "not a birthday");
    return day;
}

}  // namespace tally::terminal
