// Which coupons headquarters owes: by operations, by days, by hand.
#include "hq-server/intake/owed.h"

#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

CouponTemplate made_by(const std::string& id, CouponCause cause) {
    CouponTemplate out;
    out.id = id;
    out.cause = cause;
    out.amount_minor = 100;
    return out;
}

struct Owed {
    Programme programme = plain_programme();
    Account account;
    std::uint64_t seq = 0;

    Op op(Body body, Day day = kToday) {
        Op out;
        out.id.terminal = 2;
        out.id.epoch.bytes[0] = 1;
        out.id.seq = ++seq;
        out.store = "S1";
        out.business_day = day;
        out.member = member_number(1);
        out.body = std::move(body);
        return out;
    }
    // Folds it, and what follows from it as headquarters writes it; the templates given.
    std::vector<std::string> after(Body body) {
        const Op made = op(std::move(body));
        (void)must(fold(account, made));
        return take(intake::coupons_owed_for(programme, account, made));
    }
    std::vector<std::string> take(intake::OwedCoupons owed, Day day = kToday) {
        std::vector<std::string> out;
        for (CouponIssue& issue : owed) {
            out.push_back(issue.template_id);
            issue.coupon.bytes[0] = 1;
            issue.coupon.bytes[15] = static_cast<std::uint8_t>(++seq);
            CHECK(must(fold(account, op(issue, day))).outcome == Outcome::kAccepted);
        }
        return out;
    }
    std::vector<std::string> on(const std::string& today, const std::string& birthday, const std::string& joined = "") {
        const Day joined_day = joined.empty() ? 0 : must(parse_day(joined));
        const Day day = must(parse_day(today));
        return take(intake::coupons_owed_on(programme, account, birthday, joined_day, day), day);
    }
};

using Names = std::vector<std::string>;

Earn order(Minor amount, const std::string& bill) {
    Earn body;
    body.bill.bill_no = bill;
    body.amount_minor = body.eligible_minor = amount;
    return body;
}

}  // namespace

TEST_CASE("owed: a sign-up, the first order and every next order give theirs, up to what one person may have") {
    Owed owed;
    owed.programme.coupons = {made_by("hello", CouponCause::kSignUp), made_by("first", CouponCause::kFirstOrder),
                              made_by("next", CouponCause::kNextOrder), made_by("hand", CouponCause::kByHand)};
    owed.programme.coupons[2].per_member = 2;
    CHECK(owed.after(Register{}) == Names{"hello"});
    CHECK(owed.after(Register{}) == Names{});
    CHECK(owed.after(order(0, "0")) == Names{});  // nothing was bought
    CHECK(owed.after(order(100, "1")) == Names{"first", "next"});
    CHECK(owed.after(order(100, "2")) == Names{"next"});
    CHECK(owed.after(order(100, "3")) == Names{});
}

TEST_CASE("cases: K5 the coupon for the next order names the order that gives it and is valid from that day") {
    Owed owed;
    owed.programme.coupons = {made_by("next", CouponCause::kNextOrder)};
    owed.programme.coupons[0].valid_days = 30;
    const Op made = owed.op(order(100, "1"));
    (void)must(fold(owed.account, made));
    CHECK(owed.account.coupons.empty());  // until headquarters issues it there is nothing to use
    auto due = intake::coupons_owed_for(owed.programme, owed.account, made);
    REQUIRE(due.size() == 1);
    intake::date_coupon(owed.programme, due[0], kToday);
    CHECK(due[0].from == made.id);
    CHECK(due[0].cause == CouponCause::kNextOrder);
    CHECK(due[0].valid_from == kToday);
    CHECK(due[0].valid_through == kToday + 29);
}

TEST_CASE("owed: a tier that is reached gives its gift and those of the levels below, each once in a life") {
    Owed owed;
    for (const char* id : {"bronze", "silver", "gold"}) {
        TierLevel level;
        level.id = id;
        level.benefits = {std::string("of_") + id};
        owed.programme.tiers.levels.push_back(level);
        owed.programme.benefits.push_back({std::string("of_") + id, {}, std::string("gift_") + id});
        owed.programme.coupons.push_back(made_by(std::string("gift_") + id, CouponCause::kTierGift));
    }
    owed.programme.benefits[0].coupon.clear();  // a benefit in words
    CHECK(owed.after(TierChange{"gold", TierCause::kUpgrade, 0, {}}) == Names{"gift_silver", "gift_gold"});
    CHECK(owed.after(TierChange{"silver", TierCause::kDowngrade, 0, {}}) == Names{});
    CHECK(owed.after(TierChange{"gold", TierCause::kUpgrade, 0, {}}) == Names{});
    CHECK(owed.after(TierChange{"platinum", TierCause::kUpgrade, 0, {}}) == Names{});  // no such level
}

TEST_CASE("owed: a birthday gives once a year, on its day or in the week after it, also over New Year") {
    Owed owed;
    owed.programme.coupons = {made_by("cake", CouponCause::kBirthday)};
    CHECK(intake::gives_by_day(owed.programme));
    CHECK(owed.on("2026-05-09", "1990-05-10") == Names{});
    CHECK(owed.on("2026-05-10", "1990-05-10") == Names{"cake"});
    CHECK(owed.on("2026-05-11", "1990-05-10") == Names{});
    CHECK(owed.on("2027-05-16", "1990-05-10") == Names{"cake"});
    CHECK(owed.on("2028-05-17", "1990-05-10") == Names{});
    CHECK(owed.on("2029-01-02", "1990-12-30") == Names{"cake"});  // of 2028
    CHECK(owed.on("2029-12-30", "1990-12-30") == Names{"cake"});
    CHECK(owed.on("2029-12-30", "") == Names{});
    CHECK(owed.on("2029-12-30", "unknown") == Names{});
}

TEST_CASE("owed: who was born on 29 February has it on the 28th in common years") {
    Owed owed;
    owed.programme.coupons = {made_by("cake", CouponCause::kBirthday)};
    CHECK(owed.on("2027-02-27", "2004-02-29") == Names{});
    CHECK(owed.on("2027-02-28", "2004-02-29") == Names{"cake"});
    CHECK(owed.on("2028-02-28", "2004-02-29") == Names{});
    CHECK(owed.on("2028-02-29", "2004-02-29") == Names{"cake"});
}

TEST_CASE("owed: the anniversary comes from the first year on") {
    Owed owed;
    owed.programme.coupons = {made_by("years", CouponCause::kAnniversary)};
    CHECK(owed.on("2026-11-22", "", "2026-11-22") == Names{});
    CHECK(owed.on("2027-11-21", "", "2026-11-22") == Names{});
    CHECK(owed.on("2027-11-22", "", "2026-11-22") == Names{"years"});
    CHECK(owed.on("2027-11-23", "", "2026-11-22") == Names{});
}

TEST_CASE("cases: K6 by hand no more than one person may have") {
    Owed owed;
    owed.programme.coupons = {made_by("ten", CouponCause::kByHand)};
    owed.programme.coupons.front().per_member = 10;
    CouponIssue issue;
    issue.template_id = "ten";
    for (int i = 0; i < 10; ++i) {
        REQUIRE(intake::is_still_owed(owed.programme, owed.account, issue));
        owed.take({issue});
    }
    CHECK_FALSE(intake::is_still_owed(owed.programme, owed.account, issue));
}
