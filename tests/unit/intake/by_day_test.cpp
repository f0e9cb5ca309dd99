// The walk for birthdays and anniversaries, and coupons given by hand to many.
#include "tests/unit/intake/coupon_rig.h"

using namespace tally;
using namespace tally::test;

namespace {

// Two members born on this day, of whom the first one's profile does not open any more.
struct Birthdays : Hq {
    MemberId anna, ben;

    Birthdays() : Hq(programme_of()) {
        TillAtHq till(*this, "S1");
        const auto join = [&](const char* name) {
            replica::RegisterRequest request;
            request.fields = {{Field::kName, name}, {Field::kBirthday, "1990-11-16"}};
            return must(till.till->register_member(request)).member;
        };
        anna = join("Anna");
        ben = join("Ben");
        till.sync();
        exec("UPDATE profile SET sealed_profile = x'00' WHERE rowid = (SELECT min(rowid) FROM profile)");
        now_ms += days_ms(1);
    }
    static Programme programme_of() {
        Programme programme = coupon_programme();
        programme.coupons[0].cause = CouponCause::kBirthday;
        return programme;
    }
};

}  // namespace

TEST_CASE("by day: a profile that does not open keeps nobody else's coupon back") {
    Birthdays hq;
    hq.reopen();
    const auto step = must(hq.intake->expire(0, 1000, hq.now_ms));
    CHECK(step.next == 0);
    CHECK(step.unopened == 1);
    CHECK(hq.account(hq.anna).coupons.size() + hq.account(hq.ben).coupons.size() == 1);
}

TEST_CASE("by day: all members are looked at once a day, whoever asks and however often headquarters starts") {
    Birthdays hq;
    hq.reopen();
    CHECK(must(hq.intake->expire(0, 1000, hq.now_ms)).unopened == 1);
    CHECK(must(hq.intake->expire(0, 1000, hq.now_ms)).unopened == 0);
    hq.reopen();
    CHECK(must(hq.intake->expire(0, 1000, hq.now_ms)).unopened == 0);
    hq.now_ms += days_ms(1);
    CHECK(must(hq.intake->expire(0, 10, hq.now_ms)).next != 0);  // a step of one member: not done yet
    hq.reopen();
    CHECK(must(hq.intake->expire(0, 1000, hq.now_ms)).unopened == 1);
    CHECK(must(hq.intake->expire(0, 1000, hq.now_ms)).unopened == 0);
}

TEST_CASE("by hand: a batch that was broken off and is run again gives nobody a second coupon") {
    Hq hq(coupon_programme());
    std::vector<MemberId> members;
    for (std::uint64_t i = 1; i <= 4; ++i) {
        members.push_back(member_number(i));
        (void)give(hq, members.back(), "budget", static_cast<std::uint8_t>(i));
    }
    const intake::Intake::HandOut spring{"twenty", "spring", 2};
    const auto some = std::span(members).first(3);
    CHECK(must(hq.intake->issue_by_hand(spring, some, hq.now_ms)).coupons.size() == 6);
    hq.reopen();
    const auto rest = must(hq.intake->issue_by_hand(spring, members, hq.now_ms));
    CHECK(rest.members == 1);
    CHECK(rest.coupons.size() == 2);
    CHECK(must(hq.intake->issue_by_hand({"twenty", "summer", 1}, members, hq.now_ms)).members == 4);
    CHECK(must(hq.intake->issue_by_hand({"twenty", "", 1}, some, hq.now_ms)).members == 3);
    CHECK(must(hq.intake->issue_by_hand({"twenty", "", 1}, some, hq.now_ms)).members == 3);
    for (const MemberId& member : some) CHECK(coupons_issued(hq.account(member), "twenty") == 5);
    check_verified(hq);
}

TEST_CASE("by hand: two that give at once give together no more than one may have") {
    Programme programme = coupon_programme();
    programme.coupons[0].per_member = 1;
    Hq hq(programme);
    std::vector<MemberId> members;
    for (std::uint64_t i = 1; i <= 4; ++i) {
        members.push_back(member_number(i));
        (void)give(hq, members.back(), "budget", static_cast<std::uint8_t>(i));
    }
    const auto beside = hq.other_connection();
    intake::Intake other(*beside, hq.device);
    const std::span all(members);
    const intake::Intake::HandOut one{"twenty", "", 1}, two{"twenty", "spring", 1};
    CHECK(must(hq.intake->issue_by_hand(one, all.first(2), hq.now_ms)).members == 2);
    CHECK(must(other.issue_by_hand(two, all, hq.now_ms)).members == 2);
    CHECK(must(hq.intake->issue_by_hand(one, all, hq.now_ms)).members == 0);
    for (const MemberId& member : members) CHECK(coupons_issued(hq.account(member), "twenty") == 1);
    check_verified(hq);
}
