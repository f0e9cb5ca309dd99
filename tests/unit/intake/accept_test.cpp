#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("intake: what is pushed is folded, acknowledged and counted for the store") {
    Hq hq;
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    till.write(member, Register{.channel = "store", .joined_day = kToday},
               {{Field::kName, "Li Lei"}, {Field::kPhone, "13812345678"}});
    till.earn(member, 12'345);
    till.write({}, Sale{.bill = {"x", "", 0}, .amount_minor = 700});
    CHECK(till.push_all().empty());
    CHECK(hq.account(member).free_total() == 123);
    CHECK(hq.store_day("S1", kToday) == StoreDay{.bills = 2, .amount_minor = 13'045, .points_earned = 123});
    CHECK(hq.count("op_log") == 3);
    CHECK(hq.count("batch") == 1);
    const auto found = must(hq.store->members_of_identity(IdentityKind::kPhone, "+8613812345678"));
    CHECK(found == std::vector<MemberId>{member});
    CHECK(hq.count("conflict") == 0);
}

TEST_CASE("intake: an earn for a member nobody registered is accepted, and the registration may come later") {
    Hq hq;
    Terminal till(hq, "S1"), other(hq, "S2");
    const MemberId member = member_number(7);
    till.earn(member, 1000);
    CHECK(till.push_all().empty());
    CHECK_FALSE(must(hq.store->profile(member)).has_value());
    other.write(member, Register{.channel = "store", .joined_day = kToday}, {{Field::kName, "Han Meimei"}});
    other.push_all();
    CHECK(hq.account(member).free_total() == 10);
    Follower follower{&till};
    follower.catch_up();
    CHECK(must(wire::decode_profile(follower.profiles.at(member))).text(Field::kName) == "Han Meimei");
}

TEST_CASE("intake: a repeated push is acknowledged again and counts once, however it overlaps") {
    Hq hq;
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    for (int i = 0; i < 10; ++i) till.earn(member, 1000);
    till.redeem(member, 900, 900);  // 100 there are: leaves debt
    till.push(1, 6);
    SUBCASE("whole") { till.push(1, 6); }
    SUBCASE("inner part") { till.push(2, 3); }
    SUBCASE("overlap with something new") { till.push(4, 5); }
    const auto outcomes = till.push_all(1);
    CHECK(outcomes.size() == 1);
    CHECK(outcomes.at(11).outcome == Outcome::kAcceptedWithDebt);
    const auto again = till.push_all(1);
    CHECK(again.size() == 1);
    CHECK(again.at(11).outcome == Outcome::kAcceptedWithDebt);
    CHECK(again.at(11).reason == outcomes.at(11).reason);
    CHECK(hq.count("op_log") == 11);
    CHECK(hq.account(member).bills == 10);
    CHECK(hq.store_day("S1", kToday).bills == 10);
    CHECK(hq.account(member).debt == 800);
}

TEST_CASE("intake: duplicates inside one group commit count once") {
    Hq hq;
    Terminal till(hq, "S1");
    for (int i = 0; i < 6; ++i) till.earn(member_number(1), 1000);
    std::vector<intake::PreparedPush> pushes;
    pushes.push_back(till.prepared(1, 4));
    pushes.push_back(till.prepared(1, 4));
    pushes.push_back(till.prepared(3, 4));
    const auto answers = must(hq.intake->commit(pushes, hq.now_ms));
    for (const auto& answer : answers) CHECK(std::holds_alternative<wire::Ack>(answer.answer));
    CHECK(hq.count("op_log") == 6);
    CHECK(hq.account(member_number(1)).bills == 6);
}

TEST_CASE("intake: a gap is refused, the others of the group go on") {
    Hq hq;
    Terminal till(hq, "S1"), other(hq, "S2");
    for (int i = 0; i < 5; ++i) till.earn(member_number(1), 1000);
    other.earn(member_number(2), 1000);
    std::vector<intake::PreparedPush> pushes;
    pushes.push_back(till.prepared(3, 2));
    pushes.push_back(other.prepared(1, 1));
    const auto answers = must(hq.intake->commit(pushes, hq.now_ms));
    CHECK(std::get<wire::Refused>(answers[0].answer).code == wire::Refusal::kBrokenChain);
    CHECK(std::holds_alternative<wire::Ack>(answers[1].answer));
    CHECK(hq.count("op_log") == 1);
    CHECK(hq.count("branch") == 0);
    till.push_all(1);  // nothing was lost, the terminal is not punished
    CHECK(hq.count("op_log") == 6);
}

TEST_CASE("intake: another hash under an id that exists is kept as a branch and quarantines the terminal") {
    Hq hq;
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    for (int i = 0; i < 4; ++i) till.earn(member, 1000);
    till.push_all();
    Terminal clone = Terminal(hq, "S1");  // takes over the identity of `till`: a copied disk
    clone.device = must(crypto::Device::from_seed(till.device.seed()));
    clone.id = till.id;
    clone.epoch = till.epoch;
    clone.log.assign(till.log.begin(), till.log.begin() + 2);
    clone.hashes.assign(till.hashes.begin(), till.hashes.begin() + 2);
    clone.head = clone.hashes.back();
    clone.next_seq = 3;
    clone.earn(member, 7700);
    clone.earn(member, 8800);
    std::uint64_t first = 1;
    SUBCASE("with an overlap that is the same") { first = 1; }
    SUBCASE("from the first that differs") { first = 3; }
    const auto answer = clone.push(first, clone.next_seq - first).answer;
    REQUIRE(std::holds_alternative<wire::Refused>(answer));
    CHECK(std::get<wire::Refused>(answer).code == wire::Refusal::kBrokenChain);
    CHECK(hq.count("branch") == 2);
    CHECK(hq.account(member).bills == 4);
    CHECK(must(hq.store->device(till.id))->status == intake::DeviceStatus::kQuarantined);
    // Neither half may go on, and both are told why.
    till.earn(member, 100);
    const auto next = till.push(5, 1).answer;
    CHECK(std::get<wire::Refused>(next).code == wire::Refusal::kQuarantined);
    const auto hello = must(hq.intake->hello(till.device.public_key(), till.hello(), hq.now_ms));
    CHECK(std::get<wire::Refused>(hello.answer).code == wire::Refusal::kQuarantined);
    CHECK_FALSE(hq.intake->page(till.session(), 0, {}, hq.now_ms).has_value());
}

TEST_CASE("intake: an operation that names another one before it than HQ holds is a branch too") {
    Hq hq;
    Terminal till(hq, "S1");
    till.earn(member_number(1), 1000);
    till.push_all();
    till.head.bytes[0] ^= 1;
    till.earn(member_number(1), 2000);
    const auto answer = till.push(2, 1).answer;
    CHECK(std::get<wire::Refused>(answer).code == wire::Refusal::kBrokenChain);
    CHECK(hq.count("branch") == 1);
    CHECK(hq.count("op_log") == 1);
}

TEST_CASE("prepare: whatever is not this terminal's signed, linked, consecutive batch is refused with its reason") {
    Hq hq;
    Terminal till(hq, "S1");
    till.write(member_number(1), Note{}, {{Field::kNote, "likes tea"}});
    for (int i = 0; i < 3; ++i) till.earn(member_number(1), 1000);
    wire::Push push = till.batch(1, 4);
    wire::Refusal expected = wire::Refusal::kBadMessage;
    SUBCASE("signature") {
        push.signature.bytes[10] ^= 1;
        expected = wire::Refusal::kBadSignature;
    }
    SUBCASE("another device's signature") {
        const OpId last{till.id, till.epoch, 4};
        push.signature = crypto::Device::create().sign(wire::kChainHeadContext, wire::chain_head_text(last, till.head));
        expected = wire::Refusal::kBadSignature;
    }
    SUBCASE("order") {
        std::swap(push.ops[1], push.ops[2]);
        expected = wire::Refusal::kBrokenChain;
    }
    SUBCASE("one left out") {
        push.ops.erase(push.ops.begin() + 1);
        expected = wire::Refusal::kBrokenChain;
    }
    SUBCASE("another start") {
        push.first_seq = 2;
        expected = wire::Refusal::kBrokenChain;
    }
    SUBCASE("start beyond the range") { push.first_seq = UINT64_MAX - 1; }
    SUBCASE("no start") { push.first_seq = 0; }
    SUBCASE("nothing") { push.ops.clear(); }
    SUBCASE("not an operation") { push.ops[2].bytes = {1, 2, 3, 250}; }
    SUBCASE("cut off") { push.ops[2].bytes.pop_back(); }
    SUBCASE("other sealed fields") { push.ops[0].sealed.back() ^= 1; }
    SUBCASE("sealed fields where none belong") { push.ops[1].sealed = push.ops[0].sealed; }
    SUBCASE("another epoch") {
        push.epoch.bytes[3] ^= 1;
        expected = wire::Refusal::kBrokenChain;
    }
    auto out = intake::prepare_push(till.id, till.device.public_key(), push);
    REQUIRE(std::holds_alternative<wire::Refused>(out));
    CHECK(std::get<wire::Refused>(out).code == expected);
    CHECK_FALSE(std::get<wire::Refused>(out).text.empty());
}

TEST_CASE("prepare: any flipped byte of an operation is noticed") {
    Hq hq;
    Terminal till(hq, "S1");
    for (int i = 0; i < 3; ++i) till.earn(member_number(1), 1000);
    for (std::size_t at = 0; at < till.log[1].bytes.size(); ++at) {
        wire::Push push = till.batch(1, 3);
        push.ops[1].bytes[at] ^= 0x10;
        CHECK(std::holds_alternative<wire::Refused>(intake::prepare_push(till.id, till.device.public_key(), push)));
    }
}

TEST_CASE("intake: a new epoch must name the one before it") {
    Hq hq;
    Terminal till(hq, "S1");
    till.earn(member_number(1), 1000);
    till.push_all();
    const Epoch old = till.epoch;
    till.new_epoch();
    till.acknowledged = 0;
    SUBCASE("named") {
        till.earn(member_number(1), 2000, "first of the new epoch");
        CHECK(till.push_all().empty());
        CHECK(hq.account(member_number(1)).bills == 2);
        CHECK(must(hq.store->chains(till.id)).size() == 2);
        CHECK(must(hq.store->chains(till.id)).front().epoch == old);
    }
    SUBCASE("not named") {
        till.previous_epoch = {};
        till.earn(member_number(1), 2000);
        CHECK(std::get<wire::Refused>(till.push(1, 1).answer).code == wire::Refusal::kBrokenChain);
        CHECK(hq.account(member_number(1)).bills == 1);
    }
}

TEST_CASE("intake: a refund that comes before its sale waits, and the later outcome reaches the till that wrote it") {
    Hq hq;
    Terminal seller(hq, "S1"), refunder(hq, "S2");
    const MemberId member = member_number(1);
    refunder.refund(member, "B-1", 4000);
    const auto outcomes = refunder.push_all();
    CHECK(outcomes.at(1).outcome == Outcome::kWaiting);
    CHECK(hq.store_day("S2", kToday) == StoreDay{.bills = 1, .amount_minor = -4000});
    Follower follower{&refunder};
    follower.catch_up();
    seller.earn(member, 10'000, "B-1");
    seller.push_all();
    CHECK(hq.account(member).free_total() == 60);
    CHECK(hq.account(member).waiting.empty());
    CHECK(hq.store_day("S2", kToday) == StoreDay{.bills = 1, .amount_minor = -4000, .points_reversed = 40});
    CHECK(hq.store_day("S1", kToday) == StoreDay{.bills = 1, .amount_minor = 10'000, .points_earned = 100});
    // Also what its acknowledgement said: that can be lost with the line.
    REQUIRE(follower.notices.size() == 1);
    CHECK(follower.notices[0].seq == 1);
    CHECK(follower.notices[0].outcome == Outcome::kWaiting);
    follower.catch_up();
    REQUIRE(follower.notices.size() == 2);
    CHECK(follower.notices[1].seq == 1);
    CHECK(follower.notices[1].outcome == Outcome::kAccepted);
    CHECK(follower.days.at({"S2", kToday}).points_reversed == 40);
    Follower other{&seller};
    other.catch_up();
    CHECK(other.notices.empty());
}

TEST_CASE("intake: two offline redemptions overdraw, both stand, the debt is a conflict") {
    Hq hq;
    Terminal a(hq, "S1"), b(hq, "S2");
    const MemberId member = member_number(1);
    a.earn(member, 50'000);
    a.push_all();
    a.redeem(member, 400, 400);
    b.redeem(member, 300, 300);
    CHECK(a.push_all().empty());
    const auto outcomes = b.push_all();
    CHECK(outcomes.at(1).outcome == Outcome::kAcceptedWithDebt);
    CHECK(hq.account(member).debt == 200);
    CHECK(hq.count("conflict WHERE kind = 4") == 1);
}

TEST_CASE("intake: HQ recomputes: an earn's difference is flagged, a price corrected downwards only") {
    Hq hq;
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    till.earn(member, 1'000'000);
    till.push_all();
    SUBCASE("more points than the inputs give: the points stand") {
        till.write(member, Earn{.bill = {"x", "", 0}, .amount_minor = 1000, .eligible_minor = 1000, .points = 5000});
        CHECK(till.push_all().empty());
        CHECK(hq.account(member).free_total() == 15'000);
        CHECK(hq.count("conflict WHERE kind = 1") == 1);
    }
    SUBCASE("took more than the price") {
        till.redeem(member, 700, 200);
        const auto outcomes = till.push_all();
        CHECK(outcomes.at(2).outcome == Outcome::kCorrected);
        CHECK(hq.account(member).redeemed_total == 200);
        CHECK(hq.count("decision WHERE corrected_points = 200") == 1);
    }
    SUBCASE("took less than the price: never more than named") {
        till.redeem(member, 100, 900);
        CHECK(till.push_all().empty());
        CHECK(hq.account(member).redeemed_total == 100);
        CHECK(hq.count("conflict WHERE kind = 2") == 1);
    }
    SUBCASE("an unknown programme") {
        till.programme_version = 99;
        till.redeem(member, 100, 900);
        CHECK(till.push_all().empty());
        CHECK(hq.count("conflict WHERE kind = 6") == 1);
    }
    SUBCASE("with the version it names, not the newest") {
        Programme next = plain_programme();
        next.earn_minor = 10;
        CHECK(must(hq.intake->publish(next, hq.now_ms)) == 2);
        till.earn(member, 1000);
        till.push_all();
        CHECK(hq.count("conflict") == 0);
        till.programme_version = 2;
        till.earn(member, 1000);
        till.push_all();
        CHECK(hq.count("conflict WHERE kind = 1") == 1);
    }
}

TEST_CASE("intake: a bill that comes again is a duplicate; with other amounts it is held, and nothing behind it") {
    Hq hq;
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    till.earn(member, 1000, "B");
    till.earn(member, 1000, "B");
    till.earn(member, 2000, "B");
    till.earn(member, 3000, "C");
    const auto outcomes = till.push_all();
    CHECK(outcomes.at(2).outcome == Outcome::kDuplicate);
    CHECK(outcomes.at(3).outcome == Outcome::kQuarantined);
    CHECK(outcomes.size() == 2);
    CHECK(hq.account(member).free_total() == 40);
    CHECK(hq.store_day("S1", kToday).bills == 2);
}

TEST_CASE("intake: sealed fields that no key opens do not stop the log and change no profile") {
    Hq hq;
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    till.write(member, Register{.channel = "store"}, {{Field::kName, "Li Lei"}});
    till.write(member, ProfileEdit{.fields = {Field::kName}}, {{Field::kName, "Li Lei the second"}});
    SUBCASE("the key does not open") {
        till.log[0].wrapped_key.back() ^= 1;
        till.log[1].wrapped_key.clear();
        till.push_all();
        CHECK_FALSE(must(hq.store->profile(member)).has_value());
        CHECK(hq.count("conflict WHERE kind = 7") == 2);
    }
    SUBCASE("the fields are missing") {
        till.log[1].sealed.clear();
        till.push_all();
        Follower follower{&till};
        follower.catch_up();
        CHECK(must(wire::decode_profile(follower.profiles.at(member))).text(Field::kName) == "Li Lei");
        CHECK(hq.count("conflict WHERE kind = 7") == 1);
    }
    CHECK(hq.count("op_log") == 2);
}

TEST_CASE("intake: a clock that runs ahead wins at most the bound") {
    Hq hq;
    Terminal fast(hq, "S1"), right(hq, "S2");
    const MemberId member = member_number(1);
    fast.write(member, Register{.channel = "store"}, {{Field::kName, "first"}});
    fast.push_all();
    const std::int64_t then = hq.now_ms;
    hq.now_ms = then + 10LL * 365 * 86'400'000;  // its clock; HQ's is right
    fast.write(member, ProfileEdit{.fields = {Field::kName}}, {{Field::kName, "from the future"}});
    hq.now_ms = then;
    fast.push_all();
    hq.now_ms = then + 3'600'000;
    right.keys.emplace(member, fast.keys.at(member).clone());
    right.write(member, ProfileEdit{.fields = {Field::kName}}, {{Field::kName, "an hour later"}});
    right.push_all();
    Follower follower{&right};
    follower.catch_up();
    CHECK(must(wire::decode_profile(follower.profiles.at(member))).text(Field::kName) == "an hour later");
    CHECK(hq.count("conflict WHERE kind = 8") == 1);
}

TEST_CASE("intake: one identity of two members is a conflict, both keep it") {
    Hq hq;
    Terminal till(hq, "S1");
    for (int i = 1; i <= 2; ++i)
        till.write(member_number(i), Register{.channel = "store"}, {{Field::kPhone, "13812345678"}});
    till.push_all();
    CHECK(must(hq.store->members_of_identity(IdentityKind::kPhone, "+8613812345678")).size() == 2);
    CHECK(hq.count("conflict WHERE kind = 9") == 1);
}

TEST_CASE("intake: totals near 64 bits hold the operation for a person instead of failing") {
    Hq hq;
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    till.earn(member, 1000);
    till.push_all();
    Account account = hq.account(member);
    account.spend_minor = std::int64_t{1} << 60;
    auto row = *must(hq.store->member(member));
    row.account = wire::encode_account(account);
    auto scope = must(intake::WriteScope::begin(*hq.store));
    must(hq.store->put_member(row));
    must(scope.commit());
    hq.reopen();
    till.earn(member, 1000);
    till.earn(member_number(2), 1000);
    const auto outcomes = till.push_all();
    CHECK(outcomes.at(2).outcome == Outcome::kQuarantined);
    CHECK(outcomes.size() == 1);
    CHECK(hq.account(member_number(2)).bills == 1);
}
