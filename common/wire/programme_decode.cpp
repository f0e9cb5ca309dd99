// The programme's document: reading it. Fields that this program does not know, and values of enumerations that it has
// no name for, are listed with their path.
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

#include "common/wire/programme_parts.h"

namespace tally::wire {

using namespace domain;

namespace {

constexpr std::size_t kUnknownMax = 20;  // listed; more of them say nothing new

// Lists unknown fields and enumerators anywhere below `message`.
void find_unknown(const google::protobuf::Message& message, const std::string& path, std::vector<std::string>& out) {
    using google::protobuf::FieldDescriptor;
    const auto* reflection = message.GetReflection();
    const auto& strange = reflection->GetUnknownFields(message);
    for (int i = 0; i < strange.field_count() && out.size() < kUnknownMax; ++i)
        out.push_back(path + "field " + std::to_string(strange.field(i).number()));
    std::vector<const FieldDescriptor*> fields;
    reflection->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
        const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
        for (int i = 0; i < count && out.size() < kUnknownMax; ++i) {
            const std::string here =
                path + field->name() + (field->is_repeated() ? "[" + std::to_string(i) + "]" : std::string());
            if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
                find_unknown(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                                  : reflection->GetMessage(message, field),
                             here + ".", out);
            } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
                const int value = field->is_repeated() ? reflection->GetRepeatedEnumValue(message, field, i)
                                                       : reflection->GetEnumValue(message, field);
                if (!field->enum_type()->FindValueByNumber(value))
                    out.push_back(here + ": kind " + std::to_string(value));
            }
        }
    }
}

Words get_words(const pb::Words& in) { return {in.zh(), in.en()}; }

void get_texts(std::vector<std::string>& out, const google::protobuf::RepeatedPtrField<std::string>& in) {
    out.assign(in.begin(), in.end());
}

// An unset or unknown enumerator becomes `otherwise`. `offset`: what the enumerators begin at here, where 0 there is
// the first of them; `most` is of those there.
template <class Enum>
Enum get_enum(int value, int most, Enum otherwise, int offset = 0) {
    return value < 0 || value > most ? otherwise : static_cast<Enum>(value + offset);
}

Status get_day(std::optional<Day>& out, const std::string& text, const std::string& path) {
    if (text.empty()) return {};
    const auto day = parse_day(text);
    if (!day) return fail(Code::kInvalid, path + ": not a date as YYYY-MM-DD");
    out = *day;
    return {};
}

Status get_time(std::uint16_t& out, const std::string& text, const std::string& path) {
    if (text.empty()) return {};
    const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : 100; };
    if (text.size() == 5 && text[2] == ':') {
        const int hours = digit(0) * 10 + digit(1), minutes = digit(3) * 10 + digit(4);
        if (minutes < 60 && hours * 60 + minutes <= 24 * 60) {
            out = static_cast<std::uint16_t>(hours * 60 + minutes);
            return {};
        }
    }
    return fail(Code::kInvalid, path + ": not a time of day as HH:MM");
}

Status get_condition(Condition& out, const pb::Condition& in, const std::string& path) {
    TALLY_OK(get_day(out.from, in.from(), path + ".from"));
    TALLY_OK(get_day(out.through, in.through(), path + ".through"));
    for (const int day : in.weekdays())
        if (day >= 1 && day <= 7) out.weekdays = static_cast<std::uint8_t>(out.weekdays | 1 << (day - 1));
    for (const std::uint32_t day : in.month_days())
        out.month_days.push_back(static_cast<std::uint8_t>(std::min<std::uint32_t>(day, 255)));
    TALLY_OK(get_time(out.from_minute, in.from_time(), path + ".from_time"));
    TALLY_OK(get_time(out.until_minute, in.until_time(), path + ".until_time"));
    get_texts(out.stores, in.stores());
    get_texts(out.channels, in.channels());
    get_texts(out.tiers, in.tiers());
    get_texts(out.segments, in.segments());
    out.occasion = get_enum(in.occasion(), 5, Occasion::kNone);
    out.order_min_minor = in.order_min_minor();
    get_texts(out.categories, in.categories());
    get_texts(out.skus, in.skus());
    get_texts(out.not_categories, in.not_categories());
    get_texts(out.not_skus, in.not_skus());
    return {};
}

Status get_earn_rule(EarnRule& out, const pb::EarnRule& in, const std::string& path) {
    out.id = in.id();
    out.name = get_words(in.name());
    out.kind = static_cast<EarnKind>(in.kind() < 0 || in.kind() > 3 ? 0 : in.kind());
    TALLY_OK(get_condition(out.when, in.when(), path + ".when"));
    out.points = in.points();
    out.per_minor = in.per_minor();
    out.per_item = in.per_item();
    out.factor_milli = in.has_factor_milli() ? in.factor_milli() : 1000;
    out.group = in.group();
    out.caps = {in.caps().bill(), in.caps().day(), in.caps().member(), in.caps().campaign()};
    return {};
}

Status get_bonus(BonusRule& out, const pb::BonusRule& in, const std::string& path) {
    out.id = in.id();
    out.name = get_words(in.name());
    out.source = static_cast<BonusSource>(in.source() < 0 || in.source() > 7 ? 0 : in.source());
    TALLY_OK(get_condition(out.when, in.when(), path + ".when"));
    out.points = in.points();
    out.once = get_enum(in.once(), 2, Once::kPerson, 1);
    for (const int field : in.fields()) out.fields.push_back(get_enum(field, 6, Field::kNone));
    out.cap_day = in.cap_day();
    out.cap_member = in.cap_member();
    return {};
}

void get_tiers(TierRules& out, const pb::TierRules& in) {
    out.basis = get_enum(in.basis() == 0 ? 1 : in.basis(), 4, TierBasis::kSpend);
    out.period = get_enum(in.period(), 2, TierPeriod::kRolling, 1);
    out.period_months = in.period_months() == 0 ? 12 : in.period_months();
    out.downgrade = get_enum(in.downgrade(), 3, Downgrade::kNever);
    out.grace_days = in.grace_days();
    const pb::Growth& growth = in.growth();
    out.growth = {growth.per_spend_unit_milli(), growth.per_point_milli(),
                  growth.per_visit_milli(),      growth.has_keep_milli() ? growth.keep_milli() : 1000,
                  growth.refund_deduction(),     growth.idle_month_deduction()};
    for (const pb::TierLevel& row : in.levels()) {
        TierLevel& level = out.levels.emplace_back();
        level.id = row.id();
        level.name = get_words(row.name());
        level.threshold = row.threshold();
        level.keep_threshold = row.keep_threshold();
        level.factor_milli = row.has_factor_milli() ? row.factor_milli() : 1000;
        get_texts(level.benefits, row.benefits());
    }
}

Status get_coupon_template(CouponTemplate& out, const pb::CouponTemplate& in, const std::string& path) {
    out.id = in.id();
    out.name = get_words(in.name());
    out.kind = static_cast<CouponKind>(in.kind() < 0 || in.kind() > 5 ? 0 : in.kind());
    out.amount_minor = in.amount_minor();
    out.percent_basis = in.percent_basis();
    out.cap_minor = in.cap_minor();
    out.gift_sku = in.gift_sku();
    TALLY_OK(get_condition(out.when, in.when(), path + ".when"));
    out.cause = get_enum(in.cause(), 7, CouponCause::kByHand, 1);
    out.valid_days = in.valid_days();
    out.stack_group = in.stack_group();
    out.stacks = !in.has_stacks() || in.stacks();
    out.per_member = in.per_member();
    out.campaign_count = in.campaign_count();
    out.campaign_minor = in.campaign_minor();
    out.gives_back = !in.has_gives_back() || in.gives_back();
    return {};
}

void get_limits(Limits& out, const pb::Limits& in) {
    out.earn_points_day = in.earn_points_day();
    out.redemptions_day = in.redemptions_day();
    out.redeem_points_day = in.redeem_points_day();
    out.bills_hour = in.bills_hour();
    out.adjusts_cashier_day = in.adjusts_cashier_day();
    out.adjust_points_cashier_day = in.adjust_points_cashier_day();
    out.second_person_above = in.second_person_above();
    for (const pb::ReasonCode& row : in.reasons()) out.reasons.push_back({row.id(), get_words(row.name())});
}

std::string at(const char* list, int index) { return list + ("[" + std::to_string(index) + "]"); }

// Tiers, benefits, coupons, segments, limits.
Status get_benefits(Programme& out, const pb::Programme& in) {
    get_tiers(out.tiers, in.tiers());
    for (const pb::Benefit& row : in.benefits())
        out.benefits.push_back({row.id(), get_words(row.name()), row.coupon()});
    for (int i = 0; i < in.coupons_size(); ++i)
        TALLY_OK(get_coupon_template(out.coupons.emplace_back(), in.coupons(i), at("coupons", i)));
    for (const pb::Segment& row : in.segments())
        out.segments.push_back({row.id(), get_words(row.name()), row.within_days(), row.spend_min_minor(),
                                row.visits_min(), row.absent_days_min(), row.joined_days_max()});
    get_limits(out.limits, in.limits());
    return {};
}

}  // namespace

Status get_programme(Programme& out, const pb::Programme& in) {
    find_unknown(in, "", out.unknown);
    out.version = in.version();
    out.chain_name = in.chain_name();
    out.time_zone = in.time_zone();
    out.currency = in.currency();
    out.currency_digits = in.currency_digits();
    out.earn_points = in.earn_points();
    out.earn_minor = in.earn_minor();
    TALLY_OK(get_condition(out.earn_on, in.earn_on(), "earn_on"));
    for (int i = 0; i < in.earn_rules_size(); ++i)
        TALLY_OK(get_earn_rule(out.earn_rules.emplace_back(), in.earn_rules(i), at("earn_rules", i)));
    out.earn_cap_bill = in.earn_cap_bill();
    out.earn_cap_day = in.earn_cap_day();
    out.late_days = in.late_days();
    for (int i = 0; i < in.bonuses_size(); ++i)
        TALLY_OK(get_bonus(out.bonuses.emplace_back(), in.bonuses(i), at("bonuses", i)));
    out.redeem_step_points = in.redeem_step_points();
    out.redeem_step_minor = in.redeem_step_minor();
    out.redeem_min_points = in.redeem_min_points();
    out.redeem_max_points = in.redeem_max_points();
    out.redeem_share_max_milli = in.has_redeem_share_max_milli() ? in.redeem_share_max_milli() : 1000;
    out.earn_pays_own_reward = in.earn_pays_own_reward();
    for (int i = 0; i < in.rewards_size(); ++i) {
        const pb::Reward& row = in.rewards(i);
        Reward& reward = out.rewards.emplace_back();
        reward.id = row.id();
        reward.name = get_words(row.name());
        reward.points = row.points();
        reward.value_minor = row.value_minor();
        TALLY_OK(get_condition(reward.when, row.when(), at("rewards", i) + ".when"));
    }
    for (const pb::RedeemWay& row : in.redeem_requires())
        out.redeem_requires.push_back({get_enum(row.kind(), 7, IdentityKind::kNone), row.up_to_points()});
    out.redeem_approval_above = in.redeem_approval_above();
    out.unlock_days = in.unlock_days();
    out.expiry_rule = get_enum(in.expiry_rule(), 4, ExpiryRule::kNever);
    out.expiry_count = in.expiry_count();
    out.give_back_grace_days = in.give_back_grace_days();
    out.floor_limit_points = in.floor_limit_points();
    out.lease_share_milli = in.lease_share_milli();
    out.lease_cap_points = in.lease_cap_points();
    out.lease_days = in.lease_days();
    return get_benefits(out, in);
}

}  // namespace tally::wire
