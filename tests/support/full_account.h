// A sound account with something in each of its parts, for tests of what stores and sends one. Without doctest: the
// fuzz corpus is made with it too.
#pragma once

#include <tuple>

#include "common/domain/account.h"

namespace tally::support {

// An account in which nothing is empty and no field has its default.
inline domain::Account full_account() {
    using namespace domain;
    Account account;
    OpId a;
    a.terminal = 2;
    a.epoch.bytes[0] = 1;
    a.seq = 1;
    OpId b = a, c = a, d = a;
    b.seq = 2, c.seq = 3, d.seq = 4;
    account.folded_ops = 9;
    account.earned_total = 100;
    account.adjusted_up_total = 10;
    account.bonus_total = 20;
    account.opening_total = 30;
    account.given_back_total = 5;
    account.redeemed_total = 40;
    account.debt = 2;
    account.reversed_total = 33;
    account.spend_minor = -700;
    account.bills = 6;
    account.tier = "gold";
    account.standing = {11, 12, "silver", 13, 4};
    Lot lot{a,
            "S1",
            "77",
            "T1",
            2,
            9,
            601,
            10'000,
            2'500,
            30,
            3,
            100,
            11,
            12,
            3,
            40,
            9,
            31,
            4,
            25,
            LotSource::kSale,
            "rule",
            {{"tea", 7, 0, 0}}};
    account.lots.push_back(lot);
    for (const auto& [maker, source, points] :
         {std::tuple(b, LotSource::kAdjustment, Points{10}), std::tuple(c, LotSource::kBonus, Points{20}),
          std::tuple(d, LotSource::kOpening, Points{30}), std::tuple(a, LotSource::kGivenBack, Points{5})}) {
        Lot other;
        other.maker = maker;
        other.source = source;
        other.issued = other.expired = points;
        account.lots.push_back(other);
    }
    account.redemptions.push_back({b, 10, 45, 5, 900, "S2", "78", "cup", 0, {{a, 40}}});
    account.waiting.push_back({c, "S3", 14, d, "S4", "79", 500, 6, 21});
    account.aliases.push_back({c, a});
    account.reversals.push_back({d, 15, true, "80", 300, -8, {{a, 6}}, 2, b, true});
    account.uses.push_back({"tea", 70, 9, 7, 3});
    account.once.push_back({"welcome", "2026", c});
    Coupon coupon;
    coupon.id.bytes[15] = 3;
    coupon.template_id = "tea";
    coupon.cause = CouponCause::kTierGift;
    coupon.state = CouponState::kRedeemed;
    coupon.issued_by = c;
    coupon.from = a;
    coupon.valid_from = 4;
    coupon.valid_through = 40;
    coupon.redeemed_by = d;
    coupon.store = "S5";
    coupon.bill_no = "81";
    coupon.redeemed_day = 16;
    coupon.discount_minor = 120;
    coupon.gives_back = true;
    account.coupons.push_back(coupon);
    Coupon reserved;
    reserved.id.bytes[15] = 4;
    reserved.template_id = "cake";
    reserved.state = CouponState::kReserved;
    reserved.issued_by = c;
    reserved.reserved_by = 3;
    reserved.reserved_epoch = a.epoch;
    reserved.reserved_day = 5;
    reserved.budget_minor = 800;
    account.coupons.push_back(reserved);
    account.slices.push_back({7, a.epoch, 0, 50, 12, 5, 2, 33});
    return account;
}

}  // namespace tally::support
