#include "terminal/model/utf8.h"

#include "common/base/utf8.h"

namespace tally::terminal {

char32_t next_character(std::string_view text, std::size_t& at) {
    std::string_view rest = text.substr(at);
    const std::optional<char32_t> character = take_code_point(rest);
    at = character ? text.size() - rest.size() : at + 1;
    return character.value_or(kReplacement);
}

void append_character(std::string& text, char32_t c) {
    append_code_point(text, c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) ? kReplacement : c);
}

std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) next_character(text, at);
    return count;
}

std::size_t next_boundary(std::string_view text, std::size_t at) {
    if (at >= text.size()) return text.size();
    next_character(text, at);
    return at;
}

std::size_t previous_boundary(std::string_view text, std::size_t at) {
    std::size_t before = 0;
    for (std::size_t here = 0; here < at && here < text.size();) {
        before = here;
        next_character(text, here);
    }
    return before;
}

bool is_unprintable(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || c == 0x180E ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
           c == 0xFEFF || (c >= 0xFFF0 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F) ||
           (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

std::string one_line(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_character(text, at);
        append_character(out, is_unprintable(c) ? U' ' : c);
    }
    return out;
}

std::string tidy(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        char32_t c = next_character(text, at);
        if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
        if (c == 0x3000 || c == 0xA0) c = U' ';
        if (!is_unprintable(c)) append_character(out, c);
    }
    const std::size_t first = out.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    return out.substr(first, out.find_last_not_of(' ') - first + 1);
}

}  // namespace tally::terminal
