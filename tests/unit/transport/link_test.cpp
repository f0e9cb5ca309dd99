#include <doctest/doctest.h>

#include "common/base/random.h"
#include "common/wire/frame.h"
#include "sync/tuning.h"
#include "world.h"

using namespace tally;
using namespace tally::transport;
using namespace tally::transport::test;

namespace {

void send(Script& script, Bytes bytes) {
    const Status sent = script.link->send(std::move(bytes));
    CHECK(sent.has_value());
}
void echo(Script& script) {
    script.bytes = [](Script& self, ByteView view) { send(self, Bytes(view.begin(), view.end())); };
}
Bytes noise(std::size_t size) {
    SeededRandom random(7);
    Bytes out(size);
    random.fill(out);
    return out;
}
Bytes bytes_of(std::string_view text) { return Bytes(text.begin(), text.end()); }

}  // namespace

TEST_CASE("link: what is sent comes back from an echo, and each end knows the other's key") {
    World world;
    world.prepare = echo;
    world.listen();
    crypto::PublicKey seen_by_client;
    auto client = world.dial([&](Script& script) {
        script.opened = [&](Script& self) {
            seen_by_client = self.link->peer();
            send(self, bytes_of("hello"));
        };
        script.bytes = [&](Script& self, ByteView) {
            if (self.received.size() == 5) world.loop->stop();
        };
    });
    world.run();
    CHECK(text_of(client->received) == "hello");
    CHECK(seen_by_client == world.hq.public_key());
    REQUIRE(world.server_side.size() == 1);
    CHECK(world.server_side[0]->link->peer() == world.till.public_key());
    CHECK(world.server_side[0]->link->peer_address().starts_with("127.0.0.1:"));
    CHECK(world.listener->stats().opened == 1);
    CHECK(world.listener->stats().links == 1);
}

TEST_CASE("link: 1 MB in one piece and the same in 3,000 small ones arrive whole and in order") {
    const Bytes payload = noise(1'000'000);
    for (const std::size_t piece : {payload.size(), std::size_t{333}}) {
        CAPTURE(piece);
        World world;
        world.prepare = echo;
        world.listen();
        auto client = world.dial([&](Script& script) {
            script.opened = [&](Script& self) {
                for (std::size_t at = 0; at < payload.size(); at += piece) {
                    const ByteView part = ByteView(payload).subspan(at, std::min(piece, payload.size() - at));
                    send(self, Bytes(part.begin(), part.end()));
                }
            };
            script.bytes = [&](Script& self, ByteView) {
                if (self.received.size() == payload.size()) world.loop->stop();
            };
        });
        world.run();
        CHECK(client->received == payload);
    }
}

TEST_CASE("link: bytes queued before it opens are sent when it opens; drained tells once they are gone") {
    World world;
    world.listen();
    int drained = 0;
    auto script = std::make_shared<Script>();
    script->drained = [&](Script&) { ++drained; };
    auto link = connect(*world.loop, world.endpoint(), world.till, world.hq.public_key(), 30'000, script);
    CHECK(link->send(bytes_of("early")));
    CHECK(link->queued_bytes() == 5);
    world.stop_when(
        [&] { return drained == 1 && world.server_side.size() == 1 && world.server_side[0]->received.size() == 5; });
    world.run();
    CHECK(link->queued_bytes() == 0);
    CHECK(text_of(world.server_side[0]->received) == "early");
}

TEST_CASE("link: a queue that would pass its bound refuses the send and keeps what it has") {
    World world;
    world.listen();
    bool refused = false;
    const Bytes most = noise(tuning::kSendQueueBytesMax - 10);
    auto client = world.dial([&](Script& script) {
        script.opened = [&](Script& self) {
            send(self, most);
            const Status more = self.link->send(Bytes(11));
            refused = !more && more.error().code == Code::kBusy;
            CHECK(self.link->queued_bytes() == most.size());
        };
    });
    world.stop_when(
        [&] { return world.server_side.size() == 1 && world.server_side[0]->received.size() == most.size(); });
    world.run();
    CHECK(refused);
    CHECK(world.server_side[0]->received == most);
}

TEST_CASE("link: a reader that pauses holds the sender back, and loses nothing when it goes on") {
    World world;
    const Bytes payload = noise(tuning::kSendQueueBytesMax - 10);
    bool paused = false;
    std::size_t at_pause = 0;
    world.prepare = [&](Script& script) {
        script.bytes = [&](Script& self, ByteView) {
            CHECK(!paused);
            if (self.received.size() < 100'000 || at_pause > 0) return;
            self.link->pause_reading();
            paused = true;
            at_pause = self.received.size();
            world.loop->after(50, [&, link = self.link] {
                paused = false;
                link->resume_reading();
            });
        };
    };
    world.listen();
    auto client = world.dial([&](Script& script) { script.opened = [&](Script& self) { send(self, payload); }; });
    world.stop_when(
        [&] { return world.server_side.size() == 1 && world.server_side[0]->received.size() == payload.size(); });
    world.run();
    CHECK(at_pause < payload.size());
    CHECK(world.server_side[0]->received == payload);
}

TEST_CASE("link: an orderly end in the middle of a frame is told as closed by the peer, and leaves a partial frame") {
    World world;
    world.prepare = [](Script& script) {
        script.opened = [](Script& self) {
            Bytes frame;
            REQUIRE(wire::append_frame(frame, 3, Bytes(1000)));
            frame.resize(400);
            send(self, frame);
            self.link->close();
        };
    };
    world.listen();
    auto client = world.dial([&](Script& script) { script.closed = [&](Script&) { world.loop->stop(); }; });
    world.run();
    CHECK(client->cause == Cause::kClosedByPeer);
    wire::FrameReader reader;
    REQUIRE(reader.feed(client->received));
    CHECK(!reader.next().has_value());
    CHECK(reader.partial_bytes() == 400);
}

TEST_CASE("link: an abort at one end is a cut at the other") {
    World world;
    world.prepare = [](Script& script) { script.opened = [](Script& self) { self.link->abort(); }; };
    world.listen();
    auto client = world.dial([&](Script& script) { script.closed = [&](Script&) { world.loop->stop(); }; });
    world.run();
    CHECK(client->was_open);
    CHECK(client->cause == Cause::kCut);
    CHECK(client->closed_count == 1);
}

TEST_CASE("link: the last words before a close arrive although the other side floods") {
    World world;
    world.prepare = [](Script& script) {
        script.bytes = [](Script& self, ByteView) {
            send(self, bytes_of("refused: because"));
            self.link->close();
        };
    };
    world.listen();
    auto client = world.dial([&](Script& script) {
        script.opened = [](Script& self) { send(self, noise(4'000'000)); };
        script.closed = [&](Script&) { world.loop->stop(); };
    });
    world.run();
    CHECK(text_of(client->received) == "refused: because");
    CHECK(client->cause == Cause::kClosedByPeer);
}

TEST_CASE("link: close sends what is queued first; nothing is heard after it") {
    World world;
    world.prepare = echo;
    world.listen();
    const Bytes payload = noise(2'000'000);
    auto client = world.dial([&](Script& script) {
        script.opened = [&](Script& self) {
            send(self, payload);
            self.link->close();
        };
    });
    world.stop_when([&] { return client->cause && world.server_side[0]->cause; });
    world.run();
    CHECK(client->received.empty());
    CHECK(client->cause == Cause::kClosedHere);
    CHECK(world.server_side[0]->received == payload);
    CHECK(world.server_side[0]->closed_count == 1);
    CHECK(world.listener->stats().links == 0);
}

TEST_CASE("link: a close towards a side that never reads ends all the same") {
    World world;
    world.prepare = [](Script& script) { script.opened = [](Script& self) { self.link->pause_reading(); }; };
    world.listen();
    auto client = world.dial([&](Script& script) {
        script.opened = [&](Script& self) {
            send(self, Bytes(tuning::kSendQueueBytesMax));
            self.link->close();
        };
        script.closed = [&](Script&) { world.loop->stop(); };
    });
    world.run();
    CHECK(client->cause == Cause::kClosedHere);
}

TEST_CASE("link: 200 links at a time each get their own echo, and all end") {
    World world;
    world.prepare = echo;
    world.listen();
    std::vector<std::shared_ptr<Script>> clients;
    int answered = 0, ended = 0;
    for (int i = 0; i < 200; ++i)
        clients.push_back(world.dial([&, i](Script& script) {
            script.opened = [i](Script& self) { send(self, bytes_of("till " + std::to_string(1000 + i))); };
            script.bytes = [&](Script& self, ByteView) {
                if (self.received.size() < 9) return;
                ++answered;
                self.link->close();
            };
            script.closed = [&](Script&) { ++ended; };
        }));
    world.stop_when([&] { return answered == 200 && ended == 200 && world.listener->stats().links == 0; });
    world.run();
    for (int i = 0; i < 200; ++i) {
        CHECK(text_of(clients[i]->received) == "till " + std::to_string(1000 + i));
        CHECK(clients[i]->closed_count == 1);
    }
    CHECK(world.listener->stats().opened == 200);
    CHECK(world.listener->stats().handshakes_failed == 0);
}

TEST_CASE("link: one connection more than the listener's limit is dropped, and a freed place serves again") {
    World world;
    ListenOptions options;
    options.links_max = 3;
    world.listen(options);
    std::vector<std::shared_ptr<Script>> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(world.dial());
    std::shared_ptr<Script> fourth, fifth;
    world.stop_when([&] {
        if (world.listener->stats().opened < 3) return false;
        if (!fourth) fourth = world.dial();
        if (!fourth->cause) return false;
        if (clients[0]->link) clients[0]->link->close();
        if (world.listener->stats().links == 2 && !fifth) fifth = world.dial();
        return fifth && fifth->was_open;
    });
    world.run();
    CHECK(!fourth->was_open);
    CHECK(fourth->cause == Cause::kCut);
    CHECK(world.listener->stats().over_limit == 1);
}
