// What is explored, and which planted faults must be found where.
#pragma once

#include <span>

#include "tests/model/bounds.h"

namespace tally::lease_model {

std::span<const Bounds> short_configurations();
std::span<const Bounds> long_configurations();

struct Planted {
    Fault fault;
    const char* configuration;
    const char* what;
};
std::span<const Planted> planted_faults();
const Bounds* find_configuration(const char* name);

}  // namespace tally::lease_model
