#include "terminal/app/screen.h"

#include <algorithm>
#include <chrono>
#include <mutex>

#include "common/base/log.h"
#include "sync/agent/agent.h"
#include "terminal/app/dump.h"
#include "terminal/app/mailbox.h"
#include "terminal/app/store_thread.h"
#include "terminal/app/window.h"
#include "terminal/model/project.h"
#include "terminal/model/reduce.h"
#include "terminal/view/screen_view.h"

namespace tally::terminal {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr auto kRetry = std::chrono::seconds(5);

Link link_of(const agent::AgentStatus& status) {
    Link out;
    out.online = status.online();
    // Before the first contact "since" would name the start of the program, which says nothing.
    const bool never = status.phase == agent::Phase::kConnecting && status.trouble == agent::Trouble::kNone;
    out.since_ms = never ? 0 : status.since_ms;
    if (status.refusal) {
        out.trouble = status.refusal->code == wire::Refusal::kRevoked ? LinkTrouble::kRevoked : LinkTrouble::kRefused;
    } else if (status.trouble == agent::Trouble::kChain || status.trouble == agent::Trouble::kWrongKey) {
        out.trouble = LinkTrouble::kRefused;
    }
    return out;
}

// The agent, started by the store thread once the replica is open and told by it of every new operation. While another
// process serves the replica (one that is still ending, or tally-sync) it is tried again.
class AgentHolder {
  public:
    AgentHolder(const ScreenOptions& options, const Clock& clock, Mailbox& mailbox)
        : options_(options), clock_(clock), mailbox_(mailbox) {}

    // start() and retry() on the store thread.
    void start(const crypto::Secret& data_key, std::function<void()> changed) {
        key_ = std::make_shared<crypto::Secret>(data_key.clone());
        changed_ = std::move(changed);
        try_start();
    }
    void retry() {
        if (key_ && std::chrono::steady_clock::now() >= next_try_) try_start();
    }
    void notify() {
        const std::lock_guard lock(mutex_);
        if (agent_) agent_->notify();
    }
    void stop() {
        std::unique_ptr<agent::Agent> last;
        {
            const std::lock_guard lock(mutex_);
            last = std::move(agent_);
            stopped_ = true;
        }
    }

  private:
    void try_start() {
        {
            const std::lock_guard lock(mutex_);
            if (stopped_) return;
        }
        agent::AgentOptions wanted;
        wanted.dir = options_.dir;
        wanted.open = [dir = options_.dir, key = key_] { return agent::open_agent_store(dir, *key); };
        wanted.clock = &clock_;
        wanted.hq_host = options_.sync.hq_host;
        wanted.hq_port = options_.sync.hq_port;
        wanted.backoff = options_.sync.backoff;
        wanted.connect_ms = options_.sync.connect_ms;
        wanted.poll_ms = options_.sync.poll_ms;
        wanted.on_status = [this, changed = changed_](const agent::AgentStatus& status) {
            mailbox_.post(LinkChanged{link_of(status)});
            changed();
        };
        auto started = agent::Agent::start(std::move(wanted));
        if (!started) {
            // tally-sync may serve this replica already; then the screen works and only cannot tell the line's state.
            std::string trouble = to_string(started.error());
            if (trouble != trouble_) spdlog::warn("sync agent: {}", trouble);
            trouble_ = std::move(trouble);
            next_try_ = std::chrono::steady_clock::now() + kRetry;
            return;
        }
        if (!trouble_.empty()) spdlog::info("sync agent: started");
        key_.reset();  // the agent has it
        const std::lock_guard lock(mutex_);
        if (!stopped_) agent_ = std::move(*started);
    }

    const ScreenOptions& options_;
    const Clock& clock_;
    Mailbox& mailbox_;
    // The store thread's own.
    std::shared_ptr<crypto::Secret> key_;  // until the agent runs
    std::function<void()> changed_;
    std::chrono::steady_clock::time_point next_try_;
    std::string trouble_;  // what the log was told last
    std::mutex mutex_;
    bool stopped_ = false;
    std::unique_ptr<agent::Agent> agent_;
};

class Loop {
  public:
    Loop(const ScreenOptions& options, const Clock& clock, Window& window, Glyphs& glyphs, Mailbox& mailbox)
        : options_(options),
          clock_(clock),
          window_(window),
          glyphs_(glyphs),
          mailbox_(mailbox),
          wedge_(options.settings.scan_gap_ms) {
        state_.lang = options.settings.lang;
        state_.now_ms = clock.wall_ms();
    }

    Status run(StoreThread& store) {
        while (!window_.should_close()) {
            window_.wait(patience_ms(), wedge_.due_ms().has_value());
            take_strokes(store);
            for (const Event& event : mailbox_.take()) happen(event, store);
            const std::int64_t now = clock_.wall_ms();
            if (now / kMinuteMs != state_.now_ms / kMinuteMs) happen(Tick{now}, store);
            state_.now_ms = now;
            // A burst may be a scan: strokes get their times when they are taken, so a frame drawn between two of them
            // (30 ms in software) would look like a hand's pause. It lasts at most scan_gap_ms after the last stroke.
            if (!window_.wants_frame() || wedge_.due_ms()) continue;
            TALLY_OK(draw(store));
            if (!options_.screenshot_path.empty() && window_.now_ms() >= options_.screenshot_after_ms) {
                return window_.save_png(options_.screenshot_path);
            }
        }
        return {};
    }

  private:
    std::int64_t patience_ms() {
        std::int64_t wait = kMinuteMs - clock_.wall_ms() % kMinuteMs + 1;
        if (const auto due = wedge_.due_ms()) wait = std::min(wait, std::max<std::int64_t>(1, *due - window_.now_ms()));
        if (!options_.screenshot_path.empty()) {
            const std::int64_t left = options_.screenshot_after_ms - window_.now_ms();
            if (left <= 0) window_.touch(1);
            wait = std::min(wait, std::max<std::int64_t>(1, left));
        }
        return wait;
    }

    void take_strokes(StoreThread& store) {
        std::vector<Input> inputs;
        for (TimedStroke& timed : window_.take_strokes()) {
            if (auto* pasted = std::get_if<Pasted>(&timed.what)) {
                inputs.push_back(std::move(*pasted));
            } else {
                wedge_.stroke(std::get<Stroke>(timed.what), timed.at_ms, inputs);
            }
        }
        wedge_.tick(window_.now_ms(), inputs);
        for (Input& input : inputs) {
            std::visit([&](auto& one) { happen(std::move(one), store); }, input);
        }
    }

    void happen(Event event, StoreThread& store) {
        Step step = reduce(std::move(state_), event);
        state_ = std::move(step.state);
        for (Effect& effect : step.effects) store.run(std::move(effect));
        window_.touch(2);
    }

    Status draw(StoreThread& store) {
        window_.begin_frame();
        std::vector<Event> intents;
        SeenFrame seen;
        draw_screen(project(state_), glyphs_, intents, options_.dump_path.empty() ? nullptr : &seen);
        window_.end_frame(glyphs_);
        if (!options_.dump_path.empty()) TALLY_OK(write_whole(options_.dump_path, dump_json(state_, seen, ++frame_)));
        for (Event& intent : intents) happen(std::move(intent), store);
        return {};
    }

    const ScreenOptions& options_;
    const Clock& clock_;
    Window& window_;
    Glyphs& glyphs_;
    Mailbox& mailbox_;
    Wedge wedge_;
    AppState state_;
    std::uint64_t frame_ = 0;
};

}  // namespace

Status run_screen(ScreenOptions options, const Clock& clock) {
    WindowOptions wanted;
    wanted.width = options.settings.width, wanted.height = options.settings.height;
    TALLY_TRY(const auto window, Window::open(wanted));
    TALLY_TRY(const auto glyphs, Glyphs::load());
    Mailbox mailbox(Window::wake);
    AgentHolder sync(options, clock, mailbox);
    StoreOptions store_options;
    store_options.dir = options.dir;
    store_options.unlock = std::move(options.unlock);
    store_options.clock = &clock;
    store_options.language_file = language_path(options.dir);
    store_options.appended = [&] { sync.notify(); };
    store_options.turned = [&] { sync.retry(); };
    store_options.opened = [&](StoreThread& self, const crypto::Secret& key) {
        sync.start(key, [&self] { self.look_for_changes(); });
    };
    StoreThread store(std::move(store_options), mailbox);
    Loop loop(options, clock, *window, *glyphs, mailbox);
    const Status ended = loop.run(store);
    sync.stop();  // it calls into the store thread's object
    return ended;
}

}  // namespace tally::terminal
