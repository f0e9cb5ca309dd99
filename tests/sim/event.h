// What happens in one simulated chain, as lines of text: the acts of cashiers, the work of people at headquarters, and
// faults, each with its virtual time and its own number. A plan is all of them; a trace is a plan in a file. Deleting
// any line leaves a plan that can be played, so that a failing one can be made small. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace tally::sim {

// "<milliseconds since the start> <number> <verb> <argument> ..."; the verbs are in verbs.h. The number seeds whatever
// is left to chance in it and is its name for other events; it is never given twice.
struct Event {
    std::int64_t at_ms = 0;
    std::uint64_t number = 0;
    std::string verb;
    std::vector<std::int64_t> arguments;
    std::int64_t argument(std::size_t i) const { return i < arguments.size() ? arguments[i] : 0; }
};

struct Plan {
    std::uint64_t seed = 0;
    int terminals = 0;
    int days = 0;
    std::vector<Event> events;  // in order of time
};

std::string event_text(const Event& event);
std::string plan_text(const Plan& plan);
Result<Plan> plan_from_text(std::string_view text);  // kInvalid names the line

}  // namespace tally::sim
