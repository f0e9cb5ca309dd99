// What a statement may look like, and how a line is read by it. Pure.
//
//     word        that word                       a|b       one of these words
//     <kind>      a value, bound to its name      <name:kind>  the same under another name
//     [ ... ]     may be missing                  { a | b }  any of these, in any order, any number of times
//
// A kind is one word (kinds.cpp), or all words up to the next comma, or a list: parts between commas, each read by a
// table of its own. Every pattern that does not fit tells the furthest word it came to and what it wanted there.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/scenario/runner/words.h"

namespace tally::scenario {

struct Entry;
struct Bound;
class Grammar;

struct Kind {
    std::string name;
    std::string what;  // for errors and for LANGUAGE.md: "an amount of money such as 152.00"
    bool (*accepts)(const Word& word) = nullptr;
    bool many = false;  // all words up to the next comma
    std::string table;  // a list read by this table
};

struct Node {
    enum class Is { kWord, kSlot, kOptional, kAny };
    Is is = Is::kWord;
    std::vector<std::string> words;             // kWord: one of these
    std::string name;                           // kSlot
    const Kind* kind = nullptr;                 // kSlot
    std::vector<std::vector<Node>> branches{};  // kOptional: one; kAny: several
};
using Pattern = std::vector<Node>;

// Ends the program on a fault in the pattern: patterns are constants of this folder.
Pattern compile_pattern(const std::string& text);

struct Match {
    std::vector<std::pair<std::string, Word>> values;
    std::vector<Bound> list;  // of the list slot, if there is one

    const Word* find(const std::string& name) const;
};

// The furthest place that any pattern came to, and what was wanted there.
struct Miss {
    std::size_t at = 0;
    std::vector<std::string> wanted;
    void note(std::size_t place, const std::string& what);
};

// Reads words [first, end) by the pattern.
std::optional<Match> match_pattern(const Pattern& pattern, const std::vector<Word>& words, std::size_t first,
                                   std::size_t end, const Grammar& grammar, Miss& miss);

ParseError error_of(const Miss& miss, const std::vector<Word>& words, std::size_t end);

}  // namespace tally::scenario
