#include <doctest/doctest.h>

#include "pair.h"

using namespace tally;
using namespace tally::session;
using namespace tally::session::test;
using wire::encode_message;

namespace {

// A session with `made` operations whose HQ holds `held` of them, taken through Hello and Welcome.
struct Talk {
    ModelReplica replica;
    Limits limits;
    std::optional<TerminalSession> session;
    Moment now{1000, 500'000};

    explicit Talk(std::uint64_t made) {
        replica.made = made;
        replica.incarnation = incarnation_of(9);
        limits.batch_ops = 2;
        limits.batches_in_flight = 2;
        limits.pages_in_flight = 3;
    }
    Effects start() {
        session.emplace(replica.opening(), limits);
        return session->start(now);
    }
    Effects hear(const wire::Message& message) { return session->on_bytes(encode_message(message), now); }
    wire::Welcome welcome(std::uint64_t held) const {
        return {1, incarnation_of(9), held + 1, op_hash(held), replica.cursor, 500'000};
    }
    Effects open(std::uint64_t held) {
        start();
        Effects effects = hear(welcome(held));
        if (const NeedHash* need = first<NeedHash>(effects)) effects = session->on_hash(op_hash(need->seq), now);
        REQUIRE(session->is_open());
        return effects;
    }
    wire::FeedPage page(std::uint64_t from, std::uint64_t to) const {
        wire::FeedPage out;
        out.incarnation = incarnation_of(9);
        out.from = from;
        out.to = out.as_of = to;
        out.covered_epoch = replica.epoch;
        return out;
    }
};

// The session must tell HQ why, then close.
void check_refused(TerminalSession& session, const Effects& effects, CloseReason reason) {
    REQUIRE(count<Close>(effects) == 1);
    CHECK(std::holds_alternative<Close>(effects.back()));
    CHECK(first<Close>(effects)->reason == reason);
    CHECK(!first<Close>(effects)->error.detail.empty());
    const auto said = messages_in(joined(effects));
    REQUIRE(!said.empty());
    CHECK(std::holds_alternative<wire::Refused>(said.back()));
    CHECK(session.is_closed());
    CHECK(session.on_bytes(view_of("anything"), {9999, 0}).empty());
    CHECK(session.on_tick({1'000'000'000, 0}).empty());
    CHECK(session.on_applied({1, 1}).empty());
    CHECK(session.next_deadline_ms() == INT64_MAX);
}

}  // namespace

TEST_CASE("session: Hello names versions, terminal, chain head, cursor and clock") {
    Talk talk(5);
    talk.replica.cursor = 77;
    const auto said = messages_in(joined(talk.start()));
    REQUIRE(said.size() == 1);
    const auto& hello = std::get<wire::Hello>(said[0]);
    CHECK(hello.versions == std::vector<std::uint32_t>{3, 2, 1});
    CHECK(hello.terminal == 5);
    CHECK(hello.next_seq == 6);
    CHECK(hello.head == op_hash(5));
    CHECK(hello.cursor == 77);
    CHECK(hello.wall_ms == 500'000);
}

TEST_CASE("session: Welcome gives the clock offset to half a round trip, and credit goes out before any push") {
    Talk talk(1);
    talk.start();
    talk.now = {1200, 999'999};  // the wall clock may have been set meanwhile; the steady one counts
    wire::Welcome welcome = talk.welcome(0);
    welcome.hq_ms = 600'100;
    const Effects effects = talk.hear(welcome);
    REQUIRE(first<Opened>(effects));
    CHECK(first<Opened>(effects)->clock_offset_ms == 100'000);
    const auto said = messages_in(joined(effects));
    REQUIRE(said.size() == 1);
    CHECK(std::get<wire::FeedWant>(said[0]).pages == 3);
    REQUIRE(first<NeedBatch>(effects));
    CHECK(first<NeedBatch>(effects)->first_seq == 1);
}

TEST_CASE("session: nothing is pushed before the log is known to continue HQ's chain") {
    Talk talk(5);
    talk.start();
    const Effects effects = talk.hear(talk.welcome(3));
    REQUIRE(first<NeedHash>(effects));
    CHECK(first<NeedHash>(effects)->seq == 3);
    CHECK(!first<NeedBatch>(effects));
    CHECK(!first<NeedBatch>(talk.session->on_head(9, talk.now)));
    const Effects after = talk.session->on_hash(op_hash(3), talk.now);
    REQUIRE(first<NeedBatch>(after));
    CHECK(first<NeedBatch>(after)->first_seq == 4);
}

TEST_CASE("session: what HQ holds already is recorded as acknowledged: the answer lost with the last connection") {
    Talk talk(5);
    const Effects effects = talk.open(3);
    REQUIRE(first<RecordAck>(effects));
    CHECK(first<RecordAck>(effects)->ack.through_seq == 3);
    CHECK(talk.session->acknowledged_through() == 3);
}

TEST_CASE("session: HQ restored from a backup that holds less is pushed to from its own head") {
    Talk talk(5);
    talk.replica.acknowledged = 5;
    talk.replica.cursor = 40;
    talk.start();
    wire::Welcome welcome = talk.welcome(2);
    welcome.incarnation = incarnation_of(10);
    talk.hear(welcome);
    const Effects effects = talk.session->on_hash(op_hash(2), talk.now);
    REQUIRE(first<NeedBatch>(effects));
    CHECK(first<NeedBatch>(effects)->first_seq == 3);
    wire::FeedPage page = talk.page(0, 4);  // another history: from zero
    page.incarnation = incarnation_of(10);
    CHECK(first<ApplyPage>(talk.hear(page)));
}

TEST_CASE("session: a branch and an old copy are told apart, and an old copy pushes nothing") {
    Talk branched(5);
    branched.start();
    branched.hear(branched.welcome(3));
    Effects effects = branched.session->on_hash(op_hash(99), branched.now);
    REQUIRE(first<Branched>(effects));
    CHECK(first<Branched>(effects)->log_seq == 5);
    CHECK(first<Branched>(effects)->hq_seq == 3);
    CHECK(!branched.session->is_open());
    Talk old(5);
    old.start();
    effects = old.hear(old.welcome(6));
    REQUIRE(first<Close>(effects));
    CHECK(first<Close>(effects)->reason == CloseReason::kReplicaOld);
    CHECK(first<Close>(effects)->hq_seq == 6);
    CHECK(!first<NeedBatch>(effects));
}

TEST_CASE("session: no more batches are under way than the window, and an ack opens it") {
    Talk talk(20);
    Effects effects = talk.open(0);
    int asked = 0;
    std::uint64_t sent_through = 0;
    while (const NeedBatch* need = first<NeedBatch>(effects)) {
        CHECK(need->ops_max == 2);
        CHECK(need->first_seq == sent_through + 1);
        sent_through += 2;
        ++asked;
        effects = talk.session->on_batch(talk.replica.batch(need->first_seq, 2), talk.now);
        CHECK(count<Send>(effects) == 1);
    }
    CHECK(asked == 2);
    CHECK(count<NeedBatch>(talk.hear(wire::Ack{talk.replica.epoch, 2, {}})) == 1);
    CHECK(count<NeedBatch>(talk.hear(wire::Ack{talk.replica.epoch, 2, {}})) == 0);  // the same again: asked already
}

TEST_CASE("session: operations made while it is open are asked for at once, and only once") {
    Talk talk(0);
    talk.open(0);
    talk.replica.made = 1;
    CHECK(count<NeedBatch>(talk.session->on_head(2, talk.now)) == 1);
    CHECK(count<NeedBatch>(talk.session->on_head(3, talk.now)) == 0);
    Effects effects =
        talk.session->on_batch(wire::Push{}, talk.now);  // a store that found nothing is not asked in a circle
    CHECK(count<NeedBatch>(effects) == 0);
    CHECK(count<NeedBatch>(talk.session->on_head(3, talk.now)) == 1);
}

TEST_CASE("session: pages are handed out one at a time, and credit returns only after each is durable") {
    Talk talk(0);
    talk.open(0);
    CHECK(count<ApplyPage>(talk.hear(talk.page(0, 3))) == 1);
    Effects effects = talk.hear(talk.page(3, 5));
    CHECK(effects.empty());
    CHECK(talk.hear(talk.page(5, 5)).empty());
    effects = talk.session->on_applied(talk.now);
    CHECK(std::get<wire::FeedWant>(messages_in(joined(effects)).at(0)).pages == 1);
    REQUIRE(first<ApplyPage>(effects));
    CHECK(first<ApplyPage>(effects)->page.from == 3);
    talk.session->on_applied(talk.now);
    effects = talk.session->on_applied(talk.now);
    CHECK(count<ApplyPage>(effects) == 0);
    CHECK(count<Send>(effects) == 1);
    CHECK(talk.session->on_applied(talk.now).empty());  // an answer nobody waits for
}

TEST_CASE("session: pages that break a rule are refused with a reason") {
    const auto broken = [](const char* what, auto change) {
        CAPTURE(what);
        Talk talk(0);
        talk.replica.cursor = 10;
        talk.open(0);
        wire::FeedPage page = talk.page(10, 12);
        change(page);
        check_refused(*talk.session, talk.hear(page), CloseReason::kProtocol);
    };
    broken("a gap", [](wire::FeedPage& page) { page.from = 11; });
    broken("a repetition", [](wire::FeedPage& page) { page.from = 9; });
    broken("backwards", [](wire::FeedPage& page) { page.to = 9; });
    broken("newer than its moment", [](wire::FeedPage& page) { page.as_of = 11; });
    broken("another incarnation", [](wire::FeedPage& page) { page.incarnation = incarnation_of(1); });
    Talk talk(0);
    talk.open(0);
    for (int i = 0; i < 3; ++i) talk.hear(talk.page(i, i + 1));
    check_refused(*talk.session, talk.hear(talk.page(3, 4)), CloseReason::kProtocol);  // without credit
}

TEST_CASE("session: acks of what was not sent, of another epoch, or that shrink are refused") {
    for (int kind = 0; kind < 4; ++kind) {
        CAPTURE(kind);
        Talk talk(6);
        talk.open(2);
        talk.session->on_batch(talk.replica.batch(3, 2), talk.now);  // 3, 4 are under way
        wire::Ack ack{talk.replica.epoch, 4, {}};
        if (kind == 0) ack.through_seq = 5;
        if (kind == 1) ack.through_seq = 1;
        if (kind == 2) ack.epoch = epoch_of(8);
        if (kind == 3) ack.through_seq = UINT64_MAX;
        check_refused(*talk.session, talk.hear(ack), CloseReason::kProtocol);
    }
}

TEST_CASE("session: every refusal of HQ closes with its code and its sentence, before and after Welcome") {
    for (std::uint8_t code = 1; code <= static_cast<std::uint8_t>(wire::Refusal::kStorage); ++code) {
        for (const bool opened : {false, true}) {
            CAPTURE(int{code});
            Talk talk(3);
            if (opened)
                talk.open(0);
            else
                talk.start();
            const Effects effects = talk.hear(wire::Refused{static_cast<wire::Refusal>(code), "for a reason"});
            REQUIRE(effects.size() == 1);
            const Close* close = first<Close>(effects);
            REQUIRE(close);
            CHECK(close->reason == CloseReason::kRefused);
            CHECK(close->error.code == Code::kRefused);
            CHECK(close->error.detail.find("for a reason") != std::string::npos);
            REQUIRE(close->refused.has_value());
            CHECK(close->refused->code == static_cast<wire::Refusal>(code));
        }
    }
}

TEST_CASE("session: a version we do not speak closes with newer") {
    Talk talk(0);
    talk.start();
    wire::Welcome welcome = talk.welcome(0);
    welcome.version = 77;
    const Effects effects = talk.hear(welcome);
    REQUIRE(first<Close>(effects));
    CHECK(first<Close>(effects)->reason == CloseReason::kVersion);
    CHECK(first<Close>(effects)->error.code == Code::kNewer);
}

TEST_CASE("session: messages at the wrong time or of the wrong side are refused") {
    const std::vector<wire::Message> early = {wire::Ack{}, wire::FeedPage{}, wire::Ping{1}, wire::Pong{}};
    for (const wire::Message& message : early) {
        CAPTURE(message.index());
        Talk talk(0);
        talk.start();
        check_refused(*talk.session, talk.hear(message), CloseReason::kProtocol);
    }
    wire::Push push;
    push.ops.push_back({op_bytes(1), {}, {}});
    wire::Enrol enrol;
    enrol.versions = {1};
    enrol.secret = Bytes(16);
    wire::Hello hello;
    hello.versions = {1};
    const std::vector<wire::Message> never = {hello, push, wire::FeedWant{1}, enrol, wire::Enrolled{}};
    for (const wire::Message& message : never) {
        CAPTURE(message.index());
        Talk talk(0);
        talk.open(0);
        check_refused(*talk.session, talk.hear(message), CloseReason::kProtocol);
    }
    Talk twice(0);
    twice.open(0);
    check_refused(*twice.session, twice.hear(twice.welcome(0)), CloseReason::kProtocol);
}

TEST_CASE("session: an unknown message type and hostile frame lengths are refused with a reason") {
    Talk unknown(0);
    unknown.open(0);
    Bytes frame;
    REQUIRE(wire::append_frame(frame, 200, view_of("x")));
    check_refused(*unknown.session, unknown.session->on_bytes(frame, unknown.now), CloseReason::kVersion);
    for (const Bytes& header : {Bytes{0, 0, 0, 0}, Bytes{0xff, 0xff, 0xff, 0xff}}) {
        Talk talk(0);
        talk.open(0);
        check_refused(*talk.session, talk.session->on_bytes(header, talk.now), CloseReason::kProtocol);
    }
}

TEST_CASE("session: a good message before a damaged frame still counts") {
    Talk talk(0);
    talk.open(0);
    Bytes bytes = encode_message(talk.page(0, 1));
    bytes.insert(bytes.end(), 4, 0xff);
    const Effects effects = talk.session->on_bytes(bytes, talk.now);
    CHECK(first<ApplyPage>(effects));
    CHECK(first<Close>(effects));
}

TEST_CASE("session: a frame cut anywhere has no effect, and the rest of it completes it") {
    Talk talk(0);
    talk.open(0);
    const Bytes whole = encode_message(talk.page(0, 1));
    for (std::size_t cut = 1; cut < whole.size(); ++cut) {
        Talk other(0);
        other.open(0);
        CHECK(other.session->on_bytes(ByteView(whole).first(cut), other.now).empty());
        CHECK(other.session->partial_bytes() == cut);
        CHECK(count<ApplyPage>(other.session->on_bytes(ByteView(whole).subspan(cut), other.now)) == 1);
    }
}

TEST_CASE("session: every flipped byte of a page is refused or is another valid page; none is a crash") {
    Talk talk(0);
    talk.open(0);
    const Bytes whole = encode_message(talk.page(0, 1));
    for (std::size_t at = 0; at < whole.size(); ++at)
        for (const std::uint8_t mask : {0x01, 0x80, 0xff}) {
            Talk other(0);
            other.open(0);
            Bytes changed = whole;
            changed[at] ^= mask;
            const Effects effects = other.session->on_bytes(changed, other.now);
            CHECK(count<ApplyPage>(effects) + count<Close>(effects) <= 1);
        }
}

TEST_CASE("session: no Welcome in time ends it; silence ends it; a quiet line is kept alive by Ping") {
    Talk deaf(0);
    deaf.start();
    CHECK(deaf.session->next_deadline_ms() == 1000 + tuning::kHello_ms);
    CHECK(deaf.session->on_tick({999 + tuning::kHello_ms, 0}).empty());
    Effects effects = deaf.session->on_tick({1000 + tuning::kHello_ms, 0});
    REQUIRE(first<Close>(effects));
    CHECK(first<Close>(effects)->reason == CloseReason::kNoAnswer);

    Talk talk(0);
    talk.open(0);
    std::int64_t at = talk.session->next_deadline_ms();
    CHECK(at == 1000 + tuning::kHeartbeat_ms);
    effects = talk.session->on_tick({at, 0});
    const auto ping = std::get<wire::Ping>(messages_in(joined(effects)).at(0));
    talk.now.steady_ms = at + 5;
    CHECK(talk.hear(wire::Pong{ping.token, 1}).empty());
    at = talk.session->next_deadline_ms();
    CHECK(at == 1000 + 2 * tuning::kHeartbeat_ms);
    int pings = 0;
    while (!talk.session->is_closed()) {
        at = talk.session->next_deadline_ms();
        REQUIRE(at < 1'000'000);
        effects = talk.session->on_tick({at, 0});
        pings += count<Send>(effects);
    }
    CHECK(pings == 3);
    CHECK(at == 1000 + tuning::kHeartbeat_ms + 5 + tuning::kSilence_ms);
    CHECK(first<Close>(effects)->reason == CloseReason::kNoAnswer);
}

TEST_CASE("session: HQ's Ping is answered with its token") {
    Talk talk(0);
    talk.open(0);
    const auto said = messages_in(joined(talk.hear(wire::Ping{424242})));
    CHECK(std::get<wire::Pong>(said.at(0)).token == 424242);
}

TEST_CASE("session: a failing store closes it with the store's own error") {
    Talk talk(3);
    talk.open(0);
    const Effects effects = talk.session->on_store_error(fail(Code::kFull, "no space"), talk.now);
    REQUIRE(effects.size() == 1);
    CHECK(first<Close>(effects)->reason == CloseReason::kStore);
    CHECK(first<Close>(effects)->error.code == Code::kFull);
    CHECK(talk.session->on_batch(talk.replica.batch(1, 2), talk.now).empty());
}
