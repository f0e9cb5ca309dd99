// One operation of every kind, every field set to something that is not its default.
#pragma once

#include "tests/support/book.h"

namespace tally::support {

inline std::vector<domain::Op> every_kind(Book& book) {
    using namespace domain;
    const OpId sale = book.op(1, Note{}).id;
    Presented phone{IdentityKind::kPhone, {}};
    phone.tag.bytes[3] = 9;
    std::vector<Op> ops;
    ops.push_back(book.op(1, Register{"store", 20000, "Gold", {phone}}));
    ops.push_back(book.op(1, ProfileEdit{{Field::kName, Field::kEmail}}));
    ops.push_back(book.op(1, IdentityBind{phone, true, Verification::kEchoedCode, 20000}));
    ops.push_back(book.op(1, Consent{"news", true, "v1", "store", {sale}}));
    Earn earn{{"77", "till 1", 2},
              12345,
              12000,
              {{"sku", "tea", 1500, 345, true, 0}},
              "Gold",
              5,
              true,
              120,
              20100,
              20010,
              true,
              1439,
              "web",
              0x2A,
              {"new", "near"},
              345,
              {{"", 100, 0, 0}, {"tea", 20, 3, 44}},
              -7};
    ops.push_back(book.op(1, earn));
    Op sale_op = book.op(-5, Sale{{"78", "", 0}, -500, {}});
    sale_op.member = {};
    ops.push_back(sale_op);
    ops.push_back(
        book.op(1, Redeem{{"79", "", 0}, 100, 1000, 5000, 250, {{sale, 60}, {sale, 40}}, true, "cup", 2, true}));
    ops.push_back(book.op(1, Adjust{-20, AdjustReason::kCorrection, 20300, "typing"}));
    ops.push_back(book.op(1, Reverse{sale, "", "", {"80", "", 0}, true, 500, 5, 20090}));
    ops.push_back(book.op(1, Reverse{{}, "S2", "81", {"82", "", 0}, true, 500, 0}));
    ops.push_back(book.op(1, Note{}));
    Op expire = book.op(1, Expire{{{sale, 3}}});
    expire.id.terminal = kHqTerminal;
    ops.push_back(expire);
    CouponId coupon;
    coupon.bytes[15] = 3;
    const auto of_headquarters = [&](Body body) {
        Op op = book.op(2, std::move(body));
        op.id.terminal = kHqTerminal;
        return op;
    };
    ops.push_back(book.op(1, Bonus{"welcome", "2026", 50, 20400, 20020, 7, 8}));
    ops.push_back(of_headquarters(OpeningBalance{77, -300, 20500}));
    ops.push_back(of_headquarters(TierChange{"gold", TierCause::kRetain, 12'000, 20600}));
    ops.push_back(book.op(1, CouponIssue{coupon, "tea", CouponCause::kCampaign, "2026", sale, 20000, 20100}));
    ops.push_back(book.op(1, CouponReserve{coupon, 900}));
    ops.push_back(book.op(1, CouponRedeem{coupon, {"83", "till 1", 1}, 5'000, 250, true}));
    ops.push_back(book.op(1, CouponVoid{coupon, true}));
    Epoch epoch;
    epoch.bytes[1] = 7;
    ops.push_back(of_headquarters(LeaseGrant{5, epoch, {{sale, 40}}, 20700}));
    ops.push_back(book.op(1, LeaseReturn{{{sale, 30}}}));
    ops.push_back(of_headquarters(LeaseWriteOff{5, epoch, {{sale, 10}}}));
    ops.back().approved_by = 12;
    ops.back().over_limit = "bills_hour";
    ops.front().previous_epoch.bytes[2] = 4;
    ops.front().sealed_hash.bytes[0] = 1;
    ops.front().presented = phone;
    return ops;
}

}  // namespace tally::support
