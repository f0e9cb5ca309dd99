// The worked cases of redeeming (R1 ... R7) and the limits of a redemption.
#include "tests/support/book.h"

using namespace tally;
using namespace tally::domain;
using support::Book;

namespace {

struct Shop : Book {
    Shop() {
        programme.rewards = {{.id = "cup", .points = 3}, {.id = "off", .points = 10, .value_minor = 500}};
        programme.floor_limit_points = 1'000'000;
    }
    RedeemVerdict judge(const RedeemQuestion& question, Day today = 0) {
        return judge_redeem(programme, account, today, question);
    }
    Points most(const RedeemQuestion& question, Day today = 0) {
        return redeemable(programme, account, today, question);
    }
};

}  // namespace

TEST_CASE("cases: R2 a reward is claimed in whole multiples: 3 each of 10 points are 9") {
    Shop shop;
    shop.adjust(0, 10);
    CHECK(shop.most({.reward = "cup", .count = 1}) == 9);
    CHECK(shop.judge({.reward = "cup", .count = 3}) == RedeemVerdict::kAllowed);
    CHECK(shop.judge({.reward = "cup", .count = 4}) == RedeemVerdict::kOverBalance);
    const auto redeem = make_redeem(shop.programme, shop.account, 0, {.reward = "cup", .count = 3}, {.bill_no = "1"});
    REQUIRE(redeem);
    CHECK(redeem->points == 9);
    CHECK(redeem->count == 3);
    CHECK(redeem->value_minor == 0);
    shop.add(0, *redeem);
    CHECK(shop.account.balance_on(0) == 1);
    CHECK(make_redeem(shop.programme, shop.account, 0, {.reward = "cup", .count = 1}, {}).error().code ==
          Code::kRefused);
}

TEST_CASE("cases: R3 neither points nor rewards take off more than the order") {
    Shop shop;
    shop.adjust(0, 1'000);
    CHECK(shop.most({.order_minor = 10}) == 10);
    CHECK(shop.judge({.points = 11, .order_minor = 10}) == RedeemVerdict::kOverOrder);
    const RedeemQuestion reward{.order_minor = 1'499, .reward = "off", .count = 3};
    CHECK(shop.judge(reward) == RedeemVerdict::kOverOrder);
    CHECK(shop.most(reward) == 20);
}

TEST_CASE("cases: R6 what an order earns pays for its own reward only where the programme says so") {
    Shop shop;
    shop.adjust(0, 5);
    const OpId sale = shop.earn(0, 1'000, 10);
    RedeemQuestion question{.points = 6, .order_minor = 1'000, .own_sale = sale};
    CHECK(shop.judge(question) == RedeemVerdict::kOverBalance);
    CHECK(shop.most(question) == 5);
    question.points = 5;
    const auto redeem = make_redeem(shop.programme, shop.account, 0, question, {});
    REQUIRE(redeem);
    for (const LotTake& take : redeem->takes) CHECK(take.lot != sale);
    shop.programme.earn_pays_own_reward = true;
    question.points = 15;
    CHECK(shop.judge(question) == RedeemVerdict::kAllowed);
    CHECK(shop.most(question) == 15);
}

TEST_CASE("cases: R5 an order that earns 10 and spends 5 of a balance of 5 makes two lines") {
    Shop shop;
    shop.adjust(0, 5);
    const OpId sale = shop.earn(1, 1'000, 10);
    const auto redeem =
        make_redeem(shop.programme, shop.account, 1, {.points = 5, .order_minor = 1'000, .own_sale = sale}, {});
    REQUIRE(redeem);
    shop.add(1, *redeem);
    CHECK(shop.account.earned_total == 10);
    CHECK(shop.account.redeemed_total == 5);
    CHECK(shop.account.redemptions.front().points == 5);
    CHECK(shop.lot(sale).free == 10);
}

TEST_CASE("cases: R7 a claim shrinks with the line that it is for") {
    Shop shop;
    shop.adjust(0, 100);
    shop.programme.rewards[1].when.skus = {"tea"};
    RedeemQuestion question{.order_minor = 5'000, .reward = "off", .count = 3};
    question.lines = {{"tea", "", 3'000, 1'500, false, 0}, {"milk", "", 9'000, 3'500, false, 0}};
    CHECK(shop.judge(question) == RedeemVerdict::kAllowed);
    question.lines[0].quantity_milli = 2'000;
    CHECK(shop.judge(question) == RedeemVerdict::kOverOrder);
    CHECK(shop.most(question) == 20);
    question.lines[0].amount_minor = 900;  // cheaper than two of them take off
    CHECK(shop.most(question) == 10);
    question.lines.erase(question.lines.begin());
    CHECK(shop.judge(question) == RedeemVerdict::kConditions);
    CHECK(shop.most(question) == 0);
}

TEST_CASE("redeem: each limit of the programme has its verdict, and the most that is offered is always allowed") {
    Shop shop;
    shop.adjust(0, 1'000);
    struct Row {
        const char* name;
        RedeemVerdict verdict;
        Points most;
        RedeemQuestion question;
        void (*change)(Programme&);
    };
    const Row rows[] = {
        {"maximum", RedeemVerdict::kOverMaximum, 40, {.points = 41}, [](Programme& p) { p.redeem_max_points = 40; }},
        {"share",
         RedeemVerdict::kOverShare,
         50,
         {.points = 51, .order_minor = 100},
         [](Programme& p) { p.redeem_share_max_milli = 500; }},
        {"no reward", RedeemVerdict::kNoSuchReward, 0, {.reward = "none", .count = 1}, [](Programme&) {}},
        {"no count", RedeemVerdict::kNotPositive, 999, {.reward = "cup"}, [](Programme&) {}},
        {"conditions",
         RedeemVerdict::kConditions,
         0,
         {.reward = "cup", .count = 1},
         [](Programme& p) { p.rewards[0].when.stores = {"S9"}; }},
        {"way",
         RedeemVerdict::kWeakIdentity,
         0,
         {.points = 1, .presented = IdentityKind::kName},
         [](Programme& p) {
             p.redeem_requires = {{IdentityKind::kCard, 0}};
         }},
        {"way's bound",
         RedeemVerdict::kWeakIdentity,
         20,
         {.points = 21, .presented = IdentityKind::kPhone},
         [](Programme& p) {
             p.redeem_requires = {{IdentityKind::kCard, 0}, {IdentityKind::kPhone, 20}};
         }},
        {"way without a bound",
         RedeemVerdict::kAllowed,
         1'000,
         {.points = 900, .presented = IdentityKind::kCard},
         [](Programme& p) {
             p.redeem_requires = {{IdentityKind::kCard, 0}, {IdentityKind::kPhone, 20}};
         }},
        {"way, approved",
         RedeemVerdict::kAllowed,
         1'000,
         {.points = 21, .approved = true},
         [](Programme& p) {
             p.redeem_requires = {{IdentityKind::kCard, 0}};
         }},
        {"approval",
         RedeemVerdict::kNeedsApproval,
         30,
         {.points = 31},
         [](Programme& p) { p.redeem_approval_above = 30; }},
        {"approved",
         RedeemVerdict::kAllowed,
         1'000,
         {.points = 31, .approved = true},
         [](Programme& p) { p.redeem_approval_above = 30; }},
        {"offline",
         RedeemVerdict::kOverOfflineLimit,
         9,
         {.offline = true, .reward = "cup", .count = 4},
         [](Programme& p) { p.floor_limit_points = 10; }},
        {"reward above the maximum",
         RedeemVerdict::kOverMaximum,
         9,
         {.reward = "cup", .count = 4},
         [](Programme& p) { p.redeem_max_points = 10; }},
    };
    const Programme plain = shop.programme;
    for (const Row& row : rows) {
        CAPTURE(row.name);
        shop.programme = plain;
        row.change(shop.programme);
        CHECK(shop.judge(row.question) == row.verdict);
        CHECK(shop.most(row.question) == row.most);
        if (row.most == 0) continue;
        RedeemQuestion offered = row.question;
        offered.points = row.most;
        if (!offered.reward.empty()) offered.count = static_cast<std::uint32_t>(row.most / 3);
        CHECK(shop.judge(offered) == RedeemVerdict::kAllowed);
        offered.points += 1, offered.count += offered.reward.empty() ? 0 : 1;
        CHECK(shop.judge(offered) != RedeemVerdict::kAllowed);
    }
}

TEST_CASE("redeem: at the edges of 64 bits a count is refused, never wrapped") {
    Shop shop;
    shop.adjust(0, kPointsMax);
    shop.programme.rewards[1].points = kPointsMax;
    CHECK(shop.judge({.reward = "off", .count = UINT32_MAX}) == RedeemVerdict::kOverBalance);
    CHECK(shop.most({.reward = "off", .count = 1}) == kPointsMax);
    shop.programme.rewards[1] = {.id = "off", .points = 1, .value_minor = kAmountMinorMax};
    CHECK(shop.judge({.reward = "off", .count = 2}) == RedeemVerdict::kOverOrder);
    CHECK(shop.most({.reward = "off", .count = 2}) == 1);
}

TEST_CASE("give back: points whose lot has expired stay usable for the programme's grace days") {
    Shop shop;
    shop.earn(0, 10'000, 100, 10);
    const OpId spent = shop.redeem(5, 60);
    shop.expire(11);
    CHECK_FALSE(make_give_back(shop.programme, shop.account, spent, 11)->grace_through);
    shop.programme.give_back_grace_days = 7;
    const auto back = make_give_back(shop.programme, shop.account, spent, 11);
    REQUIRE(back);
    CHECK(back->points == 60);
    CHECK(back->grace_through == 18);
    shop.add(11, *back);
    CHECK(shop.account.balance_on(18) == 60);
    CHECK(shop.account.balance_on(19) == 0);
    CHECK(make_give_back(shop.programme, shop.account, spent, 12).error().code == Code::kRefused);
    CHECK(make_give_back(shop.programme, shop.account, OpId{}, 12).error().code == Code::kNotFound);
}
