// Drives one headquarters session by hand: bytes and answers in, effects looked at. No I/O, no time but the given one.
#pragma once

#include <doctest/doctest.h>

#include "hq-server/net/session.h"
#include "tests/support/push_maker.h"

namespace tally::hqnet::test {

inline constexpr domain::MemberId kMember{{1, 2, 3}};

struct Driver {
    support::PushMaker till;
    std::int64_t now_ms = 1000;
    Session session;

    // What came out, in order of kind.
    std::vector<wire::Message> sent;
    std::vector<wire::Hello> hellos;
    std::vector<wire::Enrol> enrols;
    std::vector<AskCommit> commits;
    std::vector<wire::LeaseWant> wants;
    std::vector<std::uint64_t> pages;
    std::string ended;  // why, when it ended
    bool reading = true;

    explicit Driver(const SessionLimits& limits = {}) : session(till.device.public_key(), 1000, limits) {
        till.terminal = 7;
    }

    void collect() {
        for (Effect& effect : session.take_effects()) {
            REQUIRE_MESSAGE(ended.empty(), "nothing comes after the end");
            if (auto* out = std::get_if<SendBytes>(&effect)) {
                wire::FrameReader reader;
                REQUIRE(reader.feed(out->bytes));
                while (const auto frame = reader.next()) {
                    auto message = wire::decode_message(frame->type, frame->payload);
                    REQUIRE(message.has_value());
                    sent.push_back(std::move(message).value());
                }
            }
            if (auto* ask = std::get_if<AskHello>(&effect)) hellos.push_back(ask->hello);
            if (auto* ask = std::get_if<AskEnrol>(&effect)) enrols.push_back(ask->enrol);
            if (auto* ask = std::get_if<AskCommit>(&effect)) commits.push_back(std::move(*ask));
            if (auto* ask = std::get_if<AskLease>(&effect)) wants.push_back(ask->want);
            if (auto* ask = std::get_if<AskPage>(&effect)) pages.push_back(ask->cursor);
            if (std::holds_alternative<PauseReading>(effect)) reading = false;
            if (std::holds_alternative<ResumeReading>(effect)) reading = true;
            if (auto* end = std::get_if<EndLink>(&effect)) ended = end->why;
        }
    }

    void bytes(ByteView view) {
        session.on_bytes(view, now_ms, now_ms);
        collect();
    }
    void say(const wire::Message& message) { bytes(wire::encode_message(message)); }
    void at(std::int64_t ms) {
        now_ms = ms;
        session.on_time(ms);
        collect();
    }

    void answer_hello(Result<intake::HelloAnswer> answer) {
        session.on_hello_answer(std::move(answer), now_ms, now_ms);
        collect();
    }
    intake::HelloAnswer welcome(std::uint64_t cursor = 0, std::uint64_t head = 0) const {
        wire::Welcome welcome;
        welcome.feed_head = head;
        return {welcome, {till.terminal, till.device.public_key(), till.epoch, cursor}};
    }
    void open(std::uint64_t cursor = 0, std::uint64_t head = 0) {
        say(till.hello());
        answer_hello(welcome(cursor, head));
        REQUIRE(session.is_open());
        sent.clear();
    }
    void answer_push(Result<intake::PushAnswer> answer) {
        session.on_push_answer(std::move(answer), now_ms, now_ms);
        collect();
    }
    void acknowledge(std::uint64_t through_seq) {
        answer_push(intake::PushAnswer{wire::Ack{till.epoch, through_seq, {}}});
    }
    wire::LeaseWant want(domain::Points points) const { return {till.epoch, till.next_seq, kMember, points}; }
    wire::LeaseState lease_state(bool give_back = false) const {
        wire::LeaseState state;
        state.page.covered_epoch = till.epoch;
        state.give_back = give_back;
        return state;
    }
    void answer_want(Result<intake::LeaseAnswer> answer) {
        session.on_lease_answer(std::move(answer), now_ms, now_ms);
        collect();
    }
    void recall(const wire::LeaseState& state) {
        session.on_recall(state);
        collect();
    }
    void answer_page(std::uint64_t from, std::uint64_t to, std::uint64_t as_of) {
        wire::FeedPage page;
        page.from = from;
        page.to = to;
        page.as_of = as_of;
        session.on_page(page);
        collect();
    }
    void feed_head(std::uint64_t head) {
        session.on_feed_head(head);
        collect();
    }

    // The last word, when it was a refusal; the session has ended with it.
    std::optional<wire::Refused> refused() const {
        if (sent.empty() || ended.empty()) return std::nullopt;
        const auto* last = std::get_if<wire::Refused>(&sent.back());
        return last ? std::optional(*last) : std::nullopt;
    }
};

inline Bytes frame_of(std::uint8_t type, ByteView payload) {
    Bytes out;
    REQUIRE(wire::append_frame(out, type, payload));
    return out;
}

}  // namespace tally::hqnet::test
