// A terminal's end of one connection for tests: real TLS on a thread of its own, scripted by the test's thread, which
// sends any bytes it likes and waits for what comes back. Waiting is bounded by kWait, never asserted on.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "common/wire/frame.h"
#include "common/wire/messages.h"
#include "sync/transport/transport.h"

namespace tally::support {

class WireClient {
  public:
    static constexpr std::chrono::seconds kWait{30};

    WireClient(std::uint16_t port, const crypto::Device& own, const crypto::PublicKey& expected)
        : own_(*crypto::Device::from_seed(own.seed())), shared_(std::make_shared<Shared>()) {
        shared_->link = transport::connect(loop_, {"127.0.0.1", port}, own_, expected, 10'000, shared_);
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~WireClient() {
        loop_.stop();
        thread_.join();
    }

    void send(Bytes bytes) {
        loop_.post([shared = shared_, bytes = std::move(bytes)]() mutable {
            const Status sent = shared->link->send(std::move(bytes));
            CHECK(sent.has_value());
        });
    }
    void say(const wire::Message& message) { send(wire::encode_message(message)); }
    void close() {
        loop_.post([shared = shared_] { shared->link->close(); });
    }
    void abort() {
        loop_.post([shared = shared_] { shared->link->abort(); });
    }
    void read(bool on) {
        loop_.post([shared = shared_, on] { on ? shared->link->resume_reading() : shared->link->pause_reading(); });
    }

    // The next message; empty when the connection ended before one came.
    std::optional<wire::Message> next() {
        std::unique_lock lock(shared_->mutex);
        const auto ready = [this] { return !shared_->messages.empty() || shared_->closed; };
        if (!shared_->changed.wait_for(lock, kWait, ready)) FAIL("no message and no end came");
        if (shared_->messages.empty()) return std::nullopt;
        std::optional<wire::Message> out(std::move(shared_->messages.front()));
        shared_->messages.pop_front();
        return out;
    }
    // The next message of this kind; others before it are dropped. Fails the test when the connection ends before.
    template <class T>
    T expect() {
        for (std::optional<wire::Message> message = next(); message; message = next()) {
            if (auto* found = std::get_if<T>(&*message)) return std::move(*found);
            if (auto* refused = std::get_if<wire::Refused>(&*message))
                FAIL("refused instead: ", std::string(wire::refusal_name(refused->code)), ": ", refused->text);
        }
        FAIL("the connection ended: ", end_text());
        return T{};
    }
    // Waits for the end of the connection; the last message when that was a refusal.
    std::optional<wire::Refused> wait_end() {
        std::optional<wire::Refused> last;
        for (std::optional<wire::Message> message = next(); message; message = next()) {
            last.reset();
            if (auto* refused = std::get_if<wire::Refused>(&*message)) last = *refused;
        }
        return last;
    }
    wire::Welcome open(const wire::Hello& hello) {
        say(hello);
        return expect<wire::Welcome>();
    }
    std::string end_text() {
        const std::lock_guard lock(shared_->mutex);
        return shared_->end_text;
    }

  private:
    struct Shared final : transport::Handler {
        void on_open(const std::shared_ptr<transport::Link>&) override {}
        void on_bytes(ByteView bytes) override {
            const std::lock_guard lock(mutex);
            if (!reader.feed(bytes)) return;
            while (const auto frame = reader.next()) {
                auto message = wire::decode_message(frame->type, frame->payload);
                if (message) messages.push_back(std::move(message).value());
            }
            changed.notify_all();
        }
        void on_closed(transport::Cause, const Error& error) override {
            const std::lock_guard lock(mutex);
            closed = true;
            end_text = error.detail;
            changed.notify_all();
        }
        std::shared_ptr<transport::Link> link;
        std::mutex mutex;  // of what follows
        std::condition_variable changed;
        wire::FrameReader reader;
        std::deque<wire::Message> messages;
        std::string end_text;
        bool closed = false;
    };

    crypto::Device own_;
    std::shared_ptr<Shared> shared_;
    transport::Loop loop_;
    std::thread thread_;
};

}  // namespace tally::support
