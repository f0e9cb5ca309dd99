// What an event can be: a name, its arguments, what it does. Acts of cashiers (verbs_till.cpp), people at headquarters
// (verbs_hq.cpp), faults (verbs_faults.cpp). An event whose machine is off, or that names what is not there, does
// nothing.
#pragma once

#include <span>
#include <string_view>

#include "tests/sim/event.h"

namespace tally::sim {

class World;

struct Verb {
    const char* name;
    const char* arguments;
    const char* says;
    void (*run)(World& world, const Event& event);
};

std::span<const Verb> till_verbs();
std::span<const Verb> hq_verbs();
std::span<const Verb> fault_verbs();
const Verb* verb_of(std::string_view name);  // null: none
std::string verbs_text();                    // all of them, for --verbs

}  // namespace tally::sim
