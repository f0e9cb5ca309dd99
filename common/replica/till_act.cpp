// How an act is built, looked at and written, and what its receipt says.
#include "common/replica/till.h"

namespace tally::replica {

Result<Act> Till::begin_act() {
    Act act;
    TALLY_TRY(act.head, replica_->head());
    return act;
}

Status Till::add(Act& act, const domain::Programme& programme, const domain::MemberId& member, const ActBy& by,
                 domain::Body body, domain::PersonalFields fields) {
    TALLY_TRY(domain::Op op, draft(programme, member, by.presented, std::move(body)));
    op.approved_by = by.approved_by;
    op.id = act.next_id(enrolment_.terminal);
    domain::Folded folded;
    if (member.is_zero()) {
        folded.moves.push_back(domain::move_of_sale(op));
    } else {
        auto account = act.accounts.find(member);
        if (account == act.accounts.end()) {
            TALLY_TRY(domain::Account there, account_of(member));
            account = act.accounts.emplace(member, std::move(there)).first;
        }
        domain::CashierDay cashier;
        if (domain::kind_of(op.body) == domain::OpKind::kAdjust) {
            TALLY_TRY(cashier, replica_->cashier_day(op.cashier, op.business_day));
        }
        // What exceeds a limit is recorded all the same, and counts from a person's release.
        op.over_limit = domain::limit_exceeded(programme, account->second, op, cashier);
        TALLY_TRY(folded, domain::fold(account->second, op));
    }
    act.ops.push_back({std::move(op), std::move(fields)});
    act.folded.push_back(std::move(folded));
    return {};
}

namespace {

// Signed as the receipt shows it: what the member's balance gains.
domain::Points points_of(const domain::Op& op, const domain::Folded& folded) {
    if (folded.outcome == domain::Outcome::kQuarantined) return 0;
    if (folded.moves.empty()) {
        if (const auto* earn = std::get_if<domain::Earn>(&op.body)) return earn->points;
        if (const auto* bonus = std::get_if<domain::Bonus>(&op.body)) return bonus->points;
        if (const auto* redeem = std::get_if<domain::Redeem>(&op.body)) return -redeem->points;
        if (const auto* reverse = std::get_if<domain::Reverse>(&op.body))
            return reverse->is_refund ? -reverse->points : reverse->points;
        return 0;
    }
    const domain::StoreDay& by = folded.moves.front().by;
    return by.points_earned - by.points_reversed - by.points_redeemed;
}

domain::Minor amount_of(const domain::Body& body) {
    if (const auto* earn = std::get_if<domain::Earn>(&body)) return earn->amount_minor;
    if (const auto* sale = std::get_if<domain::Sale>(&body)) return sale->amount_minor;
    if (const auto* reverse = std::get_if<domain::Reverse>(&body)) return -reverse->amount_minor;
    return 0;
}

std::string bill_no_of(const domain::Body& body) {
    if (const auto* earn = std::get_if<domain::Earn>(&body)) return earn->bill.bill_no;
    if (const auto* sale = std::get_if<domain::Sale>(&body)) return sale->bill.bill_no;
    if (const auto* reverse = std::get_if<domain::Reverse>(&body)) return reverse->bill.bill_no;
    if (const auto* redeem = std::get_if<domain::Redeem>(&body)) return redeem->bill.bill_no;
    return {};
}

domain::Words name_of_rule(const domain::Programme& programme, const std::string& rule) {
    for (const domain::EarnRule& known : programme.earn_rules)
        if (known.id == rule) return known.name;
    if (const domain::BonusRule* known = domain::bonus_of(programme, rule)) return known->name;
    return {};
}

// What each rule gave: as the operation recorded it.
void add_rules(Receipt& out, const domain::Programme& programme, const domain::Op& op) {
    if (const auto* earn = std::get_if<domain::Earn>(&op.body)) {
        for (const domain::EarnPart& part : earn->parts)
            out.by_rule.push_back({part.rule, name_of_rule(programme, part.rule), part.points});
        if (earn->parts.empty() && earn->points != 0) out.by_rule.push_back({{}, {}, earn->points});
    } else if (const auto* bonus = std::get_if<domain::Bonus>(&op.body)) {
        out.by_rule.push_back({bonus->rule, name_of_rule(programme, bonus->rule), bonus->points});
    }
}

// An operation that stands beside the act's first one.
void add_beside(Receipt& out, const domain::Op& op, const domain::Folded& folded) {
    if (folded.outcome == domain::Outcome::kQuarantined) return;
    if (const auto* redeem = std::get_if<domain::Redeem>(&op.body)) {
        out.redeemed += redeem->points;
        out.value_minor += redeem->value_minor;
        out.reward = redeem->reward;
        out.reward_count = redeem->count;
    } else if (const auto* coupon = std::get_if<domain::CouponRedeem>(&op.body)) {
        out.discount_minor += coupon->discount_minor;
    } else if (std::holds_alternative<domain::Reverse>(op.body)) {
        out.given_back += points_of(op, folded);
    } else if (std::holds_alternative<domain::Bonus>(op.body)) {
        out.bonus += points_of(op, folded);
    }
}

}  // namespace

Receipt Till::receipt_of(const domain::Programme& programme, const Act& act) const {
    Receipt out;
    const std::size_t main = act.main();
    const domain::Op& first = act.ops[main].op;
    out.op = first.id;
    out.bill_no = bill_no_of(first.body);
    out.points = points_of(first, act.folded[main]);
    out.amount_minor = amount_of(first.body);
    if (const auto* redeem = std::get_if<domain::Redeem>(&first.body); redeem && !act.is_held(main)) {
        out.value_minor = redeem->value_minor;
        out.reward = redeem->reward;
        out.reward_count = redeem->count;
    }
    for (std::size_t i = 0; i < act.ops.size(); ++i) {
        const domain::Op& op = act.ops[i].op;
        if (out.held.empty()) out.held = op.over_limit;
        if (!act.is_held(i)) add_rules(out, programme, op);
        if (i != main) add_beside(out, op, act.folded[i]);
    }
    if (const auto account = act.accounts.find(first.member); account != act.accounts.end())
        out.balance = account->second.balance_on(today());
    out.folded = act.folded[main];
    out.time_ms = first.at.ms();
    return out;
}

// Of a bill that was entered before, the receipt is the first one's.
Result<Receipt> Till::write(const domain::Programme& programme, Act act) {
    const Day day = today();
    if (reservations_day_ != day) TALLY_OK(end_old_reservations(act, programme));
    TALLY_TRY(std::vector<Appended> done, replica_->append_all(act.ops));
    reservations_day_ = day;
    for (std::size_t i = 0; i < done.size(); ++i) {
        if (done[i].folded.outcome == domain::Outcome::kDuplicate) {
            TALLY_TRY(const auto first, replica_->operation(done[i].id));
            if (first) act.ops[i].op = first->op;
        }
        act.ops[i].op.id = done[i].id;
        act.folded[i] = std::move(done[i].folded);
        if (const domain::MemberId& member = act.ops[i].op.member; !member.is_zero())
            act.accounts[member] = std::move(done[i].account);
    }
    return receipt_of(programme, act);
}

Result<Receipt> Till::finish(const domain::Programme& programme, Act act, bool commit) {
    return commit ? write(programme, std::move(act)) : Result<Receipt>(receipt_of(programme, act));
}

}  // namespace tally::replica
