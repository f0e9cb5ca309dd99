// Draws a ScreenModel and reports what was pressed. Reads nothing else, keeps nothing. The window's thread, between
// NewFrame and Render.
#pragma once

#include <memory>
#include <vector>

#include "terminal/model/models.h"
#include "terminal/view/glyphs.h"
#include "terminal/view/seen.h"

namespace tally::terminal {

inline constexpr float kScreenWidthMin = 1024, kScreenHeightMin = 768;  // the layout's room, in logical pixels

// 1 up to 1280x800, larger in proportion above; below kScreenWidthMin or kScreenHeightMin smaller, so that all of the
// layout is there, its last line too. In steps, so that a resize does not rasterise every size of letter.
float scale_for(float width, float height);

// One frame over the whole display. `seen` may be null. What the cashier did is appended to `intents`.
void draw_screen(const ScreenModel& model, Glyphs& glyphs, std::vector<Event>& intents, SeenFrame* seen);

}  // namespace tally::terminal
