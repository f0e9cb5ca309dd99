#include "terminal/app/screen_settings.h"

#include <toml++/toml.h>
#include <fstream>
#include <iterator>

namespace tally::terminal {

namespace {

Status read_number(const toml::table& table, const char* name, std::int64_t low, std::int64_t high, std::int64_t& out) {
    const auto node = table[name];
    if (!node) return {};
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < low || *value > high) {
        return fail(Code::kInvalid, std::string("[screen] ") + name + " is not a number from " + std::to_string(low) +
                                        " to " + std::to_string(high));
    }
    out = *value;
    return {};
}

Result<toml::table> parse(std::string_view text) {
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        return fail(Code::kInvalid,
                    "line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
    }
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Result<Lang> parse_lang(std::string_view text) {
    if (text == "zh" || text == "zh-CN") return Lang::kZh;
    if (text == "en") return Lang::kEn;
    return fail(Code::kInvalid, "the language is zh or en");
}

std::string language_path(const std::string& dir) { return dir + "/screen.toml"; }

Result<ScreenSettings> parse_screen_settings(std::string_view terminal, std::string_view screen) {
    ScreenSettings out;
    TALLY_TRY(const toml::table whole, parse(terminal));
    if (const toml::table* table = whole["screen"].as_table()) {
        for (const auto& [key, value] : *table) {
            const std::string_view name = key.str();
            if (name != "lang" && name != "width" && name != "height" && name != "scan_gap_ms") {
                return fail(Code::kInvalid, "unknown setting [screen] " + std::string(name));
            }
        }
        if ((*table)["lang"]) {
            TALLY_TRY(out.lang, parse_lang((*table)["lang"].value_or(std::string_view())));
        }
        std::int64_t width = out.width, height = out.height;
        TALLY_OK(read_number(*table, "width", 640, 16384, width));
        TALLY_OK(read_number(*table, "height", 480, 16384, height));
        TALLY_OK(read_number(*table, "scan_gap_ms", 1, 200, out.scan_gap_ms));
        out.width = static_cast<int>(width), out.height = static_cast<int>(height);
    }
    // What the cashier chose last wins; a damaged file of ours is no reason not to start.
    if (const auto chosen = parse(screen)) {
        if (const auto lang = parse_lang((*chosen)["lang"].value_or(std::string_view()))) out.lang = *lang;
    }
    return out;
}

Result<ScreenSettings> read_screen_settings(const std::string& dir) {
    const std::string path = dir + "/terminal.toml";
    auto settings = parse_screen_settings(content_of(path), content_of(language_path(dir)));
    if (!settings) return fail(settings.error().code, path + ": " + settings.error().detail);
    return settings;
}

}  // namespace tally::terminal
