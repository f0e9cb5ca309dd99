#include <doctest/doctest.h>

#include <filesystem>

#include "tests/lab/figures.h"

namespace {

using namespace tally;
using namespace tally::lab;

constexpr Day kDay = 10'000;

SaleRow sale(const std::string& store, const std::string& ref, const std::string& bill, std::int64_t amount_minor) {
    SaleRow row;
    row.store = store;
    row.day = kDay;
    row.member_ref = ref;
    row.bill_no = bill;
    row.amount_minor = amount_minor;
    return row;
}

SaleRow refund(const std::string& store, const std::string& ref, const std::string& bill, std::int64_t amount_minor,
               const std::string& of) {
    SaleRow row = sale(store, ref, bill, amount_minor);
    row.is_refund = true;
    row.refund_of = of;
    return row;
}

TEST_CASE("figures: a bill earns whole units, a sale without a member earns nothing") {
    const Expected expected = recompute({sale("6", "a", "1", 7701), sale("6", "a", "2", 99), sale("7", "", "3", 500)});
    CHECK(expected.figures.members.at("a") == Totals{2, 7800, 77, 0, 0});
    CHECK(expected.figures.balances.at("a") == 77);
    CHECK(expected.figures.stores().at("7") == Totals{1, 500, 0, 0, 0});
    CHECK(expected.figures.chain() == Totals{3, 8300, 77, 0, 0});
}

TEST_CASE("figures: a refund counts as a bill and takes back where it is made") {
    const Expected expected = recompute({sale("6", "a", "1", 1000), refund("7", "a", "r", 1000, "1")});
    CHECK(expected.figures.stores().at("6") == Totals{1, 1000, 10, 0, 0});
    CHECK(expected.figures.stores().at("7") == Totals{1, -1000, 0, 10, 0});
    CHECK(expected.figures.balances.at("a") == 0);
    CHECK(expected.open_stores.empty());
}

TEST_CASE("figures: partial refunds take back by the cumulative floor, the rest with the last") {
    // 10 points for 9.99 + ... : 1,099 earns 10; 366 back is floor(10 * 366 / 1099) = 3; 732 together floor(6.66) = 6.
    const auto after = [](std::vector<std::int64_t> refunds) {
        std::vector<SaleRow> rows{sale("6", "a", "1", 1099)};
        for (const std::int64_t amount : refunds)
            rows.push_back(refund("6", "a", "r" + std::to_string(rows.size()), amount, "1"));
        return recompute(rows).figures.members.at("a").points_reversed;
    };
    CHECK(after({366}) == 3);
    CHECK(after({366, 366}) == 6);
    CHECK(after({366, 366, 367}) == 10);
    CHECK(after({5000}) == 10);
    CHECK(after({1099, 1099}) == 10);
}

TEST_CASE("figures: without its bill a refund takes back today's rate, also into debt") {
    const Expected expected = recompute({refund("6", "a", "r", 1550, "")});
    CHECK(expected.figures.members.at("a") == Totals{1, -1550, 0, 15, 0});
    CHECK(expected.figures.balances.at("a") == -15);
}

TEST_CASE("figures: a refund of a sale that never comes moves money and no points") {
    const Expected expected = recompute({sale("6", "a", "1", 1000), refund("6", "a", "r", 500, "no such bill")});
    CHECK(expected.figures.members.at("a") == Totals{2, 500, 10, 0, 0});
}

TEST_CASE("figures: what depends on the order of arrival is left open, its sum is not") {
    const Expected split =
        recompute({sale("6", "a", "1", 199), refund("6", "a", "r1", 100, "1"), refund("7", "a", "r2", 99, "1")});
    CHECK(split.open_stores == std::set<std::string>{"6", "7"});
    CHECK(split.open_members.empty());
    CHECK_FALSE(split.chain_open);
    CHECK(split.figures.chain().points_reversed == 1);
    const Expected twice =
        recompute({sale("6", "a", "1", 199), sale("7", "a", "1", 500), refund("8", "a", "r", 100, "1")});
    CHECK(twice.open_members == std::set<std::string>{"a"});
}

TEST_CASE("figures: every kind of difference is told with both numbers") {
    const Expected expected = recompute({sale("6", "a", "1", 1000)});
    Figures same = expected.figures;
    CHECK(compare(expected, same, "here").empty());
    CHECK(compare_exact(expected.figures, same, "here").empty());

    Figures lost;                                         // an empty table lacks everything
    CHECK(compare(expected, lost, "here").size() == 12);  // three numbers of chain, store, store-day, member

    Figures more = expected.figures;
    more.members["b"].bills = 1;
    const auto extra = compare(expected, more, "here");
    REQUIRE(extra.size() == 1);
    CHECK(extra.front() == "here: member b bills is 1, expected 0");

    Figures balance = expected.figures;
    balance.balances["a"] = 9;
    const auto off = compare(expected, balance, "here");
    REQUIRE(off.size() == 1);
    CHECK(off.front() == "here: member a balance is 9, expected 10");
    CHECK(compare_exact(balance, expected.figures, "here").size() == 1);
}

TEST_CASE("figures: the outside table is checked both ways") {
    const Figures figures = recompute({sale("6", "a", "1", 1000), sale("7", "a", "2", 50)}).figures;
    CHECK(compare_outside({{"6", 1, 1000}, {"7", 1, 50}, {"ALL", 2, 1050}}, figures, "x").empty());
    CHECK(compare_outside({{"6", 1, 1000}, {"ALL", 2, 1050}}, figures, "x").size() == 1);
    CHECK(compare_outside({{"6", 1, 1000}, {"7", 1, 50}, {"8", 1, 7}, {"ALL", 2, 1050}}, figures, "x").size() == 2);
    CHECK(compare_outside({{"6", 1, 1000}, {"7", 1, 50}, {"ALL", 3, 1051}}, figures, "x").size() == 2);
}

TEST_CASE("figures: written tables read back the same, hostile references too") {
    Figures figures = recompute({sale("6,\"", "a,\"b", "1", 1000), sale("7", "名", "2", 50)}).figures;
    const std::string base =
        (std::filesystem::temp_directory_path() / ("tally-figures-" + std::to_string(::getpid()))).string();
    REQUIRE(write_members(base + "m", figures));
    REQUIRE(write_store_days(base + "d", figures));
    Figures back;
    REQUIRE(read_members(base + "m", back));
    REQUIRE(read_store_days(base + "d", back));
    CHECK(compare_exact(figures, back, "x").empty());
    std::filesystem::remove(base + "m");
    std::filesystem::remove(base + "d");
}

}  // namespace
