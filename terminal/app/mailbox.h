// Events for the screen from other threads. Any thread posts; the window's thread takes. Never blocks for long.
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "terminal/model/event.h"

namespace tally::terminal {

class Mailbox {
  public:
    // `wake` tells the window's thread that there is something; callable from any thread.
    explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

    void post(Event event) {
        {
            const std::lock_guard lock(mutex_);
            events_.push_back(std::move(event));
        }
        wake_();
    }
    std::vector<Event> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(events_, {});
    }

  private:
    std::mutex mutex_;
    std::vector<Event> events_;
    std::function<void()> wake_;
};

}  // namespace tally::terminal
