// What changes between two programmes, in words and in the units of people.
#pragma once

#include "common/domain/programme.h"

namespace tally::wire {

// One line a change, in the order of the document: "earn_points: 1 -> 2", "earn_rules weekend: factor 2 -> 3",
// "earn_rules: new: weekend", "coupons: gone: hello". Money with the new programme's currency. Rules are matched by
// their id. Empty: they say the same (`version` and `unknown` are not looked at).
std::vector<std::string> programme_changes(const domain::Programme& from, const domain::Programme& to);

}  // namespace tally::wire
