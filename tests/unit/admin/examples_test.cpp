// The programmes that ship: each passes its check without a warning, and gives what its names promise.
#include <doctest/doctest.h>

#include "common/domain/earning.h"
#include "common/domain/till_rules.h"
#include "hq-server/admin/programme_command.h"
#include "tests/support/data.h"
#include "tests/unit/admin/office.h"

using namespace tally;
using namespace tally::test;

namespace {

std::string path_of(const std::string& name) {
    return (support::repository() / "hq-server/admin/programmes" / (name + ".json")).string();
}

Programme programme_of(const std::string& name) {
    Programme chain;
    chain.version = 1;
    chain.chain_name = "Chain";
    return must(admin::read_programme_file(path_of(name), chain));
}

struct Basket {
    Order order;
    Basket(Day day, int hour) {
        order.facts.day = day;
        order.facts.minute = static_cast<std::uint16_t>(hour * 60 + 30);
        order.facts.store = "S1";
    }
    Basket& line(const std::string& category, Minor amount, const std::string& sku = "x", std::int64_t pieces = 1) {
        order.lines.push_back({sku, category, pieces * 1000, amount, false, 0});
        order.amount_minor += amount;
        return *this;
    }
    Earning earn(const Programme& programme, const CapsUsed& used = {}) const {
        return must(compute_earning(programme, order, used));
    }
};

const Day kTuesday8 = day_of_civil(2026, 12, 8), kSaturday = day_of_civil(2026, 12, 12);

}  // namespace

TEST_CASE("examples: every programme that ships has neither findings nor warnings, and is issued") {
    for (const char* name : {"supermarket", "coffee", "fashion", "pharmacy"}) {
        const auto said = must(admin::check_programme_command(path_of(name)));
        CHECK(said.well);
        CHECK(said.text == path_of(name) + ": no findings, no warnings\n");
        Office office;
        must(admin::init_command(office.place, {"Chain", "Asia/Shanghai", path_of(name)}, kNoon_ms));
        CHECK(admin::publish_programme_command(office.place, path_of(name), kNoon_ms).error().code == Code::kRefused);
        const Programme programme = programme_of(name);
        const auto both = [&](const auto& rules) {
            for (const auto& rule : rules) CHECK_MESSAGE((!rule.name.zh.empty() && !rule.name.en.empty()), rule.id);
        };
        both(programme.earn_rules), both(programme.bonuses), both(programme.rewards), both(programme.tiers.levels);
        both(programme.benefits), both(programme.coupons), both(programme.segments), both(programme.limits.reasons);
    }
}

TEST_CASE("examples: supermarket: the worked example of PROGRAMME.md gives its 220 points") {
    const Programme programme = programme_of("supermarket");
    Basket basket(kTuesday8, 8);
    basket.line("dairy", 3'000).line("bread", 4'000).line("tobacco", 5'000);
    const Earning earning = basket.earn(programme);
    CHECK(earning.eligible_minor == 7'000);
    CHECK(earning.points == 220);
    CHECK(earning.lines[2].points == 0);
    CHECK(must(value_of(programme, 200)) == 200);
    Basket plain(kSaturday, 18);
    plain.line("bread", 9'999).line("gift_card", 50'000);
    CHECK(plain.earn(programme).points == 99);
    Basket large(kTuesday8, 18);
    large.line("bread", 1'000'000);
    CHECK(large.earn(programme).points == 5'000);  // 10,000 and 2,000 more, cut to the bill's cap
    CHECK(expiry_of(programme, kTuesday8) == day_of_civil(2026, 12, 31));
}

TEST_CASE("examples: supermarket: points pay for at most 30 % of a bill, from 500 points on") {
    const Programme programme = programme_of("supermarket");
    Account account;
    Lot lot;
    lot.maker = {2, {}, 1};
    lot.issued = lot.free = 5'000;
    account.lots = {lot};
    account.earned_total = 5'000;
    RedeemQuestion question;
    question.order_minor = 10'000;
    question.presented = IdentityKind::kMemberCode;
    CHECK(redeemable(programme, account, kSaturday, question) == 3'000);
    question.presented = IdentityKind::kPhone;
    CHECK(redeemable(programme, account, kSaturday, question) == 2'000);
    question.points = 400;
    CHECK(judge_redeem(programme, account, kSaturday, question) == RedeemVerdict::kBelowMinimum);
}

TEST_CASE("examples: coffee: a stamp for each drink, one more for the own cup, ten a day") {
    const Programme programme = programme_of("coffee");
    CHECK(Basket(kSaturday, 9).line("drink", 6'400, "latte", 2).line("food", 2'500).earn(programme).points == 2);
    CHECK(Basket(kSaturday, 9).line("drink", 3'200, "own-cup").earn(programme).points == 2);
    CHECK(Basket(kSaturday, 9).line("food", 2'500).earn(programme).points == 0);
    CapsUsed used;
    used.rules = {{"stamp", 0, 8, 50}};
    CHECK(Basket(kSaturday, 9).line("drink", 16'000, "tea", 5).earn(programme, used).points == 2);
    CHECK(reward_of(programme, "free_drink")->points == 10);
}

TEST_CASE("examples: fashion: the level's factor, then the larger of birthday month and new season, line by line") {
    const Programme programme = programme_of("fashion");
    Basket basket(kSaturday, 15);
    basket.line("new_season", 50'000).line("basics", 30'000).line("alteration", 8'000);
    CHECK(basket.earn(programme).points == 500 * 2 + 300);
    basket.order.facts.tier = "silver";
    basket.order.facts.occasions = occasion_bit(Occasion::kBirthdayMonth);
    CHECK(basket.earn(programme).points == 500 * 12 / 10 * 2 + 300 * 12 / 10 * 15 / 10);
    basket.order.facts.segments = {"sleeping"};
    CHECK(basket.earn(programme).points == 1'200 + 540 + 200);
    CHECK(unlock_of(programme, kSaturday) == kSaturday + 14);
    CHECK(expiry_of(programme, kSaturday) == day_of_civil(2028, 12, 26));
}

TEST_CASE("examples: pharmacy: prescriptions earn nothing, a Tuesday morning counts twice") {
    const Programme programme = programme_of("pharmacy");
    const auto points = [&](Day day, int hour) {
        return Basket(day, hour).line("prescription", 8'000).line("vitamins", 5'100).earn(programme).points;
    };
    CHECK(points(kSaturday, 9) == 25);  // 25.5
    CHECK(points(kTuesday8, 9) == 51);
    CHECK(points(kTuesday8, 12) == 25);
    CHECK(Basket(kSaturday, 9).line("vitamins", 900'000).earn(programme).points == 500);
}
