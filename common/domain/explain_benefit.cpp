#include <algorithm>

#include "common/domain/explain_text.h"
#include "common/domain/tiers.h"

namespace tally::domain {

namespace {

// The lowest level that lists it; none: no level does.
std::optional<std::size_t> level_of(const Programme& programme, std::string_view benefit) {
    const auto& levels = programme.tiers.levels;
    for (std::size_t i = 0; i < levels.size(); ++i)
        if (std::find(levels[i].benefits.begin(), levels[i].benefits.end(), benefit) != levels[i].benefits.end())
            return i;
    return std::nullopt;
}

// The one to show: usable today before others, the newest of them.
const Coupon* coupon_from(const Account& account, std::string_view template_id, Day today) {
    const Coupon* found = nullptr;
    for (const Coupon& coupon : account.coupons)
        if (coupon.template_id == template_id && (!found || coupon.usable_on(today) || !found->usable_on(today)))
            found = &coupon;
    return found;
}

std::string cause_text(CouponCause cause, bool zh) {
    switch (cause) {
        case CouponCause::kByHand: return zh ? "人工发放" : "issued by hand";
        case CouponCause::kBirthday: return zh ? "生日赠送" : "given for the birthday";
        case CouponCause::kAnniversary: return zh ? "入会周年赠送" : "given for the anniversary of joining";
        case CouponCause::kFirstOrder: return zh ? "首单赠送" : "given for the first order";
        case CouponCause::kTierGift: return zh ? "等级礼遇" : "given with the tier";
        case CouponCause::kNextOrder: return zh ? "上一单赠送" : "given by the order before";
        case CouponCause::kSignUp: return zh ? "注册赠送" : "given for joining";
        case CouponCause::kCampaign: return zh ? "活动发放" : "given in a campaign";
    }
    return {};
}

std::string level_words(const Programme& programme, std::size_t rank, bool has_it, Language language) {
    const TierLevel& level = programme.tiers.levels[rank];
    const std::string name = words_of(level.name, level.id, language);
    if (language == Language::kChinese)
        return (has_it ? "属于等级“" : "需达到等级“") + name + (has_it ? "”及以上的权益" : "”后享有");
    return "comes with the tier " + name + (has_it ? " and those above it" : ", which is not reached");
}

std::string bonus_words(const Programme& programme, const Lot& lot, Language language) {
    const std::string name = name_of(programme, lot.rule, language);
    return language == Language::kChinese
               ? "奖励“" + name + "”：" + format_day(lot.day) + " 得 " + points_text(lot.issued, language)
               : "bonus " + name + ": " + points_text(lot.issued, language) + " on " + format_day(lot.day);
}

}  // namespace

std::string coupon_sentence(const Programme& programme, const Coupon& coupon, Day today, Language language) {
    const bool zh = language == Language::kChinese;
    std::string out = zh ? "优惠券“" : "coupon ";
    out += name_of(programme, coupon.template_id, language) + (zh ? "”：" : ": ") + cause_text(coupon.cause, zh);
    const std::string comma = zh ? "，" : ", ";
    if (coupon.state == CouponState::kRedeemed) {
        out += comma + (zh ? format_day(coupon.redeemed_day) + " 已使用，抵 "
                           : "used on " + format_day(coupon.redeemed_day) + ", took off ");
        return out + money_text(programme, coupon.discount_minor);
    }
    if (coupon.state == CouponState::kVoid) return out + comma + (zh ? "已作废" : "void");
    if (today < coupon.valid_from)
        return out + comma +
               (zh ? format_day(coupon.valid_from) + " 起可用" : "usable from " + format_day(coupon.valid_from));
    if (!coupon.valid_through) return out + comma + (zh ? "长期有效" : "usable without an end");
    const bool over = today > *coupon.valid_through;
    return out + comma +
           (zh ? (over ? "已过期，有效期至 " : "有效期至 ")
               : (over ? "no longer usable, it was until " : "usable through ")) +
           format_day(*coupon.valid_through);
}

BenefitReason explain_benefit(const Programme& programme, const Account& account, std::string_view benefit, Day today) {
    BenefitReason out;
    const auto say = [&](const auto& words) {
        for (const Language language : {Language::kChinese, Language::kEnglish}) {
            std::string& text = language == Language::kChinese ? out.words_zh : out.words_en;
            if (!text.empty()) text += language == Language::kChinese ? "；" : "; ";
            text += words(language);
        }
    };
    // A template is given by the tier too where a benefit names it.
    std::string listed(benefit), template_id(benefit);
    for (const Benefit& one : programme.benefits) {
        if (one.id == benefit) template_id = one.coupon;
        if (!one.coupon.empty() && one.coupon == benefit) listed = one.id;
    }
    const auto rank = level_of(programme, listed);
    const auto view = tier_of(programme, account, today);
    const bool by_tier = rank && view && view->rank >= *rank;
    const bool is_coupon = !template_id.empty() && coupon_of(programme, template_id) != nullptr;
    if (rank) {
        out.tier = programme.tiers.levels[*rank].id;
        say([&](Language language) {
            return name_of(programme, listed, language) + (language == Language::kChinese ? "：" : ": ") +
                   level_words(programme, *rank, by_tier, language);
        });
        out.has_it = by_tier && !is_coupon;
    }
    if (const Coupon* coupon = is_coupon ? coupon_from(account, template_id, today) : nullptr) {
        out.has_it = coupon->usable_on(today);
        out.op = coupon->issued_by;
        say([&](Language language) { return coupon_sentence(programme, *coupon, today, language); });
    }
    for (const Lot& lot : account.lots) {
        if (lot.source != LotSource::kBonus || lot.rule != benefit) continue;
        out.has_it = true;
        out.op = lot.maker;
        say([&](Language language) { return bonus_words(programme, lot, language); });
        break;
    }
    if (out.words_en.empty())
        say([&](Language language) {
            const std::string name = name_of(programme, std::string(benefit), language);
            return language == Language::kChinese ? "该会员没有“" + name + "”" : "the member does not have " + name;
        });
    return out;
}

std::string tier_sentence(const Programme& programme, const Account& account, Day today, Language language) {
    const bool zh = language == Language::kChinese;
    const auto view = tier_of(programme, account, today);
    if (!view) return account.tier.empty() ? (zh ? "无等级" : "no tier") : account.tier;
    const TierRules& rules = programme.tiers;
    const auto name = [&](std::size_t rank) {
        return words_of(rules.levels[rank].name, rules.levels[rank].id, language);
    };
    const QualifyingPeriod period = qualifying_period(rules, account.standing, today);
    const std::string value = value_text(programme, view->value, rules.basis, language);
    std::string out = name(view->rank) + (zh ? "：" : ": ");
    if (period.from > kBusinessDayMin)
        out += zh ? format_day(period.from) + " 起 " + value : value + " since " + format_day(period.from);
    else
        out += value;
    const auto amount = [&](std::int64_t missing) {
        return rules.basis == TierBasis::kSpend ? money_text(programme, missing)
                                                : value_text(programme, missing, rules.basis, language);
    };
    const std::string next = zh ? "；" : "; ";
    if (view->by_hand)
        out += next + (zh ? "人工设定" : "set by hand") +
               (view->through ? (zh ? "，至 " : " through ") + format_day(*view->through) : "");
    if (view->provisional) out += next + (zh ? "待总部确认" : "to be confirmed by headquarters");
    if (view->to_next) {
        const std::string by = period.through > today ? format_day(period.through) : std::string();
        out += next + (zh ? (by.empty() ? "" : by + " 前") + std::string("再 ") + amount(*view->to_next) + " 升为" +
                                name(view->rank + 1)
                          : amount(*view->to_next) + " more" + (by.empty() ? "" : " by " + by) + " for " +
                                name(view->rank + 1));
    }
    // Past the period's end the grace days are what is left; past those, headquarters is about to write what it found.
    std::optional<Day> last = view->by_hand ? std::nullopt : view->through;
    if (last && today > *last) *last += static_cast<Day>(rules.grace_days);
    if (last && today <= *last)
        out += next + (!view->to_keep ? (zh ? "有效期至 " : "kept through ") + format_day(*last)
                       : zh           ? format_day(*last) + " 前再 " + amount(*view->to_keep) + " 可保级"
                                      : amount(*view->to_keep) + " more by " + format_day(*last) + " to stay");
    return out + (zh ? "。" : ".");
}

}  // namespace tally::domain
