// The programme as people write it: Protobuf's JSON mapping of programme.proto, and back.
#pragma once

#include "common/domain/programme.h"

namespace tally::wire {

// What `text` says, over what `base` says; lists are taken whole from `text`, and `base` must have none. Not checked
// yet (domain::check_programme). kInvalid names the field or the place that is wrong.
Result<domain::Programme> programme_from_json(const std::string& text, const domain::Programme& base);
// Indented; only what differs from an empty document, numbers as numbers.
std::string programme_to_json(const domain::Programme& programme);

}  // namespace tally::wire
