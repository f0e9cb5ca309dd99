// The lines of an order that earn, and with what part of their amount (earning.h). Pure.
#pragma once

#include "common/domain/earning.h"

namespace tally::domain {

struct EligibleLine {
    const BillLine* line = nullptr;  // the order's, or a line without a name
    std::size_t at = 0;              // index in the order's lines; their number: the line without a name
    Minor amount_minor = 0;          // > 0; earns amount_minor * paid_minor / whole_minor
    std::int64_t units = 0;          // whole ones, >= 0
};

struct EligibleLines {
    std::vector<EligibleLine> lines;  // in the order of the bill
    Minor sum_minor = 0;              // of their amounts, at most whole_minor
    Minor paid_minor = 0;             // of the bill, with money
    Minor whole_minor = 1;            // what the lines' amounts are parts of, > 0; at most 10^14
    Minor eligible_minor = 0;         // floor(sum_minor * paid_minor / whole_minor)
};

// No lines where nothing is eligible. kInvalid: an amount, a quantity or the number of lines is out of range.
Result<EligibleLines> eligible_lines(const Programme& programme, const Order& order);

}  // namespace tally::domain
