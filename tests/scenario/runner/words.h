// A line of a scenario as words with their places. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tally::scenario {

struct Word {
    std::string text;
    bool quoted = false;
    int line = 0;    // from 1
    int column = 0;  // from 1, in characters
};

// Why a file cannot be played, and where.
struct ParseError {
    int line = 0;
    int column = 0;
    std::string what;
};

// Words are parted by blanks. "..." is one word (\" and \\ inside); a comma, and a colon at a word's end, are words of
// their own; # begins a comment. A comma or colon between digits belongs to the word: 14:30 and 1,000 are one each.
// False with `error` filled: a quote that nobody closes.
bool split_words(std::string_view text, int line, std::vector<Word>& words, ParseError& error);

std::string joined(const std::vector<Word>& words, std::size_t first, std::size_t end);

}  // namespace tally::scenario
