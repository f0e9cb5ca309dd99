// What headquarters holds of coupons so that campaigns keep their bounds whatever tills write, and what stays open.
#include "tests/unit/intake/coupon_rig.h"

using namespace tally;
using namespace tally::test;

namespace {

void free_by_hand(Hq& hq, const MemberId& member, const CouponId& coupon) {
    intake::Intake::OwnOp own;
    own.op.member = member;
    own.op.business_day = kToday;
    own.op.body = CouponVoid{coupon, true};
    REQUIRE(must(hq.intake->append_own(std::span(&own, 1), hq.now_ms)).front().outcome == Outcome::kAccepted);
}

CouponRedeem taking(const CouponId& coupon, Minor discount, const std::string& bill = "7") {
    return {coupon, {bill, "", 0}, 10000, discount, true};
}

Earn earning_extra(const std::string& bill, Points points) {
    Earn body;
    body.bill.bill_no = bill;
    body.amount_minor = body.eligible_minor = 2000;
    body.points = 20 + points;
    body.parts = {{"", 20, 0, 0}, {"extra", points, 0, 0}};
    return body;
}

void set_totals(Hq& hq, const std::string& id, const std::string& what) {
    hq.exec("INSERT INTO campaign VALUES ('" + id + "', 0, 0, 0, 1) ON CONFLICT DO NOTHING");
    hq.exec("UPDATE campaign SET " + what + " WHERE id = '" + id + "'");
    hq.reopen();
}

std::int64_t told(Hq& hq, intake::ConflictKind kind) {
    const auto all = conflicts(hq);
    return std::count(all.begin(), all.end(), kind);
}

}  // namespace

TEST_CASE("coupons: a campaign of one stays one when a person frees what a silent till has sold under") {
    LastOfCampaign at;
    auto& [hq, one, other, anna, ben, of_anna, of_ben] = at;
    hold(one, anna, of_anna);
    CHECK(use(one, anna, of_anna, true) == CouponVerdict::kAllowed);
    free_by_hand(hq, anna, of_anna);
    hold(other, ben, of_ben);
    CHECK(use(other, ben, of_ben, false) == CouponVerdict::kAllowed);
    other.sync();
    one.sync();
    CHECK(campaign(hq, "last") == CampaignTotals{0, 1, 2000});
    CHECK(hq.account(anna).coupons[0].state == CouponState::kIssued);
    CHECK(hq.account(anna).earned_total == 80);  // the sale happened
    CHECK(conflicts(hq) == std::vector{intake::ConflictKind::kHeldForReview});
    check_verified(hq);
}

TEST_CASE(
    "coupons: a use beyond its reservation counts where the budget has room for the difference, else it is held") {
    Hq hq(coupon_programme());
    Terminal till(hq, "S1");
    const MemberId anna = member_number(1), ben = member_number(2);
    const CouponId of_anna = give(hq, anna, "budget", 1), of_ben = give(hq, ben, "budget", 2);
    till.write(anna, CouponReserve{of_anna, 100});
    till.write(ben, CouponReserve{of_ben, 1200});
    till.write(anna, taking(of_anna, 2000));
    auto outcomes = till.push_all();
    CHECK(outcomes.at(3).outcome == Outcome::kQuarantined);
    CHECK(outcomes.at(3).reason == "used for more than was reserved: the campaign budget has less left than 2000");
    CHECK(campaign(hq, "budget") == CampaignTotals{0, 2, 1300});
    till.write(anna, taking(of_anna, 1800));
    CHECK(till.push_all().empty());
    CHECK(campaign(hq, "budget") == CampaignTotals{0, 2, 3000});
    const CouponId more = give(hq, anna, "budget", 3);
    till.write(anna, taking(more, 1, "8"));
    outcomes = till.push_all();
    CHECK(outcomes.at(5).reason == "used without a reservation: the campaign budget has less left than 1");
    till.write(ben, CouponReserve{of_ben, 2001});
    CHECK(till.push_all().at(6).reason == "asks for 2001, the coupon budget takes off at most 2000");
    check_verified(hq);
}

TEST_CASE(
    "coupons: what a copy of a till's disk holds is not the copy's: it neither uses, ends nor asks for it again") {
    Hq hq(coupon_programme());
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    const CouponId coupon = give(hq, member, "twenty", 1);
    till.write(member, CouponReserve{coupon, 2000});
    till.push_all();
    till.new_epoch();
    till.acknowledged = 0;
    till.write(member, CouponReserve{coupon, 2000});
    till.write(member, taking(coupon, 2000));
    till.write(member, CouponVoid{coupon, true});
    till.write(member, CouponVoid{coupon, false});
    const auto outcomes = till.push_all();
    for (const std::uint64_t seq : {1u, 2u, 4u}) CHECK(outcomes.at(seq).outcome == Outcome::kQuarantined);
    CHECK(hq.account(member).coupons[0].state == CouponState::kReserved);
    free_by_hand(hq, member, coupon);
    till.write(member, taking(coupon, 2000));
    CHECK(till.push_all().empty());
    check_verified(hq);
}

TEST_CASE("campaigns: points of a programme that was not issued when it was named do not count, nor do they later") {
    Hq hq(with_campaign(coupon_programme(), "extra", 1000));
    Terminal till(hq, "S1");
    till.programme_version = 2;
    till.write(member_number(1), earning_extra("1", 20));
    till.push_all();
    CHECK(campaign(hq, "extra") == CampaignTotals{});
    must(hq.intake->publish(with_campaign(coupon_programme(), "extra", 1000), hq.now_ms));
    check_verified(hq);
    hq.exec(kWithoutSchema7);
    hq.exec("DROP TABLE campaign; ALTER TABLE hq DROP COLUMN coupons_day; PRAGMA user_version = 5");
    hq.reopen();
    CHECK(campaign(hq, "extra") == CampaignTotals{});
    till.write(member_number(1), earning_extra("2", 20));
    till.push_all();
    CHECK(campaign(hq, "extra") == CampaignTotals{20, 0, 0});
    check_verified(hq);
}

TEST_CASE("campaigns: near the end of their range earns stand and totals stop, and what lowers totals is never held") {
    Hq hq(with_campaign(coupon_programme(), "extra", 1000));
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    till.write(member, earning_extra("1", 500'000));
    till.push_all();
    CHECK(campaign(hq, "extra") == CampaignTotals{1000, 0, 0});  // at most the whole of it
    const CouponId held = give(hq, member, "twenty", 1), unused = give(hq, member, "twenty", 2),
                   ended = give(hq, member, "twenty", 3);
    till.write(member, CouponReserve{held, 2000});
    till.write(member, CouponReserve{ended, 2000});
    till.push_all();
    set_totals(hq, "extra", "points = " + std::to_string(kCampaignTotalMax - 1));
    set_totals(hq, "twenty", "minor = " + std::to_string(kCampaignTotalMax - 1));
    till.write(member, earning_extra("2", 20));
    till.write(member, CouponVoid{ended, true});
    till.write(member, taking(held, 1999));
    till.write(member, CouponReserve{unused, 2000});
    const auto outcomes = till.push_all();
    CHECK(outcomes.size() == 1);
    CHECK(outcomes.at(7).reason == "the campaign's totals are near the end of their range");
    CHECK(campaign(hq, "extra").points == kCampaignTotalMax);
    CHECK(campaign(hq, "twenty").minor == kCampaignTotalMax - 1 - 2001);
}

TEST_CASE("campaigns: naming an old or an unheard-of programme silences no alarm") {
    Programme old = with_campaign(coupon_programme(), "extra", 1000);
    old.earn_rules[0].caps.campaign = 1'000'000;
    Hq hq(old);
    must(hq.intake->publish(with_campaign(coupon_programme(), "extra", 1000), hq.now_ms));
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    till.write(member, earning_extra("1", 1001));
    till.push_all();
    CHECK(told(hq, intake::ConflictKind::kCampaignExceeded) == 1);
    const CouponId coupon = give(hq, member, "twenty", 1);
    till.programme_version = 77;
    till.write(member, taking(coupon, 2001));
    till.push_all();
    CHECK(told(hq, intake::ConflictKind::kCouponDiffers) == 1);
    CHECK(told(hq, intake::ConflictKind::kUnknownProgramme) == 1);
    check_verified(hq);
}

TEST_CASE("campaigns: after an upgrade a till that has caught up learns all totals with the next operation") {
    Hq hq(coupon_programme());
    TillAtHq one(hq, "S1"), other(hq, "S2");
    const MemberId member = member_number(1);
    const CouponId coupon = give(hq, member, "last", 1);
    hold(one, member, coupon);
    other.fetch();
    must(other.replica->db().exec("DELETE FROM campaign"));  // as a till of before
    hq.exec(kWithoutSchema7);
    hq.exec("DROP TABLE campaign; ALTER TABLE hq DROP COLUMN coupons_day; PRAGMA user_version = 5");
    hq.reopen();
    check_verified(hq);
    replica::SaleRequest bill;
    bill.amount_minor = 100;
    must(one.till->sale(bill));
    one.sync();
    other.fetch();
    CHECK(must(other.replica->campaign("last")) == CampaignTotals{0, 1, 2000});
    check_verified(hq);
}

TEST_CASE("coupons: the bill that gives the next order's coupon gives one, and takes it back with a full refund") {
    Programme programme = coupon_programme();
    programme.coupons[0].cause = CouponCause::kNextOrder;
    Hq hq(programme);
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    const auto states = [&] {
        std::vector<CouponState> out;
        for (const Coupon& coupon : hq.account(member).coupons) out.push_back(coupon.state);
        return out;
    };
    using enum CouponState;
    Earn part;
    part.bill.bill_no = "1";
    part.amount_minor = part.eligible_minor = 5000;
    part.points = 50;
    till.write(member, part);
    part.bill.part = 1;
    till.write(member, part);
    till.push_all();
    CHECK(states() == std::vector{kIssued});
    till.earn(member, 1000, "2");
    till.push_all();
    till.refund(member, "2", 400);
    till.push_all();
    CHECK(states() == std::vector{kIssued, kIssued});
    till.refund(member, "2", 600);
    till.push_all();
    CHECK(states() == std::vector{kIssued, kVoid});
    till.earn(member, 1000, "3");
    till.refund(member, "3", 1000);
    till.push_all();
    CHECK(states() == std::vector{kIssued, kVoid});  // back in the same moment: none
    till.earn(member, 1000, "4");
    till.push_all();
    const CouponId held = hq.account(member).coupons.back().id;
    till.write(member, CouponReserve{held, 100});
    till.refund(member, "4", 1000);
    till.push_all();
    CHECK(states().back() == kReserved);
    till.write(member, CouponVoid{held, true});
    till.push_all();
    CHECK(states().back() == kVoid);
    check_verified(hq);
}
