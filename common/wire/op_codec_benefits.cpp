// The bodies of operations on bonuses, opening balances, tiers, coupons and leases.
#include "common/wire/codec_parts.h"

namespace tally::wire {

using namespace domain;

void put_benefit(pb::Op& out, const Bonus& in) {
    auto* body = out.mutable_bonus();
    body->set_rule(in.rule);
    body->set_key(in.key);
    body->set_points(in.points);
    if (in.expires) body->set_expires(*in.expires);
    if (in.unlocks) body->set_unlocks(*in.unlocks);
    body->set_used_day(in.used_day);
    body->set_used_member(in.used_member);
}

void put_benefit(pb::Op& out, const OpeningBalance& in) {
    auto* body = out.mutable_opening_balance();
    body->set_points(in.points);
    body->set_earned_day(in.earned_day);
    if (in.expires) body->set_expires(*in.expires);
}

void put_benefit(pb::Op& out, const TierChange& in) {
    auto* body = out.mutable_tier_change();
    body->set_level(in.level);
    body->set_cause(static_cast<std::uint32_t>(in.cause));
    body->set_value(in.value);
    if (in.through) body->set_through(*in.through);
}

void put_benefit(pb::Op& out, const CouponIssue& in) {
    auto* body = out.mutable_coupon_issue();
    put(body->mutable_coupon(), in.coupon);
    body->set_template_id(in.template_id);
    body->set_cause(static_cast<std::uint32_t>(in.cause));
    body->set_key(in.key);
    if (!in.from.is_none()) put_op_id(body->mutable_from(), in.from);
    body->set_valid_from(in.valid_from);
    if (in.valid_through) body->set_valid_through(*in.valid_through);
}

void put_benefit(pb::Op& out, const CouponReserve& in) {
    auto* body = out.mutable_coupon_reserve();
    put(body->mutable_coupon(), in.coupon);
    body->set_budget_minor(in.budget_minor);
}

void put_benefit(pb::Op& out, const CouponRedeem& in) {
    auto* body = out.mutable_coupon_redeem();
    put(body->mutable_coupon(), in.coupon);
    put_bill(body->mutable_bill(), in.bill);
    body->set_order_minor(in.order_minor);
    body->set_discount_minor(in.discount_minor);
    body->set_gives_back(in.gives_back);
}

void put_benefit(pb::Op& out, const CouponVoid& in) {
    auto* body = out.mutable_coupon_void();
    put(body->mutable_coupon(), in.coupon);
    body->set_reservation_only(in.reservation_only);
}

void put_benefit(pb::Op& out, const LeaseGrant& in) {
    auto* body = out.mutable_lease_grant();
    body->set_holder(in.holder);
    put(body->mutable_epoch(), in.epoch);
    put_takes(body->mutable_slices(), in.slices);
    body->set_through(in.through);
}

void put_benefit(pb::Op& out, const LeaseReturn& in) {
    put_takes(out.mutable_lease_return()->mutable_slices(), in.slices);
}

void put_benefit(pb::Op& out, const LeaseWriteOff& in) {
    auto* body = out.mutable_lease_write_off();
    body->set_holder(in.holder);
    put(body->mutable_epoch(), in.epoch);
    put_takes(body->mutable_slices(), in.slices);
}

namespace {

Status get_lease_grant(Body& out, const pb::LeaseGrant& in) {
    LeaseGrant body;
    body.holder = in.holder();
    TALLY_OK(get(body.epoch, in.epoch()));
    TALLY_OK(get_takes(body.slices, in.slices()));
    body.through = in.through();
    out = std::move(body);
    return {};
}

Status get_lease_write_off(Body& out, const pb::LeaseWriteOff& in) {
    LeaseWriteOff body;
    body.holder = in.holder();
    TALLY_OK(get(body.epoch, in.epoch()));
    TALLY_OK(get_takes(body.slices, in.slices()));
    out = std::move(body);
    return {};
}

Status get_coupon_issue(Body& out, const pb::CouponIssue& in) {
    CouponIssue body;
    TALLY_OK(get(body.coupon, in.coupon()));
    body.template_id = in.template_id();
    if (in.cause() < 1 || in.cause() > static_cast<std::uint32_t>(CouponCause::kCampaign))
        return fail(Code::kNewer, "unknown cause of a coupon");
    body.cause = static_cast<CouponCause>(in.cause());
    body.key = in.key();
    TALLY_OK(get_target(body.from, in.from()));
    body.valid_from = in.valid_from();
    body.valid_through = optional_day(in.has_valid_through(), in.valid_through());
    out = std::move(body);
    return {};
}

Status get_coupon_redeem(Body& out, const pb::CouponRedeem& in) {
    CouponRedeem body;
    TALLY_OK(get(body.coupon, in.coupon()));
    get_bill(body.bill, in.bill());
    body.order_minor = in.order_minor();
    body.discount_minor = in.discount_minor();
    body.gives_back = in.gives_back();
    out = std::move(body);
    return {};
}

Status get_tier_change(Body& out, const pb::TierChange& in) {
    if (in.cause() < 1 || in.cause() > static_cast<std::uint32_t>(TierCause::kManualEnd))
        return fail(Code::kNewer, "unknown cause of a tier");
    out = TierChange{in.level(), static_cast<TierCause>(in.cause()), in.value(),
                     optional_day(in.has_through(), in.through())};
    return {};
}

}  // namespace

Status get_benefit(Body& out, const pb::Op& in) {
    switch (in.body_case()) {
        case pb::Op::kBonus: {
            const pb::Bonus& row = in.bonus();
            out = Bonus{row.rule(),
                        row.key(),
                        row.points(),
                        optional_day(row.has_expires(), row.expires()),
                        optional_day(row.has_unlocks(), row.unlocks()),
                        row.used_day(),
                        row.used_member()};
            return {};
        }
        case pb::Op::kOpeningBalance: {
            const pb::OpeningBalance& row = in.opening_balance();
            out = OpeningBalance{row.points(), row.earned_day(), optional_day(row.has_expires(), row.expires())};
            return {};
        }
        case pb::Op::kTierChange: return get_tier_change(out, in.tier_change());
        case pb::Op::kCouponIssue: return get_coupon_issue(out, in.coupon_issue());
        case pb::Op::kCouponReserve: {
            CouponReserve body{{}, in.coupon_reserve().budget_minor()};
            TALLY_OK(get(body.coupon, in.coupon_reserve().coupon()));
            out = body;
            return {};
        }
        case pb::Op::kCouponRedeem: return get_coupon_redeem(out, in.coupon_redeem());
        case pb::Op::kCouponVoid: {
            CouponVoid body{{}, in.coupon_void().reservation_only()};
            TALLY_OK(get(body.coupon, in.coupon_void().coupon()));
            out = body;
            return {};
        }
        case pb::Op::kLeaseGrant: return get_lease_grant(out, in.lease_grant());
        case pb::Op::kLeaseReturn: {
            LeaseReturn body;
            TALLY_OK(get_takes(body.slices, in.lease_return().slices()));
            out = std::move(body);
            return {};
        }
        case pb::Op::kLeaseWriteOff: return get_lease_write_off(out, in.lease_write_off());
        default: return fail(Code::kNewer, "an operation of a kind that this program does not know");
    }
}

}  // namespace tally::wire
