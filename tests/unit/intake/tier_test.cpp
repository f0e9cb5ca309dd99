// Changes of tier as headquarters writes them: at once after what a till sent, by night where time alone brings them.
#include "common/domain/tiers.h"
#include "hq-server/admin/verify.h"
#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

constexpr std::int64_t kDay_ms = 86'400'000;

Programme tiered(Downgrade downgrade = Downgrade::kPeriodEndToFit) {
    Programme programme = plain_programme();
    programme.tiers.downgrade = downgrade;
    programme.tiers.levels.resize(3);
    const char* ids[] = {"basic", "silver", "gold"};
    for (std::size_t i = 0; i < 3; ++i) {
        programme.tiers.levels[i].id = ids[i];
        programme.tiers.levels[i].threshold = static_cast<std::int64_t>(i) * 10'000;
    }
    return programme;
}

std::vector<TierChange> changes(Hq& hq, const MemberId& member) {
    std::vector<TierChange> out;
    must(hq.store->each_op(0, [&](const intake::OpRow& row) -> Status {
        TALLY_TRY(const Op op, wire::decode_op(row.bytes));
        if (const auto* change = std::get_if<TierChange>(&op.body); change && op.member == member)
            out.push_back(*change);
        return {};
    }));
    return out;
}

void check_sound(Hq& hq) {
    const auto report = must(admin::verify_ledger(*hq.store, hq.device.public_key()));
    CHECK_MESSAGE(report.fault_count == 0, admin::verify_text(report));
}

std::int64_t noon_of(Day day) { return kNoon_ms + (day - kToday) * kDay_ms; }

}  // namespace

TEST_CASE("tiers at HQ: two tills saw half each; the second half brings the upgrade in the same transaction") {
    Hq hq(tiered());
    Terminal a(hq, "S1"), b(hq, "S2");
    const MemberId member = member_number(1);
    a.earn(member, 6'000);
    b.earn(member, 5'000);
    a.push_all();
    CHECK(changes(hq, member).empty());
    b.push_all();
    REQUIRE(changes(hq, member).size() == 1);
    CHECK(changes(hq, member).front() == TierChange{"silver", TierCause::kUpgrade, 11'000, add_months(kToday, 12) - 1});
    CHECK(hq.account(member).tier == "silver");
    Follower follower{&a};
    follower.catch_up();
    CHECK(must(wire::decode_account(follower.accounts.at(member))).tier == "silver");
    a.push(1, 1);  // the same again: nothing more
    CHECK(changes(hq, member).size() == 1);
    check_sound(hq);
}

TEST_CASE(
    "tiers at HQ: many members and terminals in one transaction, and a refund that lowers nothing before its time") {
    Hq hq(tiered());
    Terminal a(hq, "S1"), b(hq, "S2");
    for (int i = 1; i <= 20; ++i)
        a.earn(member_number(i), 1'000 * i), b.earn(member_number(i), 1'000 * i, "b" + std::to_string(i));
    std::vector<intake::PreparedPush> pushes;
    pushes.push_back(a.prepared(1, 20));
    pushes.push_back(b.prepared(1, 20));
    must(hq.intake->commit(pushes, hq.now_ms));
    for (int i = 1; i <= 20; ++i) {
        CAPTURE(i);
        CHECK(hq.account(member_number(i)).tier == (i >= 10 ? "gold" : i >= 5 ? "silver" : ""));
    }
    b.acknowledged = 20;
    b.refund(member_number(20), "b20", 20'000);
    b.push_all();
    CHECK(hq.account(member_number(20)).tier == "gold");
    check_sound(hq);
}

TEST_CASE("tiers at HQ: by night a level is kept or lost at its period's end, once") {
    Hq hq(tiered());
    Terminal till(hq, "S1");
    const MemberId loses = member_number(1), keeps = member_number(2);
    till.earn(loses, 20'000);
    till.earn(keeps, 20'000);
    till.push_all();
    const Day end = add_months(kToday, 12) - 1;
    hq.now_ms = noon_of(end - 100);
    till.earn(keeps, 20'000, "later", end - 100);
    till.refund(loses, "S1-1", 20'000);
    till.push_all();
    CHECK(must(hq.intake->expire_all(noon_of(end))) == 0);
    CHECK(must(hq.intake->expire_all(noon_of(end + 1))) == 2);
    CHECK(hq.account(loses).tier == "basic");
    CHECK(hq.account(keeps).tier == "gold");
    CHECK(changes(hq, keeps).back() == TierChange{"gold", TierCause::kRetain, 40'000, add_months(end + 1, 12) - 1});
    CHECK(must(hq.intake->expire_all(noon_of(end + 1))) == 0);
    check_sound(hq);
    CHECK(must(hq.intake->expire_all(noon_of(add_months(end + 1, 12)))) ==
          1);  // what was bought before: only that of its year
    CHECK(hq.account(keeps).tier == "basic");
    check_sound(hq);
}

TEST_CASE("tiers at HQ: a supervisor's floor holds a member up, and headquarters' own level goes its way below it") {
    Hq hq(tiered(Downgrade::kAutomatic));
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    till.write(member, TierChange{"silver", TierCause::kManual, 0, kToday + 400});
    till.earn(member, 20'000, "1");
    till.push_all();
    const Programme programme = must(hq.intake->programme());
    CHECK(hq.account(member).tier == "gold");
    till.refund(member, "1", 20'000);
    till.push_all();
    CHECK(hq.account(member).tier == "basic");
    CHECK(tier_name(programme, hq.account(member), kToday) == "silver");
    CHECK(tier_name(programme, hq.account(member), kToday + 401) == "basic");
    till.write(member, TierChange{"", TierCause::kManualEnd, 0, std::nullopt});
    till.push_all();
    CHECK(tier_name(programme, hq.account(member), kToday) == "basic");
    check_sound(hq);
}

TEST_CASE("tiers at HQ: an automatic level falls on the night on which its sale leaves the window") {
    Hq hq(tiered(Downgrade::kAutomatic));
    Terminal till(hq, "S1");
    till.earn(member_number(1), 10'000);
    till.push_all();
    const Day leaves = add_months(kToday, 12);
    CHECK(must(hq.intake->expire_all(noon_of(leaves - 1))) == 0);
    CHECK(must(hq.intake->expire_all(noon_of(leaves))) == 1);
    CHECK(hq.account(member_number(1)).tier == "basic");
    check_sound(hq);
}

TEST_CASE("tiers at HQ: a programme with other tiers is carried through at the next night, whatever the steps, once") {
    Hq hq;  // without tiers
    Terminal till(hq, "S1");
    for (int i = 1; i <= 9; ++i) till.earn(member_number(i), 2'500 * i);
    till.push_all();
    CHECK(must(hq.intake->expire_all(hq.now_ms)) == 0);
    must(hq.intake->publish(tiered(), hq.now_ms));
    check_sound(hq);
    std::uint64_t after = 0, written = 0;
    int steps = 0;
    do {
        const auto step = must(hq.intake->expire(after, 2, hq.now_ms));
        after = step.next;
        written += step.written;
        if (++steps == 2) {  // a server that starts anew walks from the start again
            hq.reopen();
            after = 0;
        }
    } while (after != 0 || steps < 4);
    CHECK(written == 6);  // from 10,000 on
    CHECK(hq.account(member_number(3)).tier == "");
    CHECK(hq.account(member_number(4)).tier == "silver");
    CHECK(hq.account(member_number(9)).tier == "gold");
    CHECK(must(hq.store->hq()).tiers_version == 2);
    check_sound(hq);
    Programme easier = tiered();
    easier.tiers.levels[1].threshold = 7'000;
    must(hq.intake->publish(easier, hq.now_ms));
    CHECK(must(hq.intake->expire_all(hq.now_ms)) == 1);
    CHECK(hq.account(member_number(3)).tier == "silver");
    must(hq.intake->publish(easier, hq.now_ms));  // the same tiers: nobody is looked at again
    CHECK(must(hq.intake->expire_all(hq.now_ms)) == 0);
    CHECK(must(hq.store->hq()).tiers_version == 3);
    must(hq.intake->publish(plain_programme(), hq.now_ms));
    CHECK(must(hq.intake->expire_all(hq.now_ms)) == 0);
    CHECK(must(hq.store->hq()).tiers_version == 5);
    CHECK(must(hq.store->member(member_number(9)))->next_due == std::nullopt);
    CHECK(hq.account(member_number(9)).tier == "gold");  // its own text stands
    check_sound(hq);
}

TEST_CASE("tiers at HQ: a step of the walk over all members looks at a tenth of what a step of a usual night does") {
    Hq hq;
    Terminal till(hq, "S1");
    for (int i = 1; i <= 5; ++i) till.earn(member_number(i), 20'000);
    till.push_all();
    must(hq.intake->publish(tiered(), hq.now_ms));
    std::uint64_t after = 0;
    std::vector<std::uint64_t> written;
    do {
        const auto step = must(hq.intake->expire(after, 20, hq.now_ms));
        written.push_back(step.written);
        after = step.next;
    } while (after != 0);
    CHECK(written == std::vector<std::uint64_t>{2, 2, 1});
    CHECK(must(hq.intake->expire(0, 5, hq.now_ms)).next != 0);  // a usual night again: five in one step
    CHECK(must(hq.intake->expire(0, 6, hq.now_ms)).next == 0);
    check_sound(hq);
}

TEST_CASE(
    "tiers at HQ: a change that is held for a person stays in the log, though the night wrote nothing that counts") {
    Hq hq;
    Terminal till(hq, "S1");
    const MemberId full = member_number(1);
    for (int i = 1; i <= 2; ++i) till.earn(member_number(i), 20'000);
    till.push_all();
    const Account sound = hq.account(full);
    const auto put = [&](const Account& account) {
        auto row = *must(hq.store->member(full));
        row.account = wire::encode_account(account);
        auto scope = must(intake::WriteScope::begin(*hq.store));
        must(hq.store->put_member(row));
        must(scope.commit());
        hq.reopen();
    };
    Account beyond = sound;
    beyond.spend_minor = std::int64_t{1} << 60;
    put(beyond);
    must(hq.intake->publish(tiered(), hq.now_ms));
    const auto step = must(hq.intake->expire(0, 10, hq.now_ms));
    CHECK(step.next != 0);
    CHECK(step.written == 0);
    CHECK(hq.count("op_log") == 3);
    CHECK(must(hq.store->member(full))->member_seq == 2);
    put(sound);
    till.earn(full, 100);
    till.push_all();
    check_sound(hq);
}

TEST_CASE("tiers at HQ: a version that comes while the walk is under way is walked the next night") {
    Hq hq;
    Terminal till(hq, "S1");
    for (int i = 1; i <= 4; ++i) till.earn(member_number(i), 7'500);
    till.push_all();
    must(hq.intake->publish(tiered(), hq.now_ms));
    const auto half = must(hq.intake->expire(0, 2, hq.now_ms));
    Programme easier = tiered();
    easier.tiers.levels[1].threshold = 7'000;
    must(hq.intake->publish(easier, hq.now_ms));
    must(hq.intake->expire(half.next, 10, hq.now_ms));
    CHECK(hq.account(member_number(1)).tier == "");
    must(hq.intake->expire_all(hq.now_ms + kDay_ms));
    for (int i = 1; i <= 4; ++i) CHECK(hq.account(member_number(i)).tier == "silver");
    check_sound(hq);
}

TEST_CASE("tiers at HQ: locked points bring a level on the night they unlock") {
    Programme programme = tiered();
    programme.tiers.basis = TierBasis::kPoints;
    programme.tiers.levels[1].threshold = 50;
    Hq hq(programme);
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    till.write(
        member,
        Earn{
            .bill = {"1", "", 0}, .amount_minor = 6'000, .eligible_minor = 6'000, .points = 60, .unlocks = kToday + 3});
    till.push_all();
    CHECK(hq.account(member).tier == "");
    CHECK(must(hq.intake->expire_all(noon_of(kToday + 2))) == 0);
    CHECK(must(hq.intake->expire_all(noon_of(kToday + 3))) == 1);
    CHECK(hq.account(member).tier == "silver");
    check_sound(hq);
}

TEST_CASE("tiers at HQ: an imported level gets its period with the import, and verify notices a date put too late") {
    Hq hq(tiered());
    std::vector<intake::Intake::OwnOp> ops(1);
    ops[0].op.member = member_number(1);
    ops[0].op.business_day = kToday;
    ops[0].op.body = Register{"import", kToday, "Gold", {}};
    CHECK(must(hq.intake->append_own(ops, hq.now_ms)).size() == 1);
    CHECK(changes(hq, member_number(1)).front().cause == TierCause::kRetain);
    const auto row = must(hq.store->member(member_number(1)));
    CHECK(row->next_due == add_months(kToday, 12) - 1);
    must(hq.intake->expire_all(hq.now_ms));  // everybody has been looked at
    check_sound(hq);
    for (const char* value : {"NULL", "1000000"}) {
        hq.exec(std::string("UPDATE member SET next_expiry = ") + value);
        const auto report = must(admin::verify_ledger(*hq.store, hq.device.public_key()));
        REQUIRE(report.fault_count == 1);
        CHECK(report.faults.front().find("its tier changes to basic before that") != std::string::npos);
    }
}
