#include <atomic>
#include <fstream>
#include <future>
#include <iterator>

#include "tests/support/files.h"
#include "tests/unit/app/fixture.h"

using namespace tally;
using namespace tally::test;
using support::content_of;

namespace {

Registered sign_up(StoreThread& store, Desk& desk, const std::string& name, const std::string& phone,
                   const std::string& card = "") {
    RegisterMember wanted;
    wanted.request = 1;
    wanted.name = name, wanted.phone = phone, wanted.card = card;
    store.run(wanted);
    return desk.next<Registered>();
}

MoneyAct earn(const domain::MemberId& member, domain::Minor amount, bool commit, Request request) {
    MoneyAct act;
    act.request = request;
    act.commit = commit;
    act.member = member;
    act.amount_minor = amount;
    return act;
}

}  // namespace

TEST_CASE("store thread: opens an enrolled till, registers, finds by scan, previews without writing, then records") {
    TillFolder till;
    Desk desk;
    std::atomic<int> appended = 0;
    StoreOptions options = till.options();
    options.appended = [&] { ++appended; };
    StoreThread store(std::move(options), desk.mailbox);
    const Opened opened = desk.next<Opened>();
    CHECK(opened.shop.store == "S1");
    CHECK(opened.shop.till == 2);
    CHECK(opened.shop.programme.version == 1);
    const Registered made = sign_up(store, desk, "王小明", "13812348000", "6900000012345678");
    REQUIRE(made.answer);
    CHECK_FALSE(made.answer->existed);

    store.run(FindMember{7, "6900000012345678", true});
    const Found found = desk.next<Found>();
    CHECK(found.request == 7);
    CHECK(found.exact);
    REQUIRE(found.hits);
    REQUIRE(found.hits->size() == 1);
    CHECK(found.hits->front().name == "王小明");

    store.run(earn(made.answer->member, 12'850, false, 8));
    const Previewed preview = desk.next<Previewed>();
    REQUIRE(preview.outcome);
    CHECK(preview.outcome->points == 128);
    CHECK(MUST(till.open().unacknowledged_count()) == 1);  // the registration alone
    CHECK(appended == 1);

    store.run(earn(made.answer->member, 12'850, true, 9));
    const ActDone done = desk.next<ActDone>();
    REQUIRE(done.outcome);
    CHECK(done.request == 9);
    CHECK(done.outcome->balance == 128);
    store.run(ReadStatus{});
    CHECK(desk.next<StatusRead>().waiting == 2);
    CHECK(appended == 2);
    store.run(OpenMember{10, made.answer->member});
    const MemberOpened card = desk.next<MemberOpened>();
    REQUIRE(card.card);
    CHECK(card.card->balance == 128);
    CHECK(card.card->waiting == 2);
    CHECK(card.card->history.size() == 2);
    store.run(ListOperations{11});
    const OperationsListed listed = desk.next<OperationsListed>();
    REQUIRE(listed.lines);
    REQUIRE(listed.lines->size() == 2);
    CHECK(listed.lines->front().points == 128);
    CHECK(listed.lines->front().state == LineState::kWaiting);
}

TEST_CASE("store thread: what was answered is there again after the thread is gone") {
    TillFolder till;
    domain::MemberId member;
    {
        Desk desk;
        StoreThread store(till.options(), desk.mailbox);
        member = MUST(sign_up(store, desk, "李四", "13812348001").answer).member;
        store.run(earn(member, 500, true, 2));
        REQUIRE(desk.next<ActDone>().outcome);
    }
    Desk desk;
    StoreThread store(till.options(), desk.mailbox);
    store.run(OpenMember{3, member});
    const MemberOpened card = desk.next<MemberOpened>();
    REQUIRE(card.card);
    CHECK(card.card->balance == 5);
}

TEST_CASE("store thread: a folder that cannot be opened says why, once, and answers nothing more") {
    const auto code_of = [](StoreOptions options) {
        Desk desk;
        StoreThread store(std::move(options), desk.mailbox);
        const Code code = desk.next<OpenFailed>().code;
        CHECK(desk.count<Opened>() == 0);
        return code;
    };
    TillFolder till;
    StoreOptions other_key = till.options();
    const std::string wrong = till.dir / "wrong.key";
    CHECK_DONE(store::make_key_file(wrong));
    other_key.unlock = store::KeyFile{wrong};
    CHECK(code_of(std::move(other_key)) == Code::kWrongKey);

    // Not "this till is not enrolled": who believes that enrols a till again that holds unsent sales.
    StoreOptions no_key = till.options();
    no_key.unlock = store::KeyFile{till.dir / "none.key"};
    CHECK(code_of(std::move(no_key)) == Code::kWrongKey);

    TillFolder stranger(false);
    CHECK(code_of(stranger.options()) == Code::kRefused);

    StoreOptions nowhere = till.options();
    nowhere.dir = till.dir / "nowhere";
    CHECK(code_of(std::move(nowhere)) == Code::kNotFound);

    const std::string database = replica::Replica::database_path(till.dir.path());
    {
        std::fstream file(database, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(200);
        file.write("damaged!", 8);
    }
    CHECK(code_of(till.options()) == Code::kDamaged);
}

TEST_CASE("store thread: a full queue refuses at once what does not fit, and answers the rest in their order") {
    TillFolder till;
    Desk desk;
    Gate gate;
    StoreOptions options = till.options();
    options.opened = [&](StoreThread&, const crypto::Secret&) { gate.pass(); };
    StoreThread store(std::move(options), desk.mailbox);
    (void)desk.next<Opened>();  // the thread stands at the gate now, with an empty queue
    constexpr std::size_t kMore = 10;
    for (std::size_t i = 1; i <= StoreThread::kQueueMax + kMore; ++i) store.run(ListOperations{i});
    // The refusals are there although the store thread has not run.
    REQUIRE(desk.count<OperationsListed>() == kMore);
    for (std::size_t i = 1; i <= kMore; ++i) {
        const OperationsListed refused = desk.next<OperationsListed>();
        CHECK(refused.request == StoreThread::kQueueMax + i);
        REQUIRE_FALSE(refused.lines);
        CHECK(refused.lines.error().code == Code::kBusy);
    }
    gate.open();
    for (std::size_t i = 1; i <= StoreThread::kQueueMax; ++i) CHECK(desk.next<OperationsListed>().request == i);
}

TEST_CASE("store thread: every kind of effect that finds the queue full is answered, a recording as not recorded") {
    TillFolder till;
    Desk desk;
    Gate gate;
    StoreOptions options = till.options();
    options.opened = [&](StoreThread&, const crypto::Secret&) { gate.pass(); };
    StoreThread store(std::move(options), desk.mailbox);
    (void)desk.next<Opened>();
    for (std::size_t i = 0; i < StoreThread::kQueueMax; ++i) store.run(ReadStatus{});
    store.run(FindMember{1, "138", false});
    store.run(ListOperations{2});
    store.run(earn({}, 100, false, 3));
    store.run(earn({}, 100, true, 4));
    store.run(RegisterMember{5, "13812348000", "", "", {}, false});
    store.run(ReadStatus{});
    store.run(SaveLanguage{Lang::kEn});
    CHECK(desk.next<Found>().hits.error().code == Code::kBusy);
    CHECK(desk.next<OperationsListed>().lines.error().code == Code::kBusy);
    CHECK(desk.next<Previewed>().outcome.error().code == Code::kBusy);
    CHECK(desk.next<ActDone>().outcome.error().code == Code::kBusy);
    CHECK(desk.next<Registered>().answer.error().code == Code::kBusy);
    gate.open();
    CHECK(MUST(till.open().unacknowledged_count()) == 0);
}

TEST_CASE("store thread: its end finishes the effect under way and answers a beginning of the rest, in order") {
    TillFolder till;
    Desk desk;
    {
        StoreThread store(till.options(), desk.mailbox);
        for (Request i = 1; i <= 50; ++i) store.run(ListOperations{i});
        CHECK(desk.next<OperationsListed>().request == 1);
    }
    const std::size_t rest = desk.count<OperationsListed>();
    CHECK(rest < 50);
    for (Request i = 2; i < rest + 2; ++i) CHECK(desk.next<OperationsListed>().request == i);
}

TEST_CASE("store thread: another connection's commit is told, when somebody says so and when nobody does") {
    TillFolder till;
    Desk desk;
    std::atomic<int> turns = 0;
    StoreOptions options = till.options();
    options.turned = [&] { ++turns; };
    StoreThread store(std::move(options), desk.mailbox);
    (void)desk.next<Opened>();
    replica::Replica other = till.open();
    domain::Programme programme;
    programme.version = 2;
    programme.chain_name = "Renamed";
    till.hq.publish(programme);
    till.hq.feed(other);
    store.look_for_changes();
    (void)desk.next<ReplicaChanged>();
    store.run(ReadStatus{});
    CHECK(desk.next<StatusRead>().shop.programme.chain_name == "Renamed");
    programme.version = 3;
    till.hq.publish(programme);
    till.hq.feed(other);
    (void)desk.next<ReplicaChanged>();  // found by its own poll
    CHECK(turns > 0);
}

TEST_CASE("store thread: hostile words find nobody, register nobody, and the next question is answered") {
    TillFolder till;
    Desk desk;
    StoreThread store(till.options(), desk.mailbox);
    (void)desk.next<Opened>();
    const std::string hostile[] = {std::string(100'000, 'A'),
                                   std::string("\0\x01\x1b[31m", 8),
                                   "\xff\xfe\xf0\x9f",
                                   "' OR 1=1; DROP TABLE members;--",
                                   "%_%%__",
                                   "\u202e\u0000",
                                   std::string(4'096, '%')};
    Request request = 0;
    for (const std::string& words : hostile) {
        for (const bool scanned : {true, false}) {
            store.run(FindMember{++request, words, scanned});
            const Found found = desk.next<Found>();
            CHECK(found.request == request);
            if (found.hits) CHECK(found.hits->empty());
            if (!found.hits) CHECK(found.hits.error().code == Code::kInvalid);
        }
    }
    RegisterMember endless;
    endless.request = ++request;
    endless.phone = "13812348000";
    endless.name = std::string(100'000, 'A');
    store.run(endless);
    CHECK_FALSE(desk.next<Registered>().answer);
    MoneyAct absurd = earn({}, INT64_MAX, true, ++request);
    absurd.bill_no = std::string(10'000, 'B');
    store.run(absurd);
    CHECK_FALSE(desk.next<ActDone>().outcome);
    store.run(ReadStatus{});
    CHECK(desk.next<StatusRead>().waiting == 0);
}

TEST_CASE("store thread: the chosen language is kept, and a place that cannot be written to stops nothing") {
    TillFolder till;
    for (const bool writable : {true, false}) {
        Desk desk;
        StoreOptions options = till.options();
        const std::string path = (writable ? till.dir.path() : till.dir / "nowhere") + "/screen.toml";
        options.language_file = path;
        StoreThread store(std::move(options), desk.mailbox);
        (void)desk.next<Opened>();
        store.run(SaveLanguage{Lang::kEn});
        store.run(ReadStatus{});
        (void)desk.next<StatusRead>();
        CHECK(content_of(path) == (writable ? "lang = \"en\"\n" : ""));
    }
}

TEST_CASE("store thread: a revoked till says so at its opening and before the answer to an act, and looks members up") {
    TillFolder till;
    domain::MemberId member;
    {
        Desk desk;
        StoreThread store(till.options(), desk.mailbox);
        CHECK_FALSE(desk.next<Opened>().revoked);
        member = MUST(sign_up(store, desk, "李四", "13812348001").answer).member;
        CHECK_DONE(till.open().set_revocation(replica::Revocation{1, "stolen"}));
        store.run(earn(member, 500, true, 2));
        const StatusRead status = desk.next<StatusRead>();
        CHECK(status.revoked);
        CHECK(status.waiting == 1);
        CHECK_FAILS(desk.next<ActDone>().outcome, Code::kRefused);
    }
    Desk desk;
    StoreThread store(till.options(), desk.mailbox);
    CHECK(desk.next<Opened>().revoked);
    store.run(earn(member, 500, false, 3));
    CHECK_FAILS(desk.next<Previewed>().outcome, Code::kRefused);
    CHECK_FAILS(sign_up(store, desk, "王五", "13812348002").answer, Code::kRefused);
    store.run(OpenMember{4, member});
    CHECK(desk.next<MemberOpened>().card.has_value());
    CHECK(MUST(till.open().unacknowledged_count()) == 1);
}

TEST_CASE("store thread: a card for a cut line says what may be redeemed then") {
    TillFolder till;
    Desk desk;
    StoreThread store(till.options(), desk.mailbox);
    const domain::MemberId member = MUST(sign_up(store, desk, "李四", "13812348001").answer).member;
    store.run(earn(member, 10'000'000, true, 2));
    REQUIRE(desk.next<ActDone>().outcome);
    const domain::Points limit = MUST(till.open().programme()).floor_limit_points;
    REQUIRE(limit > 0);
    store.run(OpenMember{3, member});
    CHECK(desk.next<MemberOpened>().card->redeemable > limit);
    store.run(OpenMember{4, member, true});
    const MemberOpened offline = desk.next<MemberOpened>();
    CHECK(offline.card->redeemable == limit);
    CHECK(offline.card->balance == 100'000);
}
