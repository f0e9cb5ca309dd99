#include "common/replica/bill_key.h"

namespace tally::replica {

std::optional<BillKey> bill_key(const domain::Body& body) {
    std::optional<BillKey> out;
    if (const auto* earn = std::get_if<domain::Earn>(&body)) {
        out = {BillKind::kSale, earn->bill, earn->amount_minor};
    } else if (const auto* sale = std::get_if<domain::Sale>(&body)) {
        const bool refund = sale->amount_minor < 0;
        out = {refund ? BillKind::kRefund : BillKind::kSale, sale->bill,
               refund ? -sale->amount_minor : sale->amount_minor};
    } else if (const auto* reverse = std::get_if<domain::Reverse>(&body); reverse && reverse->is_refund) {
        out = {BillKind::kRefund, reverse->bill, reverse->amount_minor};
    } else if (const auto* redeem = std::get_if<domain::Redeem>(&body)) {
        out = {BillKind::kRedemption, redeem->bill, redeem->points};
    }
    if (out && out->bill.bill_no.empty()) out.reset();
    return out;
}

bool is_same_bill(const domain::Op& first, const domain::Op& again) {
    if (first.member != again.member || first.body.index() != again.body.index()) return false;
    const auto one = bill_key(first.body), other = bill_key(again.body);
    return one && other && one->kind == other->kind && one->bill == other->bill && one->amount == other->amount;
}

}  // namespace tally::replica
