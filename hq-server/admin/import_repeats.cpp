#include "hq-server/admin/import_repeats.h"

#include "common/wire/codec.h"
#include "hq-server/intake/import_key.h"

namespace tally::admin {

using namespace domain;

static Hash all_but_till(const SaleRow& row) {
    return intake::hash_of_texts({row.store, format_day(row.day), row.bill_no, row.is_refund ? "refund" : "sale",
                                  std::to_string(row.time_ms), std::to_string(row.amount_minor), row.member_ref});
}

void ImportRepeats::add(const SaleRow& row) { tills_[all_but_till(row)].insert(row.terminal); }

Result<std::optional<std::string>> ImportRepeats::find(const SaleRow& row, const MemberId& member) {
    if (const auto found = tills_.find(all_but_till(row)); found != tills_.end())
        for (const std::string& till : found->second)
            if (till.empty() != row.terminal.empty()) return std::optional(till);
    if (member.is_zero() && !row.member_ref.empty()) return std::optional<std::string>();
    return find_stored(row, member);
}

Result<std::optional<std::string>> ImportRepeats::find_stored(const SaleRow& row, const MemberId& member) {
    if (row.day != day_) bills_.clear();
    day_ = row.day;
    const auto [bills, is_new] = bills_.try_emplace(row.store);
    if (is_new)
        TALLY_OK(
            store_.bills_of_day(row.store, row.day, [&bills = bills->second](const intake::BillRow& bill) -> Status {
                bills.emplace(bill.key.bill_no, bill);
                return {};
            }));
    const BillKind kind = row.is_refund ? BillKind::kRefund : BillKind::kSale;
    const auto [first, last] = bills->second.equal_range(row.bill_no);
    for (auto at = first; at != last; ++at) {
        const BusinessKey& key = at->second.key;
        const bool own = !key.till.empty() || key.terminal == kHqTerminal;
        if (!own || key.kind != kind || key.part != 0 || key.till.empty() == row.terminal.empty()) continue;
        TALLY_TRY(const std::optional<Bytes> bytes, store_.op_bytes(at->second.pos));
        if (!bytes) return fail(Code::kDamaged, "a bill names a position without an operation");
        TALLY_TRY(const Op op, wire::decode_op(*bytes));
        const auto bill = bill_key(op.body);
        if (op.id.terminal == kHqTerminal && op.at.ms() == row.time_ms && op.member == member && bill &&
            bill->amount == row.amount_minor)
            return std::optional(key.till);
    }
    return std::optional<std::string>();
}

}  // namespace tally::admin
