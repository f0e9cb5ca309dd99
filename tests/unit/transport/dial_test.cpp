// Names: several addresses of which some are dead, and resolvers that do not come back.
#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "sync/tuning.h"
#include "world.h"

using namespace tally;
using namespace tally::transport;
using namespace tally::transport::test;

namespace {

// A machine that answers no knock at `port`: the queue of its listener is full, so the kernel drops what comes.
class DeadAddress {
  public:
    DeadAddress(const char* address, std::uint16_t port) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        REQUIRE(::inet_pton(AF_INET, address, &at.sin_addr) == 1);
        REQUIRE(::bind(listening_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
        REQUIRE(::listen(listening_, 0) == 0);
        REQUIRE(::connect(filling_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    }
    ~DeadAddress() {
        ::close(filling_);
        ::close(listening_);
    }
    DeadAddress(const DeadAddress&) = delete;

  private:
    int listening_ = ::socket(AF_INET, SOCK_STREAM, 0);
    int filling_ = ::socket(AF_INET, SOCK_STREAM, 0);
};

LookUp answers(std::vector<std::string> addresses) {
    return [addresses](const std::string&) -> Result<std::vector<std::string>> { return addresses; };
}

// A resolver that does not answer until the test lets it go. The state is shared: its thread may outlive the test.
struct Stuck {
    std::mutex mutex;
    std::condition_variable changed;
    int asked = 0, back = 0;
    bool released = false;

    static LookUp look_up(const std::shared_ptr<Stuck>& stuck) {
        return [stuck](const std::string&) -> Result<std::vector<std::string>> {
            std::unique_lock lock(stuck->mutex);
            ++stuck->asked;
            stuck->changed.notify_all();
            stuck->changed.wait_for(lock, std::chrono::milliseconds(kGiveUp_ms), [&] { return stuck->released; });
            ++stuck->back;
            stuck->changed.notify_all();
            return fail(Code::kIo, "too late");
        };
    }
    bool wait(const std::function<bool()>& done) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::milliseconds(kGiveUp_ms), done);
    }
    void release() {
        const std::lock_guard lock(mutex);
        released = true;
        changed.notify_all();
    }
};

std::shared_ptr<Script> dial_name(World& world, LookUp look_up, std::function<void(Script&)> closed = nullptr) {
    auto script = std::make_shared<Script>();
    script->closed = std::move(closed);
    connect(*world.loop, {"hq.example", world.listener->port()}, world.till, world.hq.public_key(), 30'000, script,
            std::move(look_up));
    return script;
}

}  // namespace

TEST_CASE("dial: addresses that never answer do not keep one behind them from being reached") {
    World world;
    world.listen();
    const DeadAddress first("127.0.0.2", world.listener->port()), second("127.0.0.3", world.listener->port());
    auto client = dial_name(world, answers({"127.0.0.2", "127.0.0.3", "127.0.0.1"}));
    world.stop_when([&] { return client->was_open || client->cause; });
    world.run();
    CHECK(client->was_open);
    CHECK(!client->cause);
}

TEST_CASE("dial: an address that refuses, one of another family and one that is none are passed over at once") {
    World world;
    world.listen();
    auto client = dial_name(world, answers({"127.0.0.2", "::1", "no address", "127.0.0.1"}));
    world.stop_when([&] { return client->was_open || client->cause; });
    world.run();
    CHECK(client->was_open);
}

TEST_CASE("dial: the first address is taken when it answers, and nobody else is connected to") {
    World world;
    world.listen();
    auto client = dial_name(world, answers({"127.0.0.1", "127.0.0.1"}));
    world.stop_when([&] { return client->was_open && world.listener->stats().opened == 1; });
    world.run();
    CHECK(world.listener->stats().links == 1);
    CHECK(world.listener->stats().handshakes_failed == 0);
}

TEST_CASE("dial: when no address can be had, or none answers, the end says why") {
    const auto cause_of = [](LookUp look_up) {
        World world;
        RawSocket nobody;
        auto client = std::make_shared<Script>();
        client->closed = [&](Script&) { world.loop->stop(); };
        connect(*world.loop, {"hq.example", nobody.bind_only()}, world.till, world.hq.public_key(), 30'000, client,
                std::move(look_up));
        world.run();
        CHECK(client->closed_count == 1);
        return std::pair(client->cause.value_or(Cause::kTls), client->error.detail);
    };
    CHECK(cause_of(answers({})).first == Cause::kUnreachable);
    CHECK(cause_of(answers({"hq.example"})).first == Cause::kUnreachable);
    const auto failed = cause_of([](const std::string& host) -> Result<std::vector<std::string>> {
        return fail(Code::kIo, "nobody knows " + host);
    });
    CHECK(failed.first == Cause::kUnreachable);
    CHECK(failed.second.find("nobody knows hq.example") != std::string::npos);
    CHECK(cause_of(answers({"127.0.0.1", "0:0:0:0:0:ffff:ffff:ffff"})).first == Cause::kRefused);
}

TEST_CASE("dial: a hundred addresses are not all tried") {
    World world;
    world.listen();
    std::vector<std::string> many(100, "127.0.0.2");
    many.push_back("127.0.0.1");
    auto client = dial_name(world, answers(many), [&](Script&) { world.loop->stop(); });
    world.run();
    CHECK(!client->was_open);
    CHECK(client->cause == Cause::kRefused);
}

TEST_CASE("dial: a link ends and a loop goes although the resolver has not come back") {
    const auto stuck = std::make_shared<Stuck>();
    {
        World world;
        world.listen();
        auto closed = std::make_shared<Script>();
        closed->closed = [&](Script&) { world.loop->stop(); };
        auto link = connect(*world.loop, {"hq.example", 1}, world.till, world.hq.public_key(), 30'000, closed,
                            Stuck::look_up(stuck));
        auto left = dial_name(world, Stuck::look_up(stuck));
        REQUIRE(stuck->wait([&] { return stuck->asked == 2; }));
        link->close();
        world.run();
        CHECK(closed->cause == Cause::kClosedHere);
        world.listener.reset();
        world.loop.reset();
        CHECK(left->closed_count == 1);
        const std::lock_guard lock(stuck->mutex);
        CHECK(stuck->back == 0);
    }
    stuck->release();
    CHECK(stuck->wait([&] { return stuck->back == 2; }));
}

TEST_CASE("dial: a link begun while its loop ends is let go of, and a late answer finds nobody") {
    const auto stuck = std::make_shared<Stuck>();
    std::weak_ptr<Link> begun;
    {
        World world;
        world.listen();
        Loop& ending = *world.loop;
        auto client = dial_name(world, Stuck::look_up(stuck), [&](Script&) {
            begun = connect(ending, {"hq.example", 1}, world.till, world.hq.public_key(), 30'000,
                            std::make_shared<Script>(), Stuck::look_up(stuck));
        });
        world.listener.reset();
        world.loop.reset();
        CHECK(client->closed_count == 1);
        REQUIRE(stuck->wait([&] { return stuck->asked == 2; }));
        CHECK(begun.expired());
    }
    stuck->release();
    CHECK(stuck->wait([&] { return stuck->back == 2; }));
}

TEST_CASE("dial: a resolver that never comes back gathers only so many threads, and serves again afterwards") {
    const auto stuck = std::make_shared<Stuck>();
    World world;
    world.listen();
    std::vector<std::shared_ptr<Script>> waiting;
    for (int i = 0; i < tuning::kLookupsMax; ++i) waiting.push_back(dial_name(world, Stuck::look_up(stuck)));
    REQUIRE(stuck->wait([&] { return stuck->asked == tuning::kLookupsMax; }));
    auto one_more = dial_name(world, Stuck::look_up(stuck), [&](Script&) { stuck->release(); });
    // The threads end a moment after their answers: until then a question may still be one too many.
    std::shared_ptr<Script> again;
    world.stop_when([&] {
        if (!one_more->cause) return false;
        if (!again || again->cause) again = dial_name(world, answers({"127.0.0.1"}));
        return again->was_open;
    });
    world.run();
    CHECK(one_more->cause == Cause::kUnreachable);
    CHECK(one_more->error.detail.find("earlier questions") != std::string::npos);
    CHECK(again->was_open);
    CHECK(stuck->wait([&] { return stuck->back == tuning::kLookupsMax; }));
}
