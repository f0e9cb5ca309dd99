// The figures that must agree: per member, per store and day, per store, whole chain. Computed here from the history
// alone with a few lines of arithmetic of our own (one point a whole unit; a refund takes back by the cumulative
// floor), which share nothing with the product's fold, and compared with what headquarters and every replica report.
// Pure but for the CSV files.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/lab/history.h"

namespace tally::lab {

struct Totals {
    std::int64_t bills = 0;         // sales and refunds
    std::int64_t amount_minor = 0;  // net
    std::int64_t points_earned = 0;
    std::int64_t points_reversed = 0;
    std::int64_t points_redeemed = 0;
    bool operator==(const Totals&) const = default;
    Totals& operator+=(const Totals& other);
    std::int64_t balance() const { return points_earned - points_reversed - points_redeemed; }
};
using StoreDayKey = std::pair<std::string, Day>;

struct Figures {
    std::map<std::string, Totals> members;         // by reference; members without a bill may be absent or all zero
    std::map<std::string, std::int64_t> balances;  // of the same members; what the reporter says, not derived
    std::map<StoreDayKey, Totals> store_days;

    std::map<std::string, Totals> stores() const;
    Totals chain() const;
};

// What the history must come to. Where the split of reversed points depends on the order in which refunds arrive, only
// the sum is defined: such entries are listed, and their reversed points are compared only between the reporters.
struct Expected {
    Figures figures;
    std::set<std::string> open_members;  // two sales of one number: which one a refund means is the till's choice
    std::set<std::string> open_stores;
    std::set<StoreDayKey> open_days;
    bool chain_open = false;
};
Expected recompute(const std::vector<SaleRow>& rows);

// One line a difference, each saying `where`, what, and both numbers.
std::vector<std::string> compare(const Expected& expected, const Figures& actual, const std::string& where);
// Everything equal, also what `compare` leaves open.
std::vector<std::string> compare_exact(const Figures& left, const Figures& right, const std::string& where);

// A table from outside: columns store,bills,amount_minor; the row ALL is the chain.
struct OutsideRow {
    std::string store;
    std::int64_t bills = 0, amount_minor = 0;
};
Result<std::vector<OutsideRow>> read_outside(const std::string& path);
std::vector<std::string> compare_outside(const std::vector<OutsideRow>& outside, const Figures& actual,
                                         const std::string& where);

// The CSVs that a worker writes and `tally-hq report --csv` prints; columns are found by name, others passed over.
//     members: member_ref,bills,amount_minor,points_earned,points_reversed,points_redeemed,balance
//     store days: store,day,bills,amount_minor,points_earned,points_reversed,points_redeemed
Status write_members(const std::string& path, const Figures& figures);
Status write_store_days(const std::string& path, const Figures& figures);
Status read_members(const std::string& path, Figures& into);
Status read_store_days(const std::string& path, Figures& into);

}  // namespace tally::lab
