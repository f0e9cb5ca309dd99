#include "hq-server/admin/import.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "common/base/csv.h"
#include "hq-server/admin/report.h"
#include "hq-server/admin/verify.h"
#include "hq-server/intake/import_key.h"
#include "tests/support/data.h"
#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

constexpr const char* kMembersHeader = "member_ref,name,phone,card_no,email,birthday,tier,joined_on,channel\n";
constexpr const char* kSalesHeader = "time,store,terminal,member_ref,bill_no,amount_minor,refund_of_bill\n";

struct Desk {
    Hq hq;
    std::string file(const std::string& name, const std::string& text) {
        const std::string path = hq.folder / name;
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    Result<admin::ImportSummary> run(const std::string& members, const std::string& sales, bool strict = false) {
        admin::ImportOptions options;
        if (!members.empty()) options.members_csv = file("members.csv", kMembersHeader + members);
        if (!sales.empty()) options.sales_csv = file("sales.csv", kSalesHeader + sales);
        options.strict = strict;
        return admin::import_history(*hq.intake, *hq.store, options, hq.now_ms);
    }
    MemberId find(const std::string& ref) {
        const auto holders = must(hq.store->members_of_identity(IdentityKind::kExternalRef, ref));
        REQUIRE(holders.size() == 1);
        return holders.front();
    }
    Profile profile(const std::string& ref) {
        const auto row = must(hq.store->profile(find(ref)));
        return must(wire::open_profile(row->keys.front(), find(ref), row->sealed_profile));
    }
    void check_sound() {
        const auto report = must(admin::verify_ledger(*hq.store, hq.device.public_key()));
        CHECK(report.faults == std::vector<std::string>{});
    }
};

}  // namespace

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
        "card,,!!,,,,,\nm6,too,few\nm7,year nought,,,,,,0000-01-01,\n";
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
        "9999-12-31T23:59:59-14:00,S1,,m4,B12,200,\n";
    SUBCASE("the rest is taken") {
        const auto summary = must(desk.run(members, sales));
        CHECK(summary.members == 2);
        CHECK(summary.sales == 2);
        std::set<std::int64_t> lines;
        for (const auto& fault : summary.faults)
            if (fault.file.ends_with("sales.csv")) lines.insert(fault.line);
        CHECK(lines == std::set<std::int64_t>{3, 4, 5, 6, 7, 8, 9, 10, 11, 13});
        CHECK(summary.faults.size() == 15);
    }
    SUBCASE("strict: nothing is") {
        const auto summary = must(desk.run(members, sales, true));
        CHECK_FALSE(summary.written);
        CHECK(summary.faults.size() == 15);
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
                          "2023-11-14T09:00:00,S1,,m1,B1,10001,\n2023-11-16T09:00:00,S1,,m1,B1,1,\n"));
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
    auto summary = must(desk.run("m1,Li,,,,,,,\n", "2023-11-16T09:00:00,S2,,m1,R2,-1000,B7\n"));
    CHECK(summary.waiting == 1);
    must(desk.run("m1,Li,,,,,,,\n", "2023-11-13T09:00:00,S3,,m1,B7,3000,\n"));
    CHECK(desk.hq.account(desk.find("m1")).free_total() == 80);
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

namespace {

constexpr const char* kTwoMembers = "m1,Li Lei,,,,,,,\nm2,Han,,,,,silver,2020-01-05,web\n";
constexpr const char* kFourBills =
    "2023-11-14T09:00:00,S1,T1,m1,B1,10000,\n2023-11-14T10:00:00,S1,T1,m1,R1,-2500,B1\n"
    "2023-11-14T11:00:00,S1,T1,,B2,700,\n2023-11-14T12:00:00,S1,T1,,R2,-100,B2\n";

}  // namespace

TEST_CASE("import: what is remembered of a row is keyed, names its member, and verify compares it with the log") {
    Desk desk;
    must(desk.run(kTwoMembers, kFourBills));
    CHECK(desk.hq.count("imported") == 6);
    CHECK(desk.hq.count("imported WHERE member IS NOT NULL") == 4);
    const Hash plain = intake::import_key_of_member("m1");
    CHECK(desk.hq.count("imported WHERE key = x'" + to_hex(plain.view()) + "'") == 0);
    CHECK(desk.hq.count("imported WHERE key = x'" + to_hex(desk.hq.store->imported_tag(plain).view()) + "'") == 1);
    CHECK(must(desk.hq.store->imported(plain))->member == desk.find("m1"));
    desk.check_sound();
    const auto says = [&](const std::string& words) {
        const auto report = must(admin::verify_ledger(*desk.hq.store, desk.hq.device.public_key()));
        CHECK(report.fault_count > 0);
        for (const std::string& fault : report.faults)
            if (fault.find(words) == std::string::npos) FAIL_CHECK(fault);
    };
    SUBCASE("another key tags it otherwise") {
        Desk other;
        CHECK(other.hq.store->imported_tag(plain) != desk.hq.store->imported_tag(plain));
    }
    SUBCASE("a row is gone") {
        desk.hq.exec("DELETE FROM imported WHERE key = (SELECT min(key) FROM imported)");
        says("the same file would bring it again");
    }
    SUBCASE("another content") {
        desk.hq.exec("UPDATE imported SET content = zeroblob(32) WHERE member IS NOT NULL");
        says("was imported with other content");
    }
    SUBCASE("another member") {
        desk.hq.exec("UPDATE imported SET member = zeroblob(16) WHERE member IS NOT NULL");
        says("its imported row is remembered as another member's");
    }
}

TEST_CASE("import: a database of schema 1 gets keyed rows, their members and the guard of bills when it is opened") {
    Desk desk;
    must(desk.run(kTwoMembers, kFourBills));
    Terminal other(desk.hq, "S2");
    other.store = "S1";  // not its own: the number is guarded for it alone
    other.write({}, Sale{.bill = {"B2", "T1", 0}, .amount_minor = 5, .lines = {}}, {}, kToday - 1);
    CHECK(other.push_all().empty());
    const std::int64_t head = static_cast<std::int64_t>(must(desk.hq.store->head()));
    // As schema 1 left it.
    desk.hq.exec(
        "DROP TABLE imported; DROP TABLE bill;"
        "CREATE TABLE imported (key BLOB PRIMARY KEY, content BLOB NOT NULL) STRICT, WITHOUT ROWID;"
        "ALTER TABLE hq DROP COLUMN guarded_after; ALTER TABLE hq DROP COLUMN upgrade;"
        "ALTER TABLE decision DROP COLUMN duplicate_terminal; ALTER TABLE decision DROP COLUMN duplicate_epoch;"
        "ALTER TABLE decision DROP COLUMN duplicate_seq; DROP TABLE incident; PRAGMA user_version = 1;");
    const auto old_row = [&](const Hash& key, const Hash& content) {
        desk.hq.exec("INSERT INTO imported VALUES (x'" + to_hex(key.view()) + "', x'" + to_hex(content.view()) + "')");
    };
    const Day day = kToday - 1;
    old_row(intake::import_key_of_member("m1"),
            intake::import_content_of_member({{Field::kName, "Li Lei"}, {Field::kExternalRef, "m1"}}, "", {}, ""));
    old_row(intake::import_key_of_member("m2"),
            intake::import_content_of_member({{Field::kName, "Han"}, {Field::kExternalRef, "m2"}}, "silver",
                                             must(parse_day("2020-01-05")), "web"));
    old_row(intake::import_key_of_bill("S1", "T1", day, "B1", false), intake::import_content_of_bill(10'000, "m1", ""));
    old_row(intake::import_key_of_bill("S1", "T1", day, "R1", true), intake::import_content_of_bill(2'500, "m1", "B1"));
    old_row(intake::import_key_of_bill("S1", "T1", day, "B2", false), intake::import_content_of_bill(700, "", ""));
    old_row(intake::import_key_of_bill("S1", "T1", day, "R2", true), intake::import_content_of_bill(100, "", "B2"));
    desk.hq.reopen();
    CHECK(must(desk.hq.store->hq()).guarded_after == static_cast<std::uint64_t>(head));
    CHECK(desk.hq.count("bill") == 5);
    CHECK(desk.hq.count("imported WHERE member IS NOT NULL") == 4);
    CHECK(desk.hq.count("sqlite_schema WHERE name = 'imported_plain'") == 0);
    desk.check_sound();
    const auto again = must(desk.run(kTwoMembers, kFourBills));
    CHECK(again.members_before == 2);
    CHECK(again.bills_before == 4);
    CHECK(again.faults.empty());
    desk.hq.reopen();  // and once more: nothing is left to do
    desk.check_sound();
}
