// Everything that may happen next in a state.
#pragma once

#include <functional>
#include <string>

#include "tests/model/world.h"

namespace tally::lease_model {

World first_world(const Bounds& b);

// Takes each next state in turn; `words` says what happened, and is asked only for a trace.
class Steps {
  public:
    virtual ~Steps() = default;
    virtual void take(World&& next, const std::function<std::string()>& words) = 0;
};

void each_step(const World& w, const Bounds& b, Steps& steps);

}  // namespace tally::lease_model
