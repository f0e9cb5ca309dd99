// A loop, a listener and handlers whose behaviour is a handful of functions: for the transport tests.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <vector>

#include "sync/transport/transport.h"

namespace tally::transport::test {

struct Script final : Handler, std::enable_shared_from_this<Script> {
    std::function<void(Script&)> opened;
    std::function<void(Script&, ByteView)> bytes;
    std::function<void(Script&)> drained;
    std::function<void(Script&)> closed;

    std::shared_ptr<Link> link;
    Bytes received;
    bool was_open = false;
    std::optional<Cause> cause;
    Error error;
    int closed_count = 0;

    void on_open(const std::shared_ptr<Link>& now) override {
        link = now;
        was_open = true;
        if (opened) opened(*this);
    }
    void on_bytes(ByteView view) override {
        received.insert(received.end(), view.begin(), view.end());
        if (bytes) bytes(*this, view);
    }
    void on_drained() override {
        if (drained) drained(*this);
    }
    void on_closed(Cause why, const Error& what) override {
        cause = why;
        error = what;
        ++closed_count;
        link.reset();
        if (closed) closed(*this);
    }
};

// A test that hangs is stopped and fails; no assertion depends on how long anything takes.
inline constexpr std::int64_t kGiveUp_ms = 60'000;

struct World {
    crypto::Device hq = crypto::Device::create();
    crypto::Device till = crypto::Device::create();
    std::unique_ptr<Loop> loop = std::make_unique<Loop>();
    std::unique_ptr<Listener> listener;
    std::vector<std::shared_ptr<Script>> server_side;
    std::function<void(Script&)> prepare;  // gives a new server-side handler its behaviour
    bool gave_up = false;

    World() { crypto::start(); }

    void listen(ListenOptions options = {}) {
        auto opened = Listener::open(*loop, options, hq, [this](const std::shared_ptr<Link>&) {
            auto script = std::make_shared<Script>();
            if (prepare) prepare(*script);
            server_side.push_back(script);
            return script;
        });
        REQUIRE(opened.has_value());
        listener = std::move(opened).value();
    }
    Endpoint endpoint() const { return {"127.0.0.1", listener->port()}; }

    std::shared_ptr<Script> dial(std::function<void(Script&)> make = nullptr, std::int64_t timeout_ms = 30'000) {
        auto script = std::make_shared<Script>();
        if (make) make(*script);
        connect(*loop, endpoint(), till, hq.public_key(), timeout_ms, script);
        return script;
    }

    void run() {
        Timer watchdog = loop->after(kGiveUp_ms, [this] {
            gave_up = true;
            loop->stop();
        });
        loop->run();
        watchdog.cancel();
        CHECK(!gave_up);
    }

    // Looks every millisecond whether `done` holds, and stops the loop then.
    void stop_when(std::function<bool()> done) {
        if (done()) return loop->stop();
        loop->after(1, [this, done] { stop_when(done); });
    }
};

// A plain TCP socket, for the ones who do not speak TLS.
class RawSocket {
  public:
    RawSocket() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) { REQUIRE(fd_ >= 0); }
    ~RawSocket() { ::close(fd_); }
    RawSocket(const RawSocket&) = delete;
    std::uint16_t listen_only() {  // connections are taken by the kernel and never answered
        sockaddr_in address = loopback(0);
        REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(fd_, 8) == 0);
        return port();
    }
    std::uint16_t bind_only() {  // nobody listens there
        sockaddr_in address = loopback(0);
        REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        return port();
    }
    void connect_to(std::uint16_t to) {
        sockaddr_in address = loopback(to);
        REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    void write_all(ByteView bytes) {
        while (!bytes.empty()) {
            const ssize_t done = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (done <= 0) return;
            bytes = bytes.subspan(static_cast<std::size_t>(done));
        }
    }
    int fd() const { return fd_; }

  private:
    static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        return address;
    }
    std::uint16_t port() const {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        return ntohs(address.sin_port);
    }
    int fd_;
};

}  // namespace tally::transport::test
