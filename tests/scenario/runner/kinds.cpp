#include "tests/scenario/runner/kinds.h"

#include "common/base/timezone.h"

namespace tally::scenario {

namespace {

bool is_figure(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) {
    if (text.empty() || text.size() > 17) return false;
    for (const char c : text)
        if (!is_figure(c)) return false;
    return true;
}

std::string_view unsigned_part(std::string_view text) {
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
    return text;
}

bool is_number(std::string_view text) { return all_digits(unsigned_part(text)); }

bool is_decimal(std::string_view text) {
    text = unsigned_part(text);
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos) return all_digits(text);
    return all_digits(text.substr(0, point)) && all_digits(text.substr(point + 1));
}

// A name that a person reads as one: not a number, not a sign.
bool is_name(const Word& word) {
    if (word.quoted || word.text.empty()) return false;
    const unsigned char c = static_cast<unsigned char>(word.text.front());
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80;
}
bool is_date(const Word& word) { return !word.quoted && parse_day(word.text).has_value(); }
bool is_text(const Word& word) { return word.quoted || (word.text != "," && word.text != ":"); }
bool is_time(const Word& word) {
    const std::string& text = word.text;
    return text.size() == 5 && text[2] == ':' && all_digits(text.substr(0, 2)) && all_digits(text.substr(3)) &&
           text.substr(0, 2) < "24" && text.substr(3) < "60";
}

}  // namespace

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all = {
        {"member", "a member's name such as Anna", is_name, false, ""},
        {"terminal", "a terminal's name such as T1", is_name, false, ""},
        {"store", "a store's name such as S1", is_name, false, ""},
        {"place", "HQ, or a terminal's name such as T1", is_name, false, ""},
        {"disk", "a name for a copy such as D1", is_name, false, ""},
        {"bill", "a bill's number such as B1", is_text, false, ""},
        {"money", "an amount of money such as 152.00",
         [](const Word& word) { return !word.quoted && is_decimal(word.text); }, false, ""},
        {"points", "a number of points such as 90",
         [](const Word& word) { return !word.quoted && is_number(word.text); }, false, ""},
        {"count", "a whole number such as 3", [](const Word& word) { return !word.quoted && all_digits(word.text); },
         false, ""},
        {"times", "a quantity such as x1 or x0.5",
         [](const Word& word) {
             return !word.quoted && word.text.starts_with("x") && is_decimal(std::string_view(word.text).substr(1));
         },
         false, ""},
        {"date", "a date such as 2026-01-15", is_date, false, ""},
        {"until", "a date such as 2026-01-15, or never",
         [](const Word& word) { return is_date(word) || (!word.quoted && word.text == "never"); }, false, ""},
        {"time", "a time such as 14:30", is_time, false, ""},
        {"standing", "confirmed, provisional or by-hand",
         [](const Word& word) {
             return !word.quoted && (word.text == "confirmed" || word.text == "provisional" || word.text == "by-hand");
         },
         false, ""},
        {"text", "a word, or a text in quotes", is_text, false, ""},
        {"word", "a word", is_name, false, ""},
        {"words", "words", is_text, true, ""},
        {"facts", "facts about a member, parted by commas", nullptr, false, "facts"},
        {"answers", "answers to an act, parted by commas", nullptr, false, "answers"},
        {"totals", "totals of a store, parted by commas", nullptr, false, "totals"},
        {"conflicts", "conflicts, parted by commas", nullptr, false, "conflicts"},
    };
    return all;
}

const Kind* find_kind(const std::string& name) {
    for (const Kind& kind : kinds())
        if (kind.name == name) return &kind;
    return nullptr;
}

}  // namespace tally::scenario
