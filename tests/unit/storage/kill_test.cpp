// Kills a process that commits, again and again, on the same files.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

// What the child does until it is killed: pushes batches and writes the last acknowledged number into the pipe.
[[noreturn]] void push_for_ever(Terminal& till, int pipe) {
    till.hq.reopen();  // a connection does not survive a fork
    for (;;) {
        const std::uint64_t first = till.next_seq;
        for (int i = 0; i < 20; ++i) till.earn(member_number(1 + till.next_seq % 5), 1000);
        auto prepared = till.prepared(first, till.next_seq - first);
        const auto answers = till.hq.intake->commit(std::span(&prepared, 1), till.hq.now_ms);
        if (!answers || !std::holds_alternative<wire::Ack>(answers->front().answer)) ::_exit(3);
        const std::uint64_t through = std::get<wire::Ack>(answers->front().answer).through_seq;
        if (::write(pipe, &through, sizeof through) != sizeof through) ::_exit(4);
    }
}

}  // namespace

TEST_CASE("storage: after kill -9 at any moment every acknowledged operation is there, whole, and counted once") {
    const std::uint64_t seed = seed_of_run();
    SeededRandom random(seed);
    Hq hq;
    Terminal till(hq, "S1");
    hq.intake.reset();
    hq.store.reset();
    std::uint64_t held = 0;
    for (int round = 0; round < 12; ++round) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) push_for_ever(till, ends[1]);
        ::close(ends[1]);
        std::uint64_t acknowledged = 0, through = 0;
        // At least one acknowledgement, then a moment that is somewhere in a commit.
        REQUIRE(::read(ends[0], &through, sizeof through) == sizeof through);
        ::usleep(static_cast<useconds_t>(random.below(30'000)));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        REQUIRE(WIFSIGNALED(status));
        do acknowledged = through;
        while (::read(ends[0], &through, sizeof through) == sizeof through);
        ::close(ends[0]);

        hq.reopen();
        const auto chain = must(hq.store->chain(till.id, till.epoch));
        REQUIRE(chain.has_value());
        CHECK(chain->next_seq - 1 >= acknowledged);
        CHECK((chain->next_seq - 1) % 20 == 0);  // whole batches only
        held = chain->next_seq - 1;
        CHECK(hq.count("op_log") == static_cast<std::int64_t>(held));
        CHECK(hq.store_day("S1", kToday).bills == static_cast<std::int64_t>(held));
        std::int64_t bills = 0;
        for (int i = 1; i <= 5; ++i) bills += hq.account(member_number(i)).bills;
        CHECK(bills == static_cast<std::int64_t>(held));
        must(hq.store->check_pages());
        // The terminal knows its own log: it writes again what the killed child had written, and goes on behind it.
        while (till.next_seq <= held) till.earn(member_number(1 + till.next_seq % 5), 1000);
        CHECK(till.head == chain->head);
        hq.intake.reset();
        hq.store.reset();
    }
    CHECK(held >= 12 * 20);
}
