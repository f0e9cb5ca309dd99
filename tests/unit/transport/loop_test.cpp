#include <doctest/doctest.h>

#include <thread>

#include "world.h"

using namespace tally;
using namespace tally::transport;
using namespace tally::transport::test;

TEST_CASE("loop: work posted from other threads all runs, on the loop's thread") {
    Loop loop;
    int done = 0;
    bool elsewhere = false;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 250; ++i)
                loop.post([&] {
                    elsewhere |= !loop.on_this_thread();
                    if (++done == 1000) loop.stop();
                });
        });
    loop.run();
    for (std::thread& thread : threads) thread.join();
    CHECK(done == 1000);
    CHECK(!elsewhere);
}

TEST_CASE("loop: timers run in the order of their times") {
    Loop loop;
    std::string order;
    loop.after(30, [&] {
        order += "c";
        loop.stop();
    });
    loop.after(0, [&] { order += "a"; });
    loop.after(15, [&] { order += "b"; });
    loop.run();
    CHECK(order == "abc");
}

TEST_CASE("loop: a cancelled timer never runs, and drops what it held at once") {
    Loop loop;
    bool ran = false;
    auto held = std::make_shared<int>(1);
    Timer timer = loop.after(1, [&ran, held] { ran = true; });
    CHECK(held.use_count() == 2);
    timer.cancel();
    CHECK(held.use_count() == 1);
    timer.cancel();
    loop.after(20, [&] { loop.stop(); });
    loop.run();
    CHECK(!ran);
}

TEST_CASE("loop: a timer may outlive its loop") {
    Timer timer;
    {
        Loop loop;
        timer = loop.after(1000, [] {});
    }
    timer.cancel();
}

TEST_CASE("loop: a stop before run ends that run") {
    Loop loop;
    loop.stop();
    loop.run();
    CHECK(loop.on_this_thread());
}

TEST_CASE("loop: its end ends every link, telling both owners once, and links may outlive it") {
    World world;
    world.listen();
    auto client = world.dial();
    auto half_way = std::make_shared<Script>();
    RawSocket silent;
    const std::uint16_t silent_port = silent.listen_only();
    auto half_link =
        connect(*world.loop, {"127.0.0.1", silent_port}, world.till, world.hq.public_key(), 60'000, half_way);
    std::shared_ptr<Link> kept;
    world.stop_when([&] {
        kept = client->link;
        return client->was_open && world.server_side.size() == 1 && world.server_side[0]->was_open;
    });
    world.run();
    world.listener.reset();
    world.loop.reset();
    CHECK(client->closed_count == 1);
    CHECK(client->cause == Cause::kClosedHere);
    CHECK(world.server_side[0]->closed_count == 1);
    CHECK(half_way->closed_count == 1);
    CHECK(kept->send(Bytes(10)));  // dropped: the link has ended
    kept->close();
    kept->abort();
}

TEST_CASE("loop: a listener may outlive its loop") {
    World world;
    world.listen();
    world.loop.reset();
    world.listener.reset();
}
