// A state as few bits: what lies outside the bounds of the exploration takes none. unpack(pack(w)) = w.
#pragma once

#include <span>

#include "tests/model/world.h"

namespace tally::lease_model {

constexpr int kWordsMax = 12;

// Writes w into words, zeroed first; returns the number of bits. A value too big for its field sets w.broken.
int pack(World& w, const Bounds& bounds, std::span<uint64_t> words);
World unpack(std::span<const uint64_t> words, const Bounds& bounds);

}  // namespace tally::lease_model
