// Sharing whole points in proportion, by largest remainder: everyone gets the floor of the exact share, and what is
// left goes one by one to the largest fractions, ties to the earlier one. The shares always sum up to what is shared,
// and no share differs from its exact value by one point or more.
#pragma once

#include <vector>

#include "common/domain/op_parts.h"
#include "common/domain/wide.h"

namespace tally::domain {

// In proportion to `weights` (each >= 0, their sum within 64 bits). Without a weight above zero all shares are 0.
std::vector<Points> share_by(const std::vector<std::int64_t>& weights, Points points);

// The exact shares are weights[i] * factor / divisor; their sum lies within [points, points + 1).
std::vector<Points> share_exact(const std::vector<Wide>& weights, std::uint64_t factor, const Wide& divisor,
                                Points points);

}  // namespace tally::domain
