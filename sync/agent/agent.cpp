#include "sync/agent/agent.h"

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "common/base/log.h"
#include "sync/agent/lock.h"
#include "sync/agent/worker.h"

namespace tally::agent {

struct Agent::Impl {
    explicit Impl(AgentLock held) : lock(std::move(held)) {}

    void publish(const AgentStatus& now) {
        {
            const std::lock_guard guard(mutex);
            status = now;
        }
        if (on_status) on_status(now);
    }

    // Opens the store, tells `opened`, and works until stop().
    void run(AgentOptions options, const std::shared_ptr<std::promise<Status>>& opened) {
        Result<std::unique_ptr<AgentStore>> store = options.open();
        if (!store) return opened->set_value(store.error());
        Worker own(loop, std::move(options), std::move(store).value(),
                   [this](const AgentStatus& now) { publish(now); });
        worker = &own;
        loop.post([&own] { own.start(); });
        opened->set_value({});
        loop.run();
        worker = nullptr;
    }

    AgentLock lock;  // released last
    transport::Loop loop;
    Worker* worker = nullptr;  // agent's thread only
    std::thread thread;
    std::function<void(const AgentStatus&)> on_status;
    mutable std::mutex mutex;
    AgentStatus status;
    std::atomic<bool> look_posted{false};
    std::once_flag stop_once;
};

Agent::Agent(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Agent>> Agent::start(AgentOptions options) {
    TALLY_ASSERT(options.clock && options.open, "an agent needs a clock and a store");
    TALLY_TRY(AgentLock lock, AgentLock::take(replica::Replica::database_path(options.dir)));
    auto impl = std::make_unique<Impl>(std::move(lock));
    impl->on_status = options.on_status;
    const auto opened = std::make_shared<std::promise<Status>>();
    impl->thread = std::thread(
        [state = impl.get(), opened, own = std::move(options)]() mutable { state->run(std::move(own), opened); });
    const Status status = opened->get_future().get();
    if (!status) {
        impl->thread.join();
        return status.error();
    }
    return std::unique_ptr<Agent>(new Agent(std::move(impl)));
}

Result<std::unique_ptr<Agent>> Agent::start_when_free(const AgentOptions& options, const std::function<bool()>& wait) {
    for (bool told = false;; told = true) {
        auto started = start(options);
        if (started && told) spdlog::info("the replica is free: this agent serves it now");
        if (started || started.error().code != Code::kBusy) return started;
        if (!told) spdlog::info("{}; waiting until it is free", started.error().detail);
        if (!wait()) return started;
    }
}

Agent::~Agent() { stop(); }

void Agent::notify() {
    if (impl_->look_posted.exchange(true)) return;  // one is on its way: it will see this append too
    impl_->loop.post([state = impl_.get()] {
        state->look_posted = false;
        if (state->worker) state->worker->look();
    });
}

void Agent::want_lease(const domain::MemberId& member, domain::Points points) {
    impl_->loop.post([state = impl_.get(), member, points] { state->worker->want_lease(member, points); });
}

void Agent::retry_now() {
    impl_->loop.post([state = impl_.get()] { state->worker->retry_now(); });
}

void Agent::set_held(bool held) {
    impl_->loop.post([state = impl_.get(), held] { state->worker->set_held(held); });
}

AgentStatus Agent::status() const {
    const std::lock_guard guard(impl_->mutex);
    return impl_->status;
}

void Agent::stop() {
    std::call_once(impl_->stop_once, [this] {
        impl_->loop.post([state = impl_.get()] { state->worker->shut_down([state] { state->loop.stop(); }); });
        impl_->thread.join();
    });
}

}  // namespace tally::agent
