// Tells a keyboard-wedge scanner from a hand: a burst of kScanCharactersMin or more ASCII characters, no gap longer
// than `gap_ms`, ended by Enter or Tab, is one scan wherever the focus is. Everything else comes out again in its
// order. Not a reader of codes: what a scan means is found out later. Pure: times are given. One thread.
//
// W1  every character that goes in comes out exactly once: typed, or inside one scan, in order.
// W2  a scan's ending key does not come out.
// W3  nothing waits longer than gap_ms after the last stroke, provided tick() is called at due_ms().
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "terminal/model/input.h"

namespace tally::terminal {

inline constexpr std::size_t kScanCharactersMin = 6;
inline constexpr std::size_t kScanCharactersMax = 8192;  // a longer burst is cut there: no code is that long

struct Stroke {
    std::variant<char32_t, Key> what;
    bool repeat = false;  // the window system says: the same key, held
};

class Wedge {
  public:
    explicit Wedge(std::int64_t gap_ms = 35) : gap_ms_(gap_ms) {}

    void stroke(const Stroke& stroke, std::int64_t at_ms, std::vector<Input>& out);
    void tick(std::int64_t at_ms, std::vector<Input>& out);  // lets go of what has waited longer than the gap
    std::optional<std::int64_t> due_ms() const;              // when tick() is wanted; none: nothing waits

  private:
    void flush(std::vector<Input>& out);

    std::int64_t gap_ms_;
    std::int64_t last_ms_ = 0;
    std::string waiting_;
};

}  // namespace tally::terminal
