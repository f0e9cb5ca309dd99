// The rows by which a member is found: identities, phones from their end, names from their start and from inside. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/domain/profile.h"

namespace tally::replica {

// Kinds of lookup rows beside domain::IdentityKind (below 64). Stored: never renumber.
inline constexpr int kLookupPhoneReversed = 64;  // digits of E.164 from the last to the first
inline constexpr int kLookupNameStart = 65;      // the whole name
inline constexpr int kLookupNameInside =
    66;  // the name from a later word, a later Chinese character, or a later letter

// Longest part of a name that is kept for searching, and most rows of one member's name.
inline constexpr std::size_t kNamePartCodePointsMax = 24;
inline constexpr std::size_t kNameRowsMax = 48;

struct LookupRow {
    int kind = 0;
    std::string value;
    auto operator<=>(const LookupRow&) const = default;
};

// Sorted, without repetition.
std::vector<LookupRow> lookup_rows(const domain::Profile& profile);

// How names are compared: full-width forms and capitals of ASCII, Latin-1, Greek and Cyrillic folded, blanks made one
// space, cut at kNamePartCodePointsMax. Bytes that are not UTF-8 end the name.
std::string name_for_search(std::string_view name);

// The first text that sorts after everything that begins with `prefix`. For range queries; not UTF-8.
std::string after_prefix(std::string_view prefix);

}  // namespace tally::replica
