// The programme of a simulated chain: small numbers, so that a week sees lots expire, limits reached and campaigns end.
// By the seed one of several. Pure.
#pragma once

#include "common/domain/programme.h"

namespace tally::sim {

Result<domain::Programme> programme_of(std::uint64_t seed);

// The coupon templates in it, for verbs: by number, from 0.
inline constexpr const char* kTemplates[] = {"plain", "only_two", "budget"};
inline constexpr std::int64_t kTemplatesCount = 3;

}  // namespace tally::sim
