// A failing plan made small: events are deleted as long as the same check still fails (Zeller's ddmin).
#pragma once

#include <functional>

#include "tests/sim/event.h"

namespace tally::sim {

// `fails`: the same failure comes of this plan. At most `tries_max` plans are played.
Plan shrink(Plan plan, const std::function<bool(const Plan&)>& fails, int tries_max);

}  // namespace tally::sim
