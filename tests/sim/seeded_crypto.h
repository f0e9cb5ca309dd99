// libsodium's randomness from a seed, so that a trace plays the same twice: keys, nonces and epochs too. For this
// process, for good: the simulator's children only.
#pragma once

#include <cstdint>

namespace tally::sim {

void seed_crypto(std::uint64_t seed);

}  // namespace tally::sim
