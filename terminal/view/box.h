// Rectangles of the screen in pixels, and how a layout cuts them up. Values.
#pragma once

#include <algorithm>

namespace tally::terminal {

struct Box {
    float x = 0, y = 0, w = 0, h = 0;
    float right() const { return x + w; }
    float bottom() const { return y + h; }
    Box inset(float by) const { return inset(by, by); }
    Box inset(float dx, float dy) const {
        return {x + dx, y + dy, std::max(0.f, w - 2 * dx), std::max(0.f, h - 2 * dy)};
    }
    // Each takes a strip off this box and returns it; never more than there is.
    Box cut_top(float by) {
        by = std::min(by, h);
        const Box out{x, y, w, by};
        y += by, h -= by;
        return out;
    }
    Box cut_bottom(float by) {
        by = std::min(by, h);
        h -= by;
        return {x, y + h, w, by};
    }
    Box cut_left(float by) {
        by = std::min(by, w);
        const Box out{x, y, by, h};
        x += by, w -= by;
        return out;
    }
    Box cut_right(float by) {
        by = std::min(by, w);
        w -= by;
        return {x + w, y, by, h};
    }
    bool overlaps(const Box& other) const {  // by more than rounding
        constexpr float kSlack = 0.75f;
        return x + kSlack < other.right() && other.x + kSlack < right() && y + kSlack < other.bottom() &&
               other.y + kSlack < bottom();
    }
    bool contains(const Box& other) const {
        constexpr float kSlack = 0.75f;
        return other.x >= x - kSlack && other.y >= y - kSlack && other.right() <= right() + kSlack &&
               other.bottom() <= bottom() + kSlack;
    }
};

}  // namespace tally::terminal
