#include "common/domain/fold.h"

#include <algorithm>

#include "common/base/checked.h"
#include "common/domain/bill_key.h"
#include "common/domain/coupon_fold.h"
#include "common/domain/reversal.h"

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

// The sale that a bill number means: of the named store if one is named, else the newest of that number.
Lot* lot_of_bill(Account& account, const std::string& store, const std::string& bill_no) {
    for (auto lot = account.lots.rbegin(); lot != account.lots.rend(); ++lot)
        if (lot->bill_no == bill_no && (store.empty() || lot->store == store)) return &*lot;
    return nullptr;
}

std::string duplicate_reason(const Op& op, const OpId& first) {
    const auto key = bill_key(op.body);
    if (!key) return "has been counted as " + op_text(first);
    return "bill " + key->bill.bill_no + " has been counted as " + op_text(first);
}

// What a move of this kind means for the member.
Points points_of(const StoreDay& by) { return -by.points_reversed - by.points_redeemed; }

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

    Lot new_lot(LotSource source, Points points, std::optional<Day> expires, std::optional<Day> unlocks = {}) const {
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

    void use_rule(const std::string& rule, Points points, Day day) {
        auto found = std::find_if(account.uses.begin(), account.uses.end(),
                                  [&](const RuleUse& use) { return use.rule == rule; });
        if (found == account.uses.end()) found = account.uses.insert(found, RuleUse{rule, 0, day, 0, 0});
        if (day > found->day) found->day = day, found->on_day = 0;
        if (day == found->day) found->on_day += points;
        found->total += points;
        found->times += 1;
    }

    std::optional<OpId> had_before(const std::string& rule, const std::string& key) const {  // none: not yet
        for (const OnceKey& once : account.once)
            if (once.rule == rule && once.key == key) return once.op;
        return std::nullopt;
    }

    // The business key: store, till, business date, bill number, part. Without a till's name the terminal is the till.
    bool is_same_bill(const Lot& lot, const Bill& bill, Day day) const {
        return !bill.bill_no.empty() && lot.bill_no == bill.bill_no && lot.store == op.store && lot.till == bill.till &&
               (!bill.till.empty() || lot.maker.terminal == op.id.terminal) && lot.part == bill.part && lot.day == day;
    }

    Status operator()(const Earn& body) {
        const Day day = body.late_for.value_or(op.business_day);
        for (const Lot& lot : account.lots) {
            if (!is_same_bill(lot, body.bill, day)) continue;
            // Points may differ: the second till may have computed with another programme version.
            if (lot.amount_minor == body.amount_minor) return repeat(OpId(lot.maker));
            return conclude(Outcome::kQuarantined,
                            "bill " + body.bill.bill_no + " exists with another amount as " + op_text(lot.maker));
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
        for (const EarnPart& part : body.parts) {
            if (!part.rule.empty()) use_rule(part.rule, part.points, day);
            lot.parts.push_back({part.rule, part.points, 0, 0});
        }
        account.lots.push_back(std::move(lot));
        // A forgotten bill's sale moved the store already, on its own day.
        if (body.late_for) {
            move({.points_earned = body.points});
        } else {
            move({.bills = 1, .amount_minor = body.amount_minor, .points_earned = body.points});
        }
        settle_waiting(op.id);
        return {};
    }

    Status operator()(const Bonus& body) {
        if (const auto first = had_before(body.rule, body.key)) return repeat(*first);
        account.once.push_back({body.rule, body.key, op.id});
        account.bonus_total += body.points;
        Lot lot = new_lot(LotSource::kBonus, body.points, body.expires, body.unlocks);
        lot.rule = body.rule;
        account.lots.push_back(std::move(lot));
        use_rule(body.rule, body.points, op.business_day);
        move({.points_earned = body.points});
        settle_waiting(op.id);
        return {};
    }

    // Of another system: no store's day moves.
    Status operator()(const OpeningBalance& body) {
        account.opening_total += body.points;
        Lot lot = new_lot(LotSource::kOpening, body.points, body.expires);
        lot.day = body.earned_day;
        account.lots.push_back(std::move(lot));
        move({});
        settle_waiting(op.id);
        return {};
    }

    Status operator()(const TierChange& body) {
        if (body.cause == TierCause::kManual || body.cause == TierCause::kManualEnd) {
            account.standing.floor = body.level;
            account.standing.floor_through = body.level.empty() ? std::nullopt : body.through;
        } else {
            account.tier = body.level;
            account.standing.since = op.business_day;
            account.standing.through = body.through;
            account.standing.lots_before = account.lots.size();
        }
        return {};
    }

    Status operator()(const CouponIssue& body) {
        const std::string rule = once_rule_of_coupon(body.template_id);
        if (const auto first = body.key.empty() ? std::nullopt : had_before(rule, body.key)) return repeat(*first);
        std::string why = issue_coupon(account, op, body);
        if (why.empty() && !body.key.empty()) account.once.push_back({rule, body.key, op.id});
        return held(std::move(why));
    }
    Status operator()(const CouponReserve& body) { return held(reserve_coupon(account, op, body)); }
    Status operator()(const CouponRedeem& body) {
        std::string why = redeem_coupon(account, op, body);
        if (why.empty()) settle_waiting(op.id);
        return held(std::move(why));
    }
    Status operator()(const CouponVoid& body) { return held(void_coupon(account, op, body)); }
    Status held(std::string why) { return why.empty() ? Status() : conclude(Outcome::kQuarantined, std::move(why)); }

    // The operation's bill has been counted as `first`. What names this one from now on, or waits for it, means that.
    Status repeat(const OpId& first) {
        const OpKind kind = kind_of(op.body);
        if (kind == OpKind::kEarn || kind == OpKind::kRedeem || kind == OpKind::kBonus) {  // what a reversal may name
            const OpId counted = first_of(account, first);  // an alias never names a duplicate
            for (Alias& alias : account.aliases)
                if (alias.first == op.id) alias.first = counted;
            account.aliases.push_back({op.id, counted});
            for (WaitingReverse& waiting : account.waiting)
                if (waiting.target == op.id) waiting.target = counted;
            settle_waiting(counted);
        }
        return conclude(Outcome::kDuplicate, duplicate_reason(op, first));
    }

    // Reversals that waited for this sale, adjustment, redemption or use of a coupon, in the order in which they came.
    void settle_waiting(const OpId& maker) {
        if (account.waiting.empty()) return;
        Lot* lot = lot_of(account, maker);
        Redemption* redemption = redemption_of(account, maker);
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
                by = undo_lot(account, *lot, waiting.amount_minor, waiting.points, undo);
            } else if (redemption) {
                by = undo_redemption(account, *redemption, waiting.points, undo);
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

    Status operator()(const Adjust& body) {
        if (body.points < 0) {
            const Points debt_before = account.debt;
            Reversal& record =
                account.reversals.emplace_back(Reversal{op.id, op.business_day, true, {}, 0, body.points, {}, 0});
            take(account, nullptr, -body.points, op.business_day, &record);
            move({.points_reversed = -body.points});
            if (account.debt > debt_before)
                return conclude(Outcome::kAcceptedWithDebt, "more points taken than there were");
            return {};
        }
        account.adjusted_up_total += body.points;
        account.lots.push_back(new_lot(LotSource::kAdjustment, body.points, body.expires));
        move({.points_earned = body.points});
        settle_waiting(op.id);
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
        redemption.store = op.store;
        redemption.bill_no = body.bill.bill_no;
        redemption.reward = body.reward;
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
            Lot* lot = lot_of(account, first_of(account, named.lot));
            if (!lot || lot->is_locked_on(op.business_day)) continue;
            const Points before = rest;
            from(*lot, named.points, &Lot::free);
            // Dated on or before the expiry it draws on the lot even if `expire` was folded first.
            if (lot->usable_on(op.business_day)) from(*lot, named.points - (before - rest), &Lot::expired);
        }
        for (const std::size_t i : rest > 0 ? redemption_order(account) : std::vector<std::size_t>())
            if (!account.lots[i].is_locked_on(op.business_day)) from(account.lots[i], rest, &Lot::free);
        redemption.overdrawn = rest;
        account.debt += rest;
        account.redemptions.push_back(std::move(redemption));
        move({.points_redeemed = points, .redeemed_minor = body.value_minor});
        settle_waiting(op.id);
        rest = account.redemptions.back().overdrawn;
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
        const Minor given_back = body.is_refund ? body.amount_minor : 0;
        account.reversals.push_back({op.id, op.business_day, false, body.bill.bill_no, given_back, 0, {}, 0});
        const Status done = reverse(body);
        account.reversals.back().points = points_of(out.moves.front().by);
        return done;
    }

    Status reverse(const Reverse& body) {
        if (body.target.is_none() && body.target_bill_no.empty()) return reverse_without_bill(body);
        const OpId target = first_of(account, body.target);
        const Undo undo{op.id, op.business_day, op.store, body.grace_through, &account.reversals.back()};
        if (Redemption* redemption = redemption_of(account, target)) {
            account.reversals.back().of = target;
            out.moves.front().by += undo_redemption(account, *redemption, body.points, undo);
            return {};
        }
        if (give_back_coupon(account, target)) {
            account.reversals.back().of = target;
            return {};
        }
        Lot* lot =
            target.is_none() ? lot_of_bill(account, body.target_store, body.target_bill_no) : lot_of(account, target);
        if (!lot || lot->source == LotSource::kGivenBack) {  // no reversal undoes another
            account.waiting.push_back({op.id, op.store, op.business_day, target, body.target_store, body.target_bill_no,
                                       body.amount_minor, body.points, body.grace_through});
            return conclude(Outcome::kWaiting, "the sale it undoes is not known yet");
        }
        account.reversals.back().of = lot->maker;
        const Points debt_before = account.debt;
        const bool beyond = body.is_refund && body.amount_minor > lot->amount_minor - lot->refunded_minor;
        if (beyond) out.beyond.push_back(op.id);
        out.moves.front().by += undo_lot(account, *lot, body.amount_minor, body.points, undo);
        give_back_coupons(account, *lot);
        if (account.debt > debt_before)
            return conclude(Outcome::kAcceptedWithDebt, "the points of the sale had been spent");
        if (beyond) out.reason = "refunds more than the sale's amount; no points beyond it";
        return {};
    }

    Status reverse_without_bill(const Reverse& body) {
        const Points debt_before = account.debt;
        account.reversals.back().without_bill = true;
        take(account, nullptr, body.points, op.business_day, &account.reversals.back());
        out.moves.front().by.points_reversed = body.points;
        if (account.debt > debt_before)
            return conclude(Outcome::kAcceptedWithDebt, "more points taken than there were");
        return {};
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

// Every operation is bounded (check_op), so from here no sum of one fold can leave 64 bits, and no total the range in
// which a stored state is read again (wire::decode_account).
bool has_room(const Account& account) {
    constexpr std::int64_t kMost = std::int64_t{1} << 60;
    return account.debt < kMost && account.earned_total < kMost && account.adjusted_up_total < kMost &&
           account.bonus_total < kMost && account.opening_total < kMost && account.given_back_total < kMost &&
           account.reversed_total < kMost && account.redeemed_total < kMost && account.spend_minor < kMost &&
           account.spend_minor > -kMost;
}

// What exceeds a limit waits for a person; where its bill has been counted there is nothing to wait for.
bool is_held(const Op& op, const Ruling& ruling) {
    return ruling.quarantined || (!op.over_limit.empty() && !ruling.duplicate_of);
}

Folded held_for_person(const Op& op) {
    Folded held;
    held.outcome = Outcome::kQuarantined;
    if (!op.over_limit.empty()) held.reason = "exceeds the limit " + op.over_limit;
    return held;
}

}  // namespace

Result<Folded> fold(Account& account, const Op& op, const Ruling& ruling) {
    TALLY_ASSERT(op.member != MemberId{} || kind_of(op.body) == OpKind::kSale,
                 "an account's operation names its member");
    if (is_held(op, ruling)) return held_for_person(op);
    if (!has_room(account))
        return fail(Code::kOverflow, "the totals of member " + uuid_text(op.member) + " are near 64 bits");
    Folder folder{account, op, ruling, {}};
    TALLY_OK(ruling.duplicate_of ? folder.repeat(*ruling.duplicate_of) : std::visit(folder, op.body));
    if (folder.out.outcome == Outcome::kQuarantined) return folder.out;
    if (folder.out.outcome != Outcome::kDuplicate) account.folded_ops += 1;
    net_debt(account, op.business_day);
    if (const Status sound = check_account(account); !sound) TALLY_ASSERT(false, sound.error().detail.c_str());
    return folder.out;
}

StoreMove move_of_sale(const Op& op) {
    const auto* sale = std::get_if<Sale>(&op.body);
    TALLY_ASSERT(sale != nullptr, "a sale without a member");
    return {op.store, op.business_day, {.bills = 1, .amount_minor = sale->amount_minor}};
}

Folded fold_sale(const Op& op, const Ruling& ruling) {
    Folded out;
    if (is_held(op, ruling)) {
        out = held_for_person(op);
    } else if (ruling.duplicate_of) {
        out.outcome = Outcome::kDuplicate;
        out.reason = duplicate_reason(op, *ruling.duplicate_of);
    } else {
        out.moves.push_back(move_of_sale(op));
    }
    return out;
}

std::vector<LotTake> due_to_expire(const Account& account, Day today) {
    std::vector<LotTake> due;
    for (const Lot& lot : account.lots)
        if (lot.free > 0 && lot.expires && *lot.expires < today) due.push_back({lot.maker, lot.free});
    return due;
}

}  // namespace tally::domain
