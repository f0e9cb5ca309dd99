// Leases at headquarters: what a want gets, and what becomes of redemptions and returns.
#include "tests/unit/intake/lease_rig.h"

#include "common/crypto/seal.h"

using namespace tally;
using namespace tally::test;
using intake::ConflictKind;

TEST_CASE("leases: a want is granted in whole, in redemption order, and answered with the member's state") {
    LeaseRig at;
    Earn soon;
    soon.bill.bill_no = "soon";
    soon.amount_minor = soon.eligible_minor = 5'000;
    soon.points = 50;
    soon.expires = kToday + 3;
    const OpId first = at.one.write(at.member, soon);
    at.one.push_all();
    const auto head = must(at.hq.store->head());
    const wire::LeaseState state = want(at.other, at.member, 150);
    CHECK_FALSE(state.give_back);
    CHECK(must(at.hq.store->head()) == head + 1);
    const Account account = at.account();
    REQUIRE(account.slices.size() == 2);
    CHECK(account.lots[account.slices[0].lot].maker == first);
    CHECK(account.slices[0].outstanding == 50);
    CHECK(account.lots[account.slices[1].lot].maker == at.lot);
    CHECK(account.slices[1].outstanding == 100);
    for (const Slice& slice : account.slices) {
        CHECK(slice.is_of(at.other.id, at.other.epoch));
        CHECK(slice.through == kToday);
    }
    CHECK(account.free_total() == 200);
    CHECK(account.balance_on(kToday) == 350);
    REQUIRE(state.page.members.size() == 1);
    CHECK(state.page.members[0].member == at.member);
    CHECK(must(wire::decode_account(state.page.members[0].account)) == account);
    CHECK(state.page.incarnation == must(at.hq.store->hq()).incarnation);
    CHECK(state.page.hq_ms == at.hq.now_ms);
    CHECK((state.page.from == 0 && state.page.to == 0 && state.page.as_of == 0));
    CHECK(state.page.covered_epoch == at.other.epoch);
    CHECK(state.page.covered_seq == 0);
    check_lease_books(at.hq);
}

TEST_CASE("leases: the state carries the profile under the terminal's own key") {
    LeaseRig at;
    Register body;
    body.channel = "store";
    const MemberId anna = member_number(2);
    at.one.write(anna, body, {{Field::kName, "Anna"}});
    at.one.push_all();
    const auto state = want(at.other, anna, 0);
    REQUIRE(state.page.members.size() == 1);
    const auto key = must(at.other.wrap().open(state.page.members[0].wrapped_key));
    const Profile profile = must(wire::open_profile(key, anna, state.page.members[0].sealed_profile));
    CHECK(profile.text(Field::kName) == "Anna");
}

TEST_CASE("leases: a want raises what is held to the asked number, and asking again grants nothing more") {
    LeaseRig at;
    CHECK(held(want(at.other, at.member, 100), at.other) == 100);
    CHECK(held(want(at.other, at.member, 150), at.other) == 150);
    const auto head = must(at.hq.store->head());
    CHECK(held(want(at.other, at.member, 150), at.other) == 150);
    CHECK(held(want(at.other, at.member, 40), at.other) == 150);
    CHECK(must(at.hq.store->head()) == head);
    check_lease_books(at.hq);
}

TEST_CASE("leases: slices whose end has come do not count for a want") {
    LeaseRig at;
    CHECK(held(want(at.other, at.member, 100), at.other) == 100);
    at.hq.now_ms += 86'400'000;
    CHECK(held(want(at.other, at.member, 100), at.other) == 200);
    CHECK(held(want(at.other, at.member, 300), at.other) == 300);  // the lease of the lot goes on with it
}

TEST_CASE("leases: a want is answered and not granted for each of its reasons") {
    struct Case {
        const char* why;
        void (*prepare)(LeaseRig& at);
        intake::LeaseAsk (*what)(LeaseRig& at);
    };
    const auto plain = [](LeaseRig& at) { return ask(at.other, at.member, 100); };
    const Case cases[] = {
        {"an operation is still on its way", [](LeaseRig& at) { at.other.earn(at.member, 100); }, plain},
        {"it is older than what headquarters holds",
         [](LeaseRig& at) { at.other.earn(at.member, 100), at.other.push_all(); },
         [](LeaseRig& at) { return ask(at.other, at.member, 100, 1); }},
        {"another epoch than the session's", [](LeaseRig&) {},
         [](LeaseRig& at) {
             auto out = ask(at.other, at.member, 100);
             out.want.epoch.bytes[3] ^= 1;
             return out;
         }},
        {"more than is free", [](LeaseRig&) {}, [](LeaseRig& at) { return ask(at.other, at.member, 301); }},
        {"nothing of a lot that is past its date",
         [](LeaseRig& at) {
             Earn gone;
             gone.bill.bill_no = "gone";
             gone.amount_minor = gone.eligible_minor = 100'000;
             gone.points = 1'000;
             gone.expires = kToday - 1;
             at.one.write(at.member, gone);
             at.one.push_all();
         },
         [](LeaseRig& at) { return ask(at.other, at.member, 301); }},
        {"nothing of a locked lot",
         [](LeaseRig& at) {
             Earn locked;
             locked.bill.bill_no = "locked";
             locked.amount_minor = locked.eligible_minor = 100'000;
             locked.points = 1'000;
             locked.unlocks = kToday + 1;
             at.one.write(at.member, locked);
             at.one.push_all();
         },
         [](LeaseRig& at) { return ask(at.other, at.member, 301); }},
    };
    for (const Case& each : cases) {
        INFO(each.why);
        LeaseRig at;
        each.prepare(at);
        const auto head = must(at.hq.store->head());
        const auto out = commit_wants(at.hq, {}, {each.what(at)});
        CHECK(held(std::get<wire::LeaseState>(out.leases.front().answer), at.other) == 0);
        CHECK(out.recalls.empty());
        CHECK(must(at.hq.store->head()) == head);
        CHECK(at.account().leased_total() == 0);
        check_lease_books(at.hq);
    }
}

TEST_CASE("leases: while there is debt nothing is granted") {
    Hq hq(lease_programme());
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    const OpId sale = till.earn(member, 10'000, "A");
    till.push_all();
    want(till, member, 100);
    redeem_leased(till, member, {{sale, 100}});
    till.refund(member, "A", 10'000);  // the points are spent: they are owed
    Earn locked;
    locked.bill.bill_no = "B";
    locked.amount_minor = locked.eligible_minor = 20'000;
    locked.points = 200;
    locked.unlocks = kToday + 1;
    till.write(member, locked);
    till.push_all();
    REQUIRE(hq.account(member).debt == 100);
    hq.now_ms += 86'400'000;  // unlocked, and not netted before the next operation
    CHECK(held(want(till, member, 50), till) == 0);
    check_lease_books(hq);
}

TEST_CASE("leases: a member that headquarters does not know has no state") {
    LeaseRig at;
    CHECK(want(at.other, member_number(99), 100).page.members.empty());
    CHECK(at.hq.count("member") == 1);
}

TEST_CASE("leases: a terminal that was revoked gets a refusal, and one in quarantine too") {
    for (const auto status : {intake::DeviceStatus::kRevoked, intake::DeviceStatus::kQuarantined}) {
        LeaseRig at;
        auto scope = must(intake::WriteScope::begin(*at.hq.store));
        must(at.hq.store->set_device_status(at.other.id, status, "stolen", at.hq.now_ms));
        must(scope.commit());
        at.hq.reopen();
        const auto out = commit_wants(at.hq, {}, {ask(at.other, at.member, 100)});
        const auto* refused = std::get_if<wire::Refused>(&out.leases.front().answer);
        REQUIRE(refused);
        CHECK(refused->code ==
              (status == intake::DeviceStatus::kRevoked ? wire::Refusal::kRevoked : wire::Refusal::kQuarantined));
        CHECK(at.account().leased_total() == 0);
    }
}

TEST_CASE("leases: a want sees the pushes that came before it in its group, its own and others'") {
    LeaseRig at;
    at.one.earn(at.member, 50'000);
    at.other.earn(at.member, 10'000);
    std::vector<intake::PreparedPush> pushes;
    pushes.push_back(at.one.prepared(2, 1));
    pushes.push_back(at.other.prepared(1, 1));
    const auto out = commit_wants(at.hq, std::move(pushes), {ask(at.other, at.member, 900), ask(at.one, at.member, 1)});
    const auto& state = std::get<wire::LeaseState>(out.leases[0].answer);
    CHECK(held(state, at.other) == 900);
    CHECK(state.page.covered_seq == 1);
    CHECK(held(std::get<wire::LeaseState>(out.leases[1].answer), at.one) == 0);  // nothing is left
    check_lease_books(at.hq);
}

TEST_CASE("leases: the first operation of a new epoch ends grants to the old one, whose own operations still count") {
    LeaseRig at;
    at.other.earn(at.member, 100, "first");
    at.other.push_all();
    CHECK(held(want(at.other, at.member, 100), at.other) == 100);
    Life old = life_of(at.other);
    at.other.new_epoch();
    at.other.acknowledged = 0;
    // Before its first operation the new epoch may want too: it names no other chain.
    CHECK(held(want(at.other, at.member, 50), at.other) == 50);
    at.other.earn(at.member, 100, "second");
    at.other.push_all();
    Life now = exchange_life(at.other, old);
    CHECK(held(want(at.other, at.member, 120), at.other) == 100);
    redeem_leased(at.other, at.member, {{at.lot, 100}});
    CHECK(at.other.push_all().empty());
    CHECK(held(at.account(), at.other) == 0);
    CHECK(held(at.account(), at.other, now.epoch) == 50);
    CHECK(at.account().redeemed_total == 100);
    CHECK(lease_conflicts(at.hq).empty());
    check_lease_books(at.hq);
}

TEST_CASE("leases: a till that names a programme nobody issued is judged by the newest policy") {
    LeaseRig at;
    at.one.programme_version = 999;
    const OpId plain = at.one.redeem(at.member, 100, 100);
    auto outcomes = at.one.push_all();
    CHECK(outcomes[plain.seq].outcome == Outcome::kQuarantined);
    CHECK(at.account().free_total() == 300);
    CHECK(at.account().debt == 0);
}

TEST_CASE("leases: a redemption that no lease covers is held, whatever it says, and a covered one counts") {
    LeaseRig at;
    const OpId plain = at.one.redeem(at.member, 100, 100);
    redeem_leased(at.one, at.member, {{at.lot, 100}});
    auto outcomes = at.one.push_all();
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes[plain.seq].outcome == Outcome::kQuarantined);
    CHECK(outcomes[plain.seq].reason == "redeems points that were not leased to it");
    CHECK(outcomes[plain.seq + 1].outcome == Outcome::kQuarantined);
    CHECK(outcomes[plain.seq + 1].reason == "redeems more than was leased");
    const auto told = lease_conflicts(at.hq);
    REQUIRE(told.size() == 2);
    CHECK(told[0].first == ConflictKind::kNoLease);
    CHECK(told[1].first == ConflictKind::kNoLease);
    CHECK(at.account().free_total() == 300);
    want(at.one, at.member, 100);
    redeem_leased(at.one, at.member, {{at.lot, 100}});
    CHECK(at.one.push_all().empty());
    CHECK(at.account().redeemed_total == 100);
    CHECK(lease_conflicts(at.hq).size() == 2);
    check_lease_books(at.hq);
}

TEST_CASE("leases: under a floor limit a redemption without a lease counts as ever") {
    LeaseRig at(plain_programme());
    at.one.redeem(at.member, 100, 100);
    CHECK(at.one.push_all().empty());
    CHECK(at.account().redeemed_total == 100);
    CHECK(lease_conflicts(at.hq).empty());
}

TEST_CASE("leases: a return frees exactly what it names, and more than was leased is held") {
    LeaseRig at;
    want(at.one, at.member, 200);
    at.one.write(at.member, LeaseReturn{{{at.lot, 50}}});
    CHECK(at.one.push_all().empty());
    CHECK(held(at.account(), at.one) == 150);
    CHECK(at.account().free_total() == 150);
    at.one.write(at.member, LeaseReturn{{{at.lot, 151}}});
    const auto outcomes = at.one.push_all();
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.begin()->second.outcome == Outcome::kQuarantined);
    CHECK(lease_conflicts(at.hq) ==
          std::vector{std::pair(ConflictKind::kHeldForReview, std::string("returns more than was leased"))});
    CHECK(held(at.account(), at.one) == 150);
    check_lease_books(at.hq);
}

TEST_CASE("leases: a redemption after the lease's end or the lot's date counts and is flagged") {
    LeaseRig at;
    Earn soon;
    soon.bill.bill_no = "soon";
    soon.amount_minor = soon.eligible_minor = 5'000;
    soon.points = 50;
    soon.expires = kToday;
    const OpId dated = at.one.write(at.member, soon);
    at.one.push_all();
    want(at.other, at.member, 150);
    redeem_leased(at.other, at.member, {{dated, 50}}, kToday + 1);
    redeem_leased(at.other, at.member, {{at.lot, 60}}, kToday + 1);
    redeem_leased(at.other, at.member, {{at.lot, 40}}, kToday);
    CHECK(at.other.push_all().empty());
    CHECK(at.account().redeemed_total == 150);
    const auto told = lease_conflicts(at.hq);
    REQUIRE(told.size() == 2);
    CHECK(told[0].first == ConflictKind::kLeaseLate);
    CHECK(told[0].second.find("usable through 2023-11-15") != std::string::npos);
    CHECK(told[1].first == ConflictKind::kLeaseLate);
    CHECK(told[1].second == "redeemed on 2023-11-16 under a lease that ended on 2023-11-15");
    check_lease_books(at.hq);
}

TEST_CASE("leases: of a price that was named too high the rest is free again") {
    LeaseRig at;
    want(at.one, at.member, 200);
    Redeem body;
    body.points = 200;
    body.value_minor = 100;  // worth 100 points
    body.takes = {{at.lot, 200}};
    body.leased = true;
    at.one.write(at.member, body);
    const auto outcomes = at.one.push_all();
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.begin()->second.outcome == Outcome::kCorrected);
    CHECK(at.account().redeemed_total == 100);
    CHECK(at.account().free_total() == 200);
    CHECK(held(at.account(), at.one) == 0);
    check_lease_books(at.hq);
}
