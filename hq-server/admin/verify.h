// Walks everything that headquarters holds and says exactly what is wrong where: pages, programmes, positions, every
// operation's hash, id, link and commitment, every signature, and every table that follows from the log (accounts with
// when they are due next, profiles, identities, store-days, notices, decisions, bills, imported rows) against a refold
// of it. Reads one snapshot, so it may run beside a server. Holds every member's account in memory (about 1 KiB each).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hq-server/intake/ledger_store.h"

namespace tally::admin {

struct VerifyReport {
    std::vector<std::string> faults;  // one sentence each; at most kFaultsMax are kept
    std::uint64_t fault_count = 0;
    std::vector<std::string> notes;  // no faults, but somebody should know: branches, quarantined terminals, conflicts
    std::uint64_t operations = 0, members = 0, store_days = 0, signatures = 0;
};
inline constexpr std::size_t kFaultsMax = 200;

// `hq_key`: the working device's. `progress` hears positions of the log. An error only when the walk itself cannot go
// on.
using VerifyProgress = std::function<void(std::uint64_t done, std::uint64_t of)>;
Result<VerifyReport> verify_ledger(intake::LedgerStore& store, const crypto::PublicKey& hq_key,
                                   const VerifyProgress& progress = {});
std::string verify_text(const VerifyReport& report);  // the last line sums up

}  // namespace tally::admin
