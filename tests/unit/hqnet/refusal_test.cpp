// Every refusal that a session says by itself, and what it drops when it does.
#include "tests/unit/hqnet/driver.h"

using namespace tally;
using namespace tally::hqnet;
using test::Driver;

static void check_refused(const Driver& driver, wire::Refusal code, const char* word) {
    const auto refused = driver.refused();
    REQUIRE(refused.has_value());
    CHECK(refused->code == code);
    CHECK_MESSAGE(refused->text.find(word) != std::string::npos, refused->text);
    CHECK(driver.session.refusal() == code);
    CHECK(driver.session.is_ended());
    CHECK(driver.ended.find(refused->text) != std::string::npos);  // our log says what the terminal was told
}

TEST_CASE("hq session: a Hello that offers no version of ours is refused before storage is asked") {
    Driver driver;
    wire::Hello hello = driver.till.hello();
    hello.versions = {76, 77};
    driver.say(hello);
    CHECK(driver.hellos.empty());
    check_refused(driver, wire::Refusal::kVersion, "76, 77");
}

TEST_CASE("hq session: a Hello that offers ours among others is asked about") {
    Driver driver;
    wire::Hello hello = driver.till.hello();
    hello.versions = {76, wire::kProtocolVersion};
    driver.say(hello);
    CHECK(driver.hellos.size() == 1);
    CHECK(driver.ended.empty());
}

TEST_CASE("hq session: an unknown device is refused and may only enrol") {
    Driver stranger;
    stranger.say(stranger.till.hello());
    stranger.answer_hello(intake::HelloAnswer{wire::Refused{wire::Refusal::kUnknownDevice, "not enrolled"}, {}});
    check_refused(stranger, wire::Refusal::kUnknownDevice, "not enrolled");

    for (const wire::Message& message :
         {wire::Message(stranger.till.earns(1, test::kMember)), wire::Message(wire::FeedWant{1}),
          wire::Message(wire::Ping{1}), wire::Message(wire::Welcome{}), wire::Message(wire::Ack{})}) {
        Driver driver;
        driver.say(message);
        check_refused(driver, wire::Refusal::kBadMessage, "Hello or Enrol");
        CHECK(driver.commits.empty());
    }
}

TEST_CASE("hq session: enrolment is answered and the connection ends") {
    Driver driver;
    driver.say(wire::Enrol{{wire::kProtocolVersion}, Bytes(16, 1), "test"});
    REQUIRE(driver.enrols.size() == 1);
    wire::Enrolled enrolled;
    enrolled.terminal = 9;
    driver.session.on_enrol_answer(EnrolAnswer(enrolled));
    driver.collect();
    REQUIRE(driver.sent.size() == 1);
    CHECK(std::get<wire::Enrolled>(driver.sent[0]).terminal == 9);
    CHECK(driver.ended == "enrolled as terminal 9");
    CHECK(!driver.session.refusal());

    Driver used;
    used.say(wire::Enrol{{wire::kProtocolVersion}, Bytes(16, 1), "test"});
    used.session.on_enrol_answer(EnrolAnswer(wire::Refused{wire::Refusal::kTicket, "the ticket was used"}));
    used.collect();
    check_refused(used, wire::Refusal::kTicket, "the ticket was used");

    Driver newer;
    newer.say(wire::Enrol{{9}, Bytes(16, 1), "test"});
    check_refused(newer, wire::Refusal::kVersion, "offered 9");
}

TEST_CASE("hq session: a revoked terminal is refused at Hello and in the middle of its session") {
    const wire::Refused revoked{wire::Refusal::kRevoked, "terminal 7 was revoked: stolen"};
    Driver early;
    early.say(early.till.hello());
    early.answer_hello(intake::HelloAnswer{revoked, {}});
    check_refused(early, wire::Refusal::kRevoked, "stolen");

    Driver late;
    late.open();
    late.say(late.till.earns(2, test::kMember));
    late.session.refuse(revoked);
    late.collect();
    check_refused(late, wire::Refusal::kRevoked, "stolen");
    late.acknowledge(2);  // storage answers what was under way: nothing may follow the refusal
    CHECK(late.sent.size() == 1);
}

TEST_CASE("hq session: an oversize frame is refused at its header") {
    Driver stranger;
    const std::uint32_t length = wire::kFirstFrameBytesMax + 1;
    const Bytes header{0, 0, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
    stranger.bytes(header);
    check_refused(stranger, wire::Refusal::kBadFrame, "16385");

    Driver known;
    known.open();
    known.bytes(Bytes{0, 0, 0x40, 1});  // now allowed
    CHECK(known.ended.empty());
    Driver greedy;
    greedy.open();
    greedy.bytes(Bytes{0xff, 0xff, 0xff, 0xff});
    check_refused(greedy, wire::Refusal::kBadFrame, "4294967295");
    Driver empty;
    empty.open();
    empty.bytes(Bytes{0, 0, 0, 0});
    check_refused(empty, wire::Refusal::kBadFrame, "announces 0");
}

TEST_CASE("hq session: a truncated message inside a whole frame is refused") {
    Driver driver;
    driver.open();
    const Bytes whole = wire::encode_message(driver.till.earns(3, test::kMember));
    Bytes payload(whole.begin() + 5, whole.end() - 9);
    driver.bytes(test::frame_of(static_cast<std::uint8_t>(wire::MessageType::kPush), payload));
    check_refused(driver, wire::Refusal::kBadMessage, "push");
    CHECK(driver.commits.empty());
}

TEST_CASE("hq session: a frame that is never finished is refused, a cut inside one is said in the log") {
    Driver slow;
    slow.open();
    const Bytes whole = wire::encode_message(slow.till.earns(3, test::kMember));
    slow.bytes(ByteView(whole).first(whole.size() - 1));
    slow.at(slow.now_ms + tuning::kSilence_ms - 1);
    CHECK(slow.ended.empty());
    slow.at(slow.now_ms + 1);
    check_refused(slow, wire::Refusal::kBadFrame, "not finished");

    Driver cut;
    cut.open();
    cut.bytes(ByteView(whole).first(100));
    CHECK(cut.session.on_cut() == "the connection was cut inside a frame: 100 bytes were dropped");
    CHECK(cut.commits.empty());

    Driver clean;
    clean.open();
    CHECK(clean.session.on_cut().empty());
}

TEST_CASE("hq session: unknown types, messages of headquarters, a second Hello are out of place") {
    const std::vector<std::pair<Bytes, const char*>> hostile = {
        {test::frame_of(200, Bytes(10, 1)), "unknown type"},
        {test::frame_of(0, {}), "unknown type"},
        {wire::encode_message(wire::Welcome{}), "out of place"},
        {wire::encode_message(wire::FeedPage{}), "out of place"},
        {wire::encode_message(wire::Pong{}), "out of place"},
        {wire::encode_message(wire::Enrolled{}), "out of place"},
        {wire::encode_message(wire::Enrol{{1}, Bytes(16, 1), ""}), "out of place"},
        {wire::encode_message(support::PushMaker().hello()), "second Hello"},
    };
    for (const auto& [bytes, word] : hostile) {
        Driver driver;
        driver.open();
        driver.bytes(bytes);
        check_refused(driver, wire::Refusal::kBadMessage, word);
    }
}

TEST_CASE("hq session: a bad signature, a broken link and another's operations never reach storage") {
    Driver signature;
    signature.open();
    wire::Push push = signature.till.earns(3, test::kMember);
    push.signature.bytes[5] ^= 1;
    signature.say(push);
    check_refused(signature, wire::Refusal::kBadSignature, "not signed");

    Driver link;
    link.open();
    push = link.till.earns(3, test::kMember);
    push.ops[1].bytes = support::PushMaker{.terminal = 7, .next_seq = 2}.earn(test::kMember, 5);
    link.say(push);
    check_refused(link, wire::Refusal::kBrokenChain, "does not follow");

    Driver other;
    other.open();
    other.say(support::PushMaker{.terminal = 8}.earns(1, test::kMember));
    check_refused(other, wire::Refusal::kBrokenChain, "another id");

    Driver garbage;
    garbage.open();
    push = garbage.till.earns(2, test::kMember);
    push.ops[1].bytes = Bytes(40, 0xff);
    garbage.say(push);
    check_refused(garbage, wire::Refusal::kBadMessage, "operation 2");

    for (const Driver* driver : {&signature, &link, &other, &garbage}) CHECK(driver->commits.empty());
}

TEST_CASE("hq session: storage that fails is said to the terminal without its details") {
    const Error full = fail(Code::kFull, "/var/lib/tally/ledger.db: no space");
    Driver push;
    push.open();
    push.say(push.till.earns(1, test::kMember));
    push.answer_push(full);
    REQUIRE(push.refused().has_value());
    CHECK(push.refused()->code == wire::Refusal::kStorage);
    CHECK(push.refused()->text.find("nothing was lost") != std::string::npos);
    CHECK(push.refused()->text.find("/var") == std::string::npos);
    CHECK(push.ended.find("/var/lib/tally/ledger.db") != std::string::npos);

    Driver hello;
    hello.say(hello.till.hello());
    hello.answer_hello(full);
    CHECK(hello.refused()->code == wire::Refusal::kStorage);

    Driver page;
    page.open(0, 5);
    page.say(wire::FeedWant{1});
    page.session.on_page(full);
    page.collect();
    CHECK(page.refused()->code == wire::Refusal::kStorage);
}

TEST_CASE("hq session: a stranger that says nothing is dropped, a terminal that falls silent too") {
    Driver stranger;
    stranger.at(1000 + tuning::kHello_ms - 1);
    CHECK(stranger.ended.empty());
    stranger.at(1000 + tuning::kHello_ms);
    check_refused(stranger, wire::Refusal::kBadMessage, "no Hello");

    Driver waiting;  // its Hello is with storage: the delay is ours
    waiting.say(waiting.till.hello());
    waiting.at(1'000'000'000);
    CHECK(waiting.ended.empty());

    Driver known;
    known.open();
    known.at(known.now_ms + tuning::kSilence_ms - 1);
    known.say(wire::Ping{1});
    known.at(known.now_ms + tuning::kSilence_ms - 1);
    CHECK(known.ended.empty());
    known.at(known.now_ms + 1);
    CHECK(known.ended.find("silent") != std::string::npos);
    CHECK(!known.refused());
}

TEST_CASE("hq session: a terminal's own refusal ends the session, and its words cannot forge a line of the log") {
    Driver driver;
    driver.open();
    driver.say(wire::Refused{wire::Refusal::kBadMessage, "no\n2026-01-01 forged \x1b[31m" + std::string(1500, 'x')});
    CHECK(driver.ended.find('\n') == std::string::npos);
    CHECK(driver.ended.find('\x1b') == std::string::npos);
    CHECK(driver.ended.size() < 300);
}
