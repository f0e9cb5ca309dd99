// Late points, bonuses, segments and occasions.
#include "common/domain/till_rules.h"
#include "tests/support/book.h"

using namespace tally;
using namespace tally::domain;
using support::Book;

namespace {

Order order_on(Day day, Minor amount_minor = 10'000) {
    Order order{.amount_minor = amount_minor};
    order.facts.day = day;
    order.facts.store = "S1";
    return order;
}

std::uint32_t all_bits() { return 0b111110; }

Programme asks_for_everything() {
    Programme programme;
    programme.version = 1;
    for (int i = 1; i <= 5; ++i) {
        BonusRule rule;
        rule.id = "b" + std::to_string(i);
        rule.when.occasion = static_cast<Occasion>(i);
        programme.bonuses.push_back(rule);
    }
    return programme;
}

std::uint32_t bit(Occasion occasion) { return occasion_bit(occasion); }

}  // namespace

TEST_CASE("late: a forgotten bill earns on the day of its sale, within the programme's days, once") {
    Book book;
    book.programme.late_days = 3;
    book.programme.expiry_rule = ExpiryRule::kDays;
    book.programme.expiry_count = 30;
    book.programme.unlock_days = 2;
    const auto late = make_late_earn(book.programme, book.account, order_on(10), {.bill_no = "L1"}, 13);
    REQUIRE(late);
    CHECK(late->late_for == 10);
    CHECK(late->points == 100);
    CHECK(late->unlocks == 12);
    CHECK(late->expires == 42);
    book.add(13, *late);
    CHECK(book.account.lots.front().day == 10);
    const auto refusal = [&](Day day, const std::string& bill_no, Day today) {
        return make_late_earn(book.programme, book.account, order_on(day), {.bill_no = bill_no}, today).error().code;
    };
    CHECK(refusal(10, "L1", 13) == Code::kExists);
    CHECK(refusal(10, "L2", 14) == Code::kRefused);
    CHECK(refusal(14, "L2", 13) == Code::kInvalid);
    CHECK(refusal(13, "", 13) == Code::kInvalid);
    book.programme.late_days = 0;
    CHECK(refusal(13, "L2", 13) == Code::kRefused);
}

TEST_CASE("late: caps of the day count on the day of the sale") {
    Book book;
    book.programme.late_days = 30;
    book.programme.earn_cap_day = 150;
    book.add(10, *make_earn(book.programme, book.account, order_on(10), {.bill_no = "1"}));
    book.add(12, *make_earn(book.programme, book.account, order_on(12), {.bill_no = "2"}));
    CHECK(make_late_earn(book.programme, book.account, order_on(10), {.bill_no = "3"}, 12)->points == 50);
    CHECK(make_late_earn(book.programme, book.account, order_on(11), {.bill_no = "3"}, 12)->points == 100);
}

TEST_CASE("earn: points unlock and expire by the programme, and the first purchase is recorded") {
    Book book;
    book.programme.unlock_days = 2;
    book.programme.expiry_rule = ExpiryRule::kDays;
    book.programme.expiry_count = 10;
    const auto earn = make_earn(book.programme, book.account, order_on(5), {.bill_no = "1"});
    REQUIRE(earn);
    CHECK(earn->unlocks == 7);
    CHECK(earn->expires == 17);
    CHECK(earn->first_purchase);
    book.add(5, *earn);
    CHECK(book.account.balance_on(6) == 0);
    CHECK(book.account.balance_on(17) == 100);
    CHECK_FALSE(make_earn(book.programme, book.account, order_on(6), {.bill_no = "2"})->first_purchase);
}

TEST_CASE("bonus: counts once a person, a day or a key, as its rule says, and within its caps") {
    Book book;
    book.programme.bonuses = {
        {.id = "sign-in", .source = BonusSource::kSignIn, .points = 5, .once = Once::kDay, .cap_member = 12},
        {.id = "review", .source = BonusSource::kReview, .points = 7, .once = Once::kKey, .cap_day = 10}};
    const auto give = [&](const std::string& rule, const std::string& key, Day day) -> Result<Points> {
        Facts facts;
        facts.day = day;
        auto bonus = make_bonus(book.programme, book.account, facts, rule, key);
        if (!bonus) return bonus.error();
        book.add(day, *bonus);
        return bonus->points;
    };
    CHECK(*give("sign-in", "", 0) == 5);
    CHECK(give("sign-in", "", 0).error().code == Code::kRefused);
    CHECK(*give("sign-in", "", 1) == 5);
    CHECK(*give("sign-in", "", 2) == 2);
    CHECK(give("sign-in", "", 3).error().code == Code::kRefused);
    CHECK(give("sign-in", "mine", 3).error().code == Code::kInvalid);
    CHECK(give("review", "", 3).error().code == Code::kInvalid);
    CHECK(*give("review", "bill 1", 3) == 7);
    CHECK(give("review", "bill 1", 4).error().code == Code::kRefused);
    CHECK(*give("review", "bill 2", 3) == 3);
    CHECK(give("review", "bill 3", 3).error().code == Code::kRefused);
    CHECK(*give("review", "bill 3", 4) == 7);
    CHECK(give("unheard-of", "", 4).error().code == Code::kNotFound);
    CHECK(book.account.bonus_total == 12 + 17);
}

TEST_CASE("bonus: a rule about the profile asks for every field, and conditions must hold") {
    Book book;
    book.programme.bonuses = {
        {.id = "full", .source = BonusSource::kProfile, .points = 20, .fields = {Field::kName, Field::kBirthday}}};
    const auto code = [&](const std::vector<Field>& known) {
        const auto bonus = make_bonus(book.programme, book.account, {}, "full", "", known);
        return bonus ? std::optional<Code>() : bonus.error().code;
    };
    CHECK(code({Field::kName}) == Code::kRefused);
    CHECK_FALSE(code({Field::kBirthday, Field::kName}));
    book.programme.bonuses[0].when.stores = {"S9"};
    CHECK(code({Field::kBirthday, Field::kName}) == Code::kRefused);
}

TEST_CASE("occasions: day, ISO week and month of the birthday, 29 February on the 28th of common years") {
    const Programme programme = asks_for_everything();
    const auto bits = [&](std::string_view birthday, int year, int month, int day) {
        return occasions_of(programme, birthday, 0, false, day_of_civil(year, month, day));
    };
    const std::uint32_t month = bit(Occasion::kBirthdayMonth), week = month | bit(Occasion::kBirthdayWeek),
                        day = week | bit(Occasion::kBirthdayDay);
    CHECK(bits("1990-05-06", 2026, 5, 6) == day);    // a Wednesday
    CHECK(bits("1990-05-06", 2026, 5, 4) == week);   // its Monday
    CHECK(bits("1990-05-06", 2026, 5, 10) == week);  // its Sunday
    CHECK(bits("1990-05-06", 2026, 5, 11) == month);
    CHECK(bits("1990-05-06", 2026, 6, 6) == 0);
    CHECK(bits("2000-02-29", 2026, 2, 28) == day);
    CHECK(bits("2000-02-29", 2028, 2, 28) == week);
    CHECK(bits("2000-02-29", 2028, 2, 29) == day);
    CHECK(bits("1990-01-01", 2026, 12, 31) == bit(Occasion::kBirthdayWeek));  // the week holds 1 January
    CHECK(bits("", 2026, 5, 6) == 0);
    CHECK(bits("05-06", 2026, 5, 6) == 0);
}

TEST_CASE("occasions: an anniversary is from the first year on, and only what the programme asks for is told") {
    const Programme programme = asks_for_everything();
    const Day joined = day_of_civil(2024, 2, 29);
    const auto bits = [&](int year, int month, int day) {
        return occasions_of(programme, "", joined, false, day_of_civil(year, month, day));
    };
    CHECK(bits(2024, 2, 29) == 0);
    CHECK(bits(2025, 2, 28) == bit(Occasion::kAnniversary));
    CHECK(bits(2028, 2, 28) == 0);
    CHECK(bits(2028, 2, 29) == bit(Occasion::kAnniversary));
    CHECK(occasions_of(programme, "", 0, true, 0) == bit(Occasion::kFirstPurchase));
    CHECK(occasions_of(Programme{}, "1990-05-06", joined, true, day_of_civil(2026, 5, 6)) == 0);
    CHECK((occasions_of(programme, "1990-05-06", joined, true, day_of_civil(2026, 5, 6)) & ~all_bits()) == 0);
}

TEST_CASE("segments: spend, visits, absence and joining, each on the day it is asked for") {
    Book book;
    book.programme.segments = {{.id = "spender", .within_days = 30, .spend_min_minor = 20'000},
                               {.id = "regular", .visits_min = 2},
                               {.id = "absent", .absent_days_min = 60},
                               {.id = "new", .joined_days_max = 30}};
    const auto in = [&](Day joined, Day day) { return segments_of(book.programme, book.account, joined, day); };
    using Names = std::vector<std::string>;
    CHECK(in(0, 0) == Names{});
    CHECK(in(70, 100) == Names{"new"});
    CHECK(in(69, 100) == Names{});
    const OpId sale = book.earn(100, 15'000, 150);
    book.earn(110, 10'000, 100);
    CHECK(in(0, 110) == Names{"spender", "regular"});
    CHECK(in(0, 129) == Names{"spender", "regular"});
    CHECK(in(0, 130) == Names{"regular"});
    CHECK(in(0, 169) == Names{"regular"});
    CHECK(in(0, 170) == Names{"regular", "absent"});
    book.refund(111, sale, 15'000);
    CHECK(in(0, 111) == Names{});
}
