// One AppState for every screen and its hard cases: long names, debt, refusals, nothing at all. For the view's tests
// and the gallery. All people are invented.
#pragma once

#include <string>
#include <vector>

#include "terminal/model/state.h"

namespace tally::test {

struct Sample {
    std::string name;
    terminal::AppState state;
};
std::vector<Sample> sample_states(terminal::Lang lang);

}  // namespace tally::test
