#include "common/domain/fold.h"

#include <algorithm>

#include "common/base/checked.h"

namespace tally::domain {

std::string_view outcome_name(Outcome outcome) {
    switch (outcome) {
        case Outcome::kAccepted: return "accepted";
        case Outcome::kAcceptedWithDebt: return "accepted with debt";
        case Outcome::kCorrected: return "corrected";
        case Outcome::kDuplicate: return "duplicate";
        case Outcome::kWaiting: return "waiting";
        case Outcome::kQuarantined: return "quarantined";
    }
    return "unknown";
}

Points refund_points(const Lot& lot, Minor amount_minor) {
    const Minor refunded = std::min(lot.amount_minor, lot.refunded_minor + std::max<Minor>(0, amount_minor));
    if (refunded == lot.amount_minor) return lot.issued - lot.reversed;
    const auto due = mul_div_floor(lot.issued, refunded, lot.amount_minor);
    return std::max<Points>(0, *due - lot.reversed);
}

namespace {

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

// The sale that a bill number means: of the named store if one is named, else the newest of that number.
Lot* lot_of_bill(Account& account, const std::string& store, const std::string& bill_no) {
    for (auto lot = account.lots.rbegin(); lot != account.lots.rend(); ++lot)
        if (lot->bill_no == bill_no && (store.empty() || lot->store == store)) return &*lot;
    return nullptr;
}

// Takes `points` from `first` (may be null), then from the others in redemption order; what is missing becomes debt.
void take(Account& account, Lot* first, Points points) {
    account.reversed_total += points;
    const auto from = [&](Lot& lot) {
        const Points part = std::min(points, lot.free);
        lot.free -= part;
        lot.taken += part;
        points -= part;
    };
    if (first) from(*first);
    for (const std::size_t i : redemption_order(account)) {
        if (points == 0) break;
        from(account.lots[i]);
    }
    account.debt += points;
}

void net_debt(Account& account) {
    if (account.debt == 0) return;
    for (const std::size_t i : redemption_order(account)) {
        Lot& lot = account.lots[i];
        const Points part = std::min(account.debt, lot.free);
        lot.free -= part;
        lot.taken += part;
        lot.netted += part;
        account.debt -= part;
        if (account.debt == 0) return;
    }
}

// The reversal of a sale, whole or in part, from its own lot first. Returns the points taken back.
Points reverse_sale(Account& account, Lot& lot, Minor amount_minor) {
    const Points points = refund_points(lot, amount_minor);
    const Minor amount = std::min(amount_minor, lot.amount_minor - lot.refunded_minor);
    lot.refunded_minor += amount;
    lot.reversed += points;
    take(account, &lot, points);
    return points;
}

struct Folder {
    Account& account;
    const Op& op;
    const Ruling& ruling;
    Folded out;

    void move(const StoreDay& by) { out.moves.push_back({op.store, op.business_day, by}); }

    Status conclude(Outcome outcome, std::string reason) {
        out.outcome = outcome;
        out.reason = std::move(reason);
        return {};
    }

    Status operator()(const Register& body) {
        if (account.tier.empty()) account.tier = body.opening_tier;
        return {};
    }
    Status operator()(const ProfileEdit&) { return {}; }
    Status operator()(const IdentityBind&) { return {}; }
    Status operator()(const Consent&) { return {}; }
    Status operator()(const Note&) { return {}; }
    Status operator()(const Sale&) { return conclude(Outcome::kQuarantined, "a sale without a member names one"); }

    Lot new_lot(const Bill& bill, Minor amount_minor, Points points, std::optional<Day> expires) const {
        Lot lot;
        lot.maker = op.id;
        lot.store = op.store;
        lot.bill_no = bill.bill_no;
        lot.till = bill.till;
        lot.part = bill.part;
        lot.day = op.business_day;
        lot.amount_minor = amount_minor;
        lot.expires = expires;
        lot.issued = lot.free = points;
        return lot;
    }

    // The business key: store, till, business date, bill number, part. Without a till's name the terminal is the till.
    bool is_same_bill(const Lot& lot, const Bill& bill) const {
        return !bill.bill_no.empty() && lot.bill_no == bill.bill_no && lot.store == op.store && lot.till == bill.till &&
               (!bill.till.empty() || lot.maker.terminal == op.id.terminal) && lot.part == bill.part &&
               lot.day == op.business_day;
    }

    Status operator()(const Earn& body) {
        for (const Lot& lot : account.lots) {
            if (!is_same_bill(lot, body.bill)) continue;
            if (lot.amount_minor == body.amount_minor && lot.issued == body.points)
                return conclude(Outcome::kDuplicate,
                                "bill " + body.bill.bill_no + " has been counted as " + op_text(lot.maker));
            return conclude(Outcome::kQuarantined,
                            "bill " + body.bill.bill_no + " exists with another amount as " + op_text(lot.maker));
        }
        account.spend_minor += body.amount_minor;
        account.earned_total += body.points;
        account.bills += 1;
        account.lots.push_back(new_lot(body.bill, body.amount_minor, body.points, body.expires));
        move({.bills = 1, .amount_minor = body.amount_minor, .points_earned = body.points});
        settle_waiting(account.lots.size() - 1);
        return {};
    }

    // Refunds that waited for this sale, in the order in which they came.
    void settle_waiting(std::size_t index) {
        std::vector<WaitingReverse> kept;
        for (WaitingReverse& waiting : account.waiting) {
            Lot& lot = account.lots[index];
            const bool by_bill = waiting.target.is_none() && waiting.target_bill_no == lot.bill_no &&
                                 (waiting.target_store.empty() || waiting.target_store == lot.store);
            if (waiting.target != lot.maker && !by_bill) {
                kept.push_back(std::move(waiting));
                continue;
            }
            const Points points = reverse_sale(account, lot, waiting.amount_minor);
            out.settled.push_back(waiting.op);
            out.moves.push_back({waiting.store, waiting.day, {.points_reversed = points}});
        }
        account.waiting = std::move(kept);
    }

    Status operator()(const Adjust& body) {
        if (body.points < 0) {
            const Points debt_before = account.debt;
            take(account, nullptr, -body.points);
            move({.points_reversed = -body.points});
            if (account.debt > debt_before)
                return conclude(Outcome::kAcceptedWithDebt, "more points taken than there were");
            return {};
        }
        account.adjusted_up_total += body.points;
        account.lots.push_back(new_lot({}, 0, body.points, body.expires));
        move({.points_earned = body.points});
        return {};
    }

    Status operator()(const Redeem& body) {
        const Points points = std::min(body.points, ruling.corrected_points.value_or(body.points));
        account.redeemed_total += points;
        Redemption redemption;
        redemption.op = op.id;
        redemption.day = op.business_day;
        redemption.points = points;
        redemption.value_minor = body.value_minor;
        Points rest = points;
        const auto from = [&](Lot& lot, Points wanted, Points Lot::*source) {
            const Points part = std::min({rest, wanted, lot.*source});
            if (part <= 0) return;
            lot.*source -= part;
            lot.redeemed += part;
            rest -= part;
            redemption.takes.push_back({lot.maker, part});
        };
        for (const LotTake& named : body.takes) {
            Lot* lot = lot_of(account, named.lot);
            if (!lot) continue;
            const Points before = rest;
            from(*lot, named.points, &Lot::free);
            // Dated on or before the expiry it draws on the lot even if `expire` was folded first.
            if (lot->usable_on(op.business_day)) from(*lot, named.points - (before - rest), &Lot::expired);
        }
        for (const std::size_t i : redemption_order(account)) from(account.lots[i], rest, &Lot::free);
        redemption.overdrawn = rest;
        account.debt += rest;
        account.redemptions.push_back(std::move(redemption));
        move({.points_redeemed = points, .redeemed_minor = body.value_minor});
        if (rest > 0)
            return conclude(Outcome::kAcceptedWithDebt,
                            "redeemed " + std::to_string(rest) + " points more than there were");
        if (points != body.points)
            return conclude(Outcome::kCorrected,
                            "named " + std::to_string(body.points) + " points, the price is " + std::to_string(points));
        return {};
    }

    Status operator()(const Reverse& body) {
        if (body.is_refund) {
            account.spend_minor -= body.amount_minor;
            account.bills += 1;
            move({.bills = 1, .amount_minor = -body.amount_minor});
        } else {
            move({});
        }
        if (body.target.is_none() && body.target_bill_no.empty()) return reverse_without_bill(body);
        if (Redemption* redemption = redemption_of(account, body.target)) return reverse_redemption(*redemption, body);
        Lot* lot = body.target.is_none() ? lot_of_bill(account, body.target_store, body.target_bill_no)
                                         : lot_of(account, body.target);
        if (!lot) {
            account.waiting.push_back({op.id, op.store, op.business_day, body.target, body.target_store,
                                       body.target_bill_no, body.amount_minor});
            return conclude(Outcome::kWaiting, "the sale it undoes is not known yet");
        }
        const Points debt_before = account.debt;
        const bool beyond = body.amount_minor > lot->amount_minor - lot->refunded_minor;
        Points points = 0;
        if (lot->bill_no.empty() && lot->amount_minor == 0) {  // an adjustment: by points, not by amount
            points = std::min(body.points, lot->issued - lot->reversed);
            lot->reversed += points;
            take(account, lot, points);
        } else {
            points = reverse_sale(account, *lot, body.amount_minor);
        }
        out.moves.front().by.points_reversed = points;
        if (account.debt > debt_before)
            return conclude(Outcome::kAcceptedWithDebt, "the points of the sale had been spent");
        if (beyond && body.is_refund) out.reason = "refunds more than the sale's amount; no points beyond it";
        return {};
    }

    Status reverse_without_bill(const Reverse& body) {
        const Points debt_before = account.debt;
        take(account, nullptr, body.points);
        out.moves.front().by.points_reversed = body.points;
        if (account.debt > debt_before)
            return conclude(Outcome::kAcceptedWithDebt, "more points taken than there were");
        return {};
    }

    Status reverse_redemption(Redemption& redemption, const Reverse& body) {
        Points points = std::min(body.points, redemption.points - redemption.reversed);
        redemption.reversed += points;
        account.redeemed_total -= points;
        out.moves.front().by.points_redeemed = -points;
        const Points due = redemption.points;
        if (due > 0) out.moves.front().by.redeemed_minor = -*mul_div_floor(redemption.value_minor, points, due);
        // First what no lot had given, then the lots, the last one first: the reverse of how it was taken.
        const Points overdrawn = std::min(points, redemption.overdrawn);
        redemption.overdrawn -= overdrawn;
        undo_debt(overdrawn);
        points -= overdrawn;
        while (points > 0 && !redemption.takes.empty()) {
            LotTake& last = redemption.takes.back();
            const Points part = std::min(points, last.points);
            Lot* lot = lot_of(account, last.lot);
            TALLY_ASSERT(lot && lot->redeemed >= part, "a redemption's lot is there and holds what it gave");
            lot->redeemed -= part;
            lot->free += part;
            last.points -= part;
            points -= part;
            if (last.points == 0) redemption.takes.pop_back();
        }
        return {};
    }

    // Debt that should not have been: lowers it, and gives back what later lots paid for it meanwhile.
    void undo_debt(Points points) {
        const Points open = std::min(points, account.debt);
        account.debt -= open;
        points -= open;
        for (auto lot = account.lots.rbegin(); lot != account.lots.rend() && points > 0; ++lot) {
            const Points part = std::min(points, lot->netted);
            lot->netted -= part;
            lot->taken -= part;
            lot->free += part;
            points -= part;
        }
        TALLY_ASSERT(points == 0, "every point of debt is open or was netted");
    }

    Status operator()(const Expire& body) {
        move({});
        for (const LotTake& due : body.lots) {
            Lot* lot = lot_of(account, due.lot);
            if (!lot) continue;
            const Points part = std::min(due.points, lot->free);
            lot->free -= part;
            lot->expired += part;
        }
        return {};
    }
};

// Every operation is bounded (check_op), so below half of the range no sum of one fold can leave 64 bits.
bool has_room(const Account& account) {
    constexpr std::int64_t kHalf = INT64_MAX / 2;
    return account.debt < kHalf && account.earned_total < kHalf && account.adjusted_up_total < kHalf &&
           account.reversed_total < kHalf && account.redeemed_total < kHalf && account.spend_minor < kHalf &&
           account.spend_minor > -kHalf;
}

}  // namespace

Result<Folded> fold(Account& account, const Op& op, const Ruling& ruling) {
    TALLY_ASSERT(op.member != MemberId{} || kind_of(op.body) == OpKind::kSale,
                 "an account's operation names its member");
    if (ruling.quarantined) {
        Folded held;
        held.outcome = Outcome::kQuarantined;
        return held;
    }
    if (!has_room(account))
        return fail(Code::kOverflow, "the totals of member " + uuid_text(op.member) + " are near 64 bits");
    Folder folder{account, op, ruling, {}};
    TALLY_OK(std::visit(folder, op.body));
    if (folder.out.outcome == Outcome::kDuplicate || folder.out.outcome == Outcome::kQuarantined) return folder.out;
    account.folded_ops += 1;
    net_debt(account);
    if (const Status sound = check_account(account); !sound) TALLY_ASSERT(false, sound.error().detail.c_str());
    return folder.out;
}

StoreMove move_of_sale(const Op& op) {
    const auto* sale = std::get_if<Sale>(&op.body);
    TALLY_ASSERT(sale != nullptr, "a sale without a member");
    return {op.store, op.business_day, {.bills = 1, .amount_minor = sale->amount_minor}};
}

std::vector<LotTake> due_to_expire(const Account& account, Day today) {
    std::vector<LotTake> due;
    for (const Lot& lot : account.lots)
        if (lot.free > 0 && !lot.usable_on(today)) due.push_back({lot.maker, lot.free});
    return due;
}

}  // namespace tally::domain
