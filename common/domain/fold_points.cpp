// What gives points and what takes them away without naming what gave them: each makes a lot or draws on lots.
#include <algorithm>

#include "common/domain/folder.h"
#include "common/domain/reversal.h"

namespace tally::domain {

Lot Folder::new_lot(LotSource source, Points points, std::optional<Day> expires, std::optional<Day> unlocks) const {
    Lot lot;
    lot.maker = op.id;
    lot.store = op.store;
    lot.day = op.business_day;
    lot.expires = expires;
    lot.unlocks = unlocks;
    lot.issued = lot.free = points;
    lot.source = source;
    return lot;
}

void Folder::use_rule(const std::string& rule, Points points, Day day) {
    make_room(account.uses, 4);
    auto found =
        std::find_if(account.uses.begin(), account.uses.end(), [&](const RuleUse& use) { return use.rule == rule; });
    if (found == account.uses.end()) found = account.uses.insert(found, RuleUse{rule, 0, day, 0, 0});
    if (day > found->day) found->day = day, found->on_day = 0;
    if (day == found->day) found->on_day += points;
    found->total += points;
    found->times += 1;
}

// The business key: store, till, business date, bill number, part. Without a till's name the terminal is the till.
bool Folder::is_same_bill(const Lot& lot, const Bill& bill, Day day) const {
    return lot.bill_no == bill.bill_no && lot.store == op.store && lot.till == bill.till &&
           (!bill.till.empty() || lot.maker.terminal == op.id.terminal) && lot.part == bill.part && lot.day == day;
}

Status Folder::operator()(const Earn& body) {
    const Day day = body.late_for.value_or(op.business_day);
    const auto is_same = [&](const Lot& lot) { return is_same_bill(lot, body.bill, day); };
    const bool may_repeat = !body.bill.bill_no.empty() && day <= account.index.newest_day(account);
    if (const Lot* first = may_repeat ? ledger.oldest_of_bill(body.bill.bill_no, is_same) : nullptr) {
        // Points may differ: the second till may have computed with another programme version.
        if (first->amount_minor == body.amount_minor) return repeat(OpId(first->maker));
        if (!released)
            return conclude(Outcome::kQuarantined,
                            "bill " + body.bill.bill_no + " exists with another amount as " + op_text(first->maker));
    }
    account.spend_minor += body.amount_minor;
    account.earned_total += body.points;
    account.bills += 1;
    Lot lot = new_lot(LotSource::kSale, body.points, body.expires, body.unlocks);
    lot.bill_no = body.bill.bill_no;
    lot.till = body.bill.till;
    lot.part = body.bill.part;
    lot.day = day;
    lot.minute = body.minute;
    lot.amount_minor = body.amount_minor;
    lot.parts.reserve(body.parts.size());
    for (const EarnPart& part : body.parts) {
        if (!part.rule.empty()) use_rule(part.rule, part.points, day);
        lot.parts.push_back({part.rule, part.points, 0, 0});
    }
    if (body.born_leased && body.points > 0 &&
        op.id.terminal != kHqTerminal) {  // a branch's that was released is nobody's
        lot.leased = std::exchange(lot.free, 0);
        const Lot& there = ledger.add(std::move(lot));
        Slice& slice = ledger.slice_for(op.id.terminal, op.id.epoch, there);
        slice.granted = slice.outstanding = body.points;
    } else {
        ledger.add(std::move(lot));
    }
    // A forgotten bill's sale moved the store already, on its own day.
    if (body.late_for) {
        move({.points_earned = body.points});
    } else {
        move({.bills = 1, .amount_minor = body.amount_minor, .points_earned = body.points});
    }
    settle_waiting(op.id);
    return {};
}

Status Folder::operator()(const Bonus& body) {
    if (const OnceKey* had = ledger.once_of(body.rule, body.key)) return repeat(OpId(had->op));
    ledger.add(OnceKey{body.rule, body.key, op.id});
    account.bonus_total += body.points;
    Lot lot = new_lot(LotSource::kBonus, body.points, body.expires, body.unlocks);
    lot.rule = body.rule;
    ledger.add(std::move(lot));
    use_rule(body.rule, body.points, op.business_day);
    move({.points_earned = body.points});
    settle_waiting(op.id);
    return {};
}

// Of another system: no store's day moves.
Status Folder::operator()(const OpeningBalance& body) {
    account.opening_total += body.points;
    Lot lot = new_lot(LotSource::kOpening, body.points, body.expires);
    lot.day = body.earned_day;
    ledger.add(std::move(lot));
    move({});
    settle_waiting(op.id);
    return {};
}

Status Folder::operator()(const Adjust& body) {
    if (body.points < 0) {
        const Points debt_before = account.debt;
        Reversal& record =
            account.reversals.emplace_back(Reversal{op.id, op.business_day, true, {}, 0, body.points, {}, 0});
        take(ledger, nullptr, -body.points, op.business_day, &record);
        move({.points_reversed = -body.points});
        if (account.debt > debt_before)
            return conclude(Outcome::kAcceptedWithDebt, "more points taken than there were");
        return {};
    }
    account.adjusted_up_total += body.points;
    ledger.add(new_lot(LotSource::kAdjustment, body.points, body.expires));
    move({.points_earned = body.points});
    settle_waiting(op.id);
    return {};
}

Status Folder::operator()(const Expire& body) {
    move({});
    for (const LotTake& due : body.lots) {
        if (Lot* lot = ledger.lot_of(due.lot))
            ledger.move(*lot, &Lot::free, &Lot::expired, std::min(due.points, lot->free));
    }
    return {};
}

}  // namespace tally::domain
