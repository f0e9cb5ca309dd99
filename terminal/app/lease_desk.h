// Between the store thread and the sync agent: a cashier's question to headquarters for points to be leased here, the
// wait for its answer, and what headquarters wants back. Every function from any thread; wait_for blocks its caller.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "sync/agent/agent.h"

namespace tally::terminal {

class LeaseDesk {
  public:
    using Ask = std::function<void(const domain::MemberId& member, domain::Points points)>;

    // `ask`: how headquarters is asked; empty while no agent runs. `wake`: the store thread has something to give back.
    void connect(Ask ask, std::function<void()> wake);
    void told(const agent::LeaseTold& told);
    void note_line(bool online, bool caught_up);

    // Asks, and asks again whenever the answer did not suffice, until `enough` says true (looked at after each answer)
    // or `wait_ms` have passed. False: it does not suffice.
    bool wait_for(const domain::MemberId& member, domain::Points points, const std::function<bool()>& enough,
                  std::int64_t wait_ms = tuning::kLeaseWait_ms);

    // Since the last call; for one store thread: of which members another terminal wants points, and for which an
    // answer came that no cashier waited for any more.
    std::vector<domain::MemberId> take_wanted_elsewhere();
    std::vector<domain::MemberId> take_abandoned();
    bool can_be_asked() const;

  private:
    mutable std::mutex mutex_;
    std::condition_variable answered_;
    Ask ask_;
    std::function<void()> wake_;
    std::vector<domain::MemberId> wanted_elsewhere_, abandoned_;
    std::optional<domain::MemberId> waiting_;
    bool answer_ = false;
    bool refused_ = false;  // no line, or a headquarters too old
    bool online_ = false, caught_up_ = false;
};

}  // namespace tally::terminal
