// The list of a member's pending operations as stored: rising positions, each as LEB128 of its difference to the one
// before. Pure.
#pragma once

#include <vector>

#include "common/base/bytes.h"

namespace tally::replica {

Bytes encode_positions(const std::vector<std::int64_t>& rising);
Result<std::vector<std::int64_t>> decode_positions(ByteView bytes);  // kDamaged: not such a list

}  // namespace tally::replica
