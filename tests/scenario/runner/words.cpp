#include "tests/scenario/runner/words.h"

namespace tally::scenario {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

struct Splitter {
    std::string_view text;
    int line;
    std::vector<Word>& words;
    std::size_t at = 0;
    int column = 1;

    char next() {
        const char c = text[at++];
        if (at < text.size() && begins_character(text[at])) ++column;
        if (at == text.size()) ++column;
        return c;
    }
    bool ends_word() const {
        const char c = text[at];
        if (is_blank(c) || c == '"') return true;
        if (c != ',' && c != ':') return false;
        const bool digit_before = at > 0 && is_digit(text[at - 1]);
        const bool digit_after = at + 1 < text.size() && is_digit(text[at + 1]);
        if (digit_before && digit_after) return false;
        return c == ',' || at + 1 == text.size() || is_blank(text[at + 1]);
    }
    bool quoted(ParseError& error) {
        Word word{"", true, line, column};
        next();
        while (at < text.size() && text[at] != '"') {
            if (text[at] == '\\' && at + 1 < text.size()) next();
            word.text.push_back(next());
        }
        if (at == text.size()) {
            error = {line, word.column, "this quote is not closed"};
            return false;
        }
        next();
        words.push_back(std::move(word));
        return true;
    }
    void plain() {
        Word word{"", false, line, column};
        do word.text.push_back(next());
        while (word.text != "," && at < text.size() && !ends_word());
        words.push_back(std::move(word));
    }
};

}  // namespace

bool split_words(std::string_view text, int line, std::vector<Word>& words, ParseError& error) {
    Splitter split{text, line, words};
    while (split.at < text.size()) {
        const char c = text[split.at];
        if (c == '#') break;
        if (is_blank(c)) {
            split.next();
        } else if (c == '"') {
            if (!split.quoted(error)) return false;
        } else {
            split.plain();
        }
    }
    return true;
}

std::string joined(const std::vector<Word>& words, std::size_t first, std::size_t end) {
    std::string out;
    for (std::size_t i = first; i < end; ++i) {
        const Word& word = words[i];
        const bool sticks = !word.quoted && (word.text == "," || word.text == ":");
        if (!out.empty() && !sticks) out += ' ';
        out += word.quoted ? "\"" + word.text + "\"" : word.text;
    }
    return out;
}

}  // namespace tally::scenario
