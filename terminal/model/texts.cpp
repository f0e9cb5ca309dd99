#include "terminal/model/texts.h"

#include "terminal/model/utf8.h"

namespace tally::terminal {

namespace {

struct BothLanguages {
    std::string_view zh, en;
};
constexpr BothLanguages kTexts[] = {
#define TALLY_TEXT_ENTRY(name, zh, en) {zh, en},
    TALLY_TEXTS(TALLY_TEXT_ENTRY)
#undef TALLY_TEXT_ENTRY
};

constexpr std::size_t kQuotedCharactersMax = 28;

// People's words inside our sentences: on one line, and never so long that they hide the sentence.
std::string in_quotes(std::string_view words) {
    std::string line = one_line(words);
    std::size_t at = 0;
    for (std::size_t count = 0; count < kQuotedCharactersMax && at < line.size(); ++count) at = next_boundary(line, at);
    if (at >= line.size()) return line;
    // The Chinese font's ellipsis stands at half height: wrong after Latin letters.
    std::size_t last = previous_boundary(line, at);
    return line.substr(0, at) + (next_character(line, last) < 0x2E80 ? "..." : "…");
}

struct Wording {
    const Locale& locale;
    std::string operator()(const std::string& words) const { return in_quotes(words); }
    std::string operator()(const PointsArg& arg) const { return format_points(locale, arg.points, arg.sign); }
    std::string operator()(const MoneyArg& arg) const { return format_money(locale, arg.minor); }
    std::string operator()(const CountArg& arg) const { return format_number(arg.count); }
    std::string operator()(const OpsArg& arg) const {
        const std::string number = format_number(arg.count);
        if (locale.lang == Lang::kZh) return number + " 笔";
        return number + (arg.count == 1 ? " operation" : " operations");
    }
    std::string operator()(const DayArg& arg) const { return format_date(locale, arg.day); }
    std::string operator()(const TimeArg& arg) const { return format_when(locale, arg.wall_ms); }
    std::string operator()(const WordArg& arg) const { return std::string(text(locale.lang, arg.id)); }
};

}  // namespace

std::size_t text_count() { return std::size(kTexts); }

std::string_view text(Lang lang, Text id) {
    const BothLanguages& entry = kTexts[static_cast<std::size_t>(id)];
    return lang == Lang::kZh ? entry.zh : entry.en;
}

std::string word(const Locale& locale, const Arg& arg) { return std::visit(Wording{locale}, arg); }

namespace {

bool is_ideograph(char32_t c) { return c >= 0x3400 && c <= 0x9FFF; }

bool ends_in_ideograph(std::string_view text) {
    if (text.empty()) return false;
    std::size_t at = previous_boundary(text, text.size());
    return is_ideograph(next_character(text, at));
}

bool starts_with_ideograph(std::string_view text) {
    std::size_t at = 0;
    return !text.empty() && is_ideograph(next_character(text, at));
}

}  // namespace

std::string say(const Locale& locale, const Said& said) {
    const std::string_view pattern = text(locale.lang, said.id);
    std::string out;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        const bool slot = pattern[at] == '{' && at + 2 < pattern.size() && pattern[at + 2] == '}';
        if (!slot) {
            out.push_back(pattern[at]);
            continue;
        }
        const std::size_t index = static_cast<std::size_t>(pattern[at + 1] - '0');
        if (index < said.args.size()) out += word(locale, said.args[index]);
        at += 2;
        // The pattern's space sets a number off; between the ideographs of a unit and a sentence it is a hole.
        const bool ours = index < said.args.size() && !std::holds_alternative<std::string>(said.args[index]);
        const bool space = at + 1 < pattern.size() && pattern[at + 1] == ' ';
        if (ours && space && ends_in_ideograph(out) && starts_with_ideograph(pattern.substr(at + 2))) ++at;
    }
    return out;
}

}  // namespace tally::terminal
