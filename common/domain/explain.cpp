#include "common/domain/explain.h"

#include <algorithm>

#include "common/domain/growth.h"

namespace tally::domain {

namespace {

BecauseKind kind_of_lot(const Lot& lot) {
    switch (lot.source) {
        case LotSource::kSale: return BecauseKind::kSale;
        case LotSource::kAdjustment: return BecauseKind::kAdjustedUp;
        case LotSource::kBonus: return BecauseKind::kBonus;
        case LotSource::kOpening: return BecauseKind::kOpening;
        case LotSource::kGivenBack: return BecauseKind::kGivenBack;
    }
    return BecauseKind::kSale;
}

Because of_lot(const Lot& lot) {
    Because line;
    line.kind = kind_of_lot(lot);
    line.op = lot.maker;
    line.day = lot.day;
    line.store = lot.store;
    line.bill_no = lot.bill_no;
    line.rule = lot.rule;
    line.amount_minor = lot.amount_minor;
    return line;
}

// The order within a day: what came in, what went out, what no longer counts.
int place_of(BecauseKind kind) {
    switch (kind) {
        case BecauseKind::kRedeemed: return 1;
        case BecauseKind::kRefunded:
        case BecauseKind::kAdjustedDown:
        case BecauseKind::kUndone:
        case BecauseKind::kPending: return 2;
        case BecauseKind::kGivenBack: return 3;
        case BecauseKind::kExpired: return 4;
        case BecauseKind::kLoss: return 5;
        default: return 0;
    }
}

void add_lot(Explanation& out, const Lot& lot, Day today) {
    Because line = of_lot(lot);
    line.value = lot.issued;
    line.until = lot.expires;
    line.lots = {{lot.maker, lot.issued}};
    line.parts = lot.parts;
    line.used = lot.redeemed;
    line.expired = lot.expired;
    line.taken = lot.taken;
    out.lines.push_back(line);
    const auto apart = [&](BecauseKind kind, Points points, std::optional<Day> day) {
        if (points == 0) return;
        Because less = of_lot(lot);
        less.kind = kind;
        less.day = day.value_or(0);
        less.value = -points;
        less.until = day;
        less.lots = {{lot.maker, points}};
        out.lines.push_back(less);
    };
    const bool locked = lot.is_locked_on(today);
    const bool past = !locked && !lot.usable_on(today);  // headquarters has yet to write it down
    apart(BecauseKind::kExpired, lot.expired + (past ? lot.free + lot.leased : 0), lot.expires);
    if (locked) apart(BecauseKind::kLocked, lot.free + lot.leased, *lot.unlocks - 1);
    if (lot.loss > 0) {
        Because borne = of_lot(lot);
        borne.kind = BecauseKind::kLoss;
        borne.value = lot.loss;
        borne.lots = {{lot.maker, lot.loss}};
        out.lines.push_back(borne);
    }
}

// One line for each holder and end, after all others: part of the balance, for that terminal alone.
void add_leased(Explanation& out, const Account& account, Day today) {
    std::vector<Because> lines;
    for (const Slice& slice : account.slices) {
        const Lot& lot = account.lots[slice.lot];
        if (slice.outstanding == 0 || !lot.usable_on(today)) continue;
        auto line = std::find_if(lines.begin(), lines.end(), [&](const Because& there) {
            return slice.is_of(there.holder, there.holder_epoch) && there.until == slice.through;
        });
        if (line == lines.end()) {
            line = lines.emplace(lines.end());
            line->kind = BecauseKind::kLeased;
            line->holder = slice.holder;
            line->holder_epoch = slice.epoch;
            line->until = slice.through;
        }
        line->lots.push_back({lot.maker, slice.outstanding});
    }
    out.lines.insert(out.lines.end(), lines.begin(), lines.end());
}

void add_redemption(Explanation& out, const Redemption& redemption) {
    Because line;
    line.kind = BecauseKind::kRedeemed;
    line.op = redemption.op;
    line.day = redemption.day;
    line.store = redemption.store;
    line.bill_no = redemption.bill_no;
    line.rule = redemption.reward;
    line.amount_minor = redemption.value_minor;
    line.value = -redemption.points;
    line.lots = redemption.takes;
    line.debt = redemption.overdrawn;
    out.lines.push_back(line);
}

void add_reversal(Explanation& out, const Account& account, const Reversal& reversal) {
    Because line;
    line.op = reversal.op;
    line.day = reversal.day;
    line.bill_no = reversal.bill_no;
    line.amount_minor = reversal.amount_minor;
    line.value = reversal.points;
    line.lots = reversal.takes;
    line.debt = reversal.points < 0 ? reversal.debt : 0;
    const bool waits = std::any_of(account.waiting.begin(), account.waiting.end(),
                                   [&](const WaitingReverse& waiting) { return waiting.op == reversal.op; });
    line.kind = waits                       ? BecauseKind::kPending
                : reversal.is_adjustment    ? BecauseKind::kAdjustedDown
                : reversal.amount_minor > 0 ? BecauseKind::kRefunded
                                            : BecauseKind::kUndone;
    for (const Lot& lot : account.lots) {
        if (lot.maker == reversal.of) line.of_bill_no = lot.bill_no;
        // What came back as a lot of the grace days has that lot's line.
        if (lot.source == LotSource::kGivenBack && lot.maker == reversal.op) line.value -= lot.issued;
    }
    for (const Redemption& redemption : account.redemptions)
        if (redemption.op == reversal.of) line.of_bill_no = redemption.bill_no;
    if (line.value != 0 || line.kind == BecauseKind::kPending || line.kind == BecauseKind::kRefunded)
        out.lines.push_back(line);
}

}  // namespace

// Why the lines sum up (account.h): by L1 and A1 the free and leased points less debt are what was issued and what the
// chain bore, less what expired, less what reversals and redemptions asked for; the balance is that without what is
// locked or past its date.
Explanation explain_balance(const Account& account, Day today) {
    Explanation out;
    out.number = account.balance_on(today);
    for (const Lot& lot : account.lots) add_lot(out, lot, today);
    for (const Redemption& redemption : account.redemptions) add_redemption(out, redemption);
    for (const Reversal& reversal : account.reversals) add_reversal(out, account, reversal);
    std::stable_sort(out.lines.begin(), out.lines.end(), [](const Because& a, const Because& b) {
        return std::pair(a.day, place_of(a.kind)) < std::pair(b.day, place_of(b.kind));
    });
    add_leased(out, account, today);
    if (account.debt > 0) {
        Because owed;
        owed.kind = BecauseKind::kDebt;
        owed.debt = account.debt;
        out.lines.push_back(owed);
    }
    return out;
}

namespace {

Because of_counted(const Counted& row, TierBasis basis) {
    Because line;
    if (row.lot) {
        line = of_lot(*row.lot);
        line.amount_minor = row.lot->kept_minor();
    } else {
        line.kind = BecauseKind::kRefunded;
        line.op = row.reversal->op;
        line.day = row.reversal->day;
        line.bill_no = row.reversal->bill_no;
        line.amount_minor = row.reversal->amount_minor;
    }
    line.counts = basis;
    line.value = row.of(basis);
    return line;
}

Because of_rule(const char* rule, Day day, std::int64_t value, TierBasis basis) {
    Because line;
    line.kind = BecauseKind::kRule;
    line.rule = rule;
    line.day = day;
    line.value = value;
    line.counts = basis;
    return line;
}

}  // namespace

Explanation explain_tier_value(const Programme& programme, const Account& account, Day today) {
    const TierRules& rules = programme.tiers;
    const QualifyingPeriod period = qualifying_period(rules, account.standing, today);
    Explanation out;
    out.number = qualifying_value(programme, account, period, today);
    const std::vector<Counted> rows = counted(rules, account, period, today);
    const bool grows = rules.basis == TierBasis::kGrowth;
    std::int64_t sum = 0;
    std::vector<Counted> so_far;
    for (const Counted& row : rows) {
        Because line = of_counted(row, rules.basis);
        if (grows) {
            so_far.push_back(row);
            line.value = growth_sum(programme, so_far, today) - sum;
        }
        const bool by_points = grows || rules.basis == TierBasis::kPoints;
        if (by_points && row.lot && row.lot->is_locked_on(today) && line.value == 0) {
            line.kind = BecauseKind::kLocked;
            line.until = *row.lot->unlocks - 1;
        }
        sum += line.value;
        if (line.value != 0 || line.kind == BecauseKind::kLocked) out.lines.push_back(line);
    }
    if (grows) {
        const std::int64_t less = growth_deduction(rules, account, period, today);
        if (less > 0) out.lines.push_back(of_rule("growth_deductions", 0, -less, rules.basis));
        sum -= less;
    }
    if (sum < 0) out.lines.push_back(of_rule("not_below_zero", 0, -sum, rules.basis));
    std::stable_sort(out.lines.begin(), out.lines.end(), [](const Because& a, const Because& b) {
        return std::pair(a.kind == BecauseKind::kRule, a.day) < std::pair(b.kind == BecauseKind::kRule, b.day);
    });
    return out;
}

}  // namespace tally::domain
