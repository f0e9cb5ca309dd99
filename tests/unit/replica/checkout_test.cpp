// The whole of a sale in one step: what it earns, what points pay, what is given back. Case ids: cases.md.
#include "tests/unit/replica/till_bench.h"

using namespace tally;
using namespace tally::test;
using domain::OpKind;
using domain::RedeemVerdict;

namespace {

// One point for 1000.00, one point is worth 1.00.
domain::Programme one_a_thousand() {
    domain::Programme out = Shop::plain();
    out.earn_minor = 100'000;
    out.redeem_step_points = out.redeem_min_points = 1;
    out.redeem_step_minor = 100;
    return out;
}

domain::Programme with_reward(domain::Points price, domain::Minor value = 0) {
    domain::Programme out = Shop::plain();
    domain::Reward cup;
    cup.id = "cup";
    cup.points = price;
    cup.value_minor = value;
    out.rewards.push_back(cup);
    return out;
}

domain::BillLine line(const std::string& sku, std::int64_t quantity, domain::Minor amount) {
    domain::BillLine out;
    out.sku = sku;
    out.quantity_milli = quantity * 1000;
    out.amount_minor = amount;
    return out;
}

}  // namespace

TEST_CASE("cases: E10 the part that points paid earns nothing, and the order is floored once") {
    Shop shop(one_a_thousand());
    const auto anna = shop.join("Anna").member;
    const auto first = MUST(shop.till.sale(shop.bill(anna, 1'000'000)));
    CHECK(first.points == 10);
    auto second = shop.bill(anna, 1'000'000);
    second.redeem_points = 10;
    const auto preview = MUST(shop.till.preview_sale(second));
    const auto receipt = MUST(shop.till.sale(second));
    for (const auto& one : {preview, receipt}) {
        CHECK(one.points == 9);
        CHECK(one.redeemed == 10);
        CHECK(one.value_minor == 1000);
        CHECK(one.balance == 9);
    }
    CHECK(shop.last_kinds(2) == std::vector{OpKind::kEarn, OpKind::kRedeem});  // case R6: the earn first
    shop.check_sound();
    shop.sync();
    CHECK(shop.balance(anna) == 9);
}

TEST_CASE("cases: R5 an order that earns and spends is two lines") {
    Shop shop(with_reward(5));
    const auto anna = shop.join("Anna").member;
    shop.give(anna, 5);
    auto bill = shop.bill(anna, 1000);
    bill.reward = "cup";
    bill.reward_count = 1;
    const auto receipt = MUST(shop.till.sale(bill));
    CHECK(receipt.points == 10);
    CHECK(receipt.redeemed == 5);
    CHECK(receipt.reward == "cup");
    const auto account = shop.overlay(anna);
    CHECK(account.earned_total == 10);
    CHECK(account.redeemed_total == 5);
    CHECK(account.balance_on(shop.till.today()) == 10);
}

TEST_CASE("cases: R6 points of the order pay for its own reward only where the programme says so") {
    for (const bool allowed : {false, true}) {
        domain::Programme programme = with_reward(10);
        programme.earn_pays_own_reward = allowed;
        Shop shop(programme);
        const auto anna = shop.join("Anna").member;
        auto bill = shop.bill(anna, 1000);
        bill.reward = "cup";
        bill.reward_count = 1;
        const auto before = shop.ops();
        const auto answer = MUST(shop.till.check_out(bill));
        CHECK(answer.receipt.has_value() == allowed);
        CHECK(answer.redeem == (allowed ? RedeemVerdict::kAllowed : RedeemVerdict::kOverBalance));
        CHECK(shop.ops() == before + (allowed ? 2 : 0));
        if (!allowed) CHECK_FAILS(shop.till.sale(bill), Code::kRefused);
    }
}

TEST_CASE("cases: R2 a balance of 10 pays for three rewards of 3") {
    Shop shop(with_reward(3));
    const auto anna = shop.join("Anna").member;
    shop.give(anna, 10);
    auto bill = shop.bill(anna, 0);
    bill.reward = "cup";
    bill.reward_count = 5;
    const auto receipt = MUST(shop.till.sale(bill));
    CHECK(receipt.redeemed == 9);
    CHECK(receipt.reward_count == 3);
    CHECK(receipt.balance == 1);
}

TEST_CASE("cases: R3 points as money pay no more than the bill") {
    domain::Programme programme = one_a_thousand();
    Shop shop(programme);
    const auto anna = shop.join("Anna").member;
    shop.give(anna, 100);
    auto bill = shop.bill(anna, 1000);
    bill.redeem_points = 100;
    const auto receipt = MUST(shop.till.sale(bill));
    CHECK(receipt.redeemed == 10);
    CHECK(receipt.value_minor == 1000);
    CHECK(receipt.points == 0);
    CHECK(receipt.balance == 90);
}

TEST_CASE("cases: R7 a line's quantity lowered after a reward was claimed shrinks the claim") {
    domain::Programme programme = with_reward(5, 1000);
    programme.rewards[0].when.skus = {"cup"};
    Shop shop(programme);
    const auto anna = shop.join("Anna").member;
    shop.give(anna, 100);
    auto bill = shop.bill(anna, 5000);
    bill.lines = {line("cup", 3, 3000), line("tea", 1, 2000)};
    bill.reward = "cup";
    bill.reward_count = 3;
    CHECK(MUST(shop.till.preview_sale(bill)).redeemed == 15);
    bill.lines[0] = line("cup", 2, 2000);
    bill.amount_minor = 4000;
    const auto receipt = MUST(shop.till.sale(bill));
    CHECK(receipt.reward_count == 2);
    CHECK(receipt.redeemed == 10);
    CHECK(receipt.value_minor == 2000);
    CHECK(receipt.points == 20);  // of the 20.00 that were paid with money
    bill.lines.erase(bill.lines.begin());
    bill.amount_minor = 2000;
    CHECK(MUST(shop.till.check_out(bill)).redeem == RedeemVerdict::kConditions);
}

TEST_CASE("cases: P2 a sale on which more points are asked for than there are writes nothing at all") {
    Shop shop(one_a_thousand());
    const auto anna = shop.join("Anna").member;
    shop.give(anna, 90);
    auto bill = shop.bill(anna, 1'000'000);
    bill.redeem_points = 100;
    const auto before = shop.ops();
    const auto answer = MUST(shop.till.check_out(bill));
    CHECK(answer.redeem == RedeemVerdict::kOverBalance);
    CHECK_FALSE(answer.receipt.has_value());
    CHECK(shop.ops() == before);
}

TEST_CASE("cases: R4 the same order processed twice has no second effect") {
    Shop shop(one_a_thousand());
    const auto anna = shop.join("Anna").member;
    shop.give(anna, 20);
    auto bill = shop.bill(anna, 1'000'000, "B1");
    bill.redeem_points = 10;
    const auto first = MUST(shop.till.sale(bill));
    const auto before = shop.ops();
    const auto again = MUST(shop.till.sale(bill));
    CHECK(again.folded.outcome == domain::Outcome::kDuplicate);
    CHECK(again.op == first.op);
    CHECK(again.points == first.points);
    CHECK(again.redeemed == first.redeemed);
    CHECK(again.balance == first.balance);
    CHECK(shop.ops() == before);
}

TEST_CASE("cases: F2 a full refund takes back what was earned and gives back what was spent, in one step") {
    Shop shop(one_a_thousand());
    const auto anna = shop.join("Anna").member;
    shop.give(anna, 200);
    auto bill = shop.bill(anna, 8'000'000, "B1");
    bill.redeem_points = 150;
    const auto sold = MUST(shop.till.sale(bill));
    CHECK(sold.balance == 200 - 150 + sold.points);
    replica::RefundRequest refund;
    refund.member = anna;
    refund.of_bill_no = "B1";
    refund.amount_minor = 3'000'000;
    CHECK(MUST(shop.till.refund(refund)).given_back == 0);  // in part: what was redeemed stays redeemed
    refund.amount_minor = 5'000'000;
    const auto before = shop.ops();
    const auto preview = MUST(shop.till.preview_refund(refund));
    const auto receipt = MUST(shop.till.refund(refund));
    CHECK(preview.given_back == 150);
    CHECK(receipt.given_back == 150);
    CHECK(receipt.balance == 200);
    CHECK(shop.ops() == before + 2);
    shop.check_sound();
    shop.sync();
    CHECK(shop.balance(anna) == 200);
}

TEST_CASE("till: points given back to a lot that expired stay usable for the programme's grace days") {
    for (const std::uint32_t grace : {0u, 3u}) {
        domain::Programme programme = one_a_thousand();
        programme.expiry_rule = domain::ExpiryRule::kDays;
        programme.expiry_count = 10;
        programme.give_back_grace_days = grace;
        Shop shop(programme);
        const auto anna = shop.join("Anna").member;
        shop.give(anna, 100);
        auto bill = shop.bill(anna, 6000, "B1");
        bill.redeem_points = 60;
        (void)MUST(shop.till.sale(bill));
        shop.clock.advance_ms(11 * 86'400'000LL);
        replica::RefundRequest refund;
        refund.member = anna;
        refund.of_bill_no = "B1";
        refund.amount_minor = 6000;
        CHECK(MUST(shop.till.refund(refund)).balance == (grace > 0 ? 60 : 0));  // case F6
        shop.clock.advance_ms(4 * 86'400'000LL);
        CHECK(shop.balance(anna) == 0);
    }
}

TEST_CASE("till: a receipt says what each rule gave, and its parts are its points") {
    domain::Programme programme = Shop::plain();
    domain::EarnRule morning;
    morning.id = "morning";
    morning.name = {"早鸟", "Early bird"};
    morning.kind = domain::EarnKind::kFixed;
    morning.points = 7;
    morning.when.from_minute = 8 * 60;
    morning.when.until_minute = 8 * 60 + 1;
    programme.earn_rules.push_back(morning);
    Shop shop(programme);
    const auto anna = shop.join("Anna").member;
    auto receipt = MUST(shop.till.sale(shop.bill(anna, 1000)));
    CHECK(receipt.points == 17);
    REQUIRE(receipt.by_rule.size() == 2);
    CHECK(receipt.by_rule[0].rule.empty());
    CHECK(receipt.by_rule[0].points == 10);
    CHECK(receipt.by_rule[1].name.en == "Early bird");
    CHECK(receipt.by_rule[1].points == 7);
    shop.clock.advance_ms(60'000);  // 08:01 in Shanghai
    receipt = MUST(shop.till.sale(shop.bill(anna, 1000)));
    CHECK(receipt.points == 10);
    CHECK(receipt.by_rule.size() == 1);
}

TEST_CASE("till: rules see the birthday, the first purchase, the channel, and whether headquarters can be asked") {
    domain::Programme programme = Shop::plain();
    const auto fixed = [&](const char* id, domain::Points points) -> domain::EarnRule& {
        domain::EarnRule rule;
        rule.id = id;
        rule.kind = domain::EarnKind::kFixed;
        rule.points = points;
        return programme.earn_rules.emplace_back(rule);
    };
    fixed("birthday", 1).when.occasion = domain::Occasion::kBirthdayDay;
    fixed("first", 2).when.occasion = domain::Occasion::kFirstPurchase;
    fixed("app", 4).when.channels = {"app"};
    fixed("campaign", 8).caps.campaign = 1000;
    Shop shop(programme);
    const auto anna = shop.join("Anna", "", "1990-10-04").member;
    const auto ben = shop.join("Ben", "", "1990-10-05").member;
    auto bill = shop.bill(anna, 0);
    bill.amount_minor = 100;
    CHECK(MUST(shop.till.sale(bill)).points == 1 + 1 + 2 + 8);
    CHECK(MUST(shop.till.sale(bill)).points == 1 + 1 + 8);
    bill.offline = true;
    CHECK(MUST(shop.till.sale(bill)).points == 1 + 1);
    bill.channel = "app";
    CHECK(MUST(shop.till.sale(bill)).points == 1 + 1 + 4);
    bill = shop.bill(ben, 100);
    CHECK(MUST(shop.till.sale(bill)).points == 1 + 2 + 8);
}

TEST_CASE("till: with a programme that says what it does not know it computes nothing, and only that") {
    domain::Programme programme = Shop::plain();
    domain::BonusRule hello;
    hello.id = "hello";
    hello.points = 20;
    programme.bonuses.push_back(hello);
    Shop shop(programme);
    const auto anna = shop.join("Anna").member;
    (void)MUST(shop.till.sale(shop.bill(anna, 50'000, "B1")));
    shop.publish(programme, {0xB8, 0x3E, 0x01});  // field 999, which nobody here knows
    REQUIRE(MUST(shop.till.programme()).unknown.size() == 1);
    CHECK_FAILS(shop.till.sale(shop.bill(anna, 1000)), Code::kNewer);
    replica::RedeemRequest redeem;
    redeem.member = anna;
    redeem.points = 100;
    CHECK(MUST(shop.till.redeem(redeem, false)).verdict == RedeemVerdict::kNewerProgramme);
    CHECK_FAILS(shop.till.bonus(anna, "hello"), Code::kNewer);
    replica::SaleRequest nobody;
    nobody.amount_minor = 1000;
    CHECK(MUST(shop.till.sale(nobody)).amount_minor == 1000);
    replica::RefundRequest refund;  // of a sale that is known: its points are the ledger's, not the programme's
    refund.member = anna;
    refund.of_bill_no = "B1";
    refund.amount_minor = 50'000;
    CHECK(MUST(shop.till.refund(refund)).balance == 20);
    CHECK(shop.join("Ben").bonus == 0);  // registered; the bonus waits for a till that understands
    shop.publish(programme);
    CHECK(MUST(shop.till.sale(shop.bill(anna, 1000))).points == 10);
}

TEST_CASE("till: a card shows what is locked, what expires next and on which day") {
    domain::Programme programme = Shop::plain();
    programme.unlock_days = 2;
    programme.expiry_rule = domain::ExpiryRule::kDays;
    programme.expiry_count = 10;
    Shop shop(programme);
    const auto anna = shop.join("Anna").member;
    (void)MUST(shop.till.sale(shop.bill(anna, 5000)));
    auto card = MUST(shop.till.card(anna));
    CHECK(card.balance == 0);
    CHECK(card.locked == 50);
    shop.clock.advance_ms(2 * 86'400'000LL);
    (void)MUST(shop.till.sale(shop.bill(anna, 3000)));
    card = MUST(shop.till.card(anna));
    CHECK(card.balance == 50);
    CHECK(card.locked == 30);
    REQUIRE(card.soonest.has_value());
    CHECK(card.soonest->points == 50);
    CHECK(card.soonest->through == shop.till.today() + 10);
    CHECK_FALSE(card.tier.has_value());
    CHECK(card.coupons.empty());
}
