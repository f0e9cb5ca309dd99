#include "common/domain/reversal.h"

#include <algorithm>

#include "common/base/checked.h"
#include "common/domain/fold.h"

namespace tally::domain {

static void note(Reversal* record, const OpId& lot, Points points) {
    if (record && points > 0) record->takes.push_back({lot, points});
}

void take(Ledger& ledger, Lot* first, Points points, Day today, Reversal* record) {
    ledger.account.reversed_total += points;
    const auto from = [&](Lot& lot, Points Lot::*source) {
        const Points part = std::min(points, lot.*source);
        ledger.move(lot, source, &Lot::taken, part);
        points -= part;
        note(record, lot.maker, part);
        return points > 0;
    };
    if (first) {
        from(*first, &Lot::free);
        from(*first, &Lot::expired);  // lost already: taking them elsewhere would take them twice
    }
    if (points > 0) ledger.each_open(today, [&](Lot& lot) { return from(lot, &Lot::free); });
    ledger.account.debt += points;
    if (record) record->debt += points;
}

void net_debt(Ledger& ledger, Day today) {
    const Points& debt = ledger.account.debt;
    if (debt == 0) return;
    ledger.each_open(today, [&](Lot& lot) {
        ledger.net(lot, std::min(debt, lot.free));
        return debt > 0;
    });
}

StoreDay undo_lot(Ledger& ledger, Lot& lot, Minor amount_minor, Points points, const Undo& undo) {
    if (lot.is_sale()) {
        points = refund_points(lot, amount_minor);
        lot.refunded_minor += std::min(amount_minor, lot.amount_minor - lot.refunded_minor);
    } else {
        points = std::min(points, lot.issued - lot.reversed);
    }
    ledger.reverse(lot, points);
    take(ledger, &lot, points, undo.day, undo.record);
    return {.points_reversed = points};
}

namespace {

// Points that go back to their lots, each with what it gives on to a lot of the grace days.
struct GiveBack {
    Ledger& ledger;
    const Undo& undo;
    Points graced = 0;

    // They are free again in this lot.
    void to(Lot& lot, Points points) {
        if (undo.grace_through && lot.expires && *lot.expires < undo.day) {
            ledger.move(lot, &Lot::free, &Lot::taken, points);
            ledger.account.reversed_total += points;
            graced += points;
        } else {
            note(undo.record, lot.maker, points);
        }
    }

    // Debt that should not have been: lowers it, and gives back what later lots paid for it meanwhile.
    void undo_debt(Points points) {
        const Points open = std::min(points, ledger.account.debt);
        ledger.account.debt -= open;
        if (undo.record) undo.record->debt += open;
        points -= open;
        auto& lots = ledger.account.lots;
        for (auto lot = lots.rbegin(); lot != lots.rend() && points > 0; ++lot) {
            const Points part = std::min(points, lot->netted);
            ledger.unnet(*lot, part);
            to(*lot, part);
            points -= part;
        }
        TALLY_ASSERT(points == 0, "every point of debt is open or was netted");
    }

    void make_lot() {
        if (graced == 0) return;
        ledger.account.given_back_total += graced;
        Lot lot;
        lot.maker = undo.op;
        lot.store = undo.store;
        lot.day = undo.day;
        lot.expires = undo.grace_through;
        lot.issued = lot.free = graced;
        lot.source = LotSource::kGivenBack;
        ledger.add(std::move(lot));
        note(undo.record, undo.op, graced);
    }
};

}  // namespace

StoreDay undo_redemption(Ledger& ledger, Redemption& redemption, Points points, const Undo& undo) {
    points = std::min(points, redemption.points - redemption.reversed);
    redemption.reversed += points;
    ledger.account.redeemed_total -= points;
    StoreDay by{.points_redeemed = -points};
    if (redemption.points > 0) by.redeemed_minor = -*mul_div_floor(redemption.value_minor, points, redemption.points);
    // First what no lot had given, then the lots, the last one first: the reverse of how it was taken.
    const Points overdrawn = std::min(points, redemption.overdrawn);
    redemption.overdrawn -= overdrawn;
    GiveBack back{ledger, undo};
    back.undo_debt(overdrawn);
    points -= overdrawn;
    while (points > 0 && !redemption.takes.empty()) {
        LotTake& last = redemption.takes.back();
        const Points part = std::min(points, last.points);
        Lot* lot = ledger.lot_of(last.lot);
        TALLY_ASSERT(lot, "a redemption's lot is there");
        const Points lost = std::min(lot->loss, part);  // what the chain bore comes back to it first
        ledger.unlose(*lot, lost);
        ledger.move(*lot, &Lot::redeemed, &Lot::free, part - lost);
        back.to(*lot, part - lost);
        last.points -= part;
        points -= part;
        if (last.points == 0) redemption.takes.pop_back();
    }
    back.make_lot();
    return by;
}

}  // namespace tally::domain
