#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/lab/history.h"
#include "tests/lab/outages.h"

namespace {

using namespace tally;
using namespace tally::lab;

struct File {
    std::string path;
    explicit File(const std::string& text) {
        static int count = 0;
        path = (std::filesystem::temp_directory_path() /
                ("tally-history-" + std::to_string(::getpid()) + "-" + std::to_string(++count)))
                   .string();
        std::ofstream(path, std::ios::binary) << text;
    }
    ~File() { std::filesystem::remove(path); }
};

TimeZone shanghai() { return TimeZone::load("Asia/Shanghai").value(); }
const std::string kHeader = "time,store,terminal,member_ref,bill_no,amount_minor,refund_of_bill\n";

TEST_CASE("history: rows come in the order of their times, lines within") {
    const File file(kHeader +
                    "2026-01-02T09:00:00,6,,106,b2,250,\n"
                    "2026-01-01T09:00:00,6,,106,b1,7701,\n"
                    "2026-01-02T09:00:00,7,,,b3,100,\n");
    const auto history = read_sales(file.path, shanghai());
    REQUIRE(history);
    REQUIRE(history->rows.size() == 3);
    CHECK(history->faults.empty());
    CHECK(history->rows[0].bill_no == "b1");
    CHECK(history->rows[1].bill_no == "b2");
    CHECK(history->rows[2].member_ref.empty());
    CHECK(history->rows[0].day == day_of_civil(2026, 1, 1));
}

TEST_CASE("history: a negative amount or a named bill makes a refund, its amount positive") {
    const File file(kHeader +
                    "2026-01-01T09:00:00,6,,106,b1,-500,\n"
                    "2026-01-01T10:00:00,6,,106,b2,300,b0\n"
                    "2026-01-01T11:00:00,6,,106,b3,-300,b0\n");
    const auto history = read_sales(file.path, shanghai());
    REQUIRE(history);
    REQUIRE(history->rows.size() == 3);
    for (const SaleRow& row : history->rows) CHECK(row.is_refund);
    CHECK(history->rows[0].amount_minor == 500);
    CHECK(history->rows[1].amount_minor == 300);
    CHECK(history->rows[1].refund_of == "b0");
    CHECK(history->rows[2].amount_minor == 300);
}

TEST_CASE("history: a row that cannot be played is named by its line and stops nothing") {
    const File file(kHeader +
                    "yesterday,6,,106,b1,100,\n"
                    "2026-01-01T09:00:00,,,106,b2,100,\n"
                    "2026-01-01T09:00:00,6,,106,b3,1.5,\n"
                    "2026-01-01T09:00:00,6,,106,b4,9223372036854775807,\n"
                    "2026-01-01T09:00:00,6,,106,b5,0,b1\n"
                    "2026-01-01T09:00:00,6,,106," +
                    std::string(65, 'x') +
                    ",100,\n"
                    "2026-01-01T09:00:00,6,,106,b7,100\n"
                    "2026-01-01T09:00:00,6,,106,b8,100,\n"
                    "2026-01-01T19:00:00,6,,106,b8,100,\n"
                    "2026-01-01T20:00:00,6,,106,\"b9,100,\n");
    const auto history = read_sales(file.path, shanghai());
    REQUIRE(history);
    REQUIRE(history->rows.size() == 1);
    CHECK(history->rows[0].bill_no == "b8");
    std::vector<std::int64_t> lines;
    for (const RowFault& fault : history->faults) lines.push_back(fault.line);
    CHECK(lines == std::vector<std::int64_t>{2, 3, 4, 5, 6, 7, 8, 10, 11});
}

TEST_CASE("history: an unknown column is an error that names it") {
    const File file("time,store,amount_minor,colour\n2026-01-01,6,100,red\n");
    const auto history = read_sales(file.path, shanghai());
    REQUIRE(!history);
    CHECK(history.error().code == Code::kInvalid);
    CHECK(history.error().detail.find("colour") != std::string::npos);
}

TEST_CASE(
    "outages: about one store-week in five is cut, for one to five days on end, whatever other stores there are") {
    std::set<std::string> stores;
    for (int i = 0; i < 40; ++i) stores.insert(std::to_string(i));
    const Day monday = day_of_civil(2026, 1, 5);
    const OutagePlan plan(7, monday, monday + 7 * 52 - 1, stores);
    const OutagePlan alone(7, monday, monday + 7 * 52 - 1, {"3"});
    int cut_weeks = 0;
    for (const std::string& store : stores)
        for (int week = 0; week < 52; ++week) {
            int days = 0, runs = 0;
            for (Day day = monday + 7 * week; day < monday + 7 * (week + 1); ++day) {
                if (store == "3") CHECK(alone.is_offline(store, day) == plan.is_offline(store, day));
                if (!plan.is_offline(store, day)) continue;
                ++days;
                if (day == monday + 7 * week || !plan.is_offline(store, day - 1)) ++runs;
            }
            CHECK(days <= 5);
            CHECK(runs <= 1);
            cut_weeks += days > 0;
        }
    CHECK(cut_weeks > 40 * 52 / 5 * 0.8);
    CHECK(cut_weeks < 40 * 52 / 5 * 1.2);
}

TEST_CASE("outages: a cut list names a day, a member and two stores") {
    const File file("date,member_ref,storeA,storeB\n1998-12-04,9806,9,21\n");
    const auto list = read_cut_list(file.path);
    REQUIRE(list);
    REQUIRE(list->size() == 1);
    CHECK(list->front().day == day_of_civil(1998, 12, 4));
    CHECK(list->front().store_b == "21");
    const File bad("1998-12-04,9806,9\n");
    CHECK(!read_cut_list(bad.path));
}

}  // namespace
