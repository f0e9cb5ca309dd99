// Two models joined in memory: a terminal (the real TerminalSession over a replica made of vectors) and an HQ that
// speaks the protocol over a log made of vectors. Nothing here waits, so every cut and every order can be tried.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "common/crypto/hash.h"
#include "sync/session/session.h"

namespace tally::session::test {

inline domain::Epoch epoch_of(std::uint8_t byte) {
    domain::Epoch epoch;
    epoch.bytes.fill(byte);
    return epoch;
}
inline wire::Incarnation incarnation_of(std::uint8_t byte) {
    wire::Incarnation incarnation;
    incarnation.bytes.fill(byte);
    return incarnation;
}
inline Bytes op_bytes(std::uint64_t seq) {
    const std::string text = "operation " + std::to_string(seq);
    return Bytes(text.begin(), text.end());
}
inline Hash op_hash(std::uint64_t seq) { return seq == 0 ? Hash{} : crypto::hash_of(op_bytes(seq)); }

inline Bytes joined(const Effects& effects) {
    Bytes out;
    for (const Effect& effect : effects)
        if (const Send* sent = std::get_if<Send>(&effect))
            out.insert(out.end(), sent->bytes.begin(), sent->bytes.end());
    return out;
}
inline std::vector<wire::Message> messages_in(ByteView bytes) {
    wire::FrameReader reader;
    REQUIRE(reader.feed(bytes));
    std::vector<wire::Message> out;
    while (auto frame = reader.next()) {
        auto message = wire::decode_message(frame->type, frame->payload);
        REQUIRE(message.has_value());
        out.push_back(std::move(message).value());
    }
    return out;
}
template <class T>
const T* first(const Effects& effects) {
    for (const Effect& effect : effects)
        if (const T* found = std::get_if<T>(&effect)) return found;
    return nullptr;
}
template <class T>
int count(const Effects& effects) {
    int n = 0;
    for (const Effect& effect : effects) n += std::holds_alternative<T>(effect);
    return n;
}

// What outlives connections at a terminal, and the rule that matters: an operation is pending until a page covers it.
struct ModelReplica {
    domain::Epoch epoch = epoch_of(7);
    std::uint64_t made = 0;  // operations 1..made exist
    std::uint64_t acknowledged = 0;
    std::uint64_t covered = 0;
    wire::Incarnation incarnation;
    std::uint64_t cursor = 0;
    std::uint64_t pages = 0;

    std::uint64_t pending() const { return made - covered; }
    Opening opening() const {
        return {5, epoch, made + 1, op_hash(made), incarnation, cursor, "test", acknowledged, {}, {}};
    }
    wire::Push batch(std::uint64_t first_seq, std::size_t ops_max) const {
        wire::Push push;
        push.epoch = epoch;
        push.first_seq = first_seq;
        for (std::uint64_t seq = first_seq; seq <= made && push.ops.size() < ops_max; ++seq)
            push.ops.push_back({op_bytes(seq), {}, {}});
        return push;
    }
    void apply(const wire::FeedPage& page) {
        if (page.incarnation != incarnation) {
            incarnation = page.incarnation;
            cursor = 0;
        }
        REQUIRE(page.from == cursor);
        cursor = page.to;
        covered = std::max(covered, page.covered_seq);
        ++pages;
    }
};

// The terminal's end of one connection. Carries out effects as the agent does.
struct ModelTerminal {
    ModelReplica& replica;
    TerminalSession session;
    Moment now{1000, 500'000};
    Bytes out;  // bytes for HQ
    std::optional<Close> closed;

    ModelTerminal(ModelReplica& of, Limits limits) : replica(of), session(of.opening(), limits) {}
    void start() { carry_out(session.start(now)); }
    void receive(ByteView bytes) { carry_out(session.on_bytes(bytes, now)); }
    void carry_out(Effects effects) {
        for (Effect& effect : effects) {
            CHECK(!closed);  // Close is the last
            if (auto* sent = std::get_if<Send>(&effect))
                out.insert(out.end(), sent->bytes.begin(), sent->bytes.end());
            else if (auto* hash = std::get_if<NeedHash>(&effect))
                carry_out(session.on_hash(op_hash(hash->seq), now));  // of the one epoch there is
            else if (auto* batch = std::get_if<NeedBatch>(&effect))
                carry_out(session.on_batch(replica.batch(batch->first_seq, batch->ops_max), now));
            else if (auto* ack = std::get_if<RecordAck>(&effect))
                replica.acknowledged = std::max(replica.acknowledged, ack->ack.through_seq);
            else if (auto* page = std::get_if<ApplyPage>(&effect)) {
                replica.apply(page->page);
                carry_out(session.on_applied(now));
            } else if (auto* close = std::get_if<Close>(&effect))
                closed = *close;
        }
    }
};

// What outlives connections at HQ.
struct ModelHq {
    wire::Incarnation incarnation = incarnation_of(9);
    std::vector<Bytes> log;   // of the one terminal
    std::uint64_t twice = 0;  // operations that arrived again: no second effect
};

// HQ's end of one connection.
struct ModelServer {
    ModelHq& hq;
    wire::FrameReader reader{};
    Bytes out{};
    bool greeted = false;
    std::uint64_t cursor = 0;
    std::uint64_t credit = 0;

    void send(const wire::Message& message) {
        const Bytes bytes = wire::encode_message(message);
        out.insert(out.end(), bytes.begin(), bytes.end());
    }
    void receive(ByteView bytes) {
        REQUIRE(reader.feed(bytes));
        while (auto frame = reader.next()) {
            auto message = wire::decode_message(frame->type, frame->payload);
            REQUIRE(message.has_value());
            handle(*message);
        }
        feed();
    }
    void handle(const wire::Message& message) {
        if (const auto* hello = std::get_if<wire::Hello>(&message)) {
            greeted = true;
            cursor = hello->incarnation == hq.incarnation ? hello->cursor : 0;
            const std::uint64_t held = hello->epoch == epoch_of(7) ? hq.log.size() : 0;  // it knows one epoch
            send(wire::Welcome{
                wire::kProtocolVersion, hq.incarnation, held + 1, op_hash(held), hq.log.size(), 500'000, {}});
        } else if (const auto* push = std::get_if<wire::Push>(&message)) {
            REQUIRE(push->first_seq <= hq.log.size() + 1);
            for (std::size_t i = 0; i < push->ops.size(); ++i) {
                const std::uint64_t seq = push->first_seq + i;
                CHECK(push->ops[i].bytes == op_bytes(seq));
                if (seq <= hq.log.size())
                    ++hq.twice;
                else
                    hq.log.push_back(push->ops[i].bytes);
            }
            send(wire::Ack{push->epoch, push->first_seq + push->ops.size() - 1, {}});
        } else if (const auto* want = std::get_if<wire::FeedWant>(&message)) {
            credit += want->pages;
        }
    }
    void feed() {  // two changes a page
        while (credit > 0 && cursor < hq.log.size()) {
            const std::uint64_t to = std::min<std::uint64_t>(cursor + 2, hq.log.size());
            wire::FeedPage page;
            page.incarnation = hq.incarnation;
            page.from = cursor;
            page.to = to;
            page.as_of = hq.log.size();
            page.covered_epoch = epoch_of(7);
            page.covered_seq = to;
            send(page);
            cursor = to;
            --credit;
        }
    }
};

}  // namespace tally::session::test
