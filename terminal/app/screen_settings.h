// The screen's part of <dir>/terminal.toml, and <dir>/screen.toml, which the screen itself writes when the cashier
// changes the language. Every entry may be missing, and so may the files. No secrets in them.
//
//     [screen]
//     lang = "zh"          # zh or en
//     width = 1280
//     height = 800
//     scan_gap_ms = 35     # 1..200; the longest pause between two characters of one scan
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "terminal/model/format.h"

namespace tally::terminal {

struct ScreenSettings {
    Lang lang = Lang::kZh;
    int width = 1280, height = 800;
    std::int64_t scan_gap_ms = 35;
};

Result<Lang> parse_lang(std::string_view text);  // "zh" or "en"
std::string language_path(const std::string& dir);
// kInvalid names the entry or the line. `screen` is the content of screen.toml.
Result<ScreenSettings> parse_screen_settings(std::string_view terminal, std::string_view screen);
Result<ScreenSettings> read_screen_settings(const std::string& dir);

}  // namespace tally::terminal
