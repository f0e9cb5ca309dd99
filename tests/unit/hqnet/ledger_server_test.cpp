// The real server over a real encrypted ledger and real TLS: every refusal says its reason at both ends and leaves the
// log as it was; what is good goes on afterwards.
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

#include "common/base/log.h"
#include "hq-server/net/server.h"
#include "tests/support/wire_client.h"
#include "tests/unit/intake/fixture.h"

using namespace tally;
using support::WireClient;
using test::must;

namespace {

// What the program logs while this lives.
class LogCapture {
  public:
    LogCapture() : sink_(std::make_shared<spdlog::sinks::ostream_sink_mt>(stream_)) {
        spdlog::default_logger()->sinks().push_back(sink_);
    }
    ~LogCapture() { spdlog::default_logger()->sinks().pop_back(); }
    bool has(const std::string& text) {
        sink_->flush();
        return stream_.str().find(text) != std::string::npos;  // read only after the server has ended
    }

  private:
    std::ostringstream stream_;
    std::shared_ptr<spdlog::sinks::ostream_sink_mt> sink_;
};

// The wall time of the ledger's fixture; time passes as it does.
class FixtureClock final : public Clock {
  public:
    std::int64_t wall_ms() const override { return test::kNoon_ms; }
    std::int64_t steady_ms() const override { return system_.steady_ms(); }

  private:
    SystemClock system_;
};

struct World {
    LogCapture log;
    test::Hq hq;
    FixtureClock clock;
    test::Terminal till{hq, "S1"};
    std::unique_ptr<hqnet::Server> server;

    World() { start(); }
    void start() {
        hqnet::ServerOptions options;
        options.poll_ms = 20;
        auto open = [this]() -> Result<std::unique_ptr<intake::LedgerStore>> {
            TALLY_TRY(auto store, storage::SqliteLedgerStore::open(hq.path(), hq.key));
            return std::unique_ptr<intake::LedgerStore>(std::move(store));
        };
        server = must(hqnet::Server::start(options, open, hq.device, clock));
    }
    std::unique_ptr<WireClient> client(const crypto::Device& device) {
        return std::make_unique<WireClient>(server->port(), device, hq.device.public_key());
    }
    std::unique_ptr<WireClient> opened(const test::Terminal& terminal) {
        auto out = client(terminal.device);
        out->open(terminal.hello());
        return out;
    }
    // Uploads two good operations, so that there is something to lose.
    void some_history() {
        till.earn(test::member_number(1), 1000);
        till.earn(test::member_number(2), 2000);
        const auto link = opened(till);
        link->say(till.batch(1, 2));
        CHECK(link->expect<wire::Ack>().through_seq == 2);
    }
    // The refusal arrived, the log of headquarters says the same, no operation came or went, and the terminal's next
    // good push is taken.
    void check_refused(const std::optional<wire::Refused>& refused, wire::Refusal code, const std::string& word) {
        REQUIRE(refused.has_value());
        CHECK(refused->code == code);
        CHECK_MESSAGE(refused->text.find(word) != std::string::npos, refused->text);
        CHECK(hq.count("op_log") == 2);
        server->stop();
        server->wait();
        CHECK(log.has(refused->text));
        start();
    }
    void check_goes_on() {
        if (till.next_seq == 3) till.earn(test::member_number(1), 500);
        const auto link = opened(till);
        link->say(till.batch(3, 1));
        CHECK(link->expect<wire::Ack>().through_seq == 3);
        CHECK(hq.count("op_log") == 3);
    }
};

}  // namespace

TEST_CASE("hq server on a ledger: an unknown device is refused, enrols by ticket once, and is then served") {
    World world;
    world.some_history();
    const crypto::Device stranger = crypto::Device::create();
    auto link = world.client(stranger);
    link->say(world.till.hello());  // with the name of a terminal that exists
    world.check_refused(link->wait_end(), wire::Refusal::kUnknownDevice, "not enrolled");

    const Bytes secret = world.hq.add_ticket("S9", "Store S9");
    link = world.client(stranger);
    link->say(wire::Enrol{{wire::kProtocolVersion}, secret, "test"});
    const auto enrolled = link->expect<wire::Enrolled>();
    CHECK(enrolled.store == "S9");
    CHECK(!link->next().has_value());  // and is disconnected
    link = world.client(crypto::Device::create());
    link->say(wire::Enrol{{wire::kProtocolVersion}, secret, "test"});
    world.check_refused(link->wait_end(), wire::Refusal::kTicket, "used");
    link = world.client(stranger);
    wire::Hello hello = world.till.hello();
    hello.terminal = enrolled.terminal;
    hello.next_seq = 1;
    hello.head = {};
    link->open(hello);
    world.check_goes_on();
}

TEST_CASE("hq server on a ledger: a terminal revoked by another process is cut off with the reason, and at Hello") {
    World world;
    world.some_history();
    auto link = world.opened(world.till);
    const auto other = world.hq.other_connection();
    const auto set = [&](intake::DeviceStatus status, const char* reason) {
        auto scope = must(intake::WriteScope::begin(*other));
        must(other->set_device_status(world.till.id, status, reason, world.hq.now_ms));
        must(scope.commit());
    };
    set(intake::DeviceStatus::kRevoked, "stolen from the counter");
    world.check_refused(link->wait_end(), wire::Refusal::kRevoked, "stolen from the counter");
    link = world.client(world.till.device);
    link->say(world.till.hello());
    world.check_refused(link->wait_end(), wire::Refusal::kRevoked, "stolen from the counter");
    set(intake::DeviceStatus::kActive, "");
    world.check_goes_on();
}

TEST_CASE("hq server on a ledger: a broken chain is refused, inside a batch and before it") {
    World world;
    world.some_history();
    world.till.earn(test::member_number(1), 500);
    world.till.earn(test::member_number(1), 700);
    world.till.earn(test::member_number(1), 900);
    auto link = world.opened(world.till);
    wire::Push push = world.till.batch(3, 3);
    std::swap(push.ops[0], push.ops[1]);
    link->say(push);
    world.check_refused(link->wait_end(), wire::Refusal::kBrokenChain, "another id");
    link = world.opened(world.till);
    link->say(world.till.batch(4, 2));  // 3 is missing
    world.check_refused(link->wait_end(), wire::Refusal::kBrokenChain, "operation 3 is expected");
    world.check_goes_on();
}

TEST_CASE("hq server on a ledger: a bad signature is refused") {
    World world;
    world.some_history();
    world.till.earn(test::member_number(1), 500);
    const auto link = world.opened(world.till);
    wire::Push push = world.till.batch(3, 1);
    push.signature.bytes[0] ^= 0x40;
    link->say(push);
    world.check_refused(link->wait_end(), wire::Refusal::kBadSignature, "not signed by its device");
    world.check_goes_on();
}

TEST_CASE("hq server on a ledger: oversize and truncated frames and unknown versions are refused") {
    World world;
    world.some_history();
    world.till.earn(test::member_number(1), 500);
    const Bytes good = wire::encode_message(world.till.batch(3, 1));

    auto link = world.opened(world.till);
    link->send(Bytes{0x7f, 0, 0, 0, static_cast<std::uint8_t>(wire::MessageType::kPush)});
    world.check_refused(link->wait_end(), wire::Refusal::kBadFrame, "announces 2130706432 bytes");

    link = world.opened(world.till);  // the length says less than was meant: what follows is no frame
    Bytes shortened = good;
    shortened[3] = static_cast<std::uint8_t>(shortened[3] - 7);
    link->send(shortened);
    const auto refused = link->wait_end();
    REQUIRE(refused.has_value());
    CHECK((refused->code == wire::Refusal::kBadFrame || refused->code == wire::Refusal::kBadMessage));
    world.check_refused(refused, refused->code, "");

    link = world.client(world.till.device);
    wire::Hello hello = world.till.hello();
    hello.versions = {77};
    link->say(hello);
    world.check_refused(link->wait_end(), wire::Refusal::kVersion,
                        "speaks protocol version 3, the terminal offered 77");
    world.check_goes_on();
}

TEST_CASE("hq server on a ledger: a frame cut anywhere is dropped whole, said in the log, and pushed again once") {
    World world;
    world.some_history();
    world.till.earn(test::member_number(1), 500);
    const Bytes good = wire::encode_message(world.till.batch(3, 1));
    for (std::size_t at = 1; at < good.size(); at += 1 + good.size() / 12) {
        const auto link = world.opened(world.till);
        link->send(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(at)));
        link->close();
        link->wait_end();
        CHECK(world.hq.count("op_log") == 2);
    }
    const auto link = world.opened(world.till);
    for (int i = 0; i < 3; ++i) {  // an answer that was lost: pushed again, counted once
        link->send(good);
        CHECK(link->expect<wire::Ack>().through_seq == 3);
    }
    CHECK(world.hq.count("op_log") == 3);
    CHECK(world.hq.account(test::member_number(1)).earned_total == 15);
    world.server->stop();
    world.server->wait();
    CHECK(world.log.has("cut inside a frame"));
}

TEST_CASE("hq server on a ledger: a change at one terminal reaches another's feed, an import too") {
    World world;
    test::Terminal other(world.hq, "S2");
    const auto at_other = world.opened(other);
    at_other->say(wire::FeedWant{4});
    CHECK(at_other->expect<wire::FeedPage>().programme.has_value());
    world.till.earn(test::member_number(1), 1000);
    const auto link = world.opened(world.till);
    link->say(world.till.batch(1, 1));
    link->expect<wire::Ack>();
    auto page = at_other->expect<wire::FeedPage>();
    REQUIRE(page.members.size() == 1);
    CHECK(page.members[0].member == test::member_number(1));
    CHECK(must(wire::decode_account(page.members[0].account)).earned_total == 10);

    must(world.hq.intake->publish(test::plain_programme(), world.clock.wall_ms()));  // by another connection
    page = at_other->expect<wire::FeedPage>();
    CHECK(page.programme.has_value());
}

TEST_CASE("hq server on a ledger: a crowd of terminals is committed in groups, each operation once") {
    World world;
    constexpr int kTills = 8, kBatches = 5, kOps = 20;
    std::vector<std::unique_ptr<test::Terminal>> tills;
    std::vector<std::unique_ptr<WireClient>> links;
    for (int i = 0; i < kTills; ++i) {
        tills.push_back(std::make_unique<test::Terminal>(world.hq, "S" + std::to_string(i + 10)));
        links.push_back(world.opened(*tills.back()));
        for (int k = 0; k < kBatches * kOps; ++k) tills.back()->earn(test::member_number(k % 7), 100 * (k + 1));
    }
    for (int batch = 0; batch < kBatches; ++batch)
        for (int i = 0; i < kTills; ++i) links[i]->say(tills[i]->batch(batch * kOps + 1, kOps));
    for (int i = 0; i < kTills; ++i)
        for (int batch = 1; batch <= kBatches; ++batch)
            CHECK(links[i]->expect<wire::Ack>().through_seq == static_cast<std::uint64_t>(batch * kOps));
    CHECK(world.hq.count("op_log") == kTills * kBatches * kOps);
    const auto figures = world.server->figures();
    CHECK(figures.ops_committed == kTills * kBatches * kOps);
    CHECK(figures.groups_committed < kTills * kBatches);
    domain::Points sum = 0;
    for (int member = 0; member < 7; ++member) sum += world.hq.account(test::member_number(member)).earned_total;
    CHECK(sum == kTills * (kBatches * kOps) * (kBatches * kOps + 1) / 2);
}

TEST_CASE("hq server on a ledger: a cursor beyond the head is refused and told loudly, and tills that sell go on") {
    World world;
    world.some_history();
    test::Terminal other(world.hq, "S2");
    const wire::Incarnation before = must(world.hq.store->hq()).incarnation;
    const auto live = world.opened(other);
    live->say(wire::FeedWant{1});
    CHECK(live->expect<wire::FeedPage>().incarnation == before);
    wire::Hello hello = world.till.hello();
    hello.incarnation = before;
    for (int attempt = 0; attempt < 3; ++attempt) {
        hello.cursor = 1000;
        const auto link = world.client(world.till.device);
        link->say(hello);
        const auto refused = link->wait_end();
        REQUIRE(refused.has_value());
        CHECK(refused->code == wire::Refusal::kBrokenChain);
        CHECK(refused->text.find("tally-hq restored") != std::string::npos);
    }
    // The one that sells has not noticed: same line, same incarnation, its operations are taken.
    other.earn(test::member_number(1), 500);
    live->say(other.batch(1, 1));
    CHECK(live->expect<wire::Ack>().through_seq == 1);
    CHECK(must(world.hq.store->hq()).incarnation == before);
    hello.cursor = 1;
    CHECK(world.client(world.till.device)->open(hello).incarnation == before);
    world.server->stop();
    world.server->wait();
    CHECK(world.log.has("headquarters may be an older copy"));
}
