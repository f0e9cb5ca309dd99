// `tally-lab demo`: the product's main job in one minute, on real parts, told in plain words. Not a test: the replay
// is.
#pragma once

#include <string>

namespace tally::lab {

struct DemoOptions {
    std::string dir;  // an empty folder, left afterwards; empty: a fresh one under the system's temporary folder
    bool screen = true;
};

// Exit code: 0 everything agreed, 1 it did not, 2 it could not be shown to its end.
int run_demo(const DemoOptions& options);

// Opens the cashier screen on a terminal's folder: in a window where there is a display, else under Xvfb, where it
// leaves a screenshot. True when it was seen.
bool show_cashier_screen(const std::string& terminal_dir);

}  // namespace tally::lab
