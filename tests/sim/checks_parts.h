// Checks at rest that have a file of their own; checks_at_rest.cpp has the table.
#pragma once

#include "common/base/result.h"

namespace tally::sim {

class World;

Status coupons_are_used_once(World& world);

}  // namespace tally::sim
