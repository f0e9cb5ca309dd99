#include "common/domain/coupons.h"

#include <algorithm>

namespace tally::domain {

namespace {

// Whether the programme's document says something about this template that this program does not understand.
bool is_understood(const Programme& programme, const CouponTemplate& coupon) {
    const std::string path = "coupons[" + std::to_string(&coupon - programme.coupons.data()) + "]";
    return std::none_of(programme.unknown.begin(), programme.unknown.end(),
                        [&](const std::string& unknown) { return unknown.starts_with(path); });
}

Minor sum_of(const std::vector<BillLine>& lines, auto&& counts) {
    Minor sum = 0;  // at most 1,000 lines of kAmountMinorMax
    for (const BillLine& line : lines)
        if (counts(line)) sum += line.amount_minor;
    return sum;
}

bool is_delivery(const BillLine& line) { return line.category == kDeliveryCategory; }

// What the coupon is about: the threshold is asked of `counted_minor`, the discount is of `base_minor`.
struct Base {
    Minor counted_minor = 0;
    Minor base_minor = 0;
};
Base base_of(const CouponTemplate& from, const CouponOrder& order) {
    const auto within = [&](Minor sum) { return std::clamp<Minor>(sum, 0, order.order_minor); };
    const bool delivery = from.kind == CouponKind::kFreeDelivery;
    const auto counts = [&](const BillLine& line) {
        return matches(from.when, line) && !(delivery && is_delivery(line));
    };
    Base out;
    const Minor delivered = within(sum_of(order.lines, is_delivery));
    if (from.when.is_about_lines()) {
        out.counted_minor = within(sum_of(order.lines, counts));
    } else {
        out.counted_minor = delivery ? order.order_minor - delivered : order.order_minor;
    }
    out.base_minor = delivery ? delivered : out.counted_minor;
    return out;
}

bool has_matching_line(const CouponTemplate& from, const CouponOrder& order) {
    return !from.when.is_about_lines() || std::any_of(order.lines.begin(), order.lines.end(),
                                                      [&](const BillLine& line) { return matches(from.when, line); });
}

const std::string& group_of(const CouponTemplate& from) {
    return from.stack_group.empty() ? from.id : from.stack_group;
}

bool stack_together(const Programme& programme, const Account& account, const CouponTemplate& from,
                    const CouponId& other) {
    const Coupon* used = find_coupon(account, other);
    const CouponTemplate* used_from = used ? coupon_of(programme, used->template_id) : nullptr;
    if (!used_from) return false;  // nothing is known of it
    return from.stacks && used_from->stacks && group_of(from) != group_of(*used_from);
}

// What the coupon itself says, whatever the order.
CouponVerdict verdict_of(const Coupon& coupon, const CouponHolder& here, Day today) {
    if (coupon.state == CouponState::kVoid) return CouponVerdict::kVoid;
    if (coupon.state == CouponState::kRedeemed) return CouponVerdict::kUsed;
    if (coupon.state == CouponState::kReserved && !coupon.is_held_by(here.terminal, here.epoch))
        return CouponVerdict::kReservedElsewhere;
    if (today < coupon.valid_from) return CouponVerdict::kNotYet;
    if (coupon.valid_through && today > *coupon.valid_through) return CouponVerdict::kExpired;
    return CouponVerdict::kAllowed;
}

// Of a coupon that is not reserved here: is there room in the campaign for one more?
bool has_room(const CouponTemplate& from, const CampaignTotals& campaign, Minor discount_minor) {
    if (from.campaign_count > 0 && campaign.uses >= from.campaign_count) return false;
    return from.campaign_minor == 0 || campaign.minor <= from.campaign_minor - discount_minor;
}

}  // namespace

Minor discount_of(const CouponTemplate& from, Minor base_minor) {
    switch (from.kind) {
        case CouponKind::kAmount:
        case CouponKind::kThreshold: return std::min(from.amount_minor, base_minor);
        case CouponKind::kPercent: {
            const Minor off = percent_of(base_minor, from.percent_basis);
            return from.cap_minor > 0 ? std::min(off, from.cap_minor) : off;
        }
        case CouponKind::kFreeDelivery:
            return from.amount_minor > 0 ? std::min(from.amount_minor, base_minor) : base_minor;
        case CouponKind::kGift: return 0;
    }
    return 0;
}

CouponOffer offer_of(const Programme& programme, const Account& account, const CouponId& id, const CouponOrder& order,
                     const CouponHolder& here, bool offline) {
    const auto refuse = [](CouponVerdict verdict) { return CouponOffer{verdict, 0, {}}; };
    const Coupon* coupon = find_coupon(account, id);
    if (!coupon) return refuse(CouponVerdict::kNoSuchCoupon);
    const Day today = order.facts.day;
    if (const auto verdict = verdict_of(*coupon, here, today); verdict != CouponVerdict::kAllowed)
        return refuse(verdict);
    const CouponTemplate* from = coupon_of(programme, coupon->template_id);
    if (!from || !is_understood(programme, *from)) return refuse(CouponVerdict::kUnknownTemplate);
    for (const CouponId& used : order.used)
        if (used == id || !stack_together(programme, account, *from, used)) return refuse(CouponVerdict::kStacking);

    if (!holds(from->when, order.facts, INT64_MAX) || !has_matching_line(*from, order))
        return refuse(CouponVerdict::kConditions);
    const Base base = base_of(*from, order);
    if (base.counted_minor < from->when.order_min_minor) return refuse(CouponVerdict::kBelowThreshold);
    CouponOffer offer{CouponVerdict::kAllowed, discount_of(*from, base.base_minor), {}};
    if (from->kind == CouponKind::kGift) {
        offer.gift_sku = from->gift_sku;
    } else if (offer.discount_minor == 0) {
        return refuse(CouponVerdict::kNothingToTakeOff);
    }
    if (holds_reservation(*from, *coupon, here, offer.discount_minor, today)) return offer;
    if (offline) return refuse(CouponVerdict::kNeedsHeadquarters);
    CampaignTotals others = order.campaign;
    others -= totals_of(*coupon);  // asked again, for more: its own part is its own
    if (!has_room(*from, others, offer.discount_minor)) return refuse(CouponVerdict::kCampaignOver);
    return offer;
}

bool holds_reservation(const CouponTemplate& from, const Coupon& coupon, const CouponHolder& here, Minor discount_minor,
                       Day today) {
    return coupon.is_held_by(here.terminal, here.epoch) && coupon.reserved_day >= today &&
           (from.campaign_minor == 0 || discount_minor <= coupon.budget_minor);
}

CampaignTotals& CampaignTotals::operator+=(const CampaignTotals& other) {
    points += other.points;
    uses += other.uses;
    minor += other.minor;
    return *this;
}

CampaignTotals& CampaignTotals::operator-=(const CampaignTotals& other) {
    points -= other.points;
    uses -= other.uses;
    minor -= other.minor;
    return *this;
}

CampaignTotals totals_of(const Coupon& coupon) {
    if (coupon.state == CouponState::kRedeemed) return {0, 1, coupon.discount_minor};
    if (coupon.state == CouponState::kReserved) return {0, 1, coupon.budget_minor};
    return {};
}

TotalsById coupon_totals(const Account& account) {
    TotalsById out;
    for (const Coupon& coupon : account.coupons)
        if (const CampaignTotals totals = totals_of(coupon); totals.uses > 0) out[coupon.template_id] += totals;
    return out;
}

std::string totals_text(const CampaignTotals& totals) {
    return std::to_string(totals.points) + " points, " + std::to_string(totals.uses) + " coupons worth " +
           std::to_string(totals.minor);
}

const Coupon* find_coupon(const Account& account, const CouponId& id) {
    const auto found = std::find_if(account.coupons.begin(), account.coupons.end(),
                                    [&](const Coupon& coupon) { return coupon.id == id; });
    return found == account.coupons.end() ? nullptr : &*found;
}

std::uint32_t coupons_issued(const Account& account, std::string_view template_id) {
    return static_cast<std::uint32_t>(std::count_if(
        account.coupons.begin(), account.coupons.end(),
        [&](const Coupon& coupon) { return coupon.template_id == template_id && coupon.state != CouponState::kVoid; }));
}

Minor percent_of(Minor amount_minor, std::uint32_t percent_basis) {
    constexpr int kWhole = 10'000;
    return static_cast<Minor>((static_cast<__int128>(amount_minor) * percent_basis + kWhole / 2) / kWhole);
}

}  // namespace tally::domain
