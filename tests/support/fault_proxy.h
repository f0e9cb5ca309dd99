// A line that breaks: a TCP proxy on loopback that forwards bytes both ways for one connection after another, and cuts
// each where its plan says, in the middle of whatever was under way. It sees TLS only, so it changes and repeats
// nothing: it delays, cuts and resets. A thread of its own.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <thread>

namespace tally::support {

struct LinePlan {
    std::size_t up_bytes = SIZE_MAX;    // to headquarters, before the cut
    std::size_t down_bytes = SIZE_MAX;  // from headquarters, before the cut
    bool reset = false;                 // cut by RST, which also destroys what was not read yet; else by FIN
    std::int64_t delay_ms = 0;          // of every piece, either way
};

class FaultProxy {
  public:
    using Planner = std::function<LinePlan(std::size_t connection)>;  // counts from 0

    explicit FaultProxy(std::uint16_t target) : target_(target) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = loopback(0);
        REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listener_, 16) == 0);
        socklen_t size = sizeof address;
        REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { run(); });
    }
    ~FaultProxy() {
        stop_ = true;
        thread_.join();
        ::close(listener_);
    }
    std::uint16_t port() const { return port_; }
    void set_planner(Planner planner) {
        const std::lock_guard lock(mutex_);
        planner_ = std::move(planner);
        connections_ = 0;
    }
    std::size_t connections() const { return connections_; }
    std::size_t cuts() const { return cuts_; }

  private:
    static constexpr int kPoll_ms = 20;

    static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in out{};
        out.sin_family = AF_INET;
        out.sin_port = htons(port);
        out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return out;
    }

    void run() {
        while (!stop_) {
            pollfd waiting{listener_, POLLIN, 0};
            if (::poll(&waiting, 1, kPoll_ms) <= 0) continue;
            const int near = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (near < 0) continue;
            const int far = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            const sockaddr_in address = loopback(target_);
            if (::connect(far, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) forward(near, far);
            ::close(near);
            ::close(far);
        }
    }

    LinePlan next_plan() {
        const std::lock_guard lock(mutex_);
        return planner_ ? planner_(connections_++) : LinePlan{};
    }

    void forward(int near, int far) {
        const int on = 1;
        for (const int one : {near, far}) ::setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const LinePlan plan = next_plan();
        std::size_t up = plan.up_bytes, down = plan.down_bytes;
        while (!stop_) {
            pollfd both[2] = {{near, POLLIN, 0}, {far, POLLIN, 0}};
            if (::poll(both, 2, kPoll_ms) < 0) return;
            if (both[0].revents && !move(near, far, up, plan)) break;
            if (both[1].revents && !move(far, near, down, plan)) break;
        }
        if (up != 0 && down != 0) return;
        ++cuts_;
        if (!plan.reset) return;
        const linger hard{1, 0};
        for (const int one : {near, far}) ::setsockopt(one, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }

    // False when the line is to end: cut by plan, or ended by the side that was read.
    static bool move(int from, int to, std::size_t& left, const LinePlan& plan) {
        char piece[4096];
        const ssize_t size = ::recv(from, piece, std::min(sizeof piece, left), 0);
        if (size <= 0) return false;
        if (plan.delay_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(plan.delay_ms));
        for (ssize_t at = 0; at < size;) {
            const ssize_t sent = ::send(to, piece + at, static_cast<std::size_t>(size - at), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            at += sent;
        }
        if (left != SIZE_MAX) left -= static_cast<std::size_t>(size);
        return left > 0;
    }

    const std::uint16_t target_;
    std::uint16_t port_ = 0;
    int listener_ = -1;
    std::atomic<bool> stop_{false};
    std::atomic<std::size_t> connections_{0}, cuts_{0};
    std::mutex mutex_;  // of planner_
    Planner planner_;
    std::thread thread_;
};

}  // namespace tally::support
