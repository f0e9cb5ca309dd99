// The sync agent inside the screen: started by the store thread once the replica is open and told by it of every new
// operation. While another process serves the replica (one that is still ending, or tally-sync) it is tried again every
// kRetry_ms. Not the agent itself (sync/agent). start() and retry() on the store thread, the rest on any.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/clock.h"
#include "sync/agent/agent.h"
#include "sync/agent/settings.h"
#include "terminal/app/lease_desk.h"
#include "terminal/app/mailbox.h"

namespace tally::terminal {

Link link_of(const agent::AgentStatus& status);

class AgentHolder {
  public:
    static constexpr std::int64_t kRetry_ms = 5'000;

    // `clock` (the machine's own), `corrected` (which hears at every contact what headquarters' is) and `mailbox`
    // outlive the holder.
    AgentHolder(std::string dir, agent::Settings settings, const Clock& clock, CorrectedClock& corrected,
                Mailbox& mailbox, LeaseDesk& leases)
        : dir_(std::move(dir)),
          settings_(std::move(settings)),
          clock_(clock),
          corrected_(corrected),
          mailbox_(mailbox),
          leases_(leases) {}

    // `changed`: called on the agent's thread when the replica may hold something new.
    void start(const crypto::Secret& data_key, std::function<void()> changed);
    void retry();   // nothing before the next try is due, or when it runs
    void notify();  // the till appended
    void stop();    // returns when the agent's thread is gone; it never starts again
    bool running();

  private:
    void try_start();

    const std::string dir_;
    const agent::Settings settings_;
    const Clock& clock_;
    CorrectedClock& corrected_;
    Mailbox& mailbox_;
    LeaseDesk& leases_;
    // The store thread's own.
    std::shared_ptr<crypto::Secret> key_;  // until the agent runs
    std::function<void()> changed_;
    std::int64_t next_try_ms_ = 0;  // of the steady clock
    std::string trouble_;           // what the log was told last
    std::mutex mutex_;
    bool stopped_ = false;
    std::unique_ptr<agent::Agent> agent_;
};

}  // namespace tally::terminal
