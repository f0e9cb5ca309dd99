// A member's state: every field survives its codec, what is out of range does not get through it.
#include "common/wire/codec.h"
#include "tests/support/book.h"

using namespace tally;
using namespace tally::domain;

namespace {

// An account in which nothing is empty and no field has its default.
Account full_account() {
    support::Book book;
    Account account;
    OpId a = book.op(1, Note{}).id, b = a, c = a, d = a;
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
            20,
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
    reserved.reserved_day = 5;
    reserved.budget_minor = 800;
    account.coupons.push_back(reserved);
    return account;
}

}  // namespace

TEST_CASE("codec: every field of an account survives, and encodes to the same bytes again") {
    const Account account = full_account();
    REQUIRE(check_account(account).has_value());
    const Bytes bytes = wire::encode_account(account);
    const auto back = wire::decode_account(bytes);
    REQUIRE_MESSAGE(back.has_value(), back.error().detail);
    CHECK(*back == account);
    CHECK(wire::encode_account(*back) == bytes);
}

TEST_CASE("codec: a state out of its ranges is damage, each part of it") {
    const auto refused = [](const auto& change) {
        Account account = full_account();
        change(account);
        const auto back = wire::decode_account(wire::encode_account(account));
        REQUIRE_FALSE(back.has_value());
        CHECK(back.error().code == Code::kDamaged);
    };
    refused([](Account& a) { a.lots[0].day = kBusinessDayMax + 1; });
    refused([](Account& a) { a.lots[0].expires = kBusinessDayMax + 1; });
    refused([](Account& a) { a.lots[0].unlocks = kBusinessDayMin - 1; });
    refused([](Account& a) { a.lots[0].minute = 1440; });
    refused([](Account& a) { a.lots[0].parts[0].points = -1; });
    refused([](Account& a) { a.lots[0].source = static_cast<LotSource>(5); });
    refused([](Account& a) { a.redemptions[0].day = kBusinessDayMax + 1; });
    refused([](Account& a) { a.waiting[0].grace_through = kBusinessDayMax + 1; });
    refused([](Account& a) { a.reversals[0].debt = -1; });
    refused([](Account& a) { a.uses[0].on_day = 71; });
    refused([](Account& a) { a.uses[0].times = -1; });
    refused([](Account& a) { a.coupons[0].discount_minor = -1; });
    refused([](Account& a) { a.coupons[0].valid_through = kBusinessDayMax + 1; });
    refused([](Account& a) { a.standing.through = kBusinessDayMax + 1; });
    refused([](Account& a) { a.bonus_total += 1; });
    refused([](Account& a) { a.opening_total = -30; });
    // Five totals whose sum leaves 64 bits, and comes back to what the lots hold.
    refused([](Account& a) {
        for (Points* total : {&a.earned_total, &a.adjusted_up_total, &a.bonus_total, &a.opening_total})
            *total = Points{1} << 62;
        a.given_back_total = 165;
    });
    Account unknown = full_account();
    unknown.coupons[0].state = static_cast<CouponState>(9);
    CHECK(wire::decode_account(wire::encode_account(unknown)).error().code == Code::kNewer);
}
