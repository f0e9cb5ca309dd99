#include "common/domain/programme.h"

#include <algorithm>

#include "common/base/checked.h"

namespace tally::domain {

Result<Points> points_for(const Programme& programme, Minor eligible_minor) {
    return mul_div_floor(eligible_minor, programme.earn_points, programme.earn_minor);
}

std::optional<Day> unlock_of(const Programme& programme, Day earned) {
    if (programme.unlock_days == 0) return std::nullopt;
    return earned + static_cast<Day>(programme.unlock_days);
}

std::optional<Day> expiry_of(const Programme& programme, Day earned) {
    const int count = static_cast<int>(programme.expiry_count);
    earned += static_cast<Day>(programme.unlock_days);
    const Civil civil = civil_of_day(earned);
    switch (programme.expiry_rule) {
        case ExpiryRule::kNever: return std::nullopt;
        case ExpiryRule::kDays: return earned + count;
        case ExpiryRule::kMonths: return add_months(earned, count);
        case ExpiryRule::kMonthEnd: return day_of_civil(civil.year, civil.month + count + 1, 1) - 1;
        case ExpiryRule::kYearEnd: return day_of_civil(civil.year + count + 1, 1, 1) - 1;
    }
    return std::nullopt;
}

Result<Points> price_of(const Programme& programme, Minor value_minor) {
    TALLY_TRY(const Minor rounded, checked_add(value_minor, programme.redeem_step_minor - 1));
    return mul_div_floor(rounded / programme.redeem_step_minor, programme.redeem_step_points, 1);
}

Result<Minor> value_of(const Programme& programme, Points points) {
    return mul_div_floor(points / programme.redeem_step_points, programme.redeem_step_minor, 1);
}

template <class Rule>
static const Rule* by_id(const std::vector<Rule>& rules, std::string_view id) {
    const auto found = std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.id == id; });
    return found == rules.end() ? nullptr : &*found;
}

const Reward* reward_of(const Programme& programme, std::string_view id) { return by_id(programme.rewards, id); }
const CouponTemplate* coupon_of(const Programme& programme, std::string_view id) {
    return by_id(programme.coupons, id);
}
const BonusRule* bonus_of(const Programme& programme, std::string_view id) { return by_id(programme.bonuses, id); }

std::optional<std::size_t> tier_rank(const Programme& programme, std::string_view level) {
    const TierLevel* found = by_id(programme.tiers.levels, level);
    if (!found) return std::nullopt;
    return static_cast<std::size_t>(found - programme.tiers.levels.data());
}

}  // namespace tally::domain
