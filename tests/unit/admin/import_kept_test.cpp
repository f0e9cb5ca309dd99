// What is kept of imported rows, and what a ledger of an earlier schema gets when it is opened.
#include "hq-server/intake/import_key.h"
#include "tests/unit/admin/desk.h"

using namespace tally;
using namespace tally::test;

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

TEST_CASE("import: a database of schema 3 gets the reversals of its accounts from the log, once") {
    Desk desk;
    must(desk.run(kTwoMembers, kFourBills));
    Terminal till(desk.hq, "S2");
    till.refund(desk.find("m2"), "nowhere", 700);
    till.push_all();
    const Account whole = desk.hq.account(desk.find("m1"));
    const Account waiting = desk.hq.account(desk.find("m2"));
    REQUIRE(whole.reversals.size() == 1);
    REQUIRE(waiting.reversals.size() == 1);
    // As schema 3 left it.
    const auto strip = [&](const MemberId& member) {
        auto row = *must(desk.hq.store->member(member));
        Account account = must(wire::decode_account(row.account));
        account.reversals.clear();
        row.account = wire::encode_account(account);
        auto scope = must(intake::WriteScope::begin(*desk.hq.store));
        must(desk.hq.store->put_member(row));
        must(scope.commit());
    };
    strip(desk.find("m1"));
    strip(desk.find("m2"));
    desk.hq.exec(kWithoutSchema7);
    desk.hq.exec(
        "ALTER TABLE device DROP COLUMN status_ms; ALTER TABLE device DROP COLUMN connected;"
        "DROP TABLE campaign; ALTER TABLE hq DROP COLUMN coupons_day; ALTER TABLE hq DROP COLUMN tiers_version; PRAGMA "
        "user_version = 3;");
    desk.hq.reopen();
    CHECK(desk.hq.account(desk.find("m1")) == whole);
    CHECK(desk.hq.account(desk.find("m2")) == waiting);
    desk.check_sound();
    strip(desk.find("m1"));
    desk.hq.reopen();  // done is done: a later difference is for verify
    CHECK(desk.hq.account(desk.find("m1")).reversals.empty());
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
    desk.hq.exec(kWithoutSchema7);
    desk.hq.exec(
        "DROP TABLE campaign; DROP TABLE imported; DROP TABLE bill;"
        "CREATE TABLE imported (key BLOB PRIMARY KEY, content BLOB NOT NULL) STRICT, WITHOUT ROWID;"
        "ALTER TABLE hq DROP COLUMN coupons_day; ALTER TABLE hq DROP COLUMN tiers_version; ALTER TABLE hq DROP COLUMN "
        "guarded_after; ALTER TABLE hq DROP "
        "COLUMN upgrade;"
        "ALTER TABLE decision DROP COLUMN duplicate_terminal; ALTER TABLE decision DROP COLUMN duplicate_epoch;"
        "ALTER TABLE decision DROP COLUMN duplicate_seq; DROP TABLE incident;"
        "ALTER TABLE device DROP COLUMN status_ms; ALTER TABLE device DROP COLUMN connected;"
        "PRAGMA user_version = 1;");
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
