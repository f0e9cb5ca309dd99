// The programme's document: to its bytes and back. What a newer document holds and this program does not know is listed
// in Programme::unknown, so that nothing wrong is computed with it.
#include "common/wire/programme_parts.h"

namespace tally::wire {

using namespace domain;

namespace {

void put_words(pb::Words* out, const Words& in) {
    out->set_zh(in.zh);
    out->set_en(in.en);
}

std::string time_text(std::uint16_t minute) {
    char text[16];
    std::snprintf(text, sizeof text, "%02d:%02d", minute / 60, minute % 60);
    return text;
}

void put_condition(pb::Condition* out, const Condition& in) {
    if (in.from) out->set_from(format_day(*in.from));
    if (in.through) out->set_through(format_day(*in.through));
    for (int day = 0; day < 7; ++day)
        if (in.weekdays >> day & 1) out->add_weekdays(static_cast<pb::Condition::Weekday>(day + 1));
    for (const std::uint8_t day : in.month_days) out->add_month_days(day);
    if (in.from_minute != 0) out->set_from_time(time_text(in.from_minute));
    if (in.until_minute != 24 * 60) out->set_until_time(time_text(in.until_minute));
    put_texts(out->mutable_stores(), in.stores);
    put_texts(out->mutable_channels(), in.channels);
    put_texts(out->mutable_tiers(), in.tiers);
    put_texts(out->mutable_segments(), in.segments);
    out->set_occasion(static_cast<pb::Condition::Occasion>(in.occasion));
    out->set_order_min_minor(in.order_min_minor);
    put_texts(out->mutable_categories(), in.categories);
    put_texts(out->mutable_skus(), in.skus);
    put_texts(out->mutable_not_categories(), in.not_categories);
    put_texts(out->mutable_not_skus(), in.not_skus);
}

void put_earn_rule(pb::EarnRule* out, const EarnRule& in) {
    out->set_id(in.id);
    if (in.name != Words{}) put_words(out->mutable_name(), in.name);
    out->set_kind(static_cast<pb::EarnRule::Kind>(in.kind));
    if (in.when != Condition{}) put_condition(out->mutable_when(), in.when);
    out->set_points(in.points);
    out->set_per_minor(in.per_minor);
    out->set_per_item(in.per_item);
    if (in.factor_milli != 1000) out->set_factor_milli(in.factor_milli);
    out->set_group(in.group);
    if (in.caps == Caps{}) return;
    pb::Caps* caps = out->mutable_caps();
    caps->set_bill(in.caps.bill);
    caps->set_day(in.caps.day);
    caps->set_member(in.caps.member);
    caps->set_campaign(in.caps.campaign);
}

void put_bonus(pb::BonusRule* out, const BonusRule& in) {
    out->set_id(in.id);
    if (in.name != Words{}) put_words(out->mutable_name(), in.name);
    out->set_source(static_cast<pb::BonusRule::Source>(in.source));
    if (in.when != Condition{}) put_condition(out->mutable_when(), in.when);
    out->set_points(in.points);
    out->set_once(static_cast<pb::BonusRule::Once>(static_cast<int>(in.once) - 1));
    for (const Field field : in.fields) out->add_fields(static_cast<pb::FieldName::Field>(field));
    out->set_cap_day(in.cap_day);
    out->set_cap_member(in.cap_member);
}

void put_tiers(pb::TierRules* out, const TierRules& in) {
    out->set_basis(static_cast<pb::TierBasis::Basis>(in.basis));
    out->set_period(static_cast<pb::TierRules::Period>(static_cast<int>(in.period) - 1));
    out->set_period_months(in.period_months);
    out->set_downgrade(static_cast<pb::TierRules::Downgrade>(in.downgrade));
    out->set_grace_days(in.grace_days);
    if (in.growth != Growth{}) {
        pb::Growth* growth = out->mutable_growth();
        growth->set_per_spend_unit_milli(in.growth.per_spend_unit_milli);
        growth->set_per_point_milli(in.growth.per_point_milli);
        growth->set_per_visit_milli(in.growth.per_visit_milli);
        if (in.growth.keep_milli != 1000) growth->set_keep_milli(in.growth.keep_milli);
        growth->set_refund_deduction(in.growth.refund_deduction);
        growth->set_idle_month_deduction(in.growth.idle_month_deduction);
    }
    for (const TierLevel& level : in.levels) {
        pb::TierLevel* row = out->add_levels();
        row->set_id(level.id);
        if (level.name != Words{}) put_words(row->mutable_name(), level.name);
        row->set_threshold(level.threshold);
        row->set_keep_threshold(level.keep_threshold);
        if (level.factor_milli != 1000) row->set_factor_milli(level.factor_milli);
        put_texts(row->mutable_benefits(), level.benefits);
    }
}

void put_coupon_template(pb::CouponTemplate* out, const CouponTemplate& in) {
    out->set_id(in.id);
    if (in.name != Words{}) put_words(out->mutable_name(), in.name);
    out->set_kind(static_cast<pb::CouponTemplate::Kind>(in.kind));
    out->set_amount_minor(in.amount_minor);
    out->set_percent_basis(in.percent_basis);
    out->set_cap_minor(in.cap_minor);
    out->set_gift_sku(in.gift_sku);
    if (in.when != Condition{}) put_condition(out->mutable_when(), in.when);
    out->set_cause(static_cast<pb::CouponTemplate::Cause>(static_cast<int>(in.cause) - 1));
    out->set_valid_days(in.valid_days);
    out->set_stack_group(in.stack_group);
    if (!in.stacks) out->set_stacks(false);
    out->set_per_member(in.per_member);
    out->set_campaign_count(in.campaign_count);
    out->set_campaign_minor(in.campaign_minor);
    if (!in.gives_back) out->set_gives_back(false);
}

void put_limits(pb::Limits* out, const Limits& in) {
    out->set_earn_points_day(in.earn_points_day);
    out->set_redemptions_day(in.redemptions_day);
    out->set_redeem_points_day(in.redeem_points_day);
    out->set_bills_hour(in.bills_hour);
    out->set_adjusts_cashier_day(in.adjusts_cashier_day);
    out->set_adjust_points_cashier_day(in.adjust_points_cashier_day);
    out->set_second_person_above(in.second_person_above);
    for (const ReasonCode& reason : in.reasons) {
        pb::ReasonCode* row = out->add_reasons();
        row->set_id(reason.id);
        if (reason.name != Words{}) put_words(row->mutable_name(), reason.name);
    }
}

}  // namespace

void put_programme(pb::Programme& out, const Programme& in) {
    out.set_version(in.version);
    out.set_chain_name(in.chain_name);
    out.set_time_zone(in.time_zone);
    out.set_currency(in.currency);
    out.set_currency_digits(in.currency_digits);
    out.set_earn_points(in.earn_points);
    out.set_earn_minor(in.earn_minor);
    if (in.earn_on != Condition{}) put_condition(out.mutable_earn_on(), in.earn_on);
    for (const EarnRule& rule : in.earn_rules) put_earn_rule(out.add_earn_rules(), rule);
    out.set_earn_cap_bill(in.earn_cap_bill);
    out.set_earn_cap_day(in.earn_cap_day);
    out.set_late_days(in.late_days);
    for (const BonusRule& bonus : in.bonuses) put_bonus(out.add_bonuses(), bonus);
    out.set_redeem_step_points(in.redeem_step_points);
    out.set_redeem_step_minor(in.redeem_step_minor);
    out.set_redeem_min_points(in.redeem_min_points);
    out.set_redeem_max_points(in.redeem_max_points);
    out.set_redeem_share_max_milli(in.redeem_share_max_milli);
    out.set_earn_pays_own_reward(in.earn_pays_own_reward);
    for (const Reward& reward : in.rewards) {
        pb::Reward* row = out.add_rewards();
        row->set_id(reward.id);
        if (reward.name != Words{}) put_words(row->mutable_name(), reward.name);
        row->set_points(reward.points);
        row->set_value_minor(reward.value_minor);
        if (reward.when != Condition{}) put_condition(row->mutable_when(), reward.when);
    }
    for (const RedeemWay& way : in.redeem_requires) {
        pb::RedeemWay* row = out.add_redeem_requires();
        row->set_kind(static_cast<pb::RedeemWay::Kind>(way.kind));
        row->set_up_to_points(way.up_to_points);
    }
    out.set_redeem_approval_above(in.redeem_approval_above);
    out.set_unlock_days(in.unlock_days);
    out.set_expiry_rule(static_cast<pb::Programme::ExpiryRule>(in.expiry_rule));
    out.set_expiry_count(in.expiry_count);
    out.set_give_back_grace_days(in.give_back_grace_days);
    out.set_floor_limit_points(in.floor_limit_points);
    out.set_lease_share_milli(in.lease_share_milli);
    out.set_lease_cap_points(in.lease_cap_points);
    out.set_lease_days(in.lease_days);
    if (in.tiers != TierRules{}) put_tiers(out.mutable_tiers(), in.tiers);
    for (const Benefit& benefit : in.benefits) {
        pb::Benefit* row = out.add_benefits();
        row->set_id(benefit.id);
        if (benefit.name != Words{}) put_words(row->mutable_name(), benefit.name);
        row->set_coupon(benefit.coupon);
    }
    for (const CouponTemplate& coupon : in.coupons) put_coupon_template(out.add_coupons(), coupon);
    for (const Segment& segment : in.segments) {
        pb::Segment* row = out.add_segments();
        row->set_id(segment.id);
        if (segment.name != Words{}) put_words(row->mutable_name(), segment.name);
        row->set_within_days(segment.within_days);
        row->set_spend_min_minor(segment.spend_min_minor);
        row->set_visits_min(segment.visits_min);
        row->set_absent_days_min(segment.absent_days_min);
        row->set_joined_days_max(segment.joined_days_max);
    }
    if (in.limits != Limits{}) put_limits(out.mutable_limits(), in.limits);
}

Bytes encode_programme(const Programme& programme) {
    pb::Programme out;
    put_programme(out, programme);
    return serialised(out);
}

Result<Programme> decode_programme(ByteView bytes) {
    pb::Programme in;
    TALLY_OK(parse(in, bytes, "programme"));
    Programme programme;
    TALLY_OK(get_programme(programme, in));
    TALLY_OK(check_programme(programme));
    return programme;
}

}  // namespace tally::wire
