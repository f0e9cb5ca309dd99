// Forgotten bills, at the guard of bills.
#include "common/wire/codec.h"
#include "hq-server/intake/late_bill.h"
#include "hq-server/intake/ledger_work.h"

namespace tally::intake {

using namespace domain;

static constexpr Position kUnwritten = Position{1} << 62;  // beyond every stored one

// The sales of that store and day under the number of the forgotten bill, whichever till made them. Such bills are
// rare, so the day's bills are read; once between two flushes.
Result<std::vector<Op>> LedgerWork::sales_of(const BusinessKey& late) {
    const auto [day, is_new] = late_days_.try_emplace({late.store, late.day});
    if (is_new)
        TALLY_OK(store_.bills_of_day(late.store, late.day, [&bills = day->second](const BillRow& row) -> Status {
            bills.emplace(row.key.bill_no, row);
            return {};
        }));
    std::map<Position, BusinessKey> by_position;
    const auto [first, last] = day->second.equal_range(late.bill_no);
    for (auto at = first; at != last; ++at) by_position[at->second.pos] = at->second.key;
    // What this transaction has accepted stands behind it; the operation at hand, noted already, is not among it.
    for (auto at = bills_.lower_bound(BusinessKey{late.store, late.day, {}, 0, BillKind{}, {}, 0});
         at != bills_.end() && at->first.store == late.store && at->first.day == late.day; ++at)
        if (at->first.bill_no == late.bill_no && at->second < ops_.size())
            by_position[kUnwritten + at->second] = at->first;
    std::vector<Op> out;
    for (const auto& [pos, key] : by_position) {
        if (key.kind != BillKind::kSale || key.part != late.part) continue;
        TALLY_TRY(std::optional<Op> sale, holder_of(key));
        if (sale) out.push_back(*std::move(sale));
    }
    return out;
}

Status LedgerWork::guard_late(const Op& op, std::uint64_t index, Judgement& judgement, std::string& reason,
                              OpId& other) {
    const auto key = business_key(op);
    if (!key || (key->kind != BillKind::kSale && key->kind != BillKind::kLate)) return {};
    if (key->kind == BillKind::kSale) {
        if (op.member.is_zero()) return {};
        const BusinessKey forgotten = late_key(*key);
        TALLY_TRY(const std::optional<Op> late, holder_of(forgotten));
        if (!late) return {};
        TALLY_TRY(const std::vector<Op> sales, sales_of(forgotten));
        rule_after_late(*late, sales, op, judgement.ruling, reason);
        if (judgement.ruling.quarantined) other = late->id;
    } else {
        TALLY_TRY(const std::vector<Op> sales, sales_of(*key));
        if (!rule_late(op, sales, judgement.ruling, reason))
            conflict(index, ConflictKind::kLateUnknownBill, op.member,
                     "forgotten bill " + key->bill_no + " of " + format_day(key->day) +
                         ": no sale of this number is known in store " + key->store);
        if (judgement.ruling.quarantined && !sales.empty()) other = sales.front().id;
    }
    return {};
}

}  // namespace tally::intake
