// One place that words a conflict: what it is, what headquarters did, and what a person may still decide. Reads, writes
// nothing.
#pragma once

#include "common/base/timezone.h"
#include "hq-server/intake/held.h"

namespace tally::admin {

struct Conflict {
    intake::ConflictRow row;
    std::optional<intake::HeldOp> op;  // none: it cannot be read, which verify names
    bool holds = false;                // the operation waits, or waited, for a release or a rejection
    std::optional<intake::VerdictRow> verdict;
    std::optional<intake::SeenRow> seen;
    bool is_open() const { return !verdict && !seen; }
};

Result<Conflict> conflict_of(intake::LedgerStore& store, const intake::ConflictRow& row);

std::string kind_word(intake::ConflictKind kind);  // "held-for-review": as it is typed
// kInvalid lists the words there are.
Result<intake::ConflictKind> kind_of_word(const std::string& word);

const char* state_word(const Conflict& conflict);                          // "open", "released", "rejected", "seen"
std::string done_text(const Conflict& conflict);                           // what headquarters did
std::string decided_text(const Conflict& conflict, const TimeZone& zone);  // who, when, why; empty while open
// Of an operation that is held or kept as a branch.
std::string verdict_text(const intake::VerdictRow& verdict, const TimeZone& zone);

}  // namespace tally::admin
