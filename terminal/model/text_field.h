// One line of text being edited: UTF-8 with a caret between characters. Pure. Replaces an ImGui field, whose 16-bit
// characters would destroy the rare characters of people's names.
#pragma once

#include <string>
#include <string_view>

#include "terminal/model/input.h"

namespace tally::terminal {

struct TextField {
    std::string text;
    std::size_t caret = 0;  // bytes, on a character's boundary
    bool all_selected = false;
    bool overflowed = false;  // something typed did not fit: the text is not what was typed, until it is edited
    bool operator==(const TextField&) const = default;
};

void set_text(TextField& field, std::string_view text);  // caret at the end
void clear_text(TextField& field);
// Puts `text` at the caret; unprintable characters are left out. False, and no change but `overflowed`, when the result
// would be longer than `characters_max`.
bool insert_text(TextField& field, std::string_view text, std::size_t characters_max);
bool edit_key(TextField& field, Key key);  // moves and deletes; false: not a key of editing

}  // namespace tally::terminal
