// Leases: free points become one holder's, and come back by that holder's own operations or by a person's write-off,
// never by time. A redemption from slices finds them whatever happened meanwhile.
#include <algorithm>

#include "common/domain/folder.h"

namespace tally::domain {

Status Folder::operator()(const LeaseGrant& body) {
    move({});
    for (const LotTake& named : body.slices) {
        Lot* lot = ledger.lot_of(ledger.first_of(named.lot));
        if (!lot || lot->free == 0) continue;
        Slice& slice = ledger.slice_for(body.holder, body.epoch, *lot);
        const Points points = std::min({named.points, lot->free, kGrantedMax - slice.granted});
        ledger.move(*lot, &Lot::free, &Lot::leased, points);
        slice.granted += points;
        slice.outstanding += points;
        slice.through = std::max(slice.through.value_or(body.through), body.through);
    }
    return {};
}

// Two names may mean one lot: a duplicate's and the first one's.
bool Folder::is_covered(const std::vector<LotTake>& slices) const {
    std::vector<std::pair<const Slice*, Points>> named_of;
    for (const LotTake& named : slices) {
        const Lot* lot = ledger.lot_of(ledger.first_of(named.lot));
        const Slice* slice = lot ? ledger.slice_of(op.id.terminal, op.id.epoch, *lot) : nullptr;
        if (!slice) return false;
        auto of = std::find_if(named_of.begin(), named_of.end(), [&](const auto& one) { return one.first == slice; });
        if (of == named_of.end()) of = named_of.emplace(of, slice, 0);
        of->second += named.points;
        if (of->second > slice->outstanding + slice->risk) return false;
    }
    return true;
}

Status Folder::operator()(const LeaseReturn& body) {
    if (!is_covered(body.slices)) return conclude(Outcome::kQuarantined, "returns more than was leased");
    move({});
    for (const LotTake& named : body.slices) {
        Lot& lot = *ledger.lot_of(ledger.first_of(named.lot));
        Slice& slice = *ledger.slice_of(op.id.terminal, op.id.epoch, lot);
        const Points held = std::min(named.points, slice.outstanding);
        slice.outstanding -= held;
        slice.risk -= named.points - held;
        ledger.move(lot, &Lot::leased, &Lot::free, held);
    }
    return {};
}

Status Folder::operator()(const LeaseWriteOff& body) {
    move({});
    for (const LotTake& named : body.slices) {
        Lot* lot = ledger.lot_of(ledger.first_of(named.lot));
        Slice* slice = lot ? ledger.slice_of(body.holder, body.epoch, *lot) : nullptr;
        const Points points = slice ? std::min({named.points, slice->outstanding, kPointsMax - slice->written_off}) : 0;
        if (points == 0) continue;
        slice->outstanding -= points;
        slice->risk += points;
        slice->written_off += points;
        ledger.move(*lot, &Lot::leased, &Lot::free, points);
    }
    return {};
}

Status Folder::redeem_leased(const Redeem& body) {
    if (!is_covered(body.takes)) return conclude(Outcome::kQuarantined, "redeems more than was leased");
    const Points points = std::min(body.points, ruling.corrected_points.value_or(body.points));
    Redemption redemption = new_redemption(op, body, points);
    Points rest = points;
    for (const LotTake& named : body.takes) {
        Lot& lot = *ledger.lot_of(ledger.first_of(named.lot));
        Slice& slice = *ledger.slice_of(op.id.terminal, op.id.epoch, lot);
        const Points held = std::min(named.points, slice.outstanding);
        const Points at_risk = named.points - held;
        slice.outstanding -= held;
        slice.risk -= at_risk;
        const Points paid_held = std::min(held, rest);
        ledger.move(lot, &Lot::leased, &Lot::redeemed, paid_held);
        ledger.move(lot, &Lot::leased, &Lot::free, held - paid_held);  // beyond a corrected price
        const Points paid_at_risk = std::min(at_risk, rest - paid_held);
        const Points found = std::min(paid_at_risk, lot.free);
        ledger.move(lot, &Lot::free, &Lot::redeemed, found);
        ledger.lose(lot, paid_at_risk - found);
        const Points paid = paid_held + paid_at_risk;
        rest -= paid;
        if (paid > 0) redemption.takes.push_back({lot.maker, paid});
    }
    return conclude_redemption(std::move(redemption), body);
}

}  // namespace tally::domain
