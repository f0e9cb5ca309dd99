// What an import says before and beside taking rows: unknown stores, dry runs, probable repeats, remarks.
#include <algorithm>

#include "tests/unit/admin/desk.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("import: a store that headquarters never heard of is named, refused by --strict and by a stores file") {
    Desk desk;
    Terminal enrolled(desk.hq, "S1");
    const std::string members = "m1,Li,,,,,,,\n";
    const std::string sales =
        "2023-11-14T09:00:00,S1,,m1,B1,100,\n2023-11-14T09:00:00,SO1,,m1,B2,200,\n"
        "2023-11-14T09:30:00,SO1,,m1,B3,-50,\n2023-11-14T09:00:00,S2,,m1,B4,700,\n";
    const auto fault_lines = [](const admin::ImportSummary& summary) {
        std::vector<std::int64_t> out;
        for (const auto& fault : summary.faults) out.push_back(fault.line);
        std::sort(out.begin(), out.end());
        return out;
    };
    SUBCASE("taken, and listed with what came of it; known from then on") {
        const auto summary = must(desk.run(members, sales));
        REQUIRE(summary.new_stores.size() == 2);
        CHECK(summary.new_stores[0].code == "S2");
        CHECK(summary.new_stores[1].code == "SO1");
        CHECK(summary.new_stores[1].bills == 2);
        CHECK(summary.new_stores[1].amount_minor == 150);
        CHECK(admin::summary_text(summary).find("  SO1: 2 bills, 150 minor units net\n") != std::string::npos);
        CHECK(must(desk.run("", "2023-11-15T09:00:00,SO1,,m1,B9,200,\n", true)).new_stores.empty());
    }
    SUBCASE("strict: nothing is imported") {
        const auto summary = must(desk.run(members, sales, true));
        CHECK_FALSE(summary.written);
        CHECK(fault_lines(summary) == std::vector<std::int64_t>{3, 4, 5});
        CHECK(text_of(summary.faults).find("bill B2, member m1: store: ") != std::string::npos);
        CHECK(desk.hq.count("op_log") == 0);
    }
    SUBCASE("with a stores file only what it names may be new") {
        desk.more.stores_csv = desk.file("stores.csv", "store,name\nS2,Second store\n");
        CHECK(must(desk.run(members, sales, true)).stopped);
        const auto summary = must(desk.run(members, sales));
        CHECK(fault_lines(summary) == std::vector<std::int64_t>{3, 4});
        CHECK(summary.sales == 2);
        REQUIRE(summary.new_stores.size() == 1);
        CHECK(summary.new_stores[0].code == "S2");
    }
    SUBCASE("a stores file that cannot be read is an error that names the line") {
        desk.more.stores_csv = desk.file("stores.csv", "store,name\nS2,Second store\n,Third\n");
        const auto summary = desk.run(members, sales);
        REQUIRE_FALSE(summary.has_value());
        CHECK(summary.error().detail.find("stores.csv:3: store is empty") != std::string::npos);
        CHECK(desk.hq.count("op_log") == 0);
    }
    desk.check_sound();
}

TEST_CASE("import: a dry run says what would come and changes nothing") {
    Desk desk;
    desk.more.dry_run = true;
    const std::string members = "m1,Li,1-800-FLOWERS,,,,,,\n";
    const std::string sales =
        "2023-11-14T09:00:00,S1,,m1,B1,10000,\n2023-11-14T10:00:00,S1,,m1,R1,-2500,B1\nyesterday,S1,,m1,B2,1,\n";
    const auto dry = must(desk.run(members, sales));
    CHECK(desk.hq.count("op_log") == 0);
    CHECK(desk.hq.count("imported") == 0);
    const std::string said = admin::summary_text(dry);
    CHECK_MESSAGE(
        said.find("nothing imported (--dry-run); it would import 1 member, 1 sale, 1 refund, 7500 minor units "
                  "net; it would reject 1 row\n") != std::string::npos,
        said);
    CHECK(said.find("  S1: 2 bills, 7500 minor units net\n") != std::string::npos);
    desk.more.dry_run = false;
    const auto real = must(desk.run(members, sales));
    CHECK(real.members == dry.members);
    CHECK(real.sales == dry.sales);
    CHECK(real.refunds == dry.refunds);
    CHECK(real.amount_minor == dry.amount_minor);
    CHECK(real.phones_unreadable == dry.phones_unreadable);
}

TEST_CASE(
    "import: a bill that names its terminal in one file and none in the other is a probable repeat, counted once") {
    Desk desk;
    const std::string members = "m1,Li,,,,,,,\nm2,Han,,,,,,,\n";
    const auto rows = [](const std::string& till) {
        return "2023-11-14T09:00:00,S1," + till + ",m1,B1,10000,\n2023-11-14T10:00:00,S1," + till + ",,B2,500,\n" +
               "2023-11-15T10:00:00,S1," + till + ",m1,R1,-2500,B1\n2023-11-15T10:00:00,S1," + till + ",,R2,-100,\n";
    };
    std::string first, second;
    SUBCASE("first without") { second = "T1"; }
    SUBCASE("first with") { first = "T1"; }
    CHECK(must(desk.run(members, rows(first))).faults.empty());
    const auto ops = desk.hq.count("op_log");
    auto again = must(desk.run(members, rows(second)));
    CHECK(again.repeats == 4);
    CHECK(again.faults.size() == 4);
    CHECK(again.sales + again.refunds == 0);
    CHECK(text_of(again.faults).find("sales.csv:2: bill B1, member m1: terminal: probably a repeat") !=
          std::string::npos);
    CHECK(desk.hq.count("op_log") == ops);
    CHECK(must(desk.run(members, rows(first))).bills_before == 4);  // and the identical file counts nothing
    CHECK(must(desk.run(members, rows(second), true)).stopped);
    CHECK(desk.hq.count("op_log") == ops);
    // Another time, amount, member, store, kind or a second named terminal is another bill.
    again = must(desk.run(members, "2023-11-14T09:00:01,S1," + second + ",m1,B1,10000,\n2023-11-14T09:00:00,S2," +
                                       second + ",m1,B1,10000,\n2023-11-14T10:00:00,S1," + second + ",m2,B2,500,\n" +
                                       "2023-11-14T10:00:00,S1,T7,,B2,501,\n"));
    CHECK(again.repeats == 0);
    CHECK(again.sales == 4);
    desk.check_sound();
}

TEST_CASE("import: within one file, too, a bill with and without its terminal counts once") {
    Desk desk;
    const auto summary = must(desk.run("m1,Li,,,,,,,\n",
                                       "2023-11-14T09:00:00,S1,,m1,B1,100,\n2023-11-14T09:00:00,S1,T1,m1,B1,100,\n"
                                       "2023-11-14T09:00:00,S1,T2,m1,B7,100,\n2023-11-14T09:00:00,S1,T3,m1,B7,100,\n"));
    CHECK(summary.repeats == 1);
    CHECK(summary.sales == 3);
}

TEST_CASE("import: what became of a row that was taken is named by its line, bill and member") {
    Desk desk;
    const auto summary = must(desk.run("m1,Li Lei,not a phone,,,,,,\n",
                                       "2023-11-14T09:00:00,S1,,m1,B1,1000,\n2023-11-14T10:00:00,S1,,m1,R1,-5000,B1\n"
                                       "2023-11-14T11:00:00,S1,,m1,R2,-700,B8\n2023-11-14T12:00:00,S1,,m1,R3,-700,\n"));
    const std::string notes = text_of(summary.notes);
    CHECK(summary.faults.empty());
    CHECK_MESSAGE(notes.find("members.csv:2: member m1: phone: kept as written") != std::string::npos, notes);
    CHECK(notes.find("sales.csv:3: bill R1, member m1: refunds more than") != std::string::npos);
    CHECK(notes.find("sales.csv:4: bill R2, member m1: waits: ") != std::string::npos);
    CHECK(notes.find("sales.csv:5: bill R3, member m1: left debt: ") != std::string::npos);
    CHECK(notes.find("Li Lei") == std::string::npos);
    CHECK(notes.find("not a phone") == std::string::npos);
}
