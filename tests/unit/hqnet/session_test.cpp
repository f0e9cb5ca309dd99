// The flow of a good session: order of answers, duplicates, windows, credit, and time; and random bytes at the end.
#include "tests/support/seed.h"
#include "tests/unit/hqnet/driver.h"

using namespace tally;
using namespace tally::hqnet;
using test::Driver;

static std::size_t acks(const Driver& driver) {
    std::size_t count = 0;
    for (const wire::Message& message : driver.sent) count += std::holds_alternative<wire::Ack>(message);
    return count;
}
static std::vector<std::uint64_t> page_ends(const Driver& driver) {
    std::vector<std::uint64_t> out;
    for (const wire::Message& message : driver.sent)
        if (const auto* page = std::get_if<wire::FeedPage>(&message)) out.push_back(page->to);
    return out;
}

TEST_CASE("hq session: a Hello is answered by a Welcome, whatever the pieces it arrives in") {
    Driver driver;
    const Bytes hello = wire::encode_message(driver.till.hello());
    for (const std::uint8_t byte : hello) driver.bytes({&byte, 1});
    REQUIRE(driver.hellos.size() == 1);
    CHECK(driver.hellos[0].terminal == 7);
    CHECK(!driver.session.is_open());
    driver.answer_hello(driver.welcome());
    CHECK(driver.session.is_open());
    REQUIRE(driver.sent.size() == 1);
    CHECK(std::holds_alternative<wire::Welcome>(driver.sent[0]));
}

TEST_CASE("hq session: nothing is taken while the Hello is with storage, and all of it afterwards in order") {
    Driver driver;
    Bytes bytes = wire::encode_message(driver.till.hello());
    for (const Bytes& more :
         {wire::encode_message(driver.till.earns(2, test::kMember)), wire::encode_message(wire::Ping{5})})
        bytes.insert(bytes.end(), more.begin(), more.end());
    driver.bytes(bytes);
    CHECK(driver.commits.empty());
    CHECK(!driver.reading);
    driver.answer_hello(driver.welcome());
    CHECK(driver.reading);
    CHECK(driver.commits.size() == 1);
    REQUIRE(driver.sent.size() == 2);
    CHECK(std::holds_alternative<wire::Welcome>(driver.sent[0]));
    CHECK(std::get<wire::Pong>(driver.sent[1]).token == 5);
}

TEST_CASE("hq session: pushes are acknowledged in their order, a repeated one again") {
    Driver driver;
    driver.open();
    const wire::Push first = driver.till.earns(3, test::kMember), second = driver.till.earns(4, test::kMember);
    driver.say(first);
    driver.say(second);
    driver.say(first);  // the terminal did not see our answer: intake decides that it is a duplicate
    REQUIRE(driver.commits.size() == 3);
    CHECK(driver.commits[0].push.first_seq == 1);
    CHECK(driver.commits[1].push.first_seq == 4);
    CHECK(driver.commits[2].push.first_seq == 1);
    CHECK(driver.commits[1].push.hashes.back() == driver.till.head);
    driver.acknowledge(3);
    driver.acknowledge(7);
    driver.acknowledge(7);
    REQUIRE(acks(driver) == 3);
    CHECK(std::get<wire::Ack>(driver.sent[1]).through_seq == 7);
    CHECK(driver.ended.empty());
}

TEST_CASE("hq session: a refused push ends the session, and answers to those behind it are dropped") {
    Driver driver;
    driver.open();
    driver.say(driver.till.earns(1, test::kMember));
    driver.say(driver.till.earns(1, test::kMember));
    driver.answer_push(intake::PushAnswer{wire::Refused{wire::Refusal::kBrokenChain, "another head"}});
    CHECK(driver.refused()->code == wire::Refusal::kBrokenChain);
    driver.acknowledge(2);
    driver.feed_head(10);
    driver.say(wire::Ping{1});
    CHECK(driver.sent.size() == 1);
}

TEST_CASE("hq session: undecided pushes are bounded by count, and reading resumes as answers come") {
    SessionLimits limits;
    limits.pushes_max = 3;
    Driver driver(limits);
    driver.open();
    for (int i = 0; i < 5; ++i) driver.say(driver.till.earns(1, test::kMember));
    CHECK(driver.commits.size() == 3);
    CHECK(!driver.reading);
    driver.at(driver.now_ms + 10 * tuning::kSilence_ms);  // storage is slow: that is no silence of the terminal
    CHECK(driver.ended.empty());
    driver.acknowledge(1);
    CHECK(driver.commits.size() == 4);
    CHECK(!driver.reading);
    driver.acknowledge(2);
    driver.acknowledge(3);
    CHECK(driver.commits.size() == 5);
    CHECK(driver.reading);
    driver.at(driver.now_ms + tuning::kSilence_ms - 1);
    CHECK(driver.ended.empty());
}

TEST_CASE("hq session: undecided pushes are bounded by bytes, and by one when storage is busy") {
    SessionLimits limits;
    limits.push_bytes_max = 200;
    Driver heavy(limits);
    heavy.open();
    for (int i = 0; i < 3; ++i) heavy.say(heavy.till.earns(2, test::kMember));
    CHECK(heavy.commits.size() == 1);
    heavy.acknowledge(2);
    CHECK(heavy.commits.size() == 2);

    Driver busy;
    busy.open();
    busy.session.set_storage_busy(true);
    for (int i = 0; i < 3; ++i) busy.say(busy.till.earns(1, test::kMember));
    CHECK(busy.commits.size() == 1);
    CHECK(!busy.reading);
    busy.session.set_storage_busy(false);
    busy.acknowledge(1);
    CHECK(busy.commits.size() == 3);
    CHECK(busy.reading);
}

TEST_CASE("hq session: a page is read only for credit, one at a time, and each costs one") {
    Driver driver;
    driver.open(0, 100);
    CHECK(driver.pages.empty());  // nobody asked yet
    driver.say(wire::FeedWant{2});
    CHECK(driver.pages == std::vector<std::uint64_t>{0});
    driver.say(wire::FeedWant{0});
    CHECK(driver.pages.size() == 1);
    driver.answer_page(0, 40, 100);
    CHECK(driver.pages == std::vector<std::uint64_t>{0, 40});
    driver.answer_page(40, 100, 100);
    CHECK(page_ends(driver) == std::vector<std::uint64_t>{40, 100});
    driver.feed_head(120);
    CHECK(driver.pages.size() == 2);  // no credit
    driver.say(wire::FeedWant{1});
    CHECK(driver.pages.back() == 100);
    driver.answer_page(100, 120, 120);
    CHECK(page_ends(driver).back() == 120);
}

TEST_CASE("hq session: who has caught up is asked about again only when the feed moves") {
    Driver driver;
    driver.open(100, 100);
    driver.say(wire::FeedWant{4});
    CHECK(driver.pages.empty());
    driver.feed_head(101);
    CHECK(driver.pages == std::vector<std::uint64_t>{100});
    driver.feed_head(102);  // while the page is being read
    CHECK(driver.pages.size() == 1);
    driver.answer_page(100, 101, 101);
    CHECK(driver.pages == std::vector<std::uint64_t>{100, 101});
    driver.answer_page(101, 101, 102);  // nothing in it for this terminal: no page goes out, no credit is spent
    CHECK(page_ends(driver) == std::vector<std::uint64_t>{101});
    CHECK(driver.pages.size() == 2);
    driver.feed_head(103);
    CHECK(driver.pages.back() == 101);
}

TEST_CASE("hq session: credit is cut to what a session may hold, however much is wanted") {
    SessionLimits limits;
    limits.feed_credit_max = 2;
    Driver driver(limits);
    driver.open(0, 1000);
    driver.say(wire::FeedWant{0xffffffff});
    driver.say(wire::FeedWant{0xffffffff});
    for (std::uint64_t at = 0; !driver.pages.empty() && driver.pages.back() == at && at < 10; ++at)
        driver.answer_page(at, at + 1, 1000);
    CHECK(page_ends(driver) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("hq session: who does not read gets no more pages and is not listened to, and is dropped in the end") {
    Driver driver;
    driver.open(0, 10);
    driver.session.set_congested(true, driver.now_ms, driver.now_ms);
    driver.collect();
    CHECK(!driver.reading);
    driver.say(wire::FeedWant{1});
    driver.say(driver.till.earns(1, test::kMember));
    CHECK(driver.pages.empty());
    CHECK(driver.commits.empty());
    driver.session.set_congested(false, driver.now_ms, driver.now_ms);
    driver.collect();
    CHECK(driver.reading);
    CHECK(driver.pages.size() == 1);
    CHECK(driver.commits.size() == 1);

    driver.session.set_congested(true, driver.now_ms, driver.now_ms);
    driver.collect();
    driver.at(driver.now_ms + tuning::kSilence_ms);
    CHECK(driver.ended.find("not read") != std::string::npos);
}

TEST_CASE("hq session: a page that is not the next one is our own fault and ends the session") {
    Driver driver;
    driver.open(0, 10);
    driver.say(wire::FeedWant{1});
    driver.answer_page(5, 10, 10);
    CHECK(driver.refused()->code == wire::Refusal::kStorage);
}

TEST_CASE("hq session: random bytes, and good conversations with random damage, never do more than end it") {
    SeededRandom random(support::seed());
    for (int round = 0; round < 3000; ++round) {
        Driver driver;
        if (round % 2) driver.open(0, 10);
        Bytes bytes;
        for (const wire::Message& message :
             {wire::Message(driver.till.hello()), wire::Message(driver.till.earns(3, test::kMember)),
              wire::Message(wire::FeedWant{2}), wire::Message(wire::Ping{1})}) {
            const Bytes frame = wire::encode_message(message);
            if (round % 2 == 0 || !std::holds_alternative<wire::Hello>(message))
                bytes.insert(bytes.end(), frame.begin(), frame.end());
        }
        if (round % 3 == 0) {
            bytes.resize(random.below(400));
            random.fill(bytes);
        }
        for (std::uint64_t i = random.below(4); i > 0 && !bytes.empty(); --i)
            bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.below(256));
        for (std::size_t at = 0; at < bytes.size();) {
            const std::size_t size = std::min<std::size_t>(1 + random.below(200), bytes.size() - at);
            driver.bytes(ByteView(bytes).subspan(at, size));
            at += size;
            if (driver.session.is_stranger() && driver.hellos.size() == 1) driver.answer_hello(driver.welcome(0, 10));
        }
        // Whatever reached storage is whole and signed.
        for (const AskCommit& commit : driver.commits) CHECK(commit.push.hashes.back() == driver.till.head);
        CHECK(driver.sent.size() < 20);
        driver.at(driver.now_ms + 10 * tuning::kSilence_ms);
        if (!driver.session.is_stranger() || driver.hellos.empty()) CHECK(driver.session.is_ended());
    }
}
