// Duplicates: what an operation that has been counted leaves.
#include "common/domain/bill_key.h"
#include "common/domain/folder.h"

namespace tally::domain {

std::string duplicate_reason(const Op& op, const OpId& first) {
    const auto key = bill_key(op.body);
    if (!key) return "has been counted as " + op_text(first);
    return "bill " + key->bill.bill_no + " has been counted as " + op_text(first);
}

// The operation's bill has been counted as `first`. What names this one from now on, or waits for it, means that.
Status Folder::repeat(const OpId& first) {
    const OpKind kind = kind_of(op.body);
    if (kind == OpKind::kEarn || kind == OpKind::kRedeem || kind == OpKind::kBonus ||
        kind == OpKind::kCouponRedeem) {              // what a reversal may name
        const OpId counted = ledger.first_of(first);  // an alias never names a duplicate
        for (Alias& alias : account.aliases)
            if (alias.first == op.id) alias.first = counted;
        account.aliases.push_back({op.id, counted});
        for (WaitingReverse& waiting : account.waiting)
            if (waiting.target == op.id) waiting.target = counted;
        settle_waiting(counted);
    }
    return conclude(Outcome::kDuplicate, duplicate_reason(op, first));
}

}  // namespace tally::domain
