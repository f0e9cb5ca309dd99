// The cashier screen as a program: window, store thread and sync agent joined by a mailbox and a queue. The main
// thread; returns when the window is closed. A frame never waits for the disk or the network.
#pragma once

#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/store/keys.h"
#include "sync/agent/settings.h"
#include "terminal/app/screen_settings.h"

namespace tally::terminal {

struct ScreenOptions {
    std::string dir;
    store::Unlock unlock = store::KeyFile{};
    ScreenSettings settings;
    agent::Settings sync;
    std::int64_t screenshot_after_ms = 0;  // with a path: leave a picture after so long, then return
    std::string screenshot_path;
    std::string dump_path;         // the drawn frame as JSON, after each
    std::string frame_times_path;  // two numbers for each frame: microseconds to make it, and to make and show it
};

// kBusy: another screen has this till open; kIo: no display, no OpenGL.
Status run_screen(ScreenOptions options, const Clock& clock);

}  // namespace tally::terminal
