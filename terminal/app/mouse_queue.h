// The left button's changes, one for each frame and each at the place where it happened: a press and what follows it
// may all come before the next frame, the mouse having moved on meanwhile, and ImGui sees only what is true when a
// frame begins. Not the pointer's path. Pure; the window's thread.
#pragma once

#include <deque>
#include <optional>

namespace tally::terminal {

class MouseQueue {
  public:
    struct Change {
        bool down = false;
        float x = 0, y = 0;
        bool operator==(const Change&) const = default;
    };
    static constexpr std::size_t kChangesMax = 64;

    // A repeated state is no change. A press into a full queue is dropped, and its release with it.
    void button(bool down, float x, float y) {
        if (down == (changes_.empty() ? down_ : changes_.back().down)) return;
        if (down && changes_.size() >= kChangesMax) return;
        changes_.push_back({down, x, y});
    }
    // The change of this frame, if any.
    std::optional<Change> next() {
        if (changes_.empty()) return std::nullopt;
        const Change change = changes_.front();
        changes_.pop_front();
        down_ = change.down;
        return change;
    }
    bool down() const { return down_; }  // as the frames were told

  private:
    std::deque<Change> changes_;  // alternating
    bool down_ = false;
};

}  // namespace tally::terminal
