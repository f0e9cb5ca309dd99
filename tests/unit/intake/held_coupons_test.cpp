// What a till knows of the coupons that it holds or has asked for, before and after headquarters answers.
#include "tests/unit/intake/coupon_rig.h"

using namespace tally;
using namespace tally::test;

namespace {

std::vector<replica::Replica::AskedCoupon> held(TillAtHq& at) {
    (void)must(at.replica->check_fold());
    return must(at.replica->asked_coupons());
}

CouponVerdict verdict(TillAtHq& at, const MemberId& member, const CouponId& coupon) {
    const auto lines = must(at.till->coupons(member, request(member, coupon).order, false));
    REQUIRE(lines.size() == 1);
    return lines.front().offer.verdict;
}

}  // namespace

TEST_CASE(
    "held coupons: the last of a campaign asked for at a till is gone there at once, and stays so when confirmed") {
    Hq hq(coupon_programme());
    TillAtHq till(hq, "S1");
    const MemberId anna = member_number(1), ben = member_number(2);
    const CouponId of_anna = give(hq, anna, "last", 1), of_ben = give(hq, ben, "last", 2);
    till.fetch();
    must(till.till->reserve_coupon(request(anna, of_anna), false));
    const auto look = [&] {
        CHECK(verdict(till, anna, of_anna) == CouponVerdict::kAllowed);
        CHECK(verdict(till, ben, of_ben) == CouponVerdict::kCampaignOver);
        CHECK_FALSE(must(till.till->reserve_coupon(request(ben, of_ben), false)).op.has_value());
    };
    look();
    till.push();
    look();
    till.fetch();
    look();
    must(till.till->end_reservation(anna, of_anna));
    CHECK(verdict(till, ben, of_ben) == CouponVerdict::kAllowed);
    CHECK(verdict(till, anna, of_anna) == CouponVerdict::kAllowed);
    till.sync();
    CHECK(verdict(till, ben, of_ben) == CouponVerdict::kAllowed);
    CHECK(conflicts(hq).empty());
    check_verified(hq);
}

TEST_CASE("held coupons: one behind a thousand later requests is held still, is used, and ends by itself next day") {
    Programme programme = coupon_programme();
    Hq hq(programme);
    TillAtHq till(hq, "S1");
    const MemberId anna = member_number(1), ben = member_number(2), cleo = member_number(3);
    const CouponId first = give(hq, anna, "twenty", 1), forgotten = give(hq, cleo, "twenty", 3);
    const CouponId again = give(hq, ben, "twenty", 2);
    till.fetch();
    must(till.till->reserve_coupon(request(anna, first), false));
    must(till.till->reserve_coupon(request(cleo, forgotten), false));
    till.sync();
    Op ask;
    ask.at = Hlc::of(hq.now_ms, 0);
    ask.business_day = kToday;
    ask.member = ben;
    ask.body = CouponReserve{again, 2000};
    (void)must(till.replica->append_all(std::vector<replica::NewOp>(1001, {ask, {}})));
    till.push();
    till.sync();
    CHECK(held(till).size() == 3);
    CHECK(use(till, anna, first, true) == CouponVerdict::kAllowed);
    till.sync();
    CHECK(held(till).size() == 2);
    hq.now_ms += days_ms(1);
    CHECK(use(till, anna, first, true) == CouponVerdict::kUsed);
    replica::SaleRequest sale;
    sale.amount_minor = 100;
    must(till.till->sale(sale));
    till.sync();
    CHECK(hq.account(cleo).coupons[0].state == CouponState::kIssued);
    CHECK(hq.account(ben).coupons[0].state == CouponState::kIssued);
    CHECK(held(till).empty());
}

TEST_CASE("held coupons: what headquarters refuses is forgotten, and another epoch of the log holds none") {
    LastOfCampaign at;
    auto& [hq, one, other, anna, ben, of_anna, of_ben] = at;
    one.fetch();
    other.fetch();
    must(one.till->reserve_coupon(request(anna, of_anna), false));
    must(other.till->reserve_coupon(request(ben, of_ben), false));
    CHECK(held(other).size() == 1);
    one.sync();
    other.sync();
    CHECK(held(one) == std::vector<replica::Replica::AskedCoupon>{{anna, of_anna}});
    CHECK(held(other).empty());
    must(one.replica->db().exec("DELETE FROM own_reservation"));
    CHECK(one.replica->check_fold().error().code == Code::kDamaged);
    wire::IncidentReport incident;
    incident.kind = wire::IncidentKind::kFork;
    must(one.replica->begin_epoch_after(must(one.replica->head()).epoch, incident));
    CHECK(held(one).empty());
}
