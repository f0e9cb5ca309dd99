// Loads another system's history into headquarters as operations of HQ's own chain. The same file again changes
// nothing: a member is known by member_ref, a bill by store, till, business day, number and kind.
#pragma once

#include "hq-server/admin/import_rows.h"
#include "hq-server/intake/intake.h"

namespace tally::admin {

struct ImportOptions {
    std::string members_csv;  // empty: none
    std::string sales_csv;    // empty: none
    bool strict = false;      // one bad row, and nothing is written
};

struct ImportSummary {
    std::uint64_t members = 0, sales = 0, refunds = 0;   // written now
    std::uint64_t members_before = 0, bills_before = 0;  // there already, with the same content
    std::uint64_t phones_unreadable = 0;
    domain::Minor amount_minor = 0;                                      // of what was written, net
    std::uint64_t waiting = 0, with_debt = 0, held = 0, duplicates = 0;  // outcomes that are not simply accepted
    bool written = true;                                                 // false: strict, and there are faults
    std::vector<RowFault> faults;
};

// An error only when nothing more can be done (file, storage); what was committed before stays, and running it again
// takes the rest.
Result<ImportSummary> import_history(intake::Intake& intake, intake::LedgerStore& store, const ImportOptions& options,
                                     std::int64_t now_ms);
std::string summary_text(const ImportSummary& summary);  // several lines; the last one sums up

}  // namespace tally::admin
