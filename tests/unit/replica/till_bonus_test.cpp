// Bonuses at the till: once, in the same step as what gives them. Case ids: cases.md.
#include "tests/unit/replica/till_bench.h"

using namespace tally;
using namespace tally::test;
using domain::BonusSource;
using domain::OpKind;

namespace {

domain::BonusRule rule(const char* id, BonusSource source, domain::Points points,
                       domain::Once once = domain::Once::kPerson) {
    domain::BonusRule out;
    out.id = id;
    out.source = source;
    out.points = points;
    out.once = once;
    return out;
}

domain::Programme with(std::initializer_list<domain::BonusRule> rules) {
    domain::Programme out = Shop::plain();
    out.bonuses = rules;
    return out;
}

}  // namespace

TEST_CASE("cases: E11 the sign-up points come with the registration, in one step, once") {
    Shop shop(with({rule("hello", BonusSource::kSignUp, 200)}));
    const auto before = shop.ops();
    const auto answer = shop.join("Anna", "13800138000");
    CHECK(answer.bonus == 200);
    CHECK(shop.ops() == before + 2);
    CHECK(shop.last_kinds(2) == std::vector{OpKind::kRegister, OpKind::kBonus});
    CHECK(shop.balance(answer.member) == 200);
    CHECK_FAILS(shop.till.bonus(answer.member, "hello"), Code::kRefused);
    const auto again = shop.join("Anna", "13800138000");
    CHECK(again.existed);
    CHECK(again.bonus == 0);
    shop.check_sound();
    shop.sync();
    CHECK(shop.balance(answer.member) == 200);
}

TEST_CASE("till: the bonus for a complete profile comes with the edit that completes it, and once") {
    domain::BonusRule complete = rule("complete", BonusSource::kProfile, 50);
    complete.fields = {domain::Field::kName, domain::Field::kBirthday};
    Shop shop(with({complete}));
    const auto anna = shop.join("Anna").member;
    CHECK(shop.balance(anna) == 0);
    domain::Points bonus = -1;
    CHECK_DONE(shop.till.edit_profile(anna, {{domain::Field::kEmail, "a@example.com"}}, &bonus));
    CHECK(bonus == 0);
    const auto before = shop.ops();
    CHECK_DONE(shop.till.edit_profile(anna, {{domain::Field::kBirthday, "1990-01-02"}}, &bonus));
    CHECK(bonus == 50);
    CHECK(shop.ops() == before + 2);
    CHECK_DONE(shop.till.edit_profile(anna, {{domain::Field::kBirthday, ""}}, &bonus));
    CHECK(bonus == 0);
    CHECK_DONE(shop.till.edit_profile(anna, {{domain::Field::kBirthday, "1990-01-03"}}, &bonus));
    CHECK(bonus == 0);
    CHECK(shop.balance(anna) == 50);
    CHECK(shop.join("Ben", "", "1991-01-01").bonus == 50);  // complete at registration
    shop.check_sound();
}

TEST_CASE("till: an edit that moves an identity is one step") {
    Shop shop(Shop::plain());
    const auto anna = shop.join("Anna", "13800138000").member;
    const auto before = shop.ops();
    CHECK_DONE(shop.till.edit_profile(anna, {{domain::Field::kPhone, "13900139000"}}));
    CHECK(shop.last_kinds(3) == std::vector{OpKind::kProfileEdit, OpKind::kIdentityBind, OpKind::kIdentityBind});
    CHECK(shop.ops() == before + 3);
    CHECK(MUST(shop.till.find_code("13900139000")).has_value());
    CHECK_FALSE(MUST(shop.till.find_code("13800138000")).has_value());
    shop.check_sound();
}

TEST_CASE("till: a sign-in counts once a day, a review once each, an event once a key, up to the rule's caps") {
    domain::BonusRule event = rule("event", BonusSource::kEvent, 30, domain::Once::kKey);
    event.cap_member = 50;
    Shop shop(with({rule("in", BonusSource::kSignIn, 1, domain::Once::kDay),
                    rule("review", BonusSource::kReview, 5, domain::Once::kKey), event}));
    const auto anna = shop.join("Anna").member;
    CHECK(MUST(shop.till.bonus(anna, "in")).points == 1);
    CHECK_FAILS(shop.till.bonus(anna, "in"), Code::kRefused);
    shop.clock.advance_ms(24 * 3'600'000LL);
    CHECK(MUST(shop.till.bonus(anna, "in")).balance == 2);
    CHECK(MUST(shop.till.bonus(anna, "review", "B1")).points == 5);
    CHECK_FAILS(shop.till.bonus(anna, "review", "B1"), Code::kRefused);
    CHECK(MUST(shop.till.bonus(anna, "review", "B2")).points == 5);
    CHECK(MUST(shop.till.bonus(anna, "event", "race")).points == 30);
    CHECK(MUST(shop.till.bonus(anna, "event", "quiz")).points == 20);
    CHECK_FAILS(shop.till.bonus(anna, "event", "lucky"), Code::kRefused);
    CHECK_FAILS(shop.till.bonus(anna, "none"), Code::kNotFound);
    CHECK_FAILS(shop.till.bonus(Bench::member(99), "in"), Code::kNotFound);
    CHECK(shop.balance(anna) == 62);
}

TEST_CASE("till: a referral gives both sides in one step, once for the one who came") {
    Shop shop(with(
        {rule("thanks", BonusSource::kReferrer, 40, domain::Once::kKey), rule("welcome", BonusSource::kReferred, 20)}));
    const auto anna = shop.join("Anna").member, ben = shop.join("Ben").member, cleo = shop.join("Cleo").member;
    const auto before = shop.ops();
    (void)MUST(shop.till.refer(anna, ben));
    CHECK(shop.ops() == before + 2);
    CHECK(shop.balance(anna) == 40);
    CHECK(shop.balance(ben) == 20);
    CHECK_FAILS(shop.till.refer(anna, ben), Code::kRefused);
    CHECK_FAILS(shop.till.refer(cleo, ben), Code::kRefused);  // somebody else brought Ben
    CHECK_FAILS(shop.till.refer(anna, anna), Code::kInvalid);
    (void)MUST(shop.till.refer(anna, cleo));
    CHECK(shop.balance(anna) == 80);

    replica::RegisterRequest request;
    request.fields[domain::Field::kName] = "Dora";
    request.referrer = anna;
    const auto dora = MUST(shop.till.register_member(request));
    CHECK(dora.bonus == 20);
    CHECK(shop.balance(anna) == 120);
    CHECK(shop.last_kinds(3) == std::vector{OpKind::kRegister, OpKind::kBonus, OpKind::kBonus});
    request.referrer = Bench::member(99);
    const auto head = shop.ops();
    CHECK_FAILS(shop.till.register_member(request), Code::kNotFound);
    CHECK(shop.ops() == head);
    shop.check_sound();
}
