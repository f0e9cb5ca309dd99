#include "common/domain/explain_text.h"

namespace tally::domain {

std::string money_text(const Programme& programme, Minor minor) {
    Minor unit = 1;  // at most 10^4
    for (std::uint32_t i = 0; i < programme.currency_digits; ++i) unit *= 10;
    const Minor whole = minor / unit, rest = minor % unit;
    std::string out = (minor < 0 && whole == 0 ? "-" : "") + number_text(whole);
    if (unit > 1) out += "." + std::to_string(unit + (rest < 0 ? -rest : rest)).substr(1);
    return out;
}

std::string points_text(Points points, Language language) {
    if (language == Language::kChinese) return number_text(points) + " 积分";
    return number_text(points) + (points == 1 || points == -1 ? " point" : " points");
}

std::string value_text(const Programme& programme, std::int64_t value, TierBasis basis, Language language) {
    const bool zh = language == Language::kChinese;
    const bool one = value == 1 || value == -1;
    switch (basis) {
        case TierBasis::kSpend: return money_text(programme, value) + (zh ? " 消费额" : " spent");
        case TierBasis::kPoints: return points_text(value, language);
        case TierBasis::kVisits: return number_text(value) + (zh ? " 次到店" : one ? " visit" : " visits");
        case TierBasis::kGrowth: return number_text(value) + (zh ? " 成长值" : " of growth");
    }
    return number_text(value);
}

std::string words_of(const Words& words, const std::string& id, Language language) {
    const bool zh = language == Language::kChinese;
    const std::string& first = zh ? words.zh : words.en;
    const std::string& second = zh ? words.en : words.zh;
    return !first.empty() ? first : !second.empty() ? second : id;
}

std::string name_of(const Programme& programme, const std::string& id, Language language) {
    for (const EarnRule& rule : programme.earn_rules)
        if (rule.id == id) return words_of(rule.name, id, language);
    if (const BonusRule* bonus = bonus_of(programme, id)) return words_of(bonus->name, id, language);
    if (const Reward* reward = reward_of(programme, id)) return words_of(reward->name, id, language);
    if (const CouponTemplate* coupon = coupon_of(programme, id)) return words_of(coupon->name, id, language);
    for (const Benefit& benefit : programme.benefits)
        if (benefit.id == id) return words_of(benefit.name, id, language);
    return id;
}

}  // namespace tally::domain
