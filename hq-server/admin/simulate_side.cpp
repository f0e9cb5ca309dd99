#include "hq-server/admin/simulate_side.h"

#include <algorithm>

#include "common/domain/tiers.h"

namespace tally::admin {

using namespace domain;

namespace {

constexpr int kTierStepsMax = 10;  // changes due on one day: never more than there are levels

const Redemption* redemption_in(const Account& account, const OpId& op) {
    const auto found = std::find_if(account.redemptions.begin(), account.redemptions.end(),
                                    [&](const Redemption& redemption) { return redemption.op == op; });
    return found == account.redemptions.end() ? nullptr : &*found;
}

}  // namespace

void SimulatedSide::begin(Accounts accounts) { accounts_ = std::move(accounts); }

const PersonFacts& SimulatedSide::person(const MemberId& member) const {
    static const PersonFacts kNobody;
    const auto found = people_.find(member);
    return found == people_.end() ? kNobody : found->second;
}

Status SimulatedSide::fold_in(Account& account, const Op& op, const Ruling& ruling) {
    const Points debt = account.debt;
    TALLY_TRY(const Folded folded, fold(account, op, ruling));
    const OpKind kind = kind_of(op.body);
    for (const StoreMove& move : folded.moves) {
        if (!span_.holds(move.day)) continue;
        totals_.sales_minor += move.by.amount_minor;
        (kind == OpKind::kEarn ? totals_.issued : totals_.bonuses) += move.by.points_earned;
        totals_.taken_back += move.by.points_reversed;
        totals_.redeemed += move.by.points_redeemed;
        totals_.redeemed_minor += move.by.redeemed_minor;
        earned_[op.member] += move.by.points_earned - move.by.points_reversed;
    }
    if (kind == OpKind::kRedeem && account.debt > debt && span_.holds(op.business_day)) {
        totals_.short_redemptions += 1;
        totals_.short_points += account.debt - debt;
    }
    return {};
}

// An operation of headquarters that follows from `like`.
Status SimulatedSide::make(Account& account, const Op& like, Body body) {
    Op op;
    op.id = {kHqTerminal, {}, ++made_};
    op.id.epoch.bytes.fill(0xff);  // no epoch of the log
    op.at = like.at;
    op.business_day = like.business_day;
    op.store = like.store;
    op.member = like.member;
    op.body = std::move(body);
    return fold_in(account, op, {});
}

// What headquarters would have written by this day: points past their date, changes of tier.
Status SimulatedSide::keep_up(Account& account, const Op& op, Day day) {
    Op on = op;
    on.business_day = day;
    if (auto lots = due_to_expire(account, day); !lots.empty()) {
        for (const LotTake& lot : lots) totals_.expired += lot.points;
        TALLY_OK(make(account, on, Expire{std::move(lots)}));
    }
    for (int i = 0; i < kTierStepsMax; ++i) {
        auto due = due_tier_change(programme_, account, day);
        if (!due) break;
        TALLY_OK(make(account, on, std::move(*due)));
    }
    return {};
}

Status SimulatedSide::recompute(Earn& earn, const Account& account, const Op& op) const {
    Order order = order_of(earn, op.store, op.business_day);
    const PersonFacts& who = person(op.member);
    order.campaigns_open = !earn.late_for;  // late points count on the day of their sale, without campaigns
    order.facts.tier = tier_name(programme_, account, order.facts.day);
    order.facts.segments = segments_of(programme_, account, who.joined_day, order.facts.day);
    order.facts.occasions =
        occasions_of(programme_, who.birthday, who.joined_day, earn.first_purchase, order.facts.day);
    TALLY_TRY(Earning earning, compute_earning(programme_, order, caps_used(programme_, account, order.facts.day)));
    earn.born_leased = false;
    earn.eligible_minor = earning.eligible_minor;
    earn.points = earning.points;
    earn.parts = std::move(earning.parts);
    earn.tier = order.facts.tier;
    earn.expires = expiry_of(programme_, order.facts.day);
    earn.unlocks = unlock_of(programme_, order.facts.day);
    return {};
}

// At its value: what the member got stays, the points are the programme's.
void SimulatedSide::reprice(Redeem& redeem, const Account& account, Day day) {
    if (const Reward* reward = reward_of(programme_, redeem.reward); reward && !redeem.reward.empty())
        redeem.points = std::min<Points>(kPointsMax, reward->points * redeem.count);
    else if (redeem.reward.empty() && redeem.value_minor > 0)
        redeem.points = price_of(programme_, redeem.value_minor).value_or(redeem.points);
    redeem.points = std::clamp<Points>(redeem.points, 1, kPointsMax);
    redeem.takes = plan_takes(account, day, redeem.points);
    redeem.leased = false;
}

// Who may redeem which points where is not simulated: nothing is leased in the period, and what was before is free.
Status SimulatedSide::let_go_of_leases(Account& account, const Op& op) {
    for (std::size_t i = 0; i < account.slices.size(); ++i) {
        const Slice held = account.slices[i];
        if (held.outstanding == 0) continue;
        const LotTake slice{account.lots[held.lot].maker, std::min(held.outstanding, kPointsMax)};
        TALLY_OK(make(account, op, LeaseWriteOff{held.holder, held.epoch, {slice}}));
    }
    return {};
}

// Every sign-up bonus that this programme gives; those on record are left out.
Status SimulatedSide::sign_up(Account& account, const Op& op, const std::string& channel) {
    const Facts facts = facts_of(programme_, account, person(op.member), op.store, channel, op.business_day, 12 * 60);
    for (const BonusRule& rule : programme_.bonuses) {
        if (rule.source != BonusSource::kSignUp || !holds(rule.when, facts, 0)) continue;
        const Points points = bonus_points(rule, 0, 0);
        if (points <= 0) continue;
        TALLY_OK(make(account, op,
                      Bonus{rule.id, "", points, expiry_of(programme_, op.business_day),
                            unlock_of(programme_, op.business_day), 0, 0}));
    }
    return {};
}

// Whether this programme would not have written it; else its points are this programme's.
bool SimulatedSide::is_left_out(Body& body, const Account& account, Day day) {
    if (std::holds_alternative<Expire>(body)) return true;  // keep_up does
    const bool moves_lease = std::holds_alternative<LeaseGrant>(body) || std::holds_alternative<LeaseReturn>(body) ||
                             std::holds_alternative<LeaseWriteOff>(body);
    if (moves_lease) return true;  // let_go_of_leases
    if (const auto* change = std::get_if<TierChange>(&body)) {
        if (change->cause != TierCause::kManual && change->cause != TierCause::kManualEnd) return true;
        return !change->level.empty() && !tier_rank(programme_, change->level);
    }
    auto* bonus = std::get_if<Bonus>(&body);
    if (!bonus) return false;
    const BonusRule* rule = bonus_of(programme_, bonus->rule);
    if (!rule) dropped_.insert(bonus->rule);
    if (!rule || rule->source == BonusSource::kSignUp) return true;
    const BonusUsed used = bonus_used(account, rule->id, day);
    bonus->points = bonus_points(*rule, used.day, used.member);
    bonus->expires = expiry_of(programme_, day);
    bonus->unlocks = unlock_of(programme_, day);
    return bonus->points <= 0;
}

Status SimulatedSide::add(const Op& recorded, const Ruling& ruling) {
    Account& account = accounts_[recorded.member];
    if (!span_.holds(recorded.business_day)) return fold_in(account, recorded, ruling);
    const Day day = recorded.business_day;
    TALLY_OK(let_go_of_leases(account, recorded));
    TALLY_OK(keep_up(account, recorded, day));
    Op op = recorded;
    if (is_left_out(op.body, account, day)) return {};
    Ruling without_price = ruling;
    without_price.corrected_points.reset();
    if (auto* earn = std::get_if<Earn>(&op.body)) {
        TALLY_OK(recompute(*earn, account, op));
    } else if (auto* redeem = std::get_if<Redeem>(&op.body)) {
        reprice(*redeem, account, day);
    } else if (auto* reverse = std::get_if<Reverse>(&op.body)) {
        if (reverse->target.is_none() && reverse->target_bill_no.empty())
            reverse->points = points_for(programme_, reverse->amount_minor).value_or(reverse->points);
        // Redemptions are undone whole (make_give_back), so all that this side took goes back.
        if (const Redemption* undone = redemption_in(account, reverse->target))
            reverse->points = undone->points - undone->reversed;
    }
    TALLY_OK(fold_in(account, op, without_price));
    if (const auto* registered = std::get_if<Register>(&op.body)) TALLY_OK(sign_up(account, op, registered->channel));
    return keep_up(account, recorded, day);
}

void SimulatedSide::end() {
    for (auto& [member, account] : accounts_) {
        Op last;
        last.member = member;
        last.business_day = span_.through;
        (void)keep_up(account, last, span_.through).has_value();
        totals_.outstanding += account.balance_on(span_.through) + account.locked_on(span_.through);
    }
}

Points SimulatedSide::earned_by(const MemberId& member) const {
    const auto found = earned_.find(member);
    return found == earned_.end() ? 0 : found->second;
}

std::string SimulatedSide::level_of(const MemberId& member) const {
    const auto found = accounts_.find(member);
    return found == accounts_.end() ? std::string() : tier_name(programme_, found->second, span_.through);
}

}  // namespace tally::admin
