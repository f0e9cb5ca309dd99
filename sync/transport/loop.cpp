#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mutex>
#include <vector>

#include "common/base/log.h"
#include "sync/transport/loop_impl.h"

namespace tally::transport {

// Holds no object of Asio, so a Timer may outlive its loop. Cancelling drops the work and what it captured at once; the
// io_context's own entry runs out by itself.
struct Timer::State {
    std::mutex mutex;
    std::function<void()> work;

    std::function<void()> take() {
        const std::lock_guard lock(mutex);
        return std::exchange(work, nullptr);
    }
};

void Timer::cancel() {
    if (!state_) return;
    state_->take();
    state_.reset();
}

Loop::Loop() : impl_(std::make_unique<Impl>()) {}

Loop::~Loop() {
    TALLY_ASSERT(impl_->thread.load() == std::thread::id{}, "a loop was destroyed while it ran");
    // A callback may close or drop other residents, so walk a copy and look each one up again.
    const std::vector<Resident*> all(impl_->residents.begin(), impl_->residents.end());
    for (Resident* resident : all)
        if (impl_->residents.contains(resident)) resident->evict();
    impl_->io.restart();
    impl_->io.poll();
    while (!impl_->residents.empty()) {
        Resident* resident = *impl_->residents.begin();
        impl_->residents.erase(impl_->residents.begin());
        resident->forget();
    }
}

void Loop::run() {
    TALLY_ASSERT(impl_->thread.load() == std::thread::id{}, "a loop was run twice");
    impl_->thread = std::this_thread::get_id();
    try {
        impl_->io.run();
    } catch (const std::exception& exception) {
        spdlog::critical("an exception reached the event loop: {}", exception.what());
        std::abort();
    }
    impl_->thread = std::thread::id{};
}

void Loop::stop() { impl_->io.stop(); }

void Loop::post(std::function<void()> work) { boost::asio::post(impl_->io, std::move(work)); }

Timer Loop::after(std::int64_t delay_ms, std::function<void()> work) {
    Timer timer;
    timer.state_ = std::make_shared<Timer::State>();
    timer.state_->work = std::move(work);
    auto wait = std::make_shared<boost::asio::steady_timer>(impl_->io, std::chrono::milliseconds(delay_ms));
    wait->async_wait([wait, state = timer.state_](const boost::system::error_code& error) {
        if (error) return;
        if (const std::function<void()> due = state->take()) due();
    });
    return timer;
}

bool Loop::on_this_thread() const { return impl_->on_this_thread(); }

}  // namespace tally::transport
