#include "terminal/app/screen.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include "sync/agent/lock.h"
#include "terminal/app/agent_holder.h"
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
        const auto begin = std::chrono::steady_clock::now();
        window_.begin_frame();
        std::vector<Event> intents;
        SeenFrame seen;
        draw_screen(project(state_), glyphs_, intents, options_.dump_path.empty() ? nullptr : &seen);
        const auto made = std::chrono::steady_clock::now();
        window_.end_frame(glyphs_);
        note_frame(begin, made);
        if (!options_.dump_path.empty()) TALLY_OK(write_whole(options_.dump_path, dump_json(state_, seen, ++frame_)));
        for (Event& intent : intents) happen(std::move(intent), store);
        return {};
    }

    // For measurements. A line a frame, written through: the program may be killed at any moment.
    void note_frame(std::chrono::steady_clock::time_point begin, std::chrono::steady_clock::time_point made) {
        if (options_.frame_times_path.empty()) return;
        const auto us = [&](std::chrono::steady_clock::time_point end) {
            return static_cast<long long>(std::chrono::duration_cast<std::chrono::microseconds>(end - begin).count());
        };
        if (!frame_times_) frame_times_.reset(std::fopen(options_.frame_times_path.c_str(), "we"));
        if (!frame_times_) return;
        std::fprintf(frame_times_.get(), "%lld %lld\n", us(made), us(std::chrono::steady_clock::now()));
        std::fflush(frame_times_.get());
    }

    struct CloseFile {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, CloseFile> frame_times_;
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
    // Without a folder there is nothing to hold, and the screen itself says what is missing.
    const auto only = agent::ScreenLock::take(replica::Replica::database_path(options.dir));
    if (!only && only.error().code != Code::kNotFound) return only.error();
    WindowOptions wanted;
    wanted.width = options.settings.width, wanted.height = options.settings.height;
    TALLY_TRY(const auto window, Window::open(wanted));
    TALLY_TRY(const auto glyphs, Glyphs::load());
    Mailbox mailbox(Window::wake);
    CorrectedClock corrected(clock);
    LeaseDesk leases;
    AgentHolder sync(options.dir, options.sync, clock, corrected, mailbox, leases);
    StoreOptions store_options;
    store_options.dir = options.dir;
    store_options.unlock = std::move(options.unlock);
    store_options.clock = &corrected;
    store_options.own_clock = &clock;
    store_options.language_file = language_path(options.dir);
    store_options.appended = [&] { sync.notify(); };
    store_options.leases = &leases;
    store_options.turned = [&] { sync.retry(); };
    store_options.opened = [&](StoreThread& self, const crypto::Secret& key) {
        sync.start(key, [&self] { self.look_for_changes(); });
    };
    StoreThread store(std::move(store_options), mailbox);
    Loop loop(options, corrected, *window, *glyphs, mailbox);
    const Status ended = loop.run(store);
    sync.stop();  // it calls into the store thread's object
    return ended;
}

}  // namespace tally::terminal
