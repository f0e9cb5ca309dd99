#include "common/domain/bill_key.h"

namespace tally::domain {

std::optional<BillKey> bill_key(const Body& body) {
    std::optional<BillKey> out;
    if (const auto* earn = std::get_if<Earn>(&body)) {
        out = {earn->late_for ? BillKind::kLate : BillKind::kSale, earn->bill, earn->amount_minor};
    } else if (const auto* sale = std::get_if<Sale>(&body)) {
        const bool refund = sale->amount_minor < 0;
        out = {refund ? BillKind::kRefund : BillKind::kSale, sale->bill,
               refund ? -sale->amount_minor : sale->amount_minor};
    } else if (const auto* reverse = std::get_if<Reverse>(&body); reverse && reverse->is_refund) {
        out = {BillKind::kRefund, reverse->bill, reverse->amount_minor};
    } else if (const auto* redeem = std::get_if<Redeem>(&body)) {
        out = {BillKind::kRedemption, redeem->bill, redeem->points};
    }
    if (out && out->bill.bill_no.empty()) out.reset();
    return out;
}

bool is_same_bill(const Op& first, const Op& again) {
    if (first.member != again.member || first.body.index() != again.body.index()) return false;
    const auto one = bill_key(first.body);
    auto other = bill_key(again.body);
    if (!one || !other || one->kind != other->kind) return false;
    if (one->kind == BillKind::kLate) other->bill.till = one->bill.till;  // its key has no till
    return one->bill == other->bill && one->amount == other->amount;
}

std::optional<BusinessKey> business_key(const Op& op) {
    const auto key = bill_key(op.body);
    if (!key) return std::nullopt;
    if (key->kind == BillKind::kLate)
        return late_key({op.store, bill_day(op), {}, 0, key->kind, key->bill.bill_no, key->bill.part});
    return BusinessKey{op.store,  op.business_day,   key->bill.till, key->bill.till.empty() ? op.id.terminal : 0,
                       key->kind, key->bill.bill_no, key->bill.part};
}

Day bill_day(const Op& op) {
    const auto* earn = std::get_if<Earn>(&op.body);
    return earn ? earn->late_for.value_or(op.business_day) : op.business_day;
}

BusinessKey late_key(BusinessKey of_sale) {
    of_sale.kind = BillKind::kLate;
    of_sale.till.clear();
    of_sale.terminal = 0;
    return of_sale;
}

std::string bill_text(const BusinessKey& key) {
    switch (key.kind) {
        case BillKind::kSale: return "sale " + key.bill_no;
        case BillKind::kRefund: return "refund " + key.bill_no;
        case BillKind::kRedemption: return "redemption " + key.bill_no;
        case BillKind::kLate: return "forgotten bill " + key.bill_no;
    }
    return "bill " + key.bill_no;
}

}  // namespace tally::domain
