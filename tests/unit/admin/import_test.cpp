#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "common/base/csv.h"
#include "hq-server/admin/report.h"
#include "tests/support/data.h"
#include "tests/unit/admin/desk.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("import: members, sales and refunds become operations; the figures are those of the files") {
    Desk desk;
    const auto summary =
        must(desk.run("m1,李雷,13812345678,6222-0001,li@example.com,1990-02-28,gold,2020-01-05,web\n"
                      "m2,\"Han, Meimei\",,,,,,,\n",
                      "2023-11-14T09:00:00,S1,,m1,B1,10000,\n"
                      "2023-11-14 10:00:00,S1,t2,m2,B1,5050,\n"
                      "2023-11-14T02:30:00Z,S2,,,C1,300,\n"
                      "2023-11-14T11:00:00,S2,,m1,R1,2500,B1\n"
                      "2023-11-14T12:00:00,S2,,m2,R2,-100,\n"
                      "2023-11-14T23:59:59+08:00,S2,,,R3,-30,\n"));
    CHECK(summary.faults.empty());
    CHECK(summary.members == 2);
    CHECK(summary.sales == 3);
    CHECK(summary.refunds == 3);
    CHECK(summary.amount_minor == 10000 + 5050 + 300 - 2500 - 100 - 30);
    CHECK(desk.hq.account(desk.find("m1")).free_total() == 75);
    CHECK(desk.hq.account(desk.find("m2")).free_total() == 49);
    const Day day = must(parse_day("2023-11-14"));
    CHECK(desk.hq.store_day("S1", day) == StoreDay{.bills = 2, .amount_minor = 15'050, .points_earned = 150});
    CHECK(desk.hq.store_day("S2", day) == StoreDay{.bills = 4, .amount_minor = -2330, .points_reversed = 26});
    const Profile profile = desk.profile("m1");
    CHECK(profile.text(Field::kName) == "李雷");
    CHECK(profile.text(Field::kPhone) == "+8613812345678");
    CHECK(profile.joined_day == must(parse_day("2020-01-05")));
    CHECK(profile.channel == "web");
    CHECK(desk.hq.account(desk.find("m1")).tier == "gold");
    CHECK(must(desk.hq.store->members_of_identity(IdentityKind::kCard, "62220001")).size() == 1);
    const std::string report = must(admin::report(*desk.hq.store, admin::ReportBy::kStore, true, kToday));
    CHECK(report.find("ALL,6,12720,150,26,0,0") != std::string::npos);
    const std::string days = must(admin::report(*desk.hq.store, admin::ReportBy::kDay, true, kToday));
    CHECK(days.find("S2,2023-11-14,4,-2330,0,26,0,0") != std::string::npos);
    const std::string members = must(admin::report(*desk.hq.store, admin::ReportBy::kMember, true, kToday));
    CHECK(members.find("m1,2,7500,100,25,0,0,0,75") != std::string::npos);
    desk.check_sound();
}

TEST_CASE("import: a row that cannot be taken is named by its line and does not stop the rest") {
    Desk desk;
    const std::string members =
        "m1,ok,,,,,,,\n,no ref,,,,,,,\nm3,bad birthday,,,,1990-02-30,,,\nm4,ok,,,,,,,\nm5,bad "
        "card,,!!,,,,,\nm6,too,few\nm7,year nought,,,,,,0000-01-01,\nm8,no day,,,,,,2020-01-012,\n";
    const std::string sales =
        "2023-11-14T09:00:00,S1,,m1,B1,100,\n"
        "yesterday,S1,,m1,B2,100,\n"
        "2023-11-14T09:00:00,S1,,m1,B3,1.50,\n"
        "2023-11-14T09:00:00,S1,,m1,B4,100000000001,\n"
        "2023-11-14T09:00:00,S1,,m1,B5,99999999999999999999,\n"
        "2023-11-14T09:00:00,,,m1,B6,100,\n"
        "2023-11-14T09:00:00,S1,,nobody,B7,100,\n"
        "2023-11-14T09:00:00,S1,,m1,,100,\n"
        "1969-01-01T00:00:00,S1,,m1,B9,100,\n"
        "2023-11-14T09:00:00,S1,,m4,B10,-9223372036854775808,\n"
        "2023-11-14T09:00:00,S1,,m4,B11,200,\n"
        "9999-12-31T23:59:59-14:00,S1,,m4,B12,200,\n"
        "2023-11-14T09:00:00,S1,,,B13,0,B1\n"
        "2031-11-14T09:00:00,S1,,m4,B14,100,\n";
    SUBCASE("the rest is taken") {
        const auto summary = must(desk.run(members, sales));
        CHECK(summary.members == 2);
        CHECK(summary.sales == 2);
        std::set<std::int64_t> lines;
        for (const auto& fault : summary.faults) {
            if (!fault.file.ends_with("sales.csv")) continue;
            lines.insert(fault.line);
            // Each names its bill and its member as far as the row does, and repeats nothing else of it.
            CHECK(fault.bill_no == (fault.line == 9 ? "" : "B" + std::to_string(fault.line - 1)));
            CHECK(fault.member_ref == (fault.line == 8 ? "nobody" : fault.line < 10 ? "m1" : fault.member_ref));
        }
        CHECK(text_of(summary.faults).find("sales.csv:8: bill B7, member nobody: member_ref: no such member\n") !=
              std::string::npos);
        CHECK(text_of(summary.faults).find("members.csv:4: member m3: birthday: ") != std::string::npos);
        CHECK(text_of(summary.faults).find("sales.csv:15: bill B14, member m4: time: has not come yet\n") !=
              std::string::npos);
        CHECK(text_of(summary.faults).find("bad birthday") == std::string::npos);
        CHECK(lines == std::set<std::int64_t>{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15});
        CHECK(summary.faults.size() == 18);
    }
    SUBCASE("strict: nothing is") {
        Terminal known(desk.hq, "S1");
        const auto summary = must(desk.run(members, sales, true));
        CHECK_FALSE(summary.written);
        CHECK(summary.stopped);
        CHECK(summary.faults.size() == 18);
        CHECK(desk.hq.count("op_log") == 0);
        CHECK(desk.hq.count("imported") == 0);
    }
    desk.check_sound();
}

TEST_CASE("import: an unknown or missing column is an error that names it, and nothing is taken") {
    Desk desk;
    admin::ImportOptions options;
    std::string named;
    SUBCASE("unknown") {
        options.members_csv = desk.file("m.csv", "member_ref,nmae\nm1,Li\n");
        named = "'nmae'";
    }
    SUBCASE("missing") {
        options.members_csv = desk.file("m.csv", "name\nLi\n");
        named = "'member_ref'";
    }
    SUBCASE("in the second file") {
        options.members_csv = desk.file("m.csv", "member_ref\nm1\n");
        options.sales_csv = desk.file("s.csv", "time,store,bill_no,amount_minor,vat\n");
        named = "'vat'";
    }
    SUBCASE("no file") {
        options.members_csv = desk.hq.folder / "absent.csv";
        named = "absent.csv";
    }
    const auto summary = admin::import_history(*desk.hq.intake, *desk.hq.store, options, desk.hq.now_ms);
    REQUIRE_FALSE(summary.has_value());
    CHECK(summary.error().detail.find(named) != std::string::npos);
    CHECK(desk.hq.count("op_log") == 0);
}

TEST_CASE("import: the same files again change nothing; a changed row is reported, the first one stays") {
    Desk desk;
    const std::string members = "m1,Li,,,,,,,\nm2,Han,,,,,,,\n";
    const std::string sales =
        "2023-11-14T09:00:00,S1,,m1,B1,10000,\n2023-11-14T10:00:00,S1,,,B2,500,\n"
        "2023-11-15T10:00:00,S1,,m1,R1,-2500,B1\n2023-11-15T09:00:00,S1,,m1,B1,700,\n";
    CHECK(must(desk.run(members, sales)).sales == 3);
    const auto ops = desk.hq.count("op_log");
    auto again = must(desk.run(members, sales));
    CHECK(again.members_before == 2);
    CHECK(again.bills_before == 4);
    CHECK(again.members + again.sales + again.refunds == 0);
    desk.hq.reopen();
    again = must(desk.run("m1,Li the second,,,,,,,\nm3,New,,,,,,,\n",
                          "2023-11-14T09:00:00,S1,,m1,B1,10001,\n2023-11-13T09:00:00,S1,,m1,B1,1,\n"));
    CHECK(again.faults.size() == 2);
    CHECK(again.members == 1);
    CHECK(again.sales == 1);
    CHECK(desk.hq.count("op_log") == ops + 2);
    CHECK(desk.profile("m1").text(Field::kName) == "Li");
    desk.check_sound();
}

TEST_CASE("import: a row that comes twice in one file counts once") {
    Desk desk;
    const auto summary = must(desk.run("m1,Li,,,,,,,\nm1,Li,,,,,,,\nm1,Other,,,,,,,\n",
                                       "2023-11-14T09:00:00,S1,,m1,B1,100,\n2023-11-14T09:30:00,S1,,m1,B1,100,\n"));
    CHECK(summary.members == 1);
    CHECK(summary.members_before == 1);
    CHECK(summary.sales == 1);
    CHECK(summary.bills_before == 1);
    CHECK(summary.faults.size() == 1);
}

TEST_CASE("import: a phone that does not parse is kept as written, flagged, and is never an identity") {
    Desk desk;
    const auto summary = must(desk.run("m1,Li,1-800-FLOWERS,,,,,,\nm2,Han,010-12345678,,,,,,\n", ""));
    CHECK(summary.phones_unreadable == 2);
    CHECK(desk.profile("m1").text(Field::kPhoneAsWritten) == "1-800-FLOWERS");
    CHECK(desk.profile("m1").text(Field::kPhone).empty());
    for (const char* ref : {"m1", "m2"})
        for (const Identity& identity : desk.profile(ref).identities) CHECK(identity.kind != IdentityKind::kPhone);
}

TEST_CASE("import: a refund before its sale in the file's order still finds it, at another store too") {
    Desk desk;
    must(desk.run("m1,Li,,,,,,,\n", "2023-11-15T09:00:00,S2,,m1,R1,-4000,B1\n2023-11-14T09:00:00,S1,,m1,B1,10000,\n"));
    CHECK(desk.hq.account(desk.find("m1")).free_total() == 60);
    // One whose sale never comes waits, and settles when a later file brings it.
    auto summary = must(desk.run("m1,Li,,,,,,,\n", "2023-11-15T10:00:00,S2,,m1,R2,-1000,B7\n"));
    CHECK(summary.waiting == 1);
    must(desk.run("m1,Li,,,,,,,\n", "2023-11-13T09:00:00,S3,,m1,B7,3000,\n"));
    CHECK(desk.hq.account(desk.find("m1")).free_total() == 80);
    desk.check_sound();
}

TEST_CASE("import: refunds stand in the member's history as sales do, and the feed carries them to the tills") {
    Desk desk;
    must(desk.run("m1,Li,,,,,,,\n",
                  "2023-11-13T09:00:00,S1,,m1,B1,10000,\n2023-11-14T09:00:00,S1,,m1,R1,-2500,B1\n"
                  "2023-11-14T10:00:00,S1,,m1,R2,-300,\n2023-11-14T11:00:00,S1,,m1,R3,-200,nowhere\n"));
    const Account hq_account = desk.hq.account(desk.find("m1"));
    const std::vector<Reversal>& lines = hq_account.reversals;
    REQUIRE(lines.size() == 3);
    const Day day = must(parse_day("2023-11-14"));
    const OpId sale = hq_account.lots.front().maker;
    CHECK(lines[0] == Reversal{lines[0].op, day, false, "R1", 2500, -25, {{sale, 25}}, 0, sale});
    CHECK(lines[1] == Reversal{lines[1].op, day, false, "R2", 300, -3, {{sale, 3}}, 0, {}, true});
    CHECK(lines[2] == Reversal{lines[2].op, day, false, "R3", 200, 0});  // its sale is not known
    Terminal till(desk.hq, "S1");
    Follower follower{&till};
    follower.catch_up();
    CHECK(must(wire::decode_account(follower.accounts.at(desk.find("m1")))).reversals == lines);
    desk.check_sound();
}

TEST_CASE("import: two sales of one number: the one at the refund's own store is meant") {
    Desk desk;
    must(desk.run("m1,Li,,,,,,,\n",
                  "2023-11-13T09:00:00,S1,,m1,7,10000,\n2023-11-14T09:00:00,S2,,m1,7,20000,\n"
                  "2023-11-15T09:00:00,S1,,m1,R,-10000,7\n"));
    const Account account = desk.hq.account(desk.find("m1"));
    CHECK(account.lots.at(0).refunded_minor == 10'000);
    CHECK(account.lots.at(1).refunded_minor == 0);
}

TEST_CASE("import: hostile strings as names are kept whole or refused by line, and break nothing") {
    const auto path = support::data("strings/blns.json");
    if (!path) return;
    Desk desk;
    const auto strings = nlohmann::json::parse(support::slurp(*path));
    std::string members, sales;
    std::map<std::string, std::string> names;
    int n = 0;
    for (const auto& text : strings) {
        const std::string ref = "r" + std::to_string(n++);
        names[ref] = text.get<std::string>();
        members += ref + "," + csv_field(names[ref]) + "," + csv_field(names[ref]) + ",,,,,,\n";
        sales += "2023-11-14T09:00:00,S1,," + csv_field(names[ref]) + ",B" + std::to_string(n) + "," +
                 csv_field(names[ref]) + ",\n";
    }
    const auto summary = must(desk.run(members, sales));
    CHECK(summary.members + summary.faults.size() >= names.size());
    CHECK(summary.members > names.size() / 2);
    CHECK(summary.sales == 0);
    must(desk.hq.store->each_profile([&](const MemberId& id, const intake::ProfileRow& row) -> Status {
        const Profile profile = must(wire::open_profile(row.keys.front(), id, row.sealed_profile));
        const std::string& given = names.at(profile.text(Field::kExternalRef));
        CHECK(given.find(profile.text(Field::kName)) != std::string::npos);
        return {};
    }));
    desk.check_sound();
    CHECK(must(desk.run(members, "")).members == 0);
}

TEST_CASE("import: beside a server that commits, nothing is lost and nothing comes twice") {
    Desk desk;
    auto connection = desk.hq.other_connection();
    intake::Intake importer(*connection, desk.hq.device);
    Terminal till(desk.hq, "S1");
    std::string members, sales;
    for (int i = 0; i < 200; ++i) {
        members += "m" + std::to_string(i) + ",n,,,,,,,\n";
        sales += "2023-11-15T09:00:00,S1,,m" + std::to_string(i) + ",B" + std::to_string(i) + ",1000,\n";
    }
    admin::ImportOptions options;
    options.members_csv = desk.file("members.csv", kMembersHeader + members);
    must(admin::import_history(importer, *connection, options, desk.hq.now_ms));
    const MemberId shared = desk.find("m7");
    till.earn(shared, 5000);
    till.push_all();
    options.sales_csv = desk.file("sales.csv", kSalesHeader + sales);
    must(admin::import_history(importer, *connection, options, desk.hq.now_ms));
    till.earn(shared, 5000);
    till.push_all();
    CHECK(desk.hq.account(shared).free_total() == 110);
    CHECK(desk.hq.store_day("S1", kToday).bills == 202);
    desk.check_sound();
}
