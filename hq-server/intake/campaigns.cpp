#include "hq-server/intake/campaigns.h"

#include <algorithm>

namespace tally::intake {

using namespace domain;

static const EarnRule* earn_rule_of(const Programme& programme, std::string_view id) {
    const auto found = std::find_if(programme.earn_rules.begin(), programme.earn_rules.end(),
                                    [&](const EarnRule& rule) { return rule.id == id; });
    return found == programme.earn_rules.end() ? nullptr : &*found;
}

TotalsById campaign_moves(const Op& op, Outcome outcome, const Programme* programme, const TotalsById& before,
                          const TotalsById& after) {
    TotalsById out = after;
    for (const auto& [id, totals] : before) out[id] -= totals;
    const auto* earn = std::get_if<Earn>(&op.body);
    if (earn && programme && outcome != Outcome::kQuarantined && outcome != Outcome::kDuplicate) {
        for (const EarnPart& part : earn->parts) {
            const EarnRule* rule = earn_rule_of(*programme, part.rule);
            if (rule && rule->caps.campaign > 0) out[part.rule].points += std::min(part.points, rule->caps.campaign);
        }
    }
    std::erase_if(out, [](const auto& entry) { return entry.second == CampaignTotals{}; });
    return out;
}

void add_move(CampaignTotals& totals, const CampaignTotals& move) {
    const auto add = [](std::int64_t& total, std::int64_t more) {
        total = std::clamp<std::int64_t>(total + more, 0, kCampaignTotalMax);
    };
    add(totals.points, move.points);
    add(totals.uses, move.uses);
    add(totals.minor, move.minor);
}

const Coupon* coupon_of_op(const Op& op, const Account& account) {
    if (const auto* reserve = std::get_if<CouponReserve>(&op.body)) return find_coupon(account, reserve->coupon);
    if (const auto* redeem = std::get_if<CouponRedeem>(&op.body)) return find_coupon(account, redeem->coupon);
    if (const auto* end = std::get_if<CouponVoid>(&op.body)) return find_coupon(account, end->coupon);
    return nullptr;
}

bool is_taken_elsewhere(const Op& op, const Account& account) {
    const Coupon* coupon = std::holds_alternative<CouponRedeem>(op.body) ? coupon_of_op(op, account) : nullptr;
    return coupon && coupon->state != CouponState::kIssued && !coupon->is_held_by(op.id.terminal, op.id.epoch);
}

// Half way to what a terminal accepts nothing more counts into a campaign: a page with more would stop every feed.
static bool has_range(const CampaignTotals& totals) {
    return totals.uses < kCampaignTotalMax / 2 && totals.minor < kCampaignTotalMax / 2;
}

// What a reservation or a use asks of its template's campaign, beyond what the coupon's own reservation has of it.
static CampaignTotals asked_beyond(const Coupon& coupon, Minor minor, bool held) {
    return held ? CampaignTotals{0, 0, minor - coupon.budget_minor} : CampaignTotals{0, 1, minor};
}

std::string coupon_hindrance(const Op& op, const Account& account, const Programme* newest, const CampaignTotals& all) {
    if (op.id.terminal == kHqTerminal) return {};
    if (std::holds_alternative<CouponIssue>(op.body)) return "only headquarters issues coupons";
    const auto* reserve = std::get_if<CouponReserve>(&op.body);
    const auto* redeem = std::get_if<CouponRedeem>(&op.body);
    const Coupon* coupon = coupon_of_op(op, account);
    if ((!reserve && !redeem) || !coupon) return {};
    const bool held = coupon->is_held_by(op.id.terminal, op.id.epoch);
    if (!held && coupon->state != CouponState::kIssued) return {};  // the fold says why not
    const CouponTemplate* from = newest ? coupon_of(*newest, coupon->template_id) : nullptr;
    if (reserve && !from) return "the programme has no coupon " + coupon->template_id + " any more";
    const Minor minor = reserve ? reserve->budget_minor : redeem->discount_minor;
    if (reserve && minor > discount_of(*from, kAmountMinorMax))
        return "asks for " + std::to_string(minor) + ", the coupon " + from->id + " takes off at most " +
               std::to_string(discount_of(*from, kAmountMinorMax));
    const CampaignTotals more = asked_beyond(*coupon, minor, held);
    if ((more.uses > 0 || more.minor > 0) && !has_range(all))
        return "the campaign's totals are near the end of their range";
    if (!from) return {};
    const std::string campaign = (reserve ? ""
                                  : held  ? "used for more than was reserved: "
                                          : "used without a reservation: ") +
                                 ("the campaign " + from->id);
    if (from->campaign_count > 0 && more.uses > 0 && all.uses >= from->campaign_count)
        return campaign + " is over: all " + std::to_string(from->campaign_count) + " are used or reserved";
    if (from->campaign_minor > 0 && more.minor > 0 && all.minor > from->campaign_minor - more.minor)
        return campaign + " has less left than " + std::to_string(minor);
    return {};
}

std::string coupon_difference(const Op& op, const Account& account, const Programme* programme) {
    const auto* redeem = std::get_if<CouponRedeem>(&op.body);
    const Coupon* coupon = coupon_of_op(op, account);
    if (!redeem || !coupon || !programme) return {};
    const CouponTemplate* from = coupon_of(*programme, coupon->template_id);
    if (!from)
        return "programme version " + std::to_string(programme->version) + " has no coupon " + coupon->template_id;
    const Minor most = discount_of(*from, redeem->order_minor);
    if (redeem->discount_minor <= most) return {};
    return "took off " + std::to_string(redeem->discount_minor) + ", the coupon " + from->id + " at most " +
           std::to_string(most);
}

bool is_exceeded(const Programme& programme, std::string_view id, const CampaignTotals& totals) {
    const EarnRule* rule = earn_rule_of(programme, id);
    if (rule && rule->caps.campaign > 0 && totals.points > rule->caps.campaign) return true;
    const CouponTemplate* from = coupon_of(programme, id);
    return from && ((from->campaign_count > 0 && totals.uses > from->campaign_count) ||
                    (from->campaign_minor > 0 && totals.minor > from->campaign_minor));
}

Result<Campaigns::State*> Campaigns::find(std::string_view id) {
    const auto found = states_.find(id);
    if (found != states_.end()) return &found->second;
    TALLY_TRY(const std::optional<CampaignRow> row, store_.campaign(id));
    State state;
    if (row) state.totals = row->totals;
    return &states_.emplace(std::string(id), state).first->second;
}

Result<CampaignTotals> Campaigns::of(std::string_view id) {
    TALLY_TRY(const State* state, find(id));
    return state->totals;
}

Status Campaigns::add(const TotalsById& moves, std::uint64_t index) {
    for (const auto& [id, move] : moves) {
        TALLY_TRY(State * state, find(id));
        add_move(state->totals, move);
        state->dirty = true;
        state->changed_index = index;
    }
    return {};
}

Status Campaigns::flush(Position base) {
    for (auto& [id, state] : states_) {
        if (!state.dirty) continue;
        TALLY_OK(store_.put_campaign({id, state.totals, base + state.changed_index}));
        state.dirty = false;
    }
    return {};
}

}  // namespace tally::intake
