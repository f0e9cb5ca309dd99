// The only way the screen changes: state + event -> state + effects. Pure; no clock, no disk, no drawing.
//
// R1  while an operation is being recorded (acting != 0) no second one is asked for.
// R2  an answer whose request number is not the one awaited changes nothing.
// R3  an entry that is refused changes nothing but the notice.
// R4  nothing is recorded whose preview was refused or has not come.
#pragma once

#include <vector>

#include "terminal/model/state.h"

namespace tally::terminal {

struct Step {
    AppState state;
    std::vector<Effect> effects;
};
Step reduce(AppState state, const Event& event);

}  // namespace tally::terminal
