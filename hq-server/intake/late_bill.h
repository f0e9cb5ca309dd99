// A forgotten bill that is brought later, beside what the chain holds under its number on that day in that store. Pure.
#pragma once

#include <span>
#include <string>

#include "common/domain/fold.h"

namespace tally::intake {

// `sales`: the sales of that store and day under the number and part of `late`, each as first accepted. Counted for
// this member with this amount already: a duplicate. Counted for another member, or with another amount: held. False:
// there is none, so nothing vouches for the bill; it counts all the same.
bool rule_late(const domain::Op& late, std::span<const domain::Op> sales, domain::Ruling& ruling, std::string& reason);

// `sale` arrives after a forgotten bill of its number and day was counted. One without a member is that very sale; one
// of a member would give the points twice, unless it is another till's bill of the same number: its amount says so, or
// one of the `sales` before it, as for rule_late, is the forgotten one: without a member and of that amount.
void rule_after_late(const domain::Op& late, std::span<const domain::Op> sales, const domain::Op& sale,
                     domain::Ruling& ruling, std::string& reason);

}  // namespace tally::intake
