#include "terminal/app/lease_desk.h"

#include <algorithm>
#include <chrono>

namespace tally::terminal {

namespace {

constexpr auto kAgain = std::chrono::milliseconds(30);  // other terminals need a round trip to give back
constexpr std::size_t kWantedElsewhereMax = 10'000;  // more than a store's members at a time; the next want names them

}  // namespace

void LeaseDesk::connect(Ask ask, std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    ask_ = std::move(ask);
    wake_ = std::move(wake);
}

void LeaseDesk::told(const agent::LeaseTold& told) {
    std::function<void()> wake;
    {
        const std::lock_guard lock(mutex_);
        if (told.give_back && wanted_elsewhere_.size() < kWantedElsewhereMax) {
            wanted_elsewhere_.push_back(told.member);
            wake = wake_;
        }
        if (waiting_ == told.member && !told.give_back) {
            answer_ = true;
            refused_ = !told.asked;
        } else if (told.asked && !told.give_back && abandoned_.size() < kWantedElsewhereMax) {
            abandoned_.push_back(told.member);
            wake = wake_;
        }
    }
    answered_.notify_all();
    if (wake) wake();
}

void LeaseDesk::note_line(bool online, bool caught_up) {
    std::function<void()> wake;
    {
        const std::lock_guard lock(mutex_);
        if (online && caught_up && !(online_ && caught_up_)) wake = wake_;
        online_ = online;
        caught_up_ = caught_up;
    }
    if (wake) wake();
}

bool LeaseDesk::wait_for(const domain::MemberId& member, domain::Points points, const std::function<bool()>& enough,
                         std::int64_t wait_ms) {
    if (enough()) return true;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
    for (;;) {
        Ask ask;
        {
            const std::lock_guard lock(mutex_);
            if (!online_ || !ask_) return false;
            ask = ask_;
            waiting_ = member;
            answer_ = refused_ = false;
        }
        ask(member, points);
        std::unique_lock lock(mutex_);
        const bool answered = answered_.wait_until(lock, end, [&] { return answer_; });
        const bool refused = refused_;
        waiting_.reset();
        lock.unlock();
        if (enough()) return true;
        if (!answered || refused || std::chrono::steady_clock::now() + kAgain >= end) return false;
        lock.lock();
        answered_.wait_for(lock, kAgain);
    }
}

std::vector<domain::MemberId> LeaseDesk::take_wanted_elsewhere() {
    const std::lock_guard lock(mutex_);
    return std::exchange(wanted_elsewhere_, {});
}

std::vector<domain::MemberId> LeaseDesk::take_abandoned() {
    const std::lock_guard lock(mutex_);
    return std::exchange(abandoned_, {});
}

bool LeaseDesk::can_be_asked() const {
    const std::lock_guard lock(mutex_);
    return online_ && caught_up_;
}

}  // namespace tally::terminal
