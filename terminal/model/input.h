// What a hand or a scanner does, as the screen's own values: not GLFW's, not ImGui's. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace tally::terminal {

enum class Key : std::uint8_t {
    kEnter,
    kTab,
    kBackTab,
    kEscape,
    kBackspace,
    kDelete,
    kLeft,
    kRight,
    kHome,
    kEnd,
    kUp,
    kDown,
    kPageUp,
    kPageDown,
    kF1,
    kF2,
    kF3,
    kF4,
    kF5,
    kF6,
    kF7,
    kF8,
    kF9,
    kF10,
    kF11,
    kF12,
    kSelectAll
};

struct Typed {
    char32_t character = 0;
    bool operator==(const Typed&) const = default;
};
struct KeyPressed {
    Key key = Key::kEnter;
    bool operator==(const KeyPressed&) const = default;
};
struct Scanned {  // as it was read, hostile; without the ending key
    std::string code;
    bool operator==(const Scanned&) const = default;
};
struct Pasted {  // hostile
    std::string text;
    bool operator==(const Pasted&) const = default;
};

using Input = std::variant<Typed, KeyPressed, Scanned, Pasted>;

}  // namespace tally::terminal
