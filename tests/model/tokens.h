// The token by which a copied disk shows: a model of its own, since it needs nothing of points.
#pragma once

#include <string>
#include <vector>

namespace tally::lease_model {

// The readings of "each contact exchanges a fresh token, one older than the last two is an alarm".
enum class TokenRule {
    kTerminalChooses,  // RULES.md
    kHqRepeats,        // HQ makes tokens; to one who shows the last but one (the answer was lost) it repeats the last
    kHqRenews,         // HQ makes tokens; to one who shows the last but one it gives another instead of the last
};

struct TokenVerdict {
    int states = 0;
    const char* broken = nullptr;
    std::vector<std::string> trace;
};

// Every order of contacts, lost answers, crashes, late questions (late: a session's question may be read after a newer
// one's) and, if `copied`, one copy. Broken: an alarm without a copy, or none although each device had `contacts_most`
// whole contacts since the copy, of which the last begin after one of the other's.
TokenVerdict explore_tokens(TokenRule rule, bool copied, bool late);

}  // namespace tally::lease_model
