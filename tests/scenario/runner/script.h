// A scenario file, read: titles, statements with their values, blocks. Pure; nothing is played here.
//
//     background:          statements that run before each scenario of the file
//     scenario: TITLE      begins one; what follows is its statements, indented or not
//     in any order:        the statements indented below, in every order that there is (play.h)
#pragma once

#include "tests/scenario/runner/table.h"

namespace tally::scenario {

struct Statement {
    int line = 0;
    std::string text;  // as written, without comment
    Bound bound;
    std::vector<Bound> answers;          // behind ->
    std::vector<Bound> items;            // Block::kItems
    std::string block;                   // Block::kText
    std::vector<Statement> any_order{};  // of `in any order:`, which has no row
};

struct Scenario {
    int line = 0;
    std::string title;
    std::vector<Statement> statements;  // without the background
};

struct Script {
    std::string file;  // as it is named in messages
    std::vector<Statement> background;
    std::vector<Scenario> scenarios;
};

// All that is wrong in the file is in `errors`.
Script read_script(const std::string& file, const std::string& text, const Grammar& grammar,
                   std::vector<ParseError>& errors);

}  // namespace tally::scenario
