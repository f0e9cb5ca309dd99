// Opening balances of another system: taken once, compared without a trace.
#include "hq-server/admin/import_balances.h"
#include "tests/unit/admin/desk.h"

using namespace tally;
using namespace tally::test;
using Kind = admin::BalanceDifference::Kind;

namespace {

constexpr const char* kHeader = "member_ref,points,earned_on,expires_on\n";

struct BalanceDesk : Desk {
    BalanceDesk() { must(run("m1,Anna,,,,,,,\nm2,Ben,,,,,,,\nm3,Cleo,,,,,,,\n", "")); }
    admin::BalanceSummary take(const std::string& rows, bool strict = false, bool dry_run = false) {
        return must(admin::import_balances(*hq.intake, *hq.store,
                                           {file("balances.csv", kHeader + rows), strict, dry_run}, hq.now_ms));
    }
    admin::BalanceComparison compare(const std::string& rows) {
        return must(admin::compare_balances(*hq.store, file("balances.csv", kHeader + rows), kToday));
    }
    std::int64_t operations() { return hq.count("op_log"); }
};

const std::string kFile =
    "m1,1200,2023-05-01,2024-05-31\n"
    "m1,345,2023-06-01,\n"
    "m2,88,2023-06-01,2023-12-31\n";

}  // namespace

TEST_CASE("balances: each row is a lot of its own, and the same file again changes nothing") {
    BalanceDesk desk;
    auto summary = desk.take(kFile);
    CHECK(summary.faults.empty());
    CHECK(summary.lots == 3);
    CHECK(summary.members == 2);
    CHECK(summary.points == 1633);
    const Account anna = desk.hq.account(desk.find("m1"));
    REQUIRE(anna.lots.size() == 2);
    CHECK(anna.lots[0].source == LotSource::kOpening);
    CHECK(anna.lots[0].day == must(parse_day("2023-05-01")));
    CHECK(anna.lots[0].expires == must(parse_day("2024-05-31")));
    CHECK_FALSE(anna.lots[1].expires.has_value());
    CHECK(anna.opening_total == 1545);
    CHECK(anna.spend_minor == 0);
    const auto before = desk.operations();
    summary = desk.take(kFile);
    CHECK(summary.lots == 0);
    CHECK(summary.lots_before == 3);
    CHECK(desk.operations() == before);
    CHECK(desk.hq.account(desk.find("m1")) == anna);
    CHECK(admin::summary_text(summary) ==
          "there already: 3 lots\nimported 0 points in 0 lots of 0 members; rejected 0 rows\n");
    desk.check_sound();
}

TEST_CASE("balances: two rows that are alike are two lots, and stay two") {
    BalanceDesk desk;
    const std::string twice = "m1,100,2023-05-01,\nm1,100,2023-05-01,\n";
    CHECK(desk.take(twice).lots == 2);
    CHECK(desk.take(twice).lots_before == 2);
    CHECK(desk.take(twice + "m1,100,2023-05-01,\n").lots == 1);
    CHECK(desk.hq.account(desk.find("m1")).balance_on(kToday) == 300);
    desk.check_sound();
}

TEST_CASE("balances: a bad row is named with its line and reason, and the others are taken") {
    BalanceDesk desk;
    const auto summary = desk.take(
        "m1,10,2023-05-01,\n"
        "nobody,10,2023-05-01,\n"
        ",10,2023-05-01,\n"
        "m1,0,2023-05-01,\n"
        "m1,-5,2023-05-01,\n"
        "m1,1.5,2023-05-01,\n"
        "m1,1000000000001,2023-05-01,\n"
        "m1,10,yesterday,\n"
        "m1,10,2023-05-01,2023-04-30\n"
        "m1,10,2023-05-01,2023-11-14\n"
        "m1,10,2023-11-16,\n"
        "m1,10\n"
        "m2,20,2023-05-01,2023-11-15\n");
    CHECK(summary.lots == 2);
    const std::string faults = text_of(summary.faults);
    for (const char* part :
         {":3: member nobody: member_ref: no such member", ":4: member_ref is empty", ":5: member m1: points: out of",
          ":6: member m1: points: out of", ":7: member m1: points: not a whole", ":8: member m1: points: out of",
          ":9: member m1: earned_on: ", ":10: member m1: expires_on: before earned_on",
          ":11: member m1: expires_on: before today", ":12: member m1: earned_on: after today", ":13: "})
        CHECK_MESSAGE(faults.find(part) != std::string::npos, part << " is not in\n" << faults);
    CHECK(summary.faults.size() == 11);
    CHECK(desk.hq.account(desk.find("m1")).balance_on(kToday) == 10);
    CHECK(desk.hq.account(desk.find("m2")).balance_on(kToday) == 20);
}

TEST_CASE("balances: a lot that comes again with other points is named, and the first one stays") {
    BalanceDesk desk;
    desk.take(kFile);
    const auto summary = desk.take("m1,1300,2023-05-01,2024-05-31\n");
    CHECK(summary.lots == 0);
    CHECK(text_of(summary.faults).find("points: this lot came before with other points") != std::string::npos);
    CHECK(desk.hq.account(desk.find("m1")).balance_on(kToday) == 1545);
}

TEST_CASE("balances: a dry run and a strict run with a fault write nothing") {
    BalanceDesk desk;
    const auto before = desk.operations();
    const auto dry = desk.take(kFile, false, true);
    CHECK(dry.lots == 3);
    CHECK_FALSE(dry.written);
    CHECK(admin::summary_text(dry) ==
          "nothing imported (--dry-run); it would import 1633 points in 3 lots of 2 members; it would reject 0 rows\n");
    const auto strict = desk.take(kFile + "nobody,1,2023-05-01,\n", true);
    CHECK(strict.stopped);
    CHECK(admin::summary_text(strict) == "nothing imported: 1 bad row (--strict)\n");
    CHECK(desk.operations() == before);
    CHECK(desk.take(kFile).lots == 3);
}

TEST_CASE("balances: an unknown column, and one that is missing, stop it") {
    BalanceDesk desk;
    for (const char* header : {"member_ref,points,earned_on,expires\n", "member_ref,points\n"}) {
        const auto summary = admin::import_balances(*desk.hq.intake, *desk.hq.store,
                                                    {desk.file("bad.csv", header), false, false}, desk.hq.now_ms);
        REQUIRE_FALSE(summary.has_value());
        CHECK(summary.error().code == Code::kInvalid);
    }
}

TEST_CASE("balances: comparing names what is missing, other and extra, and writes nothing") {
    BalanceDesk desk;
    desk.take(kFile);
    desk.take("m3,7,2023-06-01,\n");
    const auto before = desk.operations();
    CHECK(desk.compare(kFile + "m3,7,2023-06-01,\n").agrees());
    const auto found = desk.compare(
        "m1,1200,2023-05-01,2024-05-31\n"
        "m2,88,2023-06-01,2023-12-31\n"
        "m9,5,2023-06-01,\nm9,6,2023-06-01,\n");
    CHECK_FALSE(found.agrees());
    REQUIRE(found.differences.size() == 3);
    CHECK(found.differences[0].kind == Kind::kMissingMember);
    CHECK(found.differences[0].member_ref == "m9");
    CHECK(found.differences[0].file_points == 11);
    CHECK(found.differences[1].kind == Kind::kOther);
    CHECK(found.differences[1].member_ref == "m1");
    CHECK(found.differences[1].opening_points == 1545);
    CHECK(found.differences[2].kind == Kind::kExtra);
    CHECK(found.differences[2].member_ref == "m3");
    CHECK(admin::comparison_text(found) ==
          "member m9: unknown here; 11 points in 2 lots in the file\n"
          "member m1: 1200 points in 1 lot in the file, 1545 points in 2 opening lots in the ledger, balance 1545\n"
          "member m3: not in the file; 7 points in 1 opening lot in the ledger, balance 7\n"
          "compared 3 members: 1299 points in the file, 1640 in opening lots; 3 differences, "
          "0 balances have moved since, 0 unreadable rows\n");
    CHECK(desk.operations() == before);
}

TEST_CASE("balances: what was bought since is no difference, but is said") {
    BalanceDesk desk;
    desk.take(kFile);
    Terminal till(desk.hq, "S1");
    till.earn(desk.find("m2"), 5000);
    till.push_all();
    const auto found = desk.compare(kFile);
    CHECK(found.agrees());
    REQUIRE(found.differences.size() == 1);
    CHECK(found.differences[0].kind == Kind::kMoved);
    CHECK(found.differences[0].balance == 138);
    CHECK(admin::comparison_text(found).find("member m2: the opening lots agree, balance 138 by what has happened") ==
          0);
}

TEST_CASE("balances: a lot's points are redeemed and expire as any others") {
    BalanceDesk desk;
    desk.take("m1,100,2023-05-01,2023-11-20\n");
    Terminal till(desk.hq, "S1");
    till.redeem(desk.find("m1"), 30, 30);
    till.push_all();
    desk.hq.now_ms += 10 * 86'400'000LL;
    CHECK(must(desk.hq.intake->expire_all(desk.hq.now_ms)) == 1);
    const Account anna = desk.hq.account(desk.find("m1"));
    CHECK(anna.lots[0].redeemed == 30);
    CHECK(anna.lots[0].expired == 70);
    desk.check_sound();
}
