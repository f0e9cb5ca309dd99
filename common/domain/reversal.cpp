#include "common/domain/reversal.h"

#include <algorithm>

#include "common/base/checked.h"
#include "common/domain/fold.h"

namespace tally::domain {

Lot* lot_of(Account& account, const OpId& maker) {
    const auto found =
        std::find_if(account.lots.begin(), account.lots.end(), [&](const Lot& lot) { return lot.maker == maker; });
    return found == account.lots.end() ? nullptr : &*found;
}

Redemption* redemption_of(Account& account, const OpId& op) {
    const auto found = std::find_if(account.redemptions.begin(), account.redemptions.end(),
                                    [&](const Redemption& r) { return r.op == op; });
    return found == account.redemptions.end() ? nullptr : &*found;
}

OpId first_of(const Account& account, const OpId& named) {
    const auto found = std::find_if(account.aliases.begin(), account.aliases.end(),
                                    [&](const Alias& alias) { return alias.duplicate == named; });
    return found == account.aliases.end() ? named : found->first;
}

static void note(Reversal* record, const OpId& lot, Points points) {
    if (record && points > 0) record->takes.push_back({lot, points});
}

void take(Account& account, Lot* first, Points points, Day today, Reversal* record) {
    account.reversed_total += points;
    const auto from = [&](Lot& lot, Points Lot::*source) {
        const Points part = std::min(points, lot.*source);
        lot.*source -= part;
        lot.taken += part;
        points -= part;
        note(record, lot.maker, part);
    };
    if (first) {
        from(*first, &Lot::free);
        from(*first, &Lot::expired);  // lost already: taking them elsewhere would take them twice
    }
    for (const std::size_t i : points > 0 ? redemption_order(account) : std::vector<std::size_t>()) {
        if (points == 0) break;
        if (!account.lots[i].is_locked_on(today)) from(account.lots[i], &Lot::free);
    }
    account.debt += points;
    if (record) record->debt += points;
}

void net_debt(Account& account, Day today) {
    if (account.debt == 0) return;
    for (const std::size_t i : redemption_order(account)) {
        Lot& lot = account.lots[i];
        if (lot.is_locked_on(today)) continue;
        const Points part = std::min(account.debt, lot.free);
        lot.free -= part;
        lot.taken += part;
        lot.netted += part;
        account.debt -= part;
        if (account.debt == 0) return;
    }
}

StoreDay undo_lot(Account& account, Lot& lot, Minor amount_minor, Points points, const Undo& undo) {
    if (lot.is_sale()) {
        points = refund_points(lot, amount_minor);
        lot.refunded_minor += std::min(amount_minor, lot.amount_minor - lot.refunded_minor);
    } else {
        points = std::min(points, lot.issued - lot.reversed);
    }
    lot.reversed += points;
    take(account, &lot, points, undo.day, undo.record);
    return {.points_reversed = points};
}

namespace {

// Points that go back to their lots, each with what it gives on to a lot of the grace days.
struct GiveBack {
    Account& account;
    const Undo& undo;
    Points graced = 0;

    void to(Lot& lot, Points points) {
        if (points == 0) return;
        if (undo.grace_through && lot.expires && *lot.expires < undo.day) {
            lot.taken += points;
            account.reversed_total += points;
            graced += points;
        } else {
            lot.free += points;
            note(undo.record, lot.maker, points);
        }
    }

    // Debt that should not have been: lowers it, and gives back what later lots paid for it meanwhile.
    void undo_debt(Points points) {
        const Points open = std::min(points, account.debt);
        account.debt -= open;
        if (undo.record) undo.record->debt += open;
        points -= open;
        for (auto lot = account.lots.rbegin(); lot != account.lots.rend() && points > 0; ++lot) {
            const Points part = std::min(points, lot->netted);
            lot->netted -= part;
            lot->taken -= part;
            to(*lot, part);
            points -= part;
        }
        TALLY_ASSERT(points == 0, "every point of debt is open or was netted");
    }

    void make_lot() {
        if (graced == 0) return;
        account.given_back_total += graced;
        Lot lot;
        lot.maker = undo.op;
        lot.store = undo.store;
        lot.day = undo.day;
        lot.expires = undo.grace_through;
        lot.issued = lot.free = graced;
        lot.source = LotSource::kGivenBack;
        account.lots.push_back(std::move(lot));
        note(undo.record, undo.op, graced);
    }
};

}  // namespace

StoreDay undo_redemption(Account& account, Redemption& redemption, Points points, const Undo& undo) {
    points = std::min(points, redemption.points - redemption.reversed);
    redemption.reversed += points;
    account.redeemed_total -= points;
    StoreDay by{.points_redeemed = -points};
    if (redemption.points > 0) by.redeemed_minor = -*mul_div_floor(redemption.value_minor, points, redemption.points);
    // First what no lot had given, then the lots, the last one first: the reverse of how it was taken.
    const Points overdrawn = std::min(points, redemption.overdrawn);
    redemption.overdrawn -= overdrawn;
    GiveBack back{account, undo};
    back.undo_debt(overdrawn);
    points -= overdrawn;
    while (points > 0 && !redemption.takes.empty()) {
        LotTake& last = redemption.takes.back();
        const Points part = std::min(points, last.points);
        Lot* lot = lot_of(account, last.lot);
        TALLY_ASSERT(lot && lot->redeemed >= part, "a redemption's lot is there and holds what it gave");
        lot->redeemed -= part;
        back.to(*lot, part);
        last.points -= part;
        points -= part;
        if (last.points == 0) redemption.takes.pop_back();
    }
    back.make_lot();
    return by;
}

}  // namespace tally::domain
