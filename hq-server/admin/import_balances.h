// Opening balances: the points that members had in another system, one lot a row, as operations of headquarters' own
// chain. The same file again changes nothing. Comparing writes nothing at all.
#pragma once

#include "hq-server/admin/import_rows.h"
#include "hq-server/intake/intake.h"

namespace tally::admin {

struct BalanceOptions {
    std::string balances_csv;
    bool strict = false;   // one bad row, and nothing is written
    bool dry_run = false;  // judge, count what would be written, and write nothing
};

struct BalanceSummary {
    std::uint64_t lots = 0, members = 0;  // written now
    domain::Points points = 0;
    std::uint64_t lots_before = 0;  // there already, with the same points
    bool written = true;            // false: a dry run, or strict and there are faults
    bool stopped = false;           // strict, and there are faults
    std::vector<RowRemark> faults;  // of rows that were left out
    std::vector<RowRemark> notes;   // of rows that were taken
};

// An error only when nothing more can be done (file, storage); what was committed before stays, and running it again
// takes the rest.
Result<BalanceSummary> import_balances(intake::Intake& intake, intake::LedgerStore& store,
                                       const BalanceOptions& options, std::int64_t now_ms);
std::string summary_text(const BalanceSummary& summary);

// What one member has in the file and in the ledger, where they are not the same.
struct BalanceDifference {
    enum class Kind : std::uint8_t {
        kMissingMember,  // in the file, unknown to headquarters
        kOther,          // the opening lots are not those of the file
        kExtra,          // opening lots of a member that the file does not name
        kMoved           // the opening lots agree; the balance differs by what has happened since
    };
    Kind kind = Kind::kOther;
    std::string member_ref;  // where none is known: the member's id
    domain::Points file_points = 0, opening_points = 0, balance = 0;
    std::uint64_t file_lots = 0, opening_lots = 0;
};
struct BalanceComparison {
    std::uint64_t members = 0;  // in the file
    domain::Points file_points = 0, opening_points = 0;
    std::vector<BalanceDifference> differences;  // the file's first, in its order; then what it does not name
    std::vector<RowRemark> faults;               // rows that cannot be read, and are not counted
    bool agrees() const;                         // nothing but movements since
};
Result<BalanceComparison> compare_balances(intake::LedgerStore& store, const std::string& balances_csv, Day today);
std::string comparison_text(const BalanceComparison& comparison);  // a line for each difference; the last one sums up

}  // namespace tally::admin
