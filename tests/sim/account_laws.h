// The arithmetic of one account, computed apart from the fold and from check_account (LAWS.md: L, A, conservation).
// Pure.
#pragma once

#include <string>

#include "common/domain/account.h"

namespace tally::sim {

std::string broken_law(const domain::Account& account);  // empty: all hold

}  // namespace tally::sim
