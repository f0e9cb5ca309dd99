// The programme as people write it: a JSON object with the fields of domain::Programme. Not its stored form.
#pragma once

#include <string>

#include "common/domain/programme.h"

namespace tally::admin {

// `base` with the fields that `text` names. kInvalid names the field: unknown, of the wrong kind, out of range.
// `version` may stand there and is ignored: headquarters counts.
Result<domain::Programme> programme_from_json(const std::string& text, domain::Programme base);
std::string programme_to_json(const domain::Programme& programme);

}  // namespace tally::admin
