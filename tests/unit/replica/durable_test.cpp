// Kills, full disks and two connections: all or nothing, nothing lost that was answered.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "tests/unit/replica/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

// The overlay of every member is the fold of the log's operations (nothing is confirmed in these tests).
void check_overlay_is_fold(replica::Replica& replica) {
    std::map<domain::MemberId, domain::Account> truth;
    auto ops = MUST(replica.last_operations(1'000'000));
    std::reverse(ops.begin(), ops.end());
    for (const auto& logged : ops)
        if (!logged.op.member.is_zero()) (void)MUST(domain::fold(truth[logged.op.member], logged.op));
    std::size_t seen = 0;
    CHECK_DONE(replica.each_member([&](const domain::MemberId& id, const domain::Account& overlay) -> Status {
        ++seen;
        CHECK(overlay == truth[id]);
        return {};
    }));
    CHECK(seen == truth.size());
    CHECK(MUST(replica.member_count()) == truth.size());
    CHECK(MUST(replica.pending_count()) == ops.size());
    CHECK(MUST(replica.head()).next_seq == ops.size() + 1);
}

void sell_forever(const std::string& dir, const crypto::Secret& key, int pipe, std::uint64_t seed) {
    auto replica = replica::Replica::open(dir, key, store::Sync::kFull);
    if (!replica) ::_exit(1);
    SeededRandom random(seed);
    for (;;) {
        domain::Op op;
        op.at = domain::hlc_tick(replica->last_hlc().value_or({}), 1'728'000'000'000);
        op.business_day = kDay;
        op.member = Bench::member(static_cast<std::uint8_t>(1 + random.below(5)));
        domain::PersonalFields fields;
        if (random.below(4) == 0) {
            op.body = domain::Note{};
            fields[domain::Field::kNote] = "a note";
        } else {
            op.body =
                Bench::earn(static_cast<domain::Points>(random.below(100)), "B" + std::to_string(random.next_u64()));
        }
        const auto done = replica->append(op, fields);
        if (!done) ::_exit(2);
        const std::uint64_t seq = done->id.seq;
        if (::write(pipe, &seq, sizeof seq) != sizeof seq) ::_exit(3);
    }
}

// Sales of three operations each: earned, paid with points, noted.
void sell_steps_forever(const std::string& dir, const crypto::Secret& key, int pipe, std::uint64_t seed) {
    auto replica = replica::Replica::open(dir, key, store::Sync::kFull);
    if (!replica) ::_exit(1);
    SeededRandom random(seed);
    for (;;) {
        const std::string bill = "B" + std::to_string(random.next_u64());
        domain::Redeem redeem;
        redeem.bill.bill_no = bill;
        redeem.points = redeem.value_minor = 1;
        std::vector<replica::NewOp> ops;
        for (domain::Body body :
             {domain::Body(Bench::earn(2, bill)), domain::Body(redeem), domain::Body(domain::Note{})}) {
            domain::Op op;
            op.at = domain::hlc_tick(replica->last_hlc().value_or({}), 1'728'000'000'000);
            op.business_day = kDay;
            op.member = Bench::member(static_cast<std::uint8_t>(1 + random.below(3)));
            if (!ops.empty()) op.member = ops.front().op.member;
            op.body = std::move(body);
            ops.push_back({std::move(op), {{domain::Field::kNote, "a note"}}});
        }
        const auto done = replica->append_all(std::move(ops));
        if (!done) ::_exit(2);
        const std::uint64_t seq = done->back().id.seq;
        if (::write(pipe, &seq, sizeof seq) != sizeof seq) ::_exit(3);
    }
}

}  // namespace

TEST_CASE("replica: killed at any moment a step of several operations is there whole or not at all") {
    const std::uint64_t seed = support::seed();
    SeededRandom random(seed);
    Bench bench;
    for (int round = 0; round < 12; ++round) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::close(ends[0]);
            sell_steps_forever(bench.dir.path(), bench.data_key, ends[1], seed + static_cast<std::uint64_t>(round));
        }
        ::close(ends[1]);
        ::usleep(static_cast<useconds_t>(5'000 + random.below(60'000)));
        ::kill(child, SIGKILL);
        int state = 0;
        ::waitpid(child, &state, 0);
        CHECK(WIFSIGNALED(state));
        std::uint64_t answered = 0, seq = 0;
        while (::read(ends[0], &seq, sizeof seq) == sizeof seq) answered = seq;
        ::close(ends[0]);
        replica::Replica again = bench.open();
        const std::uint64_t written = MUST(again.head()).next_seq - 1;
        CHECK(written % 3 == 0);
        CHECK(written >= answered);
        CHECK_DONE(again.guard(0));
        CHECK(MUST(again.incidents(1)).empty());
        CHECK_DONE(again.verify_log());
        CHECK(MUST(again.check_fold()).bills == written / 3 * 2);
        check_overlay_is_fold(again);
    }
}

TEST_CASE("replica: killed at any moment it holds all that was answered, whole, and the chain verifies") {
    const std::uint64_t seed = support::seed();
    SeededRandom random(seed);
    Bench bench;
    for (int round = 0; round < 12; ++round) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::close(ends[0]);
            sell_forever(bench.dir.path(), bench.data_key, ends[1], seed + static_cast<std::uint64_t>(round));
        }
        ::close(ends[1]);
        ::usleep(static_cast<useconds_t>(5'000 + random.below(60'000)));
        ::kill(child, SIGKILL);
        int state = 0;
        ::waitpid(child, &state, 0);
        CHECK(WIFSIGNALED(state));
        std::uint64_t answered = 0, seq = 0;
        while (::read(ends[0], &seq, sizeof seq) == sizeof seq) answered = seq;
        ::close(ends[0]);
        replica::Replica again = bench.open();
        CHECK(MUST(again.head()).next_seq > answered);
        CHECK(MUST(again.head()).next_seq <=
              std::max<std::uint64_t>(answered, MUST(bench.replica.head()).next_seq) + 2);
        CHECK_DONE(again.verify_log());
        check_overlay_is_fold(again);
    }
    CHECK_DONE(bench.replica.db().check_pages());
}

TEST_CASE("replica: a full disk is said, what was there stays, and with room again it goes on") {
    Bench bench;
    const auto anna = Bench::member(1);
    for (int i = 0; i < 5; ++i) bench.add(anna, Bench::earn(10, "B" + std::to_string(i)));
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    const auto wal_bytes = std::filesystem::file_size(replica::Replica::database_path(bench.dir.path()) + "-wal");
    const rlimit small{wal_bytes + 30'000, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    std::optional<Error> error;
    int written = 5;
    while (!error && written < 2000) {
        const auto done = bench.replica.append(bench.op(anna, Bench::earn(10, "B" + std::to_string(written))), {});
        if (done)
            ++written;
        else
            error = done.error();
    }
    const auto head_when_full = bench.replica.head();
    const auto view_when_full = bench.replica.member(anna);
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    REQUIRE(error.has_value());
    CHECK_MESSAGE(error->code == Code::kFull, to_string(*error));
    CHECK(MUST(head_when_full).next_seq == static_cast<std::uint64_t>(written) + 1);
    CHECK(MUST(view_when_full)->account.balance_on(kDay) == 10 * written);
    bench.add(anna, Bench::earn(10, "B" + std::to_string(written)));
    bench.reopen();
    CHECK(bench.overlay(anna).balance_on(kDay) == 10 * (written + 1));
    CHECK_DONE(bench.replica.verify_log());
    check_overlay_is_fold(bench.replica);
}

TEST_CASE("replica: the till sells while the agent acknowledges and applies pages, and every sale counts once") {
    Bench bench;
    constexpr int kSales = 150;
    const domain::MemberId members[] = {Bench::member(1), Bench::member(2), Bench::member(3)};
    std::atomic<bool> done = false;
    std::thread agent([&] {
        replica::Replica replica = bench.open(store::Sync::kNormal);
        while (!done) {
            CHECK_DONE(replica.record_ack(bench.hq.pull(replica)));
            bench.hq.feed(replica, 2);
        }
    });
    domain::Points sold[3] = {};
    for (int i = 0; i < kSales; ++i) {
        const int who = i % 3;
        bench.add(members[who], Bench::earn(1 + i, "B" + std::to_string(i)));
        sold[who] += 1 + i;
        for (int w = 0; w < 3; ++w) {
            const auto view = MUST(bench.replica.member(members[w]));
            const domain::Points seen = view ? view->account.earned_total : 0;
            REQUIRE(seen == sold[w]);
        }
        if (i % 10 == 0) {
            std::int64_t bills = 0;
            for (const auto& row : MUST(bench.replica.store_days())) bills += row.totals.bills;
            CHECK(bills <= i + 1);
        }
    }
    done = true;
    agent.join();
    CHECK_DONE(bench.replica.record_ack(bench.hq.pull(bench.replica)));
    bench.feed();
    CHECK(MUST(bench.replica.pending_count()) == 0);
    for (int who = 0; who < 3; ++who) CHECK(bench.overlay(members[who]) == bench.hq.account(members[who]));
    CHECK(bench.hq.store_total("S1").bills == kSales);
    CHECK_DONE(bench.replica.verify_log());
}
