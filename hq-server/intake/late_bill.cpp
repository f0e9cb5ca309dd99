#include "hq-server/intake/late_bill.h"

#include "common/domain/bill_key.h"

namespace tally::intake {

using namespace domain;

bool rule_late(const Op& late, std::span<const Op> sales, Ruling& ruling, std::string& reason) {
    const auto wanted = bill_key(late.body);
    const Op* other = nullptr;
    for (const Op& sale : sales) {
        const auto key = bill_key(sale.body);
        if (!wanted || !key || key->kind != BillKind::kSale) continue;
        const bool same_amount = key->amount == wanted->amount;
        if (sale.member.is_zero() && same_amount) return true;
        if (sale.member == late.member && same_amount) {
            ruling = {};
            ruling.duplicate_of = sale.id;
            return true;
        }
        if (!other) other = &sale;
    }
    if (!other) return false;
    ruling = {};
    ruling.quarantined = true;
    const bool counted = !other->member.is_zero() && other->member != late.member;
    reason = "forgotten bill " + wanted->bill.bill_no +
             (counted ? " was counted for another member as " : " was sold with another amount as ") +
             op_text(other->id);
    return true;
}

void rule_after_late(const Op& late, std::span<const Op> sales, const Op& sale, Ruling& ruling, std::string& reason) {
    const auto first = bill_key(late.body), again = bill_key(sale.body);
    if (sale.member.is_zero() || !first || !again || first->amount != again->amount) return;
    for (const Op& other : sales) {
        const auto key = bill_key(other.body);
        if (other.member.is_zero() && key && key->kind == BillKind::kSale && key->amount == first->amount) return;
    }
    ruling = {};
    ruling.quarantined = true;
    reason = "sale " + again->bill.bill_no + " was counted as a forgotten bill as " + op_text(late.id);
}

}  // namespace tally::intake
