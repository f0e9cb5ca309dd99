// A member's state: every field survives its codec, what is out of range does not get through it.
#include <doctest/doctest.h>

#include "common/wire/codec.h"
#include "tests/support/full_account.h"

using namespace tally;
using namespace tally::domain;
using support::full_account;

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
    refused([](Account& a) { a.coupons[0].reserved_epoch.bytes[0] = 1; });  // and reserved by nobody
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
