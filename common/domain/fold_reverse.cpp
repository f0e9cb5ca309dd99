// Reversals: of what is known at once, of what is not yet known when it comes.
#include "common/domain/coupon_fold.h"
#include "common/domain/folder.h"
#include "common/domain/reversal.h"

namespace tally::domain {

// What a move of this kind means for the member.
static Points points_of(const StoreDay& by) { return -by.points_reversed - by.points_redeemed; }

Status Folder::operator()(const Reverse& body) {
    if (body.is_refund) {
        account.spend_minor -= body.amount_minor;
        account.bills += 1;
        move({.bills = 1, .amount_minor = -body.amount_minor});
    } else {
        move({});
    }
    const Minor given_back = body.is_refund ? body.amount_minor : 0;
    account.reversals.push_back({op.id, op.business_day, false, body.bill.bill_no, given_back, 0, {}, 0});
    const Status done = reverse(body);
    account.reversals.back().points = points_of(out.moves.front().by);
    return done;
}

Status Folder::reverse(const Reverse& body) {
    if (body.target.is_none() && body.target_bill_no.empty()) return reverse_without_bill(body);
    const OpId target = ledger.first_of(body.target);
    const Undo undo{op.id, op.business_day, op.store, body.grace_through, &account.reversals.back()};
    if (Redemption* redemption = ledger.redemption_of(target)) {
        account.reversals.back().of = target;
        out.moves.front().by += undo_redemption(ledger, *redemption, body.points, undo);
        return {};
    }
    if (give_back_coupon(account, target)) {
        account.reversals.back().of = target;
        return {};
    }
    Lot* lot = target.is_none() ? ledger.newest_of_bill(body.target_store, body.target_bill_no) : ledger.lot_of(target);
    if (!lot || lot->source == LotSource::kGivenBack) {  // no reversal undoes another
        account.waiting.push_back({op.id, op.store, op.business_day, target, body.target_store, body.target_bill_no,
                                   body.amount_minor, body.points, body.grace_through});
        return conclude(Outcome::kWaiting, "the sale it undoes is not known yet");
    }
    account.reversals.back().of = lot->maker;
    const Points debt_before = account.debt;
    const bool beyond = body.is_refund && body.amount_minor > lot->amount_minor - lot->refunded_minor;
    if (beyond) out.beyond.push_back(op.id);
    out.moves.front().by += undo_lot(ledger, *lot, body.amount_minor, body.points, undo);
    give_back_coupons(account, *lot);
    if (account.debt > debt_before)
        return conclude(Outcome::kAcceptedWithDebt, "the points of the sale had been spent");
    if (beyond) out.reason = "refunds more than the sale's amount; no points beyond it";
    return {};
}

Status Folder::reverse_without_bill(const Reverse& body) {
    const Points debt_before = account.debt;
    account.reversals.back().without_bill = true;
    take(ledger, nullptr, body.points, op.business_day, &account.reversals.back());
    out.moves.front().by.points_reversed = body.points;
    if (account.debt > debt_before) return conclude(Outcome::kAcceptedWithDebt, "more points taken than there were");
    return {};
}

// Reversals that waited for this sale, adjustment, redemption or use of a coupon, in the order in which they came.
void Folder::settle_waiting(const OpId& maker) {
    if (account.waiting.empty()) return;
    Lot* lot = ledger.lot_of(maker);
    Redemption* redemption = ledger.redemption_of(maker);
    const bool is_coupon = !lot && !redemption && std::holds_alternative<CouponRedeem>(op.body);
    if (!lot && !redemption && !is_coupon) return;
    std::vector<WaitingReverse> kept;
    for (WaitingReverse& waiting : account.waiting) {
        const bool by_bill = lot && waiting.target.is_none() && waiting.target_bill_no == lot->bill_no &&
                             (waiting.target_store.empty() || waiting.target_store == lot->store);
        if (waiting.target != maker && !by_bill) {
            kept.push_back(std::move(waiting));
            continue;
        }
        if (lot && waiting.amount_minor > lot->amount_minor - lot->refunded_minor) out.beyond.push_back(waiting.op);
        Undo undo{waiting.op, waiting.day, waiting.store, waiting.grace_through, nullptr};
        for (Reversal& reversal : account.reversals)
            if (reversal.op == waiting.op) undo.record = &reversal;
        StoreDay by;
        if (lot) {
            by = undo_lot(ledger, *lot, waiting.amount_minor, waiting.points, undo);
        } else if (redemption) {
            by = undo_redemption(ledger, *redemption, waiting.points, undo);
        } else {
            give_back_coupon(account, maker);
        }
        if (undo.record) undo.record->points = points_of(by), undo.record->of = maker;
        if (lot) give_back_coupons(account, *lot);
        out.settled.push_back(waiting.op);
        out.moves.push_back({waiting.store, waiting.day, by});
    }
    account.waiting = std::move(kept);
}

}  // namespace tally::domain
