// Another system's history as the CSV formats of the product give it: sales and refunds, read, checked and put in the
// order in which they happened. Not the figures (figures.h), not who plays them (replay.h). Reads files, else pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/timezone.h"

namespace tally::lab {

struct SaleRow {
    std::int64_t line = 0;  // in the file; the header's is 1
    std::int64_t time_ms = 0;
    Day day = 0;  // in the chain's time zone
    std::string store;
    std::string terminal;           // empty: the store's only one
    std::string member_ref;         // empty: not a member
    std::string bill_no;            // never empty: a row without one is called by its line
    std::int64_t amount_minor = 0;  // >= 0
    bool is_refund = false;
    std::string refund_of;  // a bill; empty: a sale, or a refund without its bill
};

// A row that cannot be played, and why (English; repeats nothing personal).
struct RowFault {
    std::int64_t line = 0;
    std::string why;
};

struct History {
    std::vector<SaleRow> rows;  // by time, then by line
    std::vector<RowFault> faults;
};

// kInvalid: an unknown or a missing column, named. A bad row goes to `faults` and does not stop the rest.
Result<History> read_sales(const std::string& path, const TimeZone& zone);

// Moves the rows of members that are not in `known` to the faults.
void reject_unknown_members(History& history, const std::set<std::string>& known);

// Column 'store', optionally 'name'; other columns are passed over.
Result<std::vector<std::pair<std::string, std::string>>> read_stores(const std::string& path);

}  // namespace tally::lab
