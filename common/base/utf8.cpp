#include "common/base/utf8.h"

#include <array>

namespace tally {
namespace {

struct Lead {
    int length;
    std::uint8_t second_min, second_max;  // the range of the second byte excludes overlongs, surrogates and > U+10FFFF
};

std::optional<Lead> lead_of(std::uint8_t byte) {
    if (byte < 0x80) return Lead{1, 0, 0};
    if (byte < 0xC2) return std::nullopt;
    if (byte < 0xE0) return Lead{2, 0x80, 0xBF};
    if (byte == 0xE0) return Lead{3, 0xA0, 0xBF};
    if (byte == 0xED) return Lead{3, 0x80, 0x9F};
    if (byte < 0xF0) return Lead{3, 0x80, 0xBF};
    if (byte == 0xF0) return Lead{4, 0x90, 0xBF};
    if (byte < 0xF4) return Lead{4, 0x80, 0xBF};
    if (byte == 0xF4) return Lead{4, 0x80, 0x8F};
    return std::nullopt;
}

bool is_noncharacter(char32_t c) { return (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE; }

}  // namespace

std::optional<char32_t> take_code_point(std::string_view& rest) {
    if (rest.empty()) return std::nullopt;
    const auto first = static_cast<std::uint8_t>(rest[0]);
    const auto lead = lead_of(first);
    if (!lead || rest.size() < static_cast<std::size_t>(lead->length)) return std::nullopt;
    constexpr std::array<std::uint8_t, 5> kLeadBits{0, 0x7F, 0x1F, 0x0F, 0x07};
    char32_t value = first & kLeadBits[static_cast<std::size_t>(lead->length)];
    for (int i = 1; i < lead->length; ++i) {
        const auto byte = static_cast<std::uint8_t>(rest[static_cast<std::size_t>(i)]);
        const bool fits = i == 1 ? byte >= lead->second_min && byte <= lead->second_max : (byte & 0xC0) == 0x80;
        if (!fits) return std::nullopt;
        value = (value << 6) | (byte & 0x3F);
    }
    rest.remove_prefix(static_cast<std::size_t>(lead->length));
    return value;
}

void append_code_point(std::string& out, char32_t c) {
    TALLY_ASSERT(c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF), "not a Unicode scalar value");
    if (c < 0x80) {
        out += static_cast<char>(c);
        return;
    }
    if (c < 0x800) {
        out += static_cast<char>(0xC0 | (c >> 6));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | (c >> 12));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | (c >> 18));
        out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    }
    out += static_cast<char>(0x80 | (c & 0x3F));
}

bool is_valid_utf8(std::string_view text) {
    while (!text.empty()) {
        if (!take_code_point(text)) return false;
    }
    return true;
}

std::size_t code_points(std::string_view text) {
    std::size_t count = 0;
    while (take_code_point(text)) ++count;
    return count;
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029; }

bool is_bidi_override(char32_t c) { return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069); }

bool is_blank(char32_t c) {
    return c == 0x20 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200B) || c == 0x202F || c == 0x205F ||
           c == 0x3000 || c == 0xFEFF;
}

Result<std::string> clean_text(std::string_view text, std::size_t code_points_max) {
    std::size_t begin = std::string_view::npos;  // of the first code point that is not blank
    std::size_t end = 0;                         // behind the last one
    std::size_t count = 0;                       // code points since `begin`
    std::size_t count_to_end = 0;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t at = text.size() - rest.size();
        const auto c = take_code_point(rest);
        if (!c) return fail(Code::kInvalid, "text is not UTF-8");
        if (is_control(*c)) return fail(Code::kInvalid, "text holds a control character");
        if (is_bidi_override(*c)) return fail(Code::kInvalid, "text holds a bidirectional override");
        if (is_noncharacter(*c)) return fail(Code::kInvalid, "text holds a noncharacter");
        if (begin == std::string_view::npos) {
            if (is_blank(*c)) continue;
            begin = at;
        }
        ++count;
        if (is_blank(*c)) continue;
        end = text.size() - rest.size();
        count_to_end = count;
    }
    if (count_to_end > code_points_max) return fail(Code::kInvalid, "text is too long");
    if (begin == std::string_view::npos) return std::string();
    return std::string(text.substr(begin, end - begin));
}

}  // namespace tally
