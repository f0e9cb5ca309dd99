// The bounds that exact earning relies on, and what it is made of: wide integers and largest remainders.
#include <boost/multiprecision/cpp_int.hpp>
#include <numeric>
#include <random>

#include "common/domain/earning_bounds.h"
#include "common/domain/shares.h"
#include "tests/support/book.h"
#include "tests/support/seed.h"

using namespace tally;
using namespace tally::domain;
using Whole = boost::multiprecision::cpp_int;

TEST_CASE("earning: a programme beyond a bound of exact earning is refused by name") {
    Programme good;
    good.version = 1;
    good.chain_name = "Test";
    good.earn_rules = {{.id = "a", .kind = EarnKind::kPerUnit, .points = 1, .per_minor = 100}};
    REQUIRE(check_programme(good));
    const auto refused = [&](auto change) {
        Programme bad = good;
        change(bad);
        const auto checked = check_earning_bounds(bad);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().code == Code::kInvalid);
        CHECK_FALSE(check_programme(bad));
        return checked.error().detail.substr(0, checked.error().detail.find(':'));
    };
    CHECK(refused([](Programme& p) { p.earn_rules[0].per_minor = 0; }) == "earn_rules[0].per_minor");
    CHECK(refused([](Programme& p) { p.earn_rules[0].points = 0; }) == "earn_rules[0].points");
    CHECK(refused([](Programme& p) { p.earn_rules[0].caps.day = -1; }) == "earn_rules[0].caps.day");
    CHECK(refused([](Programme& p) { p.earn_rules[0].kind = EarnKind::kFactor, p.earn_rules[0].factor_milli = 999; }) ==
          "earn_rules[0].factor_milli");
    CHECK(refused([](Programme& p) { p.tiers.levels = {{.id = "x", .factor_milli = 100'001}}; }) ==
          "tiers.levels[0].factor_milli");
    CHECK(refused([](Programme& p) {
              p.earn_rules[0].per_minor = 999'983;
              p.earn_rules.push_back(p.earn_rules[0]);
              p.earn_rules[1].per_minor = 999'979;
          }) == "earn_rules[1].per_minor");
    CHECK(refused([](Programme& p) {
              p.earn_rules.assign(kFactorGroupsMax + 1, {.id = "f", .kind = EarnKind::kFactor});
          }) == "earn_rules");
    CHECK(refused([](Programme& p) { p.earn_rules.assign(kEarnRulesMax + 1, p.earn_rules[0]); }) == "earn_rules");
    CHECK(refused([](Programme& p) { p.earn_points = -1; }) == "earn_points");
    CHECK(refused([](Programme& p) { p.earn_cap_day = kPointsMax + 1; }) == "earn_cap_day");
}

TEST_CASE("wide: sums, products, differences and quotients are those of whole numbers of any size") {
    std::mt19937_64 engine(support::seed());
    for (int round = 0; round < 2'000; ++round) {
        const std::uint64_t start = engine();
        Wide wide(start);
        Whole whole = start;
        Wide by(1);
        Whole whole_by = 1;
        const int factors = static_cast<int>(engine() % 6);
        for (int i = 0; i < factors; ++i) {
            const std::uint64_t factor = engine() >> (engine() % 63);
            wide *= factor, whole *= factor;
            const std::uint64_t less = engine() >> (1 + engine() % 63);
            by *= less | 1, whole_by *= less | 1;
            wide += by, whole += whole_by;
        }
        CHECK(wide.bits() == (whole == 0 ? 0 : static_cast<int>(msb(whole)) + 1));
        CHECK((wide < by) == (whole < whole_by));
        if (whole >= whole_by)
            CHECK((wide - by).bits() == (whole == whole_by ? 0 : static_cast<int>(msb(whole - whole_by)) + 1));
        const WideQuotient out = divide(wide, by);
        const Whole quotient = whole / whole_by;
        if (quotient >= INT64_MAX) {
            CHECK(out.quotient == INT64_MAX);
        } else {
            CHECK(Whole(out.quotient) == quotient);
            Wide back = by * static_cast<std::uint64_t>(out.quotient);
            back += out.rest;
            CHECK(back == wide);
            CHECK(out.rest < by);
        }
    }
}

TEST_CASE("shares: the parts sum up to what is shared, each within a point of its exact share, ties to the earlier") {
    CHECK(share_by({1, 1, 1}, 100) == std::vector<Points>{34, 33, 33});
    CHECK(share_by({0, 2, 1}, 5) == std::vector<Points>{0, 3, 2});
    CHECK(share_by({0, 0}, 5) == std::vector<Points>{0, 0});
    CHECK(share_by({}, 5).empty());
    std::mt19937_64 engine(support::seed());
    for (int round = 0; round < 2'000; ++round) {
        std::vector<std::int64_t> weights(1 + engine() % 8);
        for (std::int64_t& weight : weights) weight = engine() % 3 == 0 ? 0 : static_cast<std::int64_t>(engine() >> 27);
        const auto whole = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
        const Points points = static_cast<Points>(engine() >> (24 + engine() % 40));
        const std::vector<Points> shares = share_by(weights, points);
        CHECK(std::accumulate(shares.begin(), shares.end(), Points{0}) == (whole == 0 ? 0 : points));
        for (std::size_t i = 0; i < weights.size() && whole > 0; ++i) {
            const Whole away = Whole(shares[i]) * whole - Whole(points) * weights[i];
            CHECK(abs(away) < whole);
            for (std::size_t k = i + 1; k < weights.size(); ++k)
                if (weights[k] == weights[i]) CHECK(shares[k] <= shares[i]);
        }
    }
}
