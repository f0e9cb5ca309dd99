// The sync agent: keeps one replica and its headquarters agreeing, on a thread of its own with a database connection of
// its own. It connects, reconnects with a jittered backoff, pushes what the till appended, applies the feed, and says
// how it stands. Not the protocol (sync/session), not the sockets (sync/transport). Runs inside the terminal and alone
// as tally-sync.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "sync/agent/agent_store.h"
#include "sync/agent/backoff.h"
#include "sync/session/session.h"
#include "sync/transport/transport.h"

namespace tally::agent {

enum class Phase { kConnecting, kOnline, kWaiting, kHeld, kStopped };  // kWaiting: for the next attempt

// Why it is not online, in the kinds that a cashier or a technician is told differently.
enum class Trouble {
    kNone,
    kNoLine,    // nobody there, no route, no answer in time, or the line broke
    kWrongKey,  // somebody else answers at headquarters' address
    kRefused,   // headquarters refused: AgentStatus::refusal
    kProtocol,  // the two programs do not understand each other; one must be updated
    kChain,     // this replica and headquarters hold different histories: a person must look
    kHqOld,     // headquarters lacks what this replica has had of it: it may be an older copy, and we refused it
    kStore,     // the replica's disk or database failed
};

struct LastRefusal {
    wire::Refusal code = wire::Refusal::kBadMessage;
    std::string text;
    std::int64_t wall_ms = 0;
};

struct AgentStatus {
    Phase phase = Phase::kConnecting;
    std::int64_t since_ms = 0;         // wall time since when it is online, or not
    std::uint64_t waiting = 0;         // operations not yet durable at headquarters
    std::uint64_t pending = 0;         // operations not yet covered by a received state
    std::int64_t confirmed_ms = 0;     // headquarters' time of the newest complete state; 0: never
    bool caught_up = false;            // on this connection, everything headquarters had was received
    std::int64_t clock_offset_ms = 0;  // headquarters' clock minus this one, at the last contact
    Trouble trouble = Trouble::kNone;
    Error last_error;                    // of the trouble; for the log
    std::optional<LastRefusal> refusal;  // the last one; gone when headquarters accepts again
    bool online() const { return phase == Phase::kOnline; }
};

struct LeaseTold {
    domain::MemberId member;
    bool asked = true;       // false: no line, or a headquarters too old; nothing is kept and nothing will come
    bool give_back = false;  // another terminal wants this member's points
};

struct AgentOptions {
    std::string dir;  // of the replica; its lock is taken
    OpenAgentStore open;
    const Clock* clock = nullptr;  // outlives the agent
    std::string software = "tallystick";
    std::optional<std::string> hq_host;  // instead of the enrolled ones: headquarters moved, its key did not
    std::optional<std::uint16_t> hq_port;
    session::Limits limits;
    BackoffLimits backoff;
    std::int64_t connect_ms = tuning::kConnect_ms;
    transport::LookUp look_up = transport::look_up_by_system;
    std::int64_t poll_ms = tuning::kPollReplica_ms;
    bool held = false;                                  // begin without connecting; see set_held()
    std::function<void(const AgentStatus&)> on_status;  // on the agent's thread, at every change worth showing
    // On the agent's thread: headquarters told of a member's leases, which are kept now; or could not be asked.
    std::function<void(const LeaseTold&)> on_leases;
};

class Agent {
  public:
    // Takes the lock, opens the store on the new thread. kBusy names the process that serves the replica already; else
    // the error of `open`.
    static Result<std::unique_ptr<Agent>> start(AgentOptions options);
    // The same, but while another process serves the replica (the terminal, mostly) it waits for its turn, and says so
    // once in the log. `wait` passes the time until the next try; kBusy when it answers false: no longer wanted.
    static Result<std::unique_ptr<Agent>> start_when_free(const AgentOptions& options,
                                                          const std::function<bool()>& wait);
    ~Agent();  // stop()

    // All of these from any thread.
    void notify();  // the till appended: look now instead of at the next poll
    // Asks headquarters to lease `points` of the member here in all; on_leases tells.
    void want_lease(const domain::MemberId& member, domain::Points points);
    void retry_now();            // do not wait out the backoff
    void set_held(bool held);    // true: cut the line and stay offline until false
    AgentStatus status() const;  // the newest
    void stop();                 // ends the connection in order and the thread; returns when both are gone

  private:
    struct Impl;
    explicit Agent(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tally::agent
