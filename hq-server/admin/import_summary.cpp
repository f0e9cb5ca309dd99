// What an import says at its end.
#include "common/base/counted.h"
#include "hq-server/admin/import.h"

namespace tally::admin {

static std::string minor_units(domain::Minor amount) { return std::to_string(amount) + " minor units net"; }

static std::string outcomes_text(const ImportSummary& summary) {
    if (summary.waiting + summary.with_debt + summary.held + summary.duplicates == 0) return {};
    return "of the rows taken: " + counted(summary.waiting, "waits", "wait") + " for their sale, " +
           std::to_string(summary.with_debt) + " left debt, " + std::to_string(summary.held) + " held for review, " +
           std::to_string(summary.duplicates) + " counted before\n";
}

static std::string stores_text(const ImportSummary& summary) {
    if (summary.new_stores.empty()) return {};
    std::string out = counted(summary.new_stores.size(), "store") + " that headquarters did not know " +
                      (summary.written ? "came with the file" : "would come with the file") +
                      "; look whether each is right (a misspelt code makes a store of its own):\n";
    for (const ImportSummary::NewStore& store : summary.new_stores)
        out += "  " + store.code + ": " + counted(store.bills, "bill") + ", " + minor_units(store.amount_minor) + "\n";
    return out;
}

std::string summary_text(const ImportSummary& summary) {
    std::string out;
    if (summary.members_before + summary.bills_before > 0)
        out += "there already: " + counted(summary.members_before, "member") + ", " +
               counted(summary.bills_before, "bill") + "\n";
    if (summary.phones_unreadable > 0)
        out += "phones kept as written, no identities: " + std::to_string(summary.phones_unreadable) + "\n";
    out += outcomes_text(summary) + stores_text(summary);
    if (summary.repeats > 0)
        out += "probable repeats, not counted (the same bill with and without a terminal): " +
               std::to_string(summary.repeats) + "\n";
    if (summary.stopped)
        return out + "nothing imported: " + counted(summary.faults.size(), "bad row") + " (--strict)\n";
    return out + (summary.written ? "imported " : "nothing imported (--dry-run); it would import ") +
           counted(summary.members, "member") + ", " + counted(summary.sales, "sale") + ", " +
           counted(summary.refunds, "refund") + ", " + minor_units(summary.amount_minor) +
           (summary.written ? "; rejected " : "; it would reject ") + counted(summary.faults.size(), "row") + "\n";
}

}  // namespace tally::admin
