#include "common/domain/bill_key.h"

namespace tally::domain {

std::optional<BillKey> bill_key(const Body& body) {
    std::optional<BillKey> out;
    if (const auto* earn = std::get_if<Earn>(&body)) {
        out = {BillKind::kSale, earn->bill, earn->amount_minor};
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
    const auto one = bill_key(first.body), other = bill_key(again.body);
    return one && other && one->kind == other->kind && one->bill == other->bill && one->amount == other->amount;
}

std::optional<BusinessKey> business_key(const Op& op) {
    const auto key = bill_key(op.body);
    if (!key) return std::nullopt;
    return BusinessKey{op.store,  op.business_day,   key->bill.till, key->bill.till.empty() ? op.id.terminal : 0,
                       key->kind, key->bill.bill_no, key->bill.part};
}

std::string bill_text(const BusinessKey& key) {
    const char* kind = key.kind == BillKind::kSale     ? "sale "
                       : key.kind == BillKind::kRefund ? "refund "
                                                       : "redemption ";
    return kind + key.bill_no;
}

}  // namespace tally::domain
