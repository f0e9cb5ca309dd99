// UTF-8 at the screen's edge: walking hostile bytes by character, and making text fit to be drawn. What is well-formed
// is common/base/utf8.h's to say. Pure. Text stays UTF-8 from the keyboard to the store, so no character, also above
// U+FFFF, is ever changed on the way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tally::terminal {

inline constexpr char32_t kReplacement = 0xFFFD;

// The character at `at` (< text.size()), moving `at` past it; a malformed byte gives kReplacement and moves by one.
char32_t next_character(std::string_view text, std::size_t& at);
void append_character(std::string& text, char32_t character);  // surrogates and values above 10FFFF become kReplacement

std::size_t count_characters(std::string_view text);
std::size_t next_boundary(std::string_view text, std::size_t at);      // the start of the next character, or size()
std::size_t previous_boundary(std::string_view text, std::size_t at);  // the start of the character before, or 0

// Invisible or line-turning: control characters, line ends, zero-width and bidirectional controls, byte order marks.
bool is_unprintable(char32_t character);

// One line that can be drawn without surprise: malformed bytes become kReplacement, unprintable characters a space.
std::string one_line(std::string_view text);

// What is left of typed, pasted or scanned text: valid UTF-8 without unprintable characters, trimmed of blanks at both
// ends, full-width ASCII and the ideographic space folded to ASCII.
std::string tidy(std::string_view text);

}  // namespace tally::terminal
