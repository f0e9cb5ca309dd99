// Both ends joined in memory: every cut, every order.
#include <doctest/doctest.h>

#include <cstdlib>
#include <functional>

#include "common/base/random.h"
#include "pair.h"

using namespace tally;
using namespace tally::session;
using namespace tally::session::test;

namespace {

Limits small() {
    Limits limits;
    limits.batch_ops = 2;
    limits.batches_in_flight = 2;
    limits.pages_in_flight = 2;
    return limits;
}

// Runs one connection; it is cut once `up_max` bytes went up or `down_max` came down. Returns bytes moved each way.
std::pair<std::size_t, std::size_t> connect_once(ModelReplica& replica, ModelHq& hq, std::size_t up_max,
                                                 std::size_t down_max, std::size_t piece = SIZE_MAX) {
    ModelTerminal terminal(replica, small());
    ModelServer server{hq};
    terminal.start();
    std::size_t up = 0, down = 0;
    while (!terminal.out.empty() || !server.out.empty()) {
        if (!terminal.out.empty()) {
            const std::size_t take = std::min({terminal.out.size(), up_max - up, piece});
            const Bytes moved(terminal.out.begin(), terminal.out.begin() + static_cast<std::ptrdiff_t>(take));
            terminal.out.erase(terminal.out.begin(), terminal.out.begin() + static_cast<std::ptrdiff_t>(take));
            server.receive(moved);
            up += take;
            if (up == up_max) break;
        }
        if (!server.out.empty()) {
            const std::size_t take = std::min({server.out.size(), down_max - down, piece});
            const Bytes moved(server.out.begin(), server.out.begin() + static_cast<std::ptrdiff_t>(take));
            server.out.erase(server.out.begin(), server.out.begin() + static_cast<std::ptrdiff_t>(take));
            terminal.receive(moved);
            down += take;
            if (down == down_max) break;
        }
        CHECK(!terminal.closed);
        CHECK(replica.covered <= replica.acknowledged);
        if (terminal.closed) break;
    }
    return {up, down};
}

void check_settled(const ModelReplica& replica, const ModelHq& hq) {
    REQUIRE(hq.log.size() == replica.made);
    for (std::uint64_t seq = 1; seq <= replica.made; ++seq) CHECK(hq.log[seq - 1] == op_bytes(seq));
    CHECK(replica.acknowledged == replica.made);
    CHECK(replica.pending() == 0);
    CHECK(replica.cursor == hq.log.size());
}

}  // namespace

TEST_CASE("pair: an undisturbed connection brings everything up and down, whole or byte by byte") {
    for (const std::size_t piece : {SIZE_MAX, std::size_t{1}, std::size_t{7}}) {
        ModelReplica replica;
        replica.made = 9;
        ModelHq hq;
        connect_once(replica, hq, SIZE_MAX, SIZE_MAX, piece);
        check_settled(replica, hq);
        CHECK(hq.twice == 0);
    }
}

TEST_CASE("pair: a cut after any byte in either direction loses nothing and counts nothing twice") {
    ModelReplica measure_replica;
    measure_replica.made = 5;
    ModelHq measure_hq;
    const auto [up_all, down_all] = connect_once(measure_replica, measure_hq, SIZE_MAX, SIZE_MAX);
    for (const bool upwards : {true, false}) {
        for (std::size_t cut = 0; cut < (upwards ? up_all : down_all); ++cut) {
            CAPTURE(upwards);
            CAPTURE(cut);
            ModelReplica replica;
            replica.made = 5;
            ModelHq hq;
            connect_once(replica, hq, upwards ? cut : SIZE_MAX, upwards ? SIZE_MAX : cut);
            CHECK(replica.acknowledged <= hq.log.size());
            CHECK(replica.covered <= hq.log.size());
            replica.made += 2;  // sales go on in the outage
            connect_once(replica, hq, SIZE_MAX, SIZE_MAX);
            check_settled(replica, hq);
        }
    }
}

TEST_CASE("pair: a hundred cuts at random places, then one whole connection") {
    const char* text = std::getenv("TALLY_SEED");
    const std::uint64_t seed = text ? std::strtoull(text, nullptr, 0) : 4711;
    CAPTURE(seed);
    SeededRandom random(seed);
    for (int round = 0; round < 20; ++round) {
        ModelReplica replica;
        ModelHq hq;
        for (int i = 0; i < 100; ++i) {
            replica.made += random.below(4);
            connect_once(replica, hq, random.below(900), random.below(900), 1 + random.below(50));
        }
        connect_once(replica, hq, SIZE_MAX, SIZE_MAX);
        check_settled(replica, hq);
    }
}

TEST_CASE("pair: in every order of acks and pages, acks never empty the overlay and pages that cover do") {
    // 6 operations in 3 batches, 3 pages that cover 2, 4 and 6; HQ may send page k once batch k is folded, acks in
    // their order. Every interleaving of the two sequences, each with pages applied at once or as late as possible.
    constexpr int kBatches = 3;
    int orders = 0;
    const std::function<void(std::string)> each = [&](std::string order) {
        if (order.size() < 2 * kBatches) {
            if (std::count(order.begin(), order.end(), 'a') < kBatches) each(order + 'a');
            if (std::count(order.begin(), order.end(), 'p') < kBatches) each(order + 'p');
            return;
        }
        ++orders;
        for (const bool late : {false, true}) {
            CAPTURE(order);
            CAPTURE(late);
            ModelReplica replica;
            replica.made = 6;
            replica.incarnation = incarnation_of(9);
            Limits limits = small();
            limits.batches_in_flight = kBatches;
            limits.pages_in_flight = kBatches;
            const Moment now{1000, 0};
            TerminalSession session(replica.opening(), limits);
            session.start(now);
            std::vector<wire::FeedPage> unapplied;
            const std::function<void(Effects)> carry_out = [&](Effects effects) {
                for (Effect& effect : effects) {
                    REQUIRE(!std::holds_alternative<Close>(effect));
                    if (auto* batch = std::get_if<NeedBatch>(&effect))
                        carry_out(session.on_batch(replica.batch(batch->first_seq, batch->ops_max), now));
                    if (auto* ack = std::get_if<RecordAck>(&effect)) {
                        const std::uint64_t pending = replica.pending();
                        replica.acknowledged = ack->ack.through_seq;
                        CHECK(replica.pending() == pending);
                    }
                    if (auto* page = std::get_if<ApplyPage>(&effect)) {
                        REQUIRE(unapplied.empty());  // one at a time
                        if (late)
                            unapplied.push_back(page->page);
                        else {
                            replica.apply(page->page);
                            carry_out(session.on_applied(now));
                        }
                    }
                }
            };
            carry_out(session.on_bytes(wire::encode_message(wire::Welcome{1, incarnation_of(9), 1, {}, 0, 0}), now));
            std::uint64_t acked = 0, paged = 0;
            for (const char step : order) {
                if (step == 'a') {
                    acked += 2;
                    carry_out(session.on_bytes(wire::encode_message(wire::Ack{replica.epoch, acked, {}}), now));
                    CHECK(replica.acknowledged == acked);
                } else {
                    wire::FeedPage page;
                    page.incarnation = incarnation_of(9);
                    page.from = paged;
                    page.to = paged + 2;
                    page.as_of = 6;
                    page.covered_epoch = replica.epoch;
                    page.covered_seq = paged + 2;
                    paged += 2;
                    carry_out(session.on_bytes(wire::encode_message(page), now));
                    if (!late) CHECK(replica.pending() == 6 - paged);
                }
            }
            while (!unapplied.empty()) {
                const wire::FeedPage page = unapplied.front();
                unapplied.clear();
                replica.apply(page);
                CHECK(replica.pending() == 6 - page.covered_seq);
                carry_out(session.on_applied(now));
            }
            CHECK(replica.pending() == 0);
            CHECK(replica.acknowledged == 6);
            CHECK(replica.pages == 3);
        }
    };
    each("");
    CHECK(orders == 20);
}

TEST_CASE("pair: random bytes from HQ never crash a session and end it at most once") {
    const char* text = std::getenv("TALLY_SEED");
    const std::uint64_t seed = text ? std::strtoull(text, nullptr, 0) : 815;
    CAPTURE(seed);
    SeededRandom random(seed);
    for (int round = 0; round < 2000; ++round) {
        ModelReplica replica;
        replica.made = 3;
        TerminalSession session(replica.opening(), small());
        const Moment now{1, 1};
        session.start(now);
        int closes = 0;
        for (int i = 0; i < 10; ++i) {
            Bytes payload(random.below(80));
            random.fill(payload);
            Bytes bytes;
            REQUIRE(wire::append_frame(bytes, static_cast<std::uint8_t>(1 + random.below(12)), payload));
            closes += count<Close>(session.on_bytes(bytes, now));
        }
        CHECK(closes <= 1);
    }
}
