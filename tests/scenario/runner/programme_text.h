// A programme as a scenario writes it: only what differs from what is in force. Pure.
#pragma once

#include <string>

#include "common/base/result.h"

namespace tally::scenario {

// The JSON object `base` with the fields of `text` in place of its own. kInvalid: `text` is no JSON object.
Result<std::string> overlaid(const std::string& base, const std::string& text);

}  // namespace tally::scenario
