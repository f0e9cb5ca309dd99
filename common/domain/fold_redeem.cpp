// A redemption: which lots it draws on, and what none could give.
#include <algorithm>

#include "common/domain/folder.h"

namespace tally::domain {

Redemption new_redemption(const Op& op, const Redeem& body, Points points) {
    Redemption redemption;
    redemption.op = op.id;
    redemption.day = op.business_day;
    redemption.points = points;
    redemption.value_minor = body.value_minor;
    redemption.store = op.store;
    redemption.bill_no = body.bill.bill_no;
    redemption.reward = body.reward;
    redemption.takes.reserve(body.takes.size());
    return redemption;
}

Status Folder::operator()(const Redeem& body) {
    if (body.leased) return redeem_leased(body);
    const Points points = std::min(body.points, ruling.corrected_points.value_or(body.points));
    Redemption redemption = new_redemption(op, body, points);
    Points rest = points;
    const auto from = [&](Lot& lot, Points wanted, Points Lot::*source) {
        const Points part = std::min({rest, wanted, lot.*source});
        if (part <= 0) return;
        ledger.move(lot, source, &Lot::redeemed, part);
        rest -= part;
        redemption.takes.push_back({lot.maker, part});
    };
    for (const LotTake& named : body.takes) {
        Lot* lot = ledger.lot_of(ledger.first_of(named.lot));
        if (!lot || lot->is_locked_on(op.business_day)) continue;
        const Points before = rest;
        from(*lot, named.points, &Lot::free);
        // Dated on or before the expiry it draws on the lot even if `expire` was folded first.
        if (lot->usable_on(op.business_day)) from(*lot, named.points - (before - rest), &Lot::expired);
    }
    if (rest > 0) {
        ledger.each_open(op.business_day, [&](Lot& lot) {
            from(lot, rest, &Lot::free);
            return rest > 0;
        });
    }
    redemption.overdrawn = rest;
    account.debt += rest;
    return conclude_redemption(std::move(redemption), body);
}

Status Folder::conclude_redemption(Redemption&& redemption, const Redeem& body) {
    const Points points = redemption.points;
    account.redeemed_total += points;
    ledger.add(std::move(redemption));
    move({.points_redeemed = points, .redeemed_minor = body.value_minor});
    settle_waiting(op.id);
    const Points rest = account.redemptions.back().overdrawn;
    if (rest > 0)
        return conclude(Outcome::kAcceptedWithDebt,
                        "redeemed " + std::to_string(rest) + " points more than there were");
    if (points != body.points)
        return conclude(Outcome::kCorrected,
                        "named " + std::to_string(body.points) + " points, the price is " + std::to_string(points));
    return {};
}

}  // namespace tally::domain
