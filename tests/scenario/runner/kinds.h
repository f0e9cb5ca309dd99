// The kinds of values that a pattern can name: <money>, <date>, <facts> ... One table, in kinds.cpp.
#pragma once

#include "tests/scenario/runner/pattern.h"

namespace tally::scenario {

const std::vector<Kind>& kinds();
const Kind* find_kind(const std::string& name);

}  // namespace tally::scenario
