// A step of a trace in words: A's 2nd epoch is A2, its third operation A2.3.
#pragma once

#include <string>

#include "tests/model/world.h"

namespace tally::lease_model {

std::string epoch_name(const World& w, int epoch);
std::string op_name(const World& w, int epoch, int seq);
std::string op_words(const World& w, const Bounds& b, const Op& op);
std::string device_name(int device);

}  // namespace tally::lease_model
