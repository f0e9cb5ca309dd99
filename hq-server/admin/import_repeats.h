// Finds rows that are probably a bill once more: the same store, date, number, kind, time, amount and member, but one
// names its till and the other does not, so that their keys differ. Reads the ledger; one thread.
#pragma once

#include <map>
#include <set>

#include "hq-server/admin/import_rows.h"
#include "hq-server/intake/ledger_store.h"

namespace tally::admin {

class ImportRepeats {
  public:
    explicit ImportRepeats(intake::LedgerStore& store) : store_(store) {}

    // The till ("": none) of the bill that `row` repeats, imported before or added here; none: it repeats nothing.
    // `member`: the row's, zero where it has none, or none yet. Rows come in order of their day: one day's bills of
    // each store are kept in memory.
    Result<std::optional<std::string>> find(const SaleRow& row, const domain::MemberId& member);
    void add(const SaleRow& row);

  private:
    Result<std::optional<std::string>> find_stored(const SaleRow& row, const domain::MemberId& member);

    intake::LedgerStore& store_;
    std::map<Hash, std::set<std::string>> tills_;  // of the rows added, by everything else
    Day day_ = 0;
    std::map<std::string, std::multimap<std::string, intake::BillRow>> bills_;  // of day_: store, number
};

}  // namespace tally::admin
