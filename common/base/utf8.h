// Strict UTF-8 and the one cleaning that every text typed, scanned or imported by a stranger passes. Not Unicode
// normalisation and not collation: bytes that pass are kept as they are. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace tally {

// Takes the first code point off `rest`. Empty when `rest` is empty or does not begin with well-formed UTF-8
// (Unicode 15, table 3-7: no overlong form, no surrogate, nothing above U+10FFFF); `rest` is then left as it was.
std::optional<char32_t> take_code_point(std::string_view& rest);

void append_code_point(std::string& out, char32_t code_point);  // a Unicode scalar value; asserts otherwise

bool is_valid_utf8(std::string_view text);

// Number of code points of valid UTF-8; of anything else, up to the first bad byte.
std::size_t code_points(std::string_view text);

// C0, DEL, C1, line and paragraph separator: nothing that belongs into one line of text.
bool is_control(char32_t code_point);

// Characters that reorder what surrounds them (U+202A..202E, U+2066..2069): a name could pose as another.
bool is_bidi_override(char32_t code_point);

// Space, no-break space, ideographic space and the other blanks of Unicode (White_Space that is not control), and
// the invisible marks that pasting brings along (zero width space, byte order mark).
bool is_blank(char32_t code_point);

// The text without leading and trailing blanks. kInvalid: not UTF-8, a control character (line breaks too), a
// bidirectional override, a noncharacter, or more than `code_points_max` code points after trimming. An empty result
// is fine. The error's detail names the reason and never repeats the text.
Result<std::string> clean_text(std::string_view text, std::size_t code_points_max);

}  // namespace tally
