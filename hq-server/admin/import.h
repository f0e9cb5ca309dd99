// Loads another system's history into headquarters as operations of HQ's own chain. The same file again changes
// nothing: a member is known by member_ref, a bill by store, till, business day, number and kind. The same bill that
// names its till in one file and none in the other is found by time, amount and member too, and left out.
#pragma once

#include "hq-server/admin/import_rows.h"
#include "hq-server/intake/intake.h"

namespace tally::admin {

struct ImportOptions {
    std::string members_csv;  // empty: none
    std::string sales_csv;    // empty: none
    std::string stores_csv;   // not empty: a store that neither it nor headquarters knows makes a bad row
    bool strict = false;      // one bad row or one unknown store, and nothing is written
    bool dry_run = false;     // judge, count what would be written, and write nothing
};

struct ImportSummary {
    std::uint64_t members = 0, sales = 0, refunds = 0;   // written now
    std::uint64_t members_before = 0, bills_before = 0;  // there already, with the same content
    std::uint64_t phones_unreadable = 0;
    domain::Minor amount_minor = 0;                                      // of what was written, net
    std::uint64_t waiting = 0, with_debt = 0, held = 0, duplicates = 0;  // outcomes that are not simply accepted
    std::uint64_t repeats = 0;  // among the faults: probably imported before, with or without the till
    bool written = true;        // false: a dry run, or strict and there are faults
    bool stopped = false;       // strict, and there are faults
    struct NewStore {
        std::string code;
        std::uint64_t bills = 0;
        domain::Minor amount_minor = 0;
    };
    std::vector<NewStore> new_stores;  // that headquarters had never heard of, by code
    std::vector<RowRemark> faults;     // of rows that were left out
    std::vector<RowRemark> notes;      // of rows that were taken
};

// An error only when nothing more can be done (file, storage); what was committed before stays, and running it again
// takes the rest.
Result<ImportSummary> import_history(intake::Intake& intake, intake::LedgerStore& store, const ImportOptions& options,
                                     std::int64_t now_ms);
std::string summary_text(const ImportSummary& summary);  // several lines; the last one sums up

}  // namespace tally::admin
