#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

static Programme expiring_programme() {
    Programme programme = plain_programme();
    programme.expiry_rule = ExpiryRule::kDays;
    programme.expiry_count = 10;
    return programme;
}

TEST_CASE("expire: a lot is usable through its date in the chain's zone and expires after it, once") {
    Hq hq(expiring_programme());
    Terminal till(hq, "S1");
    const MemberId member = member_number(1), other = member_number(2);
    till.write(
        member,
        Earn{.bill = {"1", "", 0}, .amount_minor = 5000, .eligible_minor = 5000, .points = 50, .expires = kToday + 10});
    till.write(member, Earn{.bill = {"2", "", 0}, .amount_minor = 700, .eligible_minor = 700, .points = 7});
    till.write(
        other,
        Earn{.bill = {"3", "", 0}, .amount_minor = 900, .eligible_minor = 900, .points = 9, .expires = kToday + 11});
    till.push_all();
    const TimeZone zone = must(TimeZone::load("Asia/Shanghai"));
    const std::int64_t last_ms = zone.last_ms_of(kToday + 10);
    CHECK(must(hq.intake->expire_all(last_ms)) == 0);
    CHECK(hq.account(member).free_total() == 57);
    CHECK(must(hq.intake->expire_all(last_ms + 1)) == 1);
    CHECK(hq.account(member).free_total() == 7);
    CHECK(hq.account(member).expired_total() == 50);
    CHECK(hq.account(other).free_total() == 9);
    CHECK(must(hq.intake->expire_all(last_ms + 1)) == 0);
    CHECK(must(hq.intake->expire_all(last_ms + 1 + 86'400'000)) == 1);
    CHECK(hq.account(other).free_total() == 0);
}

TEST_CASE("expire: steps of any size reach every member") {
    Hq hq(expiring_programme());
    Terminal till(hq, "S1");
    for (int i = 1; i <= 23; ++i)
        till.write(member_number(i),
                   Earn{.amount_minor = 100, .eligible_minor = 100, .points = 1, .expires = kToday + 10});
    till.push_all();
    std::uint64_t after = 0, written = 0, steps = 0;
    do {
        const auto step = must(hq.intake->expire(after, 5, kNoon_ms + 30 * 86'400'000LL));
        after = step.next;
        written += step.written;
        ++steps;
    } while (after != 0);
    CHECK(written == 23);
    CHECK(steps == 5);
}

TEST_CASE("expire: a redemption dated before the expiry draws on the lot although it comes afterwards") {
    Hq hq(expiring_programme());
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    const OpId lot = till.write(
        member, Earn{.amount_minor = 50'000, .eligible_minor = 50'000, .points = 500, .expires = kToday + 10});
    till.push_all();
    Redeem redeem{.points = 300, .value_minor = 300};
    redeem.takes = {{lot, 300}};
    till.write(member, redeem, {}, kToday + 10);
    CHECK(must(hq.intake->expire_all(kNoon_ms + 12 * 86'400'000LL)) == 1);
    CHECK(till.push_all().empty());
    CHECK(hq.account(member).debt == 0);
    CHECK(hq.account(member).expired_total() == 200);
    CHECK(hq.account(member).redeemed_total == 300);
}

TEST_CASE("own chain: HQ's operations are linked, sealed and signed like a terminal's") {
    Hq hq;
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    std::vector<intake::Intake::OwnOp> ops(2);
    ops[0].op.member = member;
    ops[0].op.body = Register{.channel = "import", .joined_day = kToday};
    ops[0].fields = {{Field::kName, "Zhang San"}};
    ops[1].op.member = member;
    ops[1].op.body = Note{};
    ops[1].fields = {{Field::kNote, "old customer"}};
    must(hq.intake->append_own(ops, hq.now_ms));
    CHECK(hq.count("batch") == 1);
    Follower follower{&till};
    follower.catch_up();
    const Profile profile = must(wire::decode_profile(follower.profiles.at(member)));
    CHECK(profile.text(Field::kName) == "Zhang San");
    CHECK(profile.notes.size() == 1);
}

TEST_CASE("own chain: an operation that is out of range changes nothing") {
    Hq hq;
    std::vector<intake::Intake::OwnOp> ops(2);
    ops[0].op.member = ops[1].op.member = member_number(1);
    ops[0].op.body = Adjust{.points = 5};
    ops[1].op.body = Adjust{.points = 0};
    const auto done = hq.intake->append_own(ops, hq.now_ms);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == Code::kInvalid);
    CHECK(hq.count("op_log") == 0);
    CHECK(hq.count("member") == 0);
    ops[0].op.body = Adjust{.points = 5};
    ops[0].op.member = member_number(1);
    must(hq.intake->append_own(std::span(ops).first(1), hq.now_ms));
    CHECK(hq.account(member_number(1)).free_total() == 5);
}

TEST_CASE(
    "own chain: after a restore it goes on in a new epoch, whose first operation names the old one and its head") {
    Hq hq;
    const auto append = [&] {
        intake::Intake::OwnOp op;
        op.op.member = member_number(1);
        op.op.body = Adjust{.points = 5, .reason = AdjustReason::kGoodwill};
        must(hq.intake->append_own(std::span(&op, 1), hq.now_ms));
    };
    const auto renew = [&](std::uint8_t number) {
        wire::Incarnation incarnation;
        Epoch epoch;
        incarnation.bytes.fill(number);
        epoch.bytes.fill(number);
        return must(hq.intake->begin_again(incarnation, epoch));
    };
    const auto newest = [&] {
        const Bytes bytes = *must(hq.store->op_bytes(must(hq.store->head())));
        return must(wire::decode_op(bytes));
    };
    append();
    append();
    const intake::HqRow before = must(hq.store->hq());
    const Hash head = must(hq.store->chain(kHqTerminal, before.own_epoch))->head;
    const auto renewal = renew(1);
    CHECK(renewal.incarnation_before == before.incarnation);
    CHECK(renewal.epoch_before == before.own_epoch);
    CHECK(renewal.own_operations == 2);
    renew(2);  // twice without an operation between: the last epoch that has one is named
    hq.reopen();
    append();
    Op op = newest();
    CHECK(op.id.epoch == must(hq.store->hq()).own_epoch);
    CHECK(op.id.epoch.bytes[0] == 2);
    CHECK(op.id.seq == 1);
    CHECK(op.previous_epoch == before.own_epoch);
    CHECK(op.previous_hash == head);
    append();
    CHECK(newest().id.seq == 2);
    CHECK(newest().previous_epoch.is_zero());
    const Hash second_head = must(hq.store->chain(kHqTerminal, op.id.epoch))->head;
    renew(3);
    append();
    CHECK(newest().previous_epoch == op.id.epoch);
    CHECK(newest().previous_hash == second_head);
    CHECK(hq.account(member_number(1)).free_total() == 25);
    // A name that was used already would give operations the ids of others.
    wire::Incarnation other;
    other.bytes.fill(9);
    CHECK(hq.intake->begin_again(other, before.own_epoch).error().code == Code::kInvalid);
    CHECK(hq.intake->begin_again(other, {}).error().code == Code::kInvalid);
}

TEST_CASE("programme: versions count up, a wrong one is refused") {
    Hq hq;
    Programme programme = plain_programme();
    programme.version = 77;
    CHECK(must(hq.intake->publish(programme, hq.now_ms)) == 2);
    programme.time_zone = "Moon/Tranquility";
    CHECK(hq.intake->publish(programme, hq.now_ms).error().code == Code::kInvalid);
    CHECK(must(hq.intake->programme()).version == 2);
    CHECK(must(hq.store->head()) == 2);
}
