// The programme as people write it: JSON with the field names of programme.proto, numbers as numbers, enumerators by
// name, dates "2026-11-22", times "09:30". Read strictly, since a person wrote it: what this program does not know, a
// field twice, a null, a number in quotes or a number that does not fit is an error. (What reaches a terminal is the
// signed document, programme_codec.h, where unknown fields are listed instead.)
#pragma once

#include "common/domain/programme.h"

namespace tally::wire {

inline constexpr std::size_t kProgrammeTextBytesMax = 4u << 20;

// A whole programme: what `text` leaves out is as a Programme begins, but version, chain_name, time_zone, currency and
// currency_digits are then those of `chain`. Not checked yet (domain::check_programme).
// kInvalid names the field ("earn_rules[3].per_minor: a whole number is expected") or the line and column of what is no
// JSON.
Result<domain::Programme> programme_from_json(std::string_view text, const domain::Programme& chain = {});
// Indented; within a rule only what differs from its default. Reading it gives the same programme.
std::string programme_to_json(const domain::Programme& programme);

}  // namespace tally::wire
