#include "common/domain/phone.h"

#include <algorithm>
#include <array>

#include "common/base/utf8.h"

namespace tally::domain {
namespace {

constexpr std::size_t kTextBytesMax = 128;
constexpr std::size_t kE164DigitsMax = 15;

struct Digits {
    std::string digits;
    bool plus = false;
};

bool is_separator(char32_t c) {
    constexpr std::u32string_view kMarks = U"-./()\u2212\uFF0D\uFF0E\uFF0F\uFF08\uFF09";
    return is_blank(c) || kMarks.find(c) != std::u32string_view::npos || (c >= 0x2010 && c <= 0x2015);
}

// Left-to-right and right-to-left marks: address books wrap numbers in them, and they reorder no digit.
bool is_direction_mark(char32_t c) { return c == 0x200E || c == 0x200F; }

Result<Digits> read_digits(std::string_view text) {
    if (text.size() > kTextBytesMax) return fail(Code::kInvalid, "phone: too long");
    Digits out;
    while (!text.empty()) {
        const auto c = take_code_point(text);
        if (!c) return fail(Code::kInvalid, "phone: not UTF-8");
        if (*c >= U'0' && *c <= U'9') {
            out.digits += static_cast<char>(*c);
        } else if (*c >= 0xFF10 && *c <= 0xFF19) {
            out.digits += static_cast<char>('0' + (*c - 0xFF10));
        } else if (*c == U'+' || *c == 0xFF0B) {
            if (out.plus || !out.digits.empty()) return fail(Code::kInvalid, "phone: a plus sign inside");
            out.plus = true;
        } else if (!is_separator(*c) && !is_direction_mark(*c)) {
            return fail(Code::kInvalid, "phone: a character that no number has");
        }
    }
    return out;
}

bool starts_with_any(std::string_view digits, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](auto prefix) { return digits.starts_with(prefix); });
}

// Length of the country code that E.164 assigns at the start of `digits`; 0 when none is.
std::size_t country_code_length(std::string_view digits) {
    constexpr std::string_view kTwo =
        " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84"
        " 86 90 91 92 93 94 95 98 ";
    // First two digits of the three-digit codes : last digits assigned. Services without a country are left out.
    constexpr std::array<std::string_view, 21> kThree{
        "21:123568",     "22:0123456789", "23:0123456789", "24:0123456789", "25:012345678", "26:0123456789",
        "29:01789",      "35:0123456789", "37:0123456789", "38:01235679",   "42:013",       "50:0123456789",
        "59:0123456789", "67:023456789",  "68:012356789",  "69:012",        "85:02356",     "88:06",
        "96:012345678",  "97:012345679",  "99:234568"};
    if (digits.size() < 3) return 0;
    if (digits[0] == '1' || digits[0] == '7') return 1;
    const std::string_view two = digits.substr(0, 2);
    const std::size_t at = kTwo.find(two);
    if (at != std::string_view::npos) return 2;
    for (const std::string_view row : kThree) {
        if (row.substr(0, 2) == two && row.find(digits[2], 3) != std::string_view::npos) return 3;
    }
    return 0;
}

// `with_country`: the country code stood in front, so the trunk 0 of a landline may be missing.
Result<Phone> chinese(std::string_view national, bool with_country) {
    const bool trunk = national.starts_with('0');
    if (trunk) national.remove_prefix(1);
    const auto phone = [&](bool mobile) { return Phone{"+86" + std::string(national), mobile}; };
    // All of 13x to 19x: a till that knew only the ranges given out today would refuse next year's customers.
    if (national.size() == 11 && national[0] == '1' && national[1] >= '3') return phone(true);
    if (national.size() == 10 && !trunk && starts_with_any(national, {"400", "800"})) return phone(false);
    // Area codes: 10, 2x, and three digits from 3 to 9. A subscriber's number does not begin with 0 or 1.
    if (national.size() >= 10 && (trunk || with_country)) {
        const std::size_t area = starts_with_any(national, {"10", "2"}) ? 2 : 3;
        const bool area_known = area == 2 || national[0] >= '3';
        const bool length_fits = national.size() == area + 8 || (area == 3 && national.size() == area + 7);
        if (area_known && length_fits && national[area] >= '2') return phone(false);
    }
    return fail(Code::kInvalid, "phone: no number of China");
}

Result<Phone> foreign(const std::string& digits) {
    const std::size_t code_length = country_code_length(digits);
    if (code_length == 0) return fail(Code::kInvalid, "phone: no such country code");
    const std::string_view code = std::string_view(digits).substr(0, code_length);
    const std::string_view national = std::string_view(digits).substr(code_length);
    if (national.size() < 4 || digits.size() < 7 || digits.size() > kE164DigitsMax) {
        return fail(Code::kInvalid, "phone: wrong length");
    }
    // "+44 (0) 7400": the zero is dialled at home only. These few write a zero that is part of the number.
    const bool zero_belongs = code == "39" || code == "225" || code == "241" || code == "242";
    if (national[0] == '0' && !zero_belongs) return fail(Code::kInvalid, "phone: a trunk zero behind the country code");
    bool mobile = true;
    if (code == "1" && national.size() != 10) return fail(Code::kInvalid, "phone: wrong length");
    if (code == "852") mobile = national.size() == 8 && national[0] >= '4' && national[0] != '8';
    if (code == "853") mobile = national.size() == 8 && national[0] == '6';
    if (code == "886") mobile = national.size() == 9 && national[0] == '9';
    return Phone{"+" + digits, mobile};
}

}  // namespace

Result<Phone> parse_phone(std::string_view text) {
    TALLY_TRY(const Digits read, read_digits(text));
    const std::string_view digits = read.digits;
    if (read.plus) return digits.starts_with("86") ? chinese(digits.substr(2), true) : foreign(read.digits);
    if (digits.starts_with("0086")) return chinese(digits.substr(4), true);
    // Without a sign, 86 is a country code only in front of a whole mobile number.
    if (digits.size() == 13 && digits.starts_with("861")) return chinese(digits.substr(2), true);
    return chinese(digits, false);
}

}  // namespace tally::domain
