// What one drawn frame showed, for tests and --ui-dump: every text and widget with its place. Written by Ui as it
// draws.
#pragma once

#include <string>
#include <vector>

#include "terminal/view/box.h"

namespace tally::terminal {

enum class SeenKind : std::uint8_t { kText, kButton, kField, kRow, kBox };

struct Seen {
    SeenKind kind = SeenKind::kText;
    std::string id;     // of a widget: its action, field or row; empty for text
    std::string label;  // the text
    Box box;            // of a text: what its letters cover
    Box clip;           // what of it can be seen
    bool enabled = true;
    bool focused = false;
    bool cut = false;     // a text of ours that does not fit its place: a defect
    bool elided = false;  // somebody's long words, shortened with an ellipsis
};

using SeenFrame = std::vector<Seen>;

}  // namespace tally::terminal
