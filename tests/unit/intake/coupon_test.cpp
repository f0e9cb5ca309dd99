// Coupons between tills and headquarters: reservations, budgets of campaigns, what is put on record for a person.
#include "tests/unit/intake/coupon_rig.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("coupons: a till redeems once headquarters has confirmed its reservation, and the receipt's offline too") {
    Hq hq(coupon_programme());
    TillAtHq till(hq, "S1");
    const MemberId member = member_number(1);
    const CouponId coupon = give(hq, member, "twenty", 1);
    till.fetch();
    CHECK(use(till, member, coupon, true) == CouponVerdict::kNeedsHeadquarters);
    const auto asked = must(till.till->reserve_coupon(request(member, coupon), false));
    CHECK(asked.op.has_value());
    CHECK(asked.line.offer.discount_minor == 2000);
    // Written, even acknowledged: still not held.
    CHECK(use(till, member, coupon, false) == CouponVerdict::kNeedsHeadquarters);
    till.push();
    CHECK(use(till, member, coupon, false) == CouponVerdict::kNeedsHeadquarters);
    CHECK(must(till.till->coupons(member, request(member, coupon).order, false)).front().waiting);
    till.fetch();
    CHECK(must(till.till->coupons(member, request(member, coupon).order, true)).front().held);
    CHECK(use(till, member, coupon, true) == CouponVerdict::kAllowed);
    CHECK(use(till, member, coupon, true) == CouponVerdict::kUsed);
    till.sync();
    CHECK(hq.account(member).coupons[0].state == CouponState::kRedeemed);
    CHECK(campaign(hq, "twenty") == CampaignTotals{0, 1, 2000});
    CHECK(conflicts(hq).empty());
}

TEST_CASE("cases: K6 two tills race for the last of a campaign: headquarters gives it to the first, the other learns") {
    LastOfCampaign at;
    auto& [hq, one, other, anna, ben, of_anna, of_ben] = at;
    one.fetch();
    other.fetch();
    CHECK(must(one.till->reserve_coupon(request(anna, of_anna), false)).op.has_value());
    CHECK(must(other.till->reserve_coupon(request(ben, of_ben), false)).op.has_value());
    other.push();
    one.sync();
    other.fetch();
    CHECK(campaign(hq, "last").uses == 1);
    CHECK(use(other, ben, of_ben, false) == CouponVerdict::kAllowed);
    const auto refused = must(one.till->coupons(anna, request(anna, of_anna).order, false)).front();
    CHECK_FALSE(refused.held);
    CHECK_FALSE(refused.waiting);
    CHECK(refused.offer.verdict == CouponVerdict::kCampaignOver);
    CHECK_FALSE(must(one.till->reserve_coupon(request(anna, of_anna), false)).op.has_value());
    other.sync();
    CHECK(campaign(hq, "last") == CampaignTotals{0, 1, 2000});
    CHECK(conflicts(hq).empty());  // a refused reservation is nobody's work
    check_verified(hq);
}

TEST_CASE("coupons: of a campaign's budget a reservation holds its part, and a till asks again for more") {
    Hq hq(coupon_programme());
    TillAtHq one(hq, "S1"), other(hq, "S2");
    const MemberId anna = member_number(1), ben = member_number(2);
    const CouponId of_anna = give(hq, anna, "budget", 1), of_ben = give(hq, ben, "budget", 2);
    one.fetch();
    other.fetch();
    must(one.till->reserve_coupon(request(anna, of_anna, 1500), false));
    one.sync();
    CHECK(campaign(hq, "budget") == CampaignTotals{0, 1, 1500});
    CHECK_FALSE(must(one.till->coupons(anna, request(anna, of_anna, 1600).order, false)).front().held);
    must(one.till->reserve_coupon(request(anna, of_anna, 1600), false));
    one.sync();
    CHECK(must(one.till->coupons(anna, request(anna, of_anna, 1600).order, false)).front().held);
    CHECK(campaign(hq, "budget") == CampaignTotals{0, 1, 1600});
    other.fetch();
    CHECK(must(other.till->coupons(ben, request(ben, of_ben, 1401).order, false)).front().offer.verdict ==
          CouponVerdict::kCampaignOver);
    CHECK(must(other.till->reserve_coupon(request(ben, of_ben, 1400), false)).op.has_value());
    other.sync();
    CHECK(must(other.till->coupons(ben, request(ben, of_ben, 1400).order, false)).front().held);
    must(one.till->end_reservation(anna, of_anna));
    one.sync();
    CHECK(campaign(hq, "budget") == CampaignTotals{0, 1, 1400});
    CHECK(hq.account(anna).coupons[0].state == CouponState::kIssued);
}

TEST_CASE("coupons: another till's reservation shows, and a full refund gives coupon and budget back") {
    Hq hq(coupon_programme());
    TillAtHq one(hq, "S1"), other(hq, "S2");
    const MemberId member = member_number(1);
    const CouponId coupon = give(hq, member, "last", 1);
    hold(one, member, coupon);
    other.fetch();
    CHECK(must(other.till->coupons(member, request(member, coupon).order, false)).front().offer.verdict ==
          CouponVerdict::kReservedElsewhere);
    CHECK(use(one, member, coupon, false, "B-1") == CouponVerdict::kAllowed);
    one.sync();
    CHECK(campaign(hq, "last").uses == 1);
    other.fetch();
    replica::RefundRequest refund;
    refund.member = member;
    refund.of_bill_no = "B-1";
    refund.amount_minor = 8000;
    must(other.till->refund(refund));
    other.sync();
    CHECK(campaign(hq, "last") == CampaignTotals{});
    CHECK(hq.account(member).coupons[0].state == CouponState::kIssued);
    check_verified(hq);
}

TEST_CASE("coupons: used in two stores that saw no reservation both sales stand, and the second use is a conflict") {
    Hq hq(coupon_programme());
    Terminal one(hq, "S1"), other(hq, "S2");
    const MemberId member = member_number(1);
    const CouponId coupon = give(hq, member, "twenty", 1);
    one.write(member, CouponRedeem{coupon, {"A", "", 0}, 10000, 2000, true});
    one.earn(member, 8000, "A");
    other.write(member, CouponRedeem{coupon, {"B", "", 0}, 10000, 2000, true});
    other.earn(member, 8000, "B");
    CHECK(one.push_all().empty());
    const auto outcomes = other.push_all();
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.begin()->second.outcome == Outcome::kQuarantined);
    CHECK(hq.account(member).earned_total == 160);
    CHECK(conflicts(hq) == std::vector{intake::ConflictKind::kCouponTwice});
    CHECK(campaign(hq, "twenty") == CampaignTotals{0, 1, 2000});
}

TEST_CASE("cases: K4 what a till may not do with coupons is held: another member's, its own issue, too much off") {
    Hq hq(coupon_programme());
    Terminal till(hq, "S1");
    const MemberId anna = member_number(1), ben = member_number(2);
    const CouponId coupon = give(hq, anna, "twenty", 1);
    till.write(ben, CouponRedeem{coupon, {"A", "", 0}, 10000, 2000, true});
    CouponIssue issue;
    issue.coupon = coupon_number(9);
    issue.template_id = "twenty";
    till.write(ben, issue);
    till.write(anna, CouponRedeem{coupon, {"C", "", 0}, 10000, 2001, true});
    const auto outcomes = till.push_all();
    CHECK(outcomes.at(1).outcome == Outcome::kQuarantined);
    CHECK(outcomes.at(2).outcome == Outcome::kQuarantined);
    CHECK(outcomes.at(2).reason == "only headquarters issues coupons");
    CHECK_FALSE(outcomes.contains(3));  // it happened: it counts, and is told
    CHECK(hq.account(ben).coupons.empty());
    CHECK(conflicts(hq) == std::vector{intake::ConflictKind::kHeldForReview, intake::ConflictKind::kHeldForReview,
                                       intake::ConflictKind::kCouponDiffers});
}

TEST_CASE("coupons: what a silent till holds nobody else gets, however long, and it lets go of it in its own chain") {
    Hq hq(coupon_programme());
    TillAtHq silent(hq, "S1"), other(hq, "S2");
    const MemberId member = member_number(1);
    const CouponId coupon = give(hq, member, "last", 1);
    hold(silent, member, coupon);
    const auto seen = [&](TillAtHq& at) {
        return must(at.till->coupons(member, request(member, coupon).order, false)).front();
    };
    CHECK(seen(silent).held);
    bool sold = false;
    SUBCASE("sold under it") {
        sold = true;
        CHECK(use(silent, member, coupon, true, "B-1") == CouponVerdict::kAllowed);
    }
    SUBCASE("not sold") {}
    hq.now_ms += days_ms(30);
    CHECK(must(hq.intake->expire_all(hq.now_ms)) == 0);
    other.fetch();
    CHECK(seen(other).offer.verdict == CouponVerdict::kReservedElsewhere);
    CHECK(campaign(hq, "last").uses == 1);
    CHECK_FALSE(seen(silent).held);  // of an earlier day
    replica::SaleRequest bill;       // whatever it writes next
    bill.amount_minor = 100;
    must(silent.till->sale(bill));
    silent.sync();
    other.fetch();
    CHECK(campaign(hq, "last").uses == (sold ? 1 : 0));
    CHECK(seen(other).offer.verdict == (sold ? CouponVerdict::kUsed : CouponVerdict::kAllowed));
    const std::uint64_t before = silent.pushed;
    must(silent.till->sale(bill));
    silent.sync();
    CHECK(silent.pushed == before + 1);  // once is enough
    CHECK(conflicts(hq).empty());
    check_verified(hq);
}

TEST_CASE("coupons: put away and asked for again, it is held under the second answer only") {
    Hq hq(coupon_programme());
    TillAtHq one(hq, "S1"), other(hq, "S2");
    const MemberId member = member_number(1);
    const CouponId coupon = give(hq, member, "twenty", 1);
    hold(one, member, coupon);
    must(one.till->end_reservation(member, coupon));
    one.push();  // and the page is still under way
    hold(other, member, coupon);
    must(one.till->reserve_coupon(request(member, coupon), false));
    CHECK(use(one, member, coupon, false) == CouponVerdict::kNeedsHeadquarters);
    CHECK(use(other, member, coupon, true) == CouponVerdict::kAllowed);
    one.sync();
    CHECK(use(one, member, coupon, false) == CouponVerdict::kReservedElsewhere);
    other.sync();
    one.sync();
    CHECK(use(one, member, coupon, false) == CouponVerdict::kUsed);
    CHECK(conflicts(hq).empty());
    check_verified(hq);
}

TEST_CASE("coupons: a till does not use what an epoch before its current one reserved, and a person can end that") {
    Hq hq(coupon_programme());
    TillAtHq till(hq, "S1");
    const MemberId member = member_number(1);
    const CouponId coupon = give(hq, member, "twenty", 1);
    hold(till, member, coupon);
    CHECK(must(till.replica->asked_for(member, coupon)) == replica::Replica::Asked::kAnswered);
    wire::IncidentReport incident;
    incident.kind = wire::IncidentKind::kFork;
    must(till.replica->begin_epoch_after(must(till.replica->head()).epoch, incident));
    till.pushed = 0;
    CHECK(must(till.replica->asked_for(member, coupon)) == replica::Replica::Asked::kNever);
    CHECK(use(till, member, coupon, false) == CouponVerdict::kReservedElsewhere);
    CHECK_FALSE(must(till.till->reserve_coupon(request(member, coupon), false)).op.has_value());
    const Status ended = till.till->end_reservation(member, coupon);
    REQUIRE_FALSE(ended.has_value());
    CHECK(ended.error().code == Code::kRefused);
    till.sync();
    CHECK(hq.account(member).coupons[0].state == CouponState::kReserved);
    intake::Intake::OwnOp own;
    own.op.member = member;
    own.op.business_day = kToday;
    own.op.body = CouponVoid{coupon, true};
    must(hq.intake->append_own(std::span(&own, 1), hq.now_ms));
    till.fetch();
    CHECK(must(till.till->reserve_coupon(request(member, coupon), false)).op.has_value());
    till.sync();
    CHECK(use(till, member, coupon, true) == CouponVerdict::kAllowed);
}

TEST_CASE("cases: K5 the coupon of an order comes when headquarters has accepted the order, the first order's too") {
    Programme programme = coupon_programme();
    programme.coupons[0].cause = CouponCause::kNextOrder;
    programme.coupons[1].cause = CouponCause::kFirstOrder;
    Hq hq(programme);
    TillAtHq till(hq, "S1");
    replica::RegisterRequest anna;
    anna.fields = {{Field::kName, "Anna"}};
    const MemberId member = must(till.till->register_member(anna)).member;
    replica::SaleRequest sale;
    sale.member = member;
    sale.amount_minor = 10000;
    must(till.till->sale(sale));
    must(till.till->sale(sale));
    CHECK(must(till.till->coupons(member, {}, false)).empty());
    till.sync();
    const auto lines = must(till.till->coupons(member, request(member, {}).order, false));
    REQUIRE(lines.size() == 3);
    std::map<std::string, int> count;
    for (const auto& line : lines) {
        count[line.coupon.template_id] += 1;
        CHECK(line.offer.verdict == CouponVerdict::kAllowed);
    }
    CHECK(count == std::map<std::string, int>{{"last", 1}, {"twenty", 2}});
    check_verified(hq);
}

TEST_CASE(
    "coupons: birthdays, anniversaries and sign-ups are given by headquarters, once, also with other till's pages") {
    Programme programme = coupon_programme();
    programme.coupons[0].cause = CouponCause::kBirthday;
    programme.coupons[1].cause = CouponCause::kAnniversary;
    programme.coupons[2].cause = CouponCause::kSignUp;
    Hq hq(programme);
    TillAtHq till(hq, "S1");
    replica::RegisterRequest anna;
    anna.fields = {{Field::kName, "Anna"}, {Field::kPhone, "13800000001"}, {Field::kBirthday, "1990-11-16"}};
    const MemberId member = must(till.till->register_member(anna)).member;
    till.sync();
    CHECK(hq.account(member).coupons.size() == 1);
    CHECK(hq.account(member).coupons[0].cause == CouponCause::kSignUp);
    CHECK(must(hq.intake->expire_all(hq.now_ms)) == 0);  // 2023-11-15
    hq.now_ms += days_ms(1);
    CHECK(must(hq.intake->expire_all(hq.now_ms)) == 1);
    CHECK(must(hq.intake->expire_all(hq.now_ms)) == 0);
    CHECK(hq.account(member).coupons[1].cause == CouponCause::kBirthday);
    hq.now_ms += days_ms(365);  // 2024-11-15: a year with a leap day
    CHECK(must(hq.intake->expire_all(hq.now_ms)) == 1);
    CHECK(hq.account(member).coupons[2].cause == CouponCause::kAnniversary);
    till.fetch();
    CHECK(must(till.till->coupons(member, {}, false)).size() == 3);
    check_verified(hq);
}
