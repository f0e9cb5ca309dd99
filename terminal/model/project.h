// What the screen shows of a state: project(state) -> ScreenModel. Pure; chooses words and forms, never places or
// colours.
#pragma once

#include "terminal/model/models.h"

namespace tally::terminal {

ScreenModel project(const AppState& state);

}  // namespace tally::terminal
