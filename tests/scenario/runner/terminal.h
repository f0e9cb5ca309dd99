// A terminal of one scenario: the replica in a folder, the till that the cashier uses, the agent's own connection, and
// a clock of its own that may be wrong. The line to headquarters is line.h. One thread.
#pragma once

#include <memory>
#include <string>

#include "common/replica/till.h"
#include "sync/agent/agent_store.h"
#include "tests/scenario/runner/blank.h"
#include "tests/scenario/runner/hq.h"

namespace tally::scenario {

class Terminal {
  public:
    // Makes the replica in `folder` (made here) of a blank one, and enrols it with a ticket of `store`.
    static Result<std::unique_ptr<Terminal>> enrol(const std::string& name, const std::string& store,
                                                   const std::string& folder, const Blank& blank, Hq& hq,
                                                   const Clock& clock, Random& random);

    // A ticket of its store used on the same folder, after a revocation.
    Status enrol_again(Hq& hq, std::int64_t now_ms);

    // Everything is closed and opened again from the folder.
    Status restart();
    // The same from the files as they are on the disk now, with nothing written by a shutdown.
    Status kill();
    // The files of the folder as they are now, with or without the witness that lies beside the database.
    Status copy_to(const std::string& folder) const;
    Status take_from(const std::string& folder, bool with_witness);

    const std::string& name() const { return name_; }
    const std::string& store() const { return store_; }
    domain::TerminalId id() const { return id_; }
    replica::Replica& replica() { return *replica_; }
    replica::Till& till() { return *till_; }
    agent::AgentStore& agent() { return *agent_; }
    CorrectedClock& clock() { return corrected_; }
    ManualClock& own_clock() { return own_; }

    bool cut_off = false;
    std::vector<domain::MemberId> wanted_elsewhere;  // of whom headquarters wants points back
    std::string channel;                             // of an online channel, as conditions name it; empty: a store

  private:
    Terminal(std::string name, std::string store, std::string folder, crypto::Secret key, std::int64_t now_ms,
             Random& random)
        : name_(std::move(name)),
          store_(std::move(store)),
          folder_(std::move(folder)),
          key_(std::move(key)),
          own_(now_ms),
          random_(random) {}
    Result<replica::Enrolment> ask_enrolment(replica::Replica& replica, Hq& hq, std::int64_t now_ms);
    void close();
    Status open();

    std::string name_, store_, folder_;
    domain::TerminalId id_ = 0;
    crypto::Secret key_;
    ManualClock own_;
    CorrectedClock corrected_{own_};
    Random& random_;
    std::unique_ptr<replica::Replica> replica_;
    std::unique_ptr<replica::Till> till_;
    std::unique_ptr<agent::AgentStore> agent_;
};

}  // namespace tally::scenario
