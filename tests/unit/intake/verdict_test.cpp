// What a person decides: what is held counts from its release, once, or never; who is told; and what merges of itself.
#include "hq-server/intake/judge.h"
#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;
using intake::ConflictKind;
using intake::Decision;
using Choice = intake::Intake::Choice;

namespace {

struct Desk {
    Hq hq;
    Terminal till{hq, "S1"}, other{hq, "S2"};
    MemberId member = member_number(1);

    // A bill that its till marked as beyond a limit.
    OpId held(Minor amount = 1000, const std::string& bill = "H") {
        till.over_limit = "bills_hour";
        const OpId id = till.earn(member, amount, bill);
        till.over_limit.clear();
        CHECK(till.push_all().at(id.seq).outcome == Outcome::kQuarantined);
        return id;
    }
    std::vector<intake::ConflictRow> conflicts() {
        std::vector<intake::ConflictRow> out;
        must(hq.store->each_conflict([&](const intake::ConflictRow& row) -> Status {
            out.push_back(row);
            return {};
        }));
        return out;
    }
    intake::ConflictRow last() {
        const auto all = conflicts();
        REQUIRE_FALSE(all.empty());
        return all.back();
    }
    Result<std::optional<Folded>> decide(std::uint64_t number, Choice choice) {
        return hq.intake->decide(number, {choice, 7, "looked at the receipt"}, hq.now_ms);
    }
    std::string refusal(std::uint64_t number, Choice choice) {
        const auto before = hq.count("op_log");
        const auto head = must(hq.store->head());
        const auto done = decide(number, choice);
        REQUIRE_FALSE(done.has_value());
        CHECK(done.error().code == Code::kRefused);
        CHECK(hq.count("op_log") == before);
        CHECK(must(hq.store->head()) == head);
        return done.error().detail;
    }
    std::vector<wire::OpOutcome> told(Terminal& terminal) {
        Follower follower{&terminal, 0, {}, {}, {}, {}, {}, 0, 0};
        follower.catch_up();
        return follower.notices;
    }
};

bool says(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("verdict: what is released counts from then on, for the member, its store, and what waited for it") {
    Desk desk;
    const OpId id = desk.held();
    desk.till.refund(desk.member, "H", 400);
    CHECK(desk.till.push_all().begin()->second.outcome == Outcome::kWaiting);
    CHECK(desk.hq.account(desk.member).balance_on(kToday) == 0);
    CHECK(desk.hq.store_day("S1", kToday).points_earned == 0);

    const auto folded = must(desk.decide(desk.conflicts().front().number, Choice::kRelease));
    REQUIRE(folded.has_value());
    CHECK(folded->outcome == Outcome::kAccepted);
    CHECK(folded->settled.size() == 1);
    const Account account = desk.hq.account(desk.member);
    CHECK(account.balance_on(kToday) == 6);
    CHECK(account.lots.front().maker == id);
    CHECK(desk.hq.store_day("S1", kToday).points_earned == 10);
    CHECK(desk.hq.store_day("S1", kToday).bills == 2);

    const auto verdict = must(desk.hq.store->verdict(desk.till.hashes[id.seq - 1]));
    REQUIRE(verdict.has_value());
    CHECK(verdict->decision == Decision::kRelease);
    CHECK(verdict->decided_by == 7);
    CHECK(verdict->why == "looked at the receipt");
    CHECK(verdict->pos == must(desk.hq.store->head()));
    const auto op = must(wire::decode_op(*must(desk.hq.store->op_bytes(verdict->pos))));
    CHECK(op.id.terminal == kHqTerminal);
    CHECK(op.cashier == 7);
    CHECK(std::get<Release>(op.body).bytes == desk.till.log[id.seq - 1].bytes);

    const auto notices = desk.told(desk.till);
    const auto last_of = [&](std::uint64_t seq) {
        const wire::OpOutcome* out = nullptr;
        for (const auto& notice : notices)
            if (notice.seq == seq) out = &notice;
        REQUIRE(out != nullptr);
        return *out;
    };
    CHECK(last_of(id.seq).outcome == Outcome::kAccepted);
    CHECK(last_of(id.seq).reason == "released at headquarters");
    CHECK(last_of(id.seq + 1).outcome == Outcome::kAccepted);
}

TEST_CASE("verdict: what was decided once is not decided again, and what is held is no matter of having seen it") {
    Desk desk;
    (void)desk.held();
    const auto number = desk.last().number;
    CHECK(says(desk.refusal(number, Choice::kSeen), "release or reject it"));
    SUBCASE("released") { (void)must(desk.decide(number, Choice::kRelease)); }
    SUBCASE("rejected") { (void)must(desk.decide(number, Choice::kReject)); }
    CHECK(says(desk.refusal(number, Choice::kRelease), "before, by 7: looked at the receipt"));
    CHECK(says(desk.refusal(number, Choice::kReject), "before, by 7"));
    desk.hq.reopen();
    CHECK(says(desk.refusal(number, Choice::kRelease), "before, by 7"));
}

TEST_CASE("verdict: what is rejected never counts, takes nothing out of the log, and its terminal is told") {
    Desk desk;
    const OpId id = desk.held();
    const auto head = must(desk.hq.store->head());
    CHECK_FALSE(must(desk.decide(desk.last().number, Choice::kReject)).has_value());
    CHECK(desk.hq.account(desk.member).lots.empty());
    CHECK(desk.hq.count("op_log") == 1);
    CHECK(must(desk.hq.store->head()) == head + 1);  // a place of its own in the feed
    const auto notices = desk.told(desk.till);
    REQUIRE(notices.size() == 2);
    CHECK(notices.back().seq == id.seq);
    CHECK(notices.back().outcome == Outcome::kQuarantined);
    CHECK(notices.back().reason == intake::kRejectedText);
    // Its bill stays taken: the same sale entered again is that one.
    desk.till.earn(desk.member, 1000, "H");
    CHECK(desk.till.push_all().begin()->second.outcome == Outcome::kDuplicate);
}

TEST_CASE("verdict: a bill with other amounts may be released, the same bill counts once all the same") {
    Desk desk;
    const OpId first = desk.till.earn(desk.member, 1000, "B");
    desk.till.push_all();
    SUBCASE("other amount, same member") {
        desk.till.earn(desk.member, 900, "B");
        desk.till.push_all();
        CHECK(desk.last().other == first);
        (void)must(desk.decide(desk.last().number, Choice::kRelease));
        CHECK(desk.hq.account(desk.member).balance_on(kToday) == 19);
        CHECK(desk.hq.store_day("S1", kToday).bills == 2);
    }
    SUBCASE("another member") {
        desk.till.earn(member_number(2), 1000, "B");
        desk.till.push_all();
        CHECK(desk.last().other == first);
        (void)must(desk.decide(desk.last().number, Choice::kRelease));
        CHECK(desk.hq.account(member_number(2)).balance_on(kToday) == 10);
    }
    SUBCASE("a sale without a member") {
        desk.till.write({}, Sale{.bill = {"B", "", 0}, .amount_minor = 500});
        desk.till.push_all();
        CHECK(desk.hq.store_day("S1", kToday).bills == 1);
        (void)must(desk.decide(desk.last().number, Choice::kRelease));
        CHECK(desk.hq.store_day("S1", kToday).bills == 2);
        CHECK(desk.hq.store_day("S1", kToday).amount_minor == 1500);
    }
}

TEST_CASE("verdict: a released price is headquarters' to correct as of now") {
    Desk desk;
    Programme programme = plain_programme();
    programme.redeem_step_points = 1;
    programme.redeem_step_minor = 1;
    programme.redeem_min_points = 0;
    desk.till.programme_version = must(desk.hq.intake->publish(programme, desk.hq.now_ms));
    desk.till.earn(desk.member, 100'000);
    desk.till.over_limit = "redemptions_day";
    desk.till.redeem(desk.member, 300, 100);
    desk.till.push_all();
    const auto all = desk.conflicts();
    for (const auto& row : all) {
        if (row.kind != ConflictKind::kHeldForReview) continue;
        const auto folded = must(desk.decide(row.number, Choice::kRelease));
        CHECK(folded->outcome == Outcome::kCorrected);
    }
    CHECK(desk.hq.account(desk.member).balance_on(kToday) == 900);
    CHECK(desk.conflicts().size() == all.size());  // what its inputs had to say was said
}

TEST_CASE("verdict: a redemption that finds too few points is released with debt, and that is a conflict of its own") {
    Desk desk;
    desk.till.over_limit = "redemptions_day";
    desk.till.redeem(desk.member, 30, 30);
    desk.till.push_all();
    const auto folded = must(desk.decide(desk.last().number, Choice::kRelease));
    CHECK(folded->outcome == Outcome::kAcceptedWithDebt);
    CHECK(desk.hq.account(desk.member).debt == 30);
    CHECK(desk.last().kind == ConflictKind::kOverdrawn);
    CHECK(desk.told(desk.till).back().reason.starts_with("released at headquarters: redeemed 30"));
}

TEST_CASE("verdict: an operation held back blocks none behind it, and settles those that waited in their order") {
    Desk desk;
    const OpId id = desk.held();
    desk.till.earn(desk.member, 500, "after");
    desk.till.write(desk.member, Reverse{.target = id, .amount_minor = 100});
    desk.till.write(desk.member, Reverse{.target = id, .amount_minor = 200});
    desk.till.push_all();
    CHECK(desk.hq.account(desk.member).balance_on(kToday) == 5);
    (void)must(desk.decide(desk.conflicts().front().number, Choice::kRelease));
    CHECK(desk.hq.account(desk.member).balance_on(kToday) == 12);
}

TEST_CASE("verdict: an edit that was held does not become newer by waiting") {
    Desk desk;
    Op edit;
    edit.at = Hlc::of(kNoon_ms - 1000, 0);
    Profile profile;
    edit.body = ProfileEdit{{Field::kName}};
    Op newer = edit;
    newer.at = Hlc::of(kNoon_ms, 0);
    fold_profile(profile, newer, {{Field::kName, "new"}}, newer.at.ms());
    Op release = edit;
    release.at = Hlc::of(kNoon_ms + 5000, 0);
    release.body = Release{Bytes{1}, std::make_shared<const Op>(edit), false};
    fold_profile(profile, release, {{Field::kName, "old"}}, release.at.ms());
    CHECK(profile.text(Field::kName) == "new");
}

TEST_CASE("verdict: a decision names who and why, and a conflict that there is") {
    Desk desk;
    (void)desk.held();
    const auto number = desk.last().number;
    const auto code_of = [&](std::uint64_t of, const intake::Intake::Word& word) {
        const auto done = desk.hq.intake->decide(of, word, desk.hq.now_ms);
        return done ? Code::kBug : done.error().code;
    };
    CHECK(code_of(number, {Choice::kReject, 0, "why"}) == Code::kInvalid);
    CHECK(code_of(number, {Choice::kReject, 7, ""}) == Code::kInvalid);
    CHECK(code_of(number, {Choice::kReject, 7, std::string(intake::kWhyBytesMax + 1, 'x')}) == Code::kInvalid);
    CHECK(code_of(number + 1, {Choice::kReject, 7, "why"}) == Code::kNotFound);
    CHECK(code_of(UINT64_MAX, {Choice::kReject, 7, "why"}) == Code::kNotFound);
    CHECK(desk.hq.count("verdict") == 0);
}

TEST_CASE("conflict: a bill that comes again tells the terminal that has it, once however often it comes") {
    Desk desk;
    Terminal same_store(desk.hq, "S1");
    Earn earn{.bill = {"B", "T1", 0}, .amount_minor = 1000, .eligible_minor = 1000, .points = 10};
    const OpId first = desk.till.write(desk.member, earn);
    desk.till.push_all();
    for (const Minor amount : {900, 800, 700}) {
        earn.amount_minor = earn.eligible_minor = amount;
        same_store.write(desk.member, earn);
        same_store.push_all();
    }
    const auto told = desk.told(desk.till);
    REQUIRE(told.size() == 1);
    CHECK(told.front().seq == first.seq);
    CHECK(told.front().outcome == Outcome::kAccepted);
    CHECK(told.front().reason ==
          "its bill came again, and differs, from store S1 on 2023-11-15: headquarters looks at it");
    CHECK(desk.told(same_store).size() == 3);
}

TEST_CASE("conflict: two stores that spend the same points each learn of it") {
    Desk desk;
    desk.till.earn(desk.member, 3000);
    const OpId first = desk.till.redeem(desk.member, 30, 30);
    desk.till.push_all();
    desk.other.redeem(desk.member, 20, 20);
    desk.other.push_all();
    const auto row = desk.last();
    CHECK(row.kind == ConflictKind::kOverdrawn);
    CHECK(row.other == first);
    REQUIRE_FALSE(desk.told(desk.till).empty());
    CHECK(desk.told(desk.till).back().seq == first.seq);
    CHECK(says(desk.told(desk.till).back().reason, "were spent in store S2"));
    CHECK(desk.told(desk.other).size() == 1);
    (void)must(desk.decide(row.number, Choice::kSeen));
    CHECK(says(desk.refusal(row.number, Choice::kSeen), "seen before, by 7"));
    CHECK(says(desk.refusal(row.number, Choice::kRelease), "nothing is held"));
}

TEST_CASE("conflict: an edit that comes too late is on record with the one that stands, and one that agrees is not") {
    Desk desk;
    desk.till.write(desk.member, Register{.channel = "store"}, {{Field::kName, "A"}, {Field::kPhone, "13812345671"}});
    desk.till.push_all();
    desk.other.keys.emplace(desk.member, crypto::Secret::copy_of(desk.till.keys.at(desk.member).view()));
    desk.other.write(desk.member, ProfileEdit{{Field::kName, Field::kEmail}},
                     {{Field::kName, "B"}, {Field::kEmail, "a@example.org"}});
    desk.hq.now_ms += 60'000;
    const OpId later = desk.till.write(desk.member, ProfileEdit{{Field::kName, Field::kEmail}},
                                       {{Field::kName, "C"}, {Field::kEmail, "a@example.org"}});
    desk.till.push_all();
    CHECK(desk.conflicts().empty());
    desk.other.push_all();
    REQUIRE(desk.conflicts().size() == 1);
    CHECK(desk.last().kind == ConflictKind::kEditLost);
    CHECK(desk.last().other == later);
    CHECK(desk.last().detail.starts_with("name: a later edit stands, as "));
    CHECK_FALSE(says(desk.last().detail, "B"));  // no personal data
}

TEST_CASE("conflict: one identity of two members names the operation that had it first") {
    Desk desk;
    const OpId first = desk.till.write(desk.member, Register{.channel = "store"}, {{Field::kPhone, "13812345671"}});
    desk.till.push_all();
    desk.other.write(member_number(2), Register{.channel = "store"}, {{Field::kPhone, "13812345671"}});
    desk.other.push_all();
    CHECK(desk.last().kind == ConflictKind::kSameIdentity);
    CHECK(desk.last().other == first);
}

TEST_CASE("verdict: an operation of a branch is released under the release's name, once") {
    Desk desk;
    desk.till.earn(desk.member, 1000, "kept");
    desk.till.push_all();
    // A copy of the till, from before its first operation, went on by itself.
    const auto log = desk.till.log;
    const auto hashes = desk.till.hashes;
    desk.till.next_seq = 1;
    desk.till.head = {};
    desk.till.log.clear();
    desk.till.hashes.clear();
    const MemberId stranger = member_number(5);
    desk.till.write(stranger, Register{.channel = "store"}, {{Field::kName, "of the branch"}});
    desk.till.earn(stranger, 700, "lost");
    desk.till.write(stranger, Reverse{.target = {desk.till.id, desk.till.epoch, 2}, .amount_minor = 700});
    CHECK(std::holds_alternative<wire::Refused>(desk.till.push(1, 3).answer));
    CHECK(desk.hq.count("branch") == 3);
    const auto decide = [&](std::size_t i, Choice choice) {
        return desk.hq.intake->decide_branch(desk.till.hashes[i], {choice, 7, "found"}, desk.hq.now_ms);
    };
    CHECK(decide(0, Choice::kRelease).has_value());
    CHECK(must(desk.hq.store->profile(stranger)).has_value());
    const auto folded = must(decide(1, Choice::kRelease));
    CHECK(folded->outcome == Outcome::kAccepted);
    const Account account = desk.hq.account(stranger);
    REQUIRE(account.lots.size() == 1);
    CHECK(account.lots.front().maker.terminal == kHqTerminal);
    CHECK(account.balance_on(kToday) == 7);
    CHECK(desk.hq.account(desk.member).balance_on(kToday) == 10);
    CHECK(says(decide(1, Choice::kRelease).error().detail, "released before, by 7"));
    CHECK(says(decide(2, Choice::kRelease).error().detail, "undoes an operation of the branch"));
    (void)must(decide(2, Choice::kReject));
    CHECK(desk.hq.count("verdict") == 3);
    // The till enters the lost bill again: it is there.
    must(desk.hq.store->begin_write());
    must(desk.hq.store->set_device_status(desk.till.id, intake::DeviceStatus::kActive, "", desk.hq.now_ms));
    must(desk.hq.store->commit());
    desk.hq.reopen();
    desk.till.log = log;
    desk.till.hashes = hashes;
    desk.till.next_seq = 2;
    desk.till.head = hashes.front();
    desk.till.acknowledged = 1;
    desk.till.earn(stranger, 700, "lost");
    CHECK(desk.till.push_all().at(2).outcome == Outcome::kDuplicate);
    CHECK(desk.hq.account(stranger).balance_on(kToday) == 7);
}
