#include "terminal/app/agent_holder.h"

#include <optional>

#include "common/base/log.h"

namespace tally::terminal {

Link link_of(const agent::AgentStatus& status) {
    Link out;
    out.online = status.online();
    // Before the first contact "since" would name the start of the program, which says nothing.
    const bool never = status.phase == agent::Phase::kConnecting && status.trouble == agent::Trouble::kNone;
    out.since_ms = never ? 0 : status.since_ms;
    if (status.trouble == agent::Trouble::kHqOld) {
        out.trouble = LinkTrouble::kHqOld;  // also when headquarters had refused earlier: this is of now
    } else if (status.refusal) {
        out.trouble = status.refusal->code == wire::Refusal::kRevoked ? LinkTrouble::kRevoked : LinkTrouble::kRefused;
    } else if (status.trouble == agent::Trouble::kChain || status.trouble == agent::Trouble::kWrongKey) {
        out.trouble = LinkTrouble::kRefused;
    }
    return out;
}

void AgentHolder::start(const crypto::Secret& data_key, std::function<void()> changed) {
    key_ = std::make_shared<crypto::Secret>(data_key.clone());
    changed_ = std::move(changed);
    try_start();
}

void AgentHolder::retry() {
    if (key_ && clock_.steady_ms() >= next_try_ms_) try_start();
}

void AgentHolder::notify() {
    const std::lock_guard lock(mutex_);
    if (agent_) agent_->notify();
}

void AgentHolder::stop() {
    std::unique_ptr<agent::Agent> last;  // ends outside the lock: its thread calls back into this process
    const std::lock_guard lock(mutex_);
    last = std::move(agent_);
    stopped_ = true;
}

bool AgentHolder::running() {
    const std::lock_guard lock(mutex_);
    return agent_ != nullptr;
}

void AgentHolder::try_start() {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
    }
    agent::AgentOptions wanted;
    wanted.dir = dir_;
    wanted.open = [dir = dir_, key = key_] { return agent::open_agent_store(dir, *key); };
    wanted.clock = &clock_;
    wanted.hq_host = settings_.hq_host;
    wanted.hq_port = settings_.hq_port;
    wanted.backoff = settings_.backoff;
    wanted.connect_ms = settings_.connect_ms;
    wanted.poll_ms = settings_.poll_ms;
    // Told once, not at every attempt to connect: each telling draws frames.
    wanted.on_status = [this, changed = changed_,
                        told = std::optional<Link>()](const agent::AgentStatus& status) mutable {
        Link link = link_of(status);
        if (link.since_ms != 0) link.since_ms += status.clock_offset_ms;  // by the screen's clock
        if (link.online && (!told || !told->online)) corrected_.correct(status.clock_offset_ms);
        if (told != link) mailbox_.post(LinkChanged{link});
        told = link;
        leases_.note_line(status.online(), status.caught_up);
        changed();
    };
    wanted.on_leases = [this](const agent::LeaseTold& told) { leases_.told(told); };
    auto started = agent::Agent::start(std::move(wanted));
    if (!started) {
        // tally-sync may serve this replica already; then the screen works and only cannot tell the line's state.
        std::string trouble = to_string(started.error());
        if (trouble != trouble_) spdlog::warn("sync agent: {}", trouble);
        trouble_ = std::move(trouble);
        next_try_ms_ = clock_.steady_ms() + kRetry_ms;
        return;
    }
    if (!trouble_.empty()) spdlog::info("sync agent: started");
    key_.reset();  // the agent has it
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    agent_ = std::move(*started);
    leases_.connect(
        [this](const domain::MemberId& member, domain::Points points) {
            const std::lock_guard guard(mutex_);
            if (agent_) agent_->want_lease(member, points);
        },
        changed_);
}

}  // namespace tally::terminal
