// The seed of a random test: TALLY_SEED or a fixed default; always printed, so a failure can be run again.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace tally::support {

inline std::uint64_t seed() {
    const char* given = std::getenv("TALLY_SEED");
    const std::uint64_t value = given && *given ? std::strtoull(given, nullptr, 10) : 20261122;
    MESSAGE("TALLY_SEED=" << value);
    return value;
}

}  // namespace tally::support
