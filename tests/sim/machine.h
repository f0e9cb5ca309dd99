// One terminal's computer: a folder on a disk that can fail (tests/fault/disk), a clock of its own that may be wrong,
// and, while it runs, the program on it as production has it: replica, till, and the agent's own connection. Its line
// to headquarters is line.h. One thread; nothing waits.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/replica/till.h"
#include "sync/agent/agent_store.h"
#include "tests/fault/disk/fault_disk.h"

namespace tally::sim {

// What is left of the disk when the power fails.
struct PowerCut {
    int keep_percent = 0;  // of what was not synced
    bool torn = false;
    std::int64_t down_ms = 0;  // until somebody starts the machine again
};

class Machine {
  public:
    // On the files in `folder`, not started.
    Machine(std::string name, std::string folder, const crypto::Secret& data_key, std::int64_t now_ms, Random& random);
    ~Machine();

    Status start();  // the program; on a failure it is not running
    void stop();     // in order
    void kill();     // the process alone: what it wrote stays, synced or not
    void lose_power(const PowerCut& cut);
    // Its folder is put in place of another, bit by bit: while it does not run. Without the witness: its own stays.
    Status copy_to(const std::string& folder) const;
    Status take_from(const std::string& folder, bool with_witness);

    bool is_running() const { return till_.has_value(); }
    bool is_dead() const { return disk_.is_dead(); }  // in the middle of a call; lose_power() comes next
    // The n-th call on the disk from now on fails so; of a death, with what is left then.
    void arm(std::int64_t calls, fault::Fault fault, const PowerCut& cut);
    void heal() { disk_.lift(); }
    fault::FaultDisk& disk() { return disk_; }
    const PowerCut& armed_cut() const { return cut_; }

    const std::string& name() const { return name_; }
    const std::string& folder() const { return folder_; }
    const crypto::Secret& data_key() const { return data_key_; }
    replica::Replica& replica() { return *replica_; }
    replica::Till& till() { return *till_; }
    agent::AgentStore& agent() { return *agent_; }
    CorrectedClock& clock() { return corrected_; }
    const ManualClock& own_clock() const { return own_; }

    void move_to(std::int64_t now_ms);    // true time; the own clock goes as it goes
    void jump_clock(std::int64_t by_ms);  // somebody set it
    void set_drift(std::int64_t ppm) { drift_ppm_ = ppm; }
    void set_clock_right(std::int64_t now_ms);

    // What the simulation knows of it.
    domain::TerminalId terminal = 0;
    std::string store;
    std::int64_t latency_ms = 20;  // one way
    std::int64_t cut_off_until_ms = 0;
    std::vector<domain::MemberId> wanted_elsewhere;  // of whom headquarters wants points back
    std::vector<domain::MemberId> abandoned;         // for whom an answer came too late
    std::optional<domain::MemberId> waiting;         // for whom a cashier waits
    bool is_copy = false;                            // a second machine with the same files
    bool is_retired = false;                         // nobody will start it again

  private:
    void close();

    std::string name_, folder_;
    crypto::Secret data_key_;
    fault::FaultDisk disk_;
    ManualClock own_;
    CorrectedClock corrected_{own_};
    std::int64_t true_ms_ = 0;
    std::int64_t drift_ppm_ = 0;
    Random& random_;
    PowerCut cut_;
    std::optional<replica::Replica> replica_;
    std::optional<replica::Till> till_;
    std::unique_ptr<agent::AgentStore> agent_;
};

}  // namespace tally::sim
