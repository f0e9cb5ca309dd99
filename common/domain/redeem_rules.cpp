// Whether a redemption may be made, and what it says.
#include <algorithm>
#include <tuple>

#include "common/base/checked.h"
#include "common/domain/till_rules.h"

namespace tally::domain {

namespace {

// What the member may spend now: without what this very bill earned, unless the programme lets it pay.
Points spendable(const Programme& programme, const Account& account, Day today, const RedeemQuestion& question) {
    Points points = account.balance_on(today);
    if (programme.earn_pays_own_reward || question.own_sale.is_none()) return points;
    for (const Lot& lot : account.lots)
        if (lot.maker == question.own_sale && lot.usable_on(today)) points -= lot.free + lot.leased;
    return points;
}

// The slices that may pay this bill.
std::vector<LotTake> slices_for(const Programme& programme, const RedeemQuestion& question) {
    std::vector<LotTake> out;
    for (const LotTake& slice : question.leased)
        if (programme.earn_pays_own_reward || question.own_sale.is_none() || slice.lot != question.own_sale)
            out.push_back(slice);
    return out;
}

Points leased_for(const Programme& programme, const RedeemQuestion& question) {
    Points sum = 0;
    for (const LotTake& slice : slices_for(programme, question)) sum += slice.points;
    return sum;
}

// What the policy lets this till spend when headquarters cannot be asked; of points that are there.
Points limit_offline(const Programme& programme, const RedeemQuestion& question) {
    const Points leased = leased_for(programme, question);
    if (programme.redeems_by_lease()) return leased;
    return std::max(leased, programme.floor_limit_points - question.offline_used);
}

// The most that may be taken off the bill; none: it is tied to no bill.
std::optional<Minor> payable(const Programme& programme, const RedeemQuestion& question) {
    if (question.order_minor <= 0) return std::nullopt;
    const __int128 share = static_cast<__int128>(question.order_minor) * programme.redeem_share_max_milli / 1000;
    return static_cast<Minor>(share);
}

// How many of the reward the bill's lines allow: one for each whole unit of a line that it is for.
std::optional<std::int64_t> units_for(const Reward& reward, const RedeemQuestion& question) {
    if (!reward.when.is_about_lines()) return std::nullopt;
    std::int64_t units = 0;
    for (const BillLine& line : question.lines)
        if (line.amount_minor >= 0 && line.quantity_milli > 0 && matches(reward.when, line))
            units = std::min<std::int64_t>(units + line.quantity_milli / 1000, UINT32_MAX);
    return units;
}

Minor amount_for(const Reward& reward, const RedeemQuestion& question) {
    Minor sum = 0;
    for (const BillLine& line : question.lines)
        if (line.amount_minor > 0 && matches(reward.when, line)) sum += std::min(line.amount_minor, kAmountMinorMax);
    return sum;
}

bool is_identified(const Programme& programme, const RedeemQuestion& question, Points points) {
    if (question.approved || programme.redeem_requires.empty()) return true;
    return std::any_of(programme.redeem_requires.begin(), programme.redeem_requires.end(), [&](const RedeemWay& way) {
        return way.kind == question.presented && (way.up_to_points == 0 || points <= way.up_to_points);
    });
}

RedeemVerdict judge_reward(const Reward& reward, const RedeemQuestion& question) {
    if (!holds(reward.when, question.facts, question.order_minor)) return RedeemVerdict::kConditions;
    if (const auto units = units_for(reward, question)) {
        if (*units == 0) return RedeemVerdict::kConditions;
        if (question.count > *units) return RedeemVerdict::kOverOrder;
        if (mul_div_floor(question.count, reward.value_minor, 1).value_or(INT64_MAX) > amount_for(reward, question))
            return RedeemVerdict::kOverOrder;
    }
    return RedeemVerdict::kAllowed;
}

// What the question asks for, in points and money; an error leaves 64 bits.
struct Price {
    Points points = 0;
    Minor value_minor = 0;
};
Result<Price> price_for(const Programme& programme, const RedeemQuestion& question) {
    Price out;
    if (const Reward* reward = reward_of(programme, question.reward)) {
        TALLY_TRY(out.points, mul_div_floor(question.count, reward->points, 1));
        TALLY_TRY(out.value_minor, mul_div_floor(question.count, reward->value_minor, 1));
        return out;
    }
    out.points = question.points;
    TALLY_TRY(out.value_minor, value_of(programme, question.points));
    return out;
}

}  // namespace

RedeemVerdict judge_redeem(const Programme& programme, const Account& account, Day today,
                           const RedeemQuestion& question) {
    if (programme.version == 0) return RedeemVerdict::kNoProgramme;
    if (!programme.unknown.empty()) return RedeemVerdict::kNewerProgramme;
    const Reward* reward = reward_of(programme, question.reward);
    if (!question.reward.empty() && !reward) return RedeemVerdict::kNoSuchReward;
    if (!reward && (question.points <= 0 || question.points > kPointsMax)) return RedeemVerdict::kNotPositive;
    const auto price = price_for(programme, question);
    if (!price) return reward ? RedeemVerdict::kOverBalance : RedeemVerdict::kOverOrder;
    const Points points = price->points;
    if (points <= 0) return RedeemVerdict::kNotPositive;
    if (points > spendable(programme, account, today, question) || points > kPointsMax)
        return RedeemVerdict::kOverBalance;
    if (!reward && points % programme.redeem_step_points != 0) return RedeemVerdict::kNotAStep;
    if (!reward && points < programme.redeem_min_points) return RedeemVerdict::kBelowMinimum;
    if (programme.redeem_max_points > 0 && points > programme.redeem_max_points) return RedeemVerdict::kOverMaximum;
    if (reward) {
        const RedeemVerdict verdict = judge_reward(*reward, question);
        if (verdict != RedeemVerdict::kAllowed) return verdict;
    }
    if (price->value_minor > kAmountMinorMax) return RedeemVerdict::kOverOrder;
    if (question.order_minor > 0 && price->value_minor > question.order_minor) return RedeemVerdict::kOverOrder;
    if (const auto most = payable(programme, question); most && price->value_minor > *most)
        return RedeemVerdict::kOverShare;
    if (!is_identified(programme, question, points)) return RedeemVerdict::kWeakIdentity;
    if (programme.redeem_approval_above > 0 && points > programme.redeem_approval_above && !question.approved)
        return RedeemVerdict::kNeedsApproval;
    if (question.offline && points > limit_offline(programme, question))
        return programme.redeems_by_lease() ? RedeemVerdict::kNotLeased : RedeemVerdict::kOverOfflineLimit;
    if (programme.redeems_by_lease() && !question.may_ask && points > leased_for(programme, question))
        return RedeemVerdict::kNotLeased;
    return RedeemVerdict::kAllowed;
}

Points redeemable(const Programme& programme, const Account& account, Day today, const RedeemQuestion& question) {
    if (programme.version == 0 || !programme.unknown.empty()) return 0;
    Points most = std::min(spendable(programme, account, today, question), kPointsMax);
    if (question.offline) most = std::min(most, limit_offline(programme, question));
    if (programme.redeem_max_points > 0) most = std::min(most, programme.redeem_max_points);
    if (!question.approved) {
        if (programme.redeem_approval_above > 0) most = std::min(most, programme.redeem_approval_above);
        Points by_way = programme.redeem_requires.empty() ? most : 0;
        for (const RedeemWay& way : programme.redeem_requires)
            if (way.kind == question.presented)
                by_way = std::max(by_way, way.up_to_points == 0 ? most : std::min(most, way.up_to_points));
        most = by_way;
    }
    const auto bill = payable(programme, question);
    if (const Reward* reward = reward_of(programme, question.reward)) {
        if (reward->points <= 0 || !holds(reward->when, question.facts, question.order_minor)) return 0;
        std::int64_t count = std::min<std::int64_t>(std::max<Points>(0, most) / reward->points, UINT32_MAX);
        if (const auto units = units_for(*reward, question)) {
            count = std::min(count, *units);
            if (reward->value_minor > 0) count = std::min(count, amount_for(*reward, question) / reward->value_minor);
        }
        if (reward->value_minor > 0) count = std::min(count, bill.value_or(kAmountMinorMax) / reward->value_minor);
        return count * reward->points;
    }
    if (!question.reward.empty()) return 0;
    const Minor steps = bill.value_or(kAmountMinorMax) / programme.redeem_step_minor;
    if (steps < kPointsMax / programme.redeem_step_points) most = std::min(most, steps * programme.redeem_step_points);
    most -= most % programme.redeem_step_points;
    return most < std::max<Points>(1, programme.redeem_min_points) ? 0 : most;
}

Result<Redeem> make_redeem(const Programme& programme, const Account& account, Day today,
                           const RedeemQuestion& question, const Bill& bill) {
    if (judge_redeem(programme, account, today, question) != RedeemVerdict::kAllowed)
        return fail(Code::kRefused, "this redemption may not be made");
    TALLY_TRY(const Price price, price_for(programme, question));
    Redeem out;
    out.bill = bill;
    out.points = price.points;
    out.value_minor = price.value_minor;
    out.order_minor = question.order_minor;
    out.balance_seen = account.balance_on(today);
    if (price.points <= leased_for(programme, question)) {
        out.leased = true;
        Points rest = price.points;
        for (const LotTake& slice : slices_for(programme, question)) {
            if (rest == 0) break;
            out.takes.push_back({slice.lot, std::min(rest, slice.points)});
            rest -= out.takes.back().points;
        }
    } else {
        out.takes =
            plan_takes(account, today, price.points, programme.earn_pays_own_reward ? OpId{} : question.own_sale);
    }
    out.offline = question.offline;
    out.reward = question.reward;
    out.count = question.reward.empty() ? 0 : question.count;
    return out;
}

std::vector<LotTake> leased_today(const Account& account, const std::vector<LeasedLot>& held, Day today) {
    struct Found {
        Day expires;
        std::size_t lot;
        Points points;
    };
    std::vector<Found> found;
    for (const LeasedLot& one : held) {
        if (one.points <= 0 || (one.through && *one.through < today)) continue;
        for (std::size_t i = 0; i < account.lots.size(); ++i) {
            const Lot& lot = account.lots[i];
            if (lot.maker == one.lot && lot.usable_on(today))
                found.push_back({lot.expires.value_or(kBusinessDayMax), i, one.points});
        }
    }
    std::sort(found.begin(), found.end(),
              [](const Found& a, const Found& b) { return std::tie(a.expires, a.lot) < std::tie(b.expires, b.lot); });
    std::vector<LotTake> out;
    for (const Found& one : found)
        if (out.size() < kSlicesPerOpMax) out.push_back({account.lots[one.lot].maker, one.points});
    return out;
}

std::vector<LotTake> plan_takes(const Account& account, Day today, Points points, const OpId& spared) {
    std::vector<LotTake> takes;
    for (const std::size_t i : redemption_order(account)) {
        const Lot& lot = account.lots[i];
        if (points == 0) break;
        if (!lot.usable_on(today) || (!spared.is_none() && lot.maker == spared)) continue;
        const Points part = std::min(points, lot.free);
        takes.push_back({lot.maker, part});
        points -= part;
    }
    return takes;
}

}  // namespace tally::domain
