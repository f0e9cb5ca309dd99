#include "terminal/model/text_field.h"

#include "terminal/model/utf8.h"

namespace tally::terminal {

void set_text(TextField& field, std::string_view text) {
    field.text = std::string(text);
    field.caret = field.text.size();
    field.all_selected = false;
    field.overflowed = false;
}

void clear_text(TextField& field) { field = TextField{}; }

bool insert_text(TextField& field, std::string_view text, std::size_t characters_max) {
    std::string clean;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_character(text, at);
        if (!is_unprintable(c)) append_character(clean, c);
    }
    const std::size_t kept = field.all_selected ? 0 : count_characters(field.text);
    if (kept + count_characters(clean) > characters_max) {
        field.overflowed = true;
        return false;
    }
    if (field.all_selected) clear_text(field);
    field.text.insert(field.caret, clean);
    field.caret += clean.size();
    return true;
}

bool edit_key(TextField& field, Key key) {
    const bool all = field.all_selected;
    field.all_selected = false;
    switch (key) {
        case Key::kBackspace:
            field.overflowed = false;
            if (all) {
                clear_text(field);
            } else if (field.caret > 0) {
                const std::size_t from = previous_boundary(field.text, field.caret);
                field.text.erase(from, field.caret - from);
                field.caret = from;
            }
            return true;
        case Key::kDelete:
            field.overflowed = false;
            if (all) {
                clear_text(field);
            } else {
                field.text.erase(field.caret, next_boundary(field.text, field.caret) - field.caret);
            }
            return true;
        case Key::kLeft: field.caret = all ? 0 : previous_boundary(field.text, field.caret); return true;
        case Key::kRight: field.caret = all ? field.text.size() : next_boundary(field.text, field.caret); return true;
        case Key::kHome: field.caret = 0; return true;
        case Key::kEnd: field.caret = field.text.size(); return true;
        case Key::kSelectAll: field.all_selected = !field.text.empty(); return true;
        default: field.all_selected = all; return false;
    }
}

}  // namespace tally::terminal
