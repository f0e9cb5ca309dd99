// Headquarters' machine: the ledger on a disk that can fail, and, while it runs, the books of production behind a queue
// of questions as the storage thread has it (what waits is committed as one group), and the desk: the connection of a
// person with tally-hq. One thread; nothing waits.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "hq-server/net/books.h"
#include "hq-server/storage/sqlite_ledger_store.h"
#include "tests/fault/disk/fault_disk.h"
#include "tests/sim/machine.h"

namespace tally::sim {

class Headquarters {
  public:
    static Result<std::unique_ptr<Headquarters>> make(const std::string& folder, Random& random);
    ~Headquarters();

    Status start();
    void stop();
    void kill();
    void lose_power(const PowerCut& cut);
    bool is_running() const { return books_ != nullptr; }
    bool is_dead() const { return disk_.is_dead(); }
    void arm(std::int64_t calls, fault::Fault fault, const PowerCut& cut);
    void heal() { disk_.lift(); }
    fault::FaultDisk& disk() { return disk_; }
    const PowerCut& armed_cut() const { return cut_; }

    hqnet::Books& books() { return *books_; }
    storage::SqliteLedgerStore& ledger() { return *desk_; }
    intake::Intake& desk() { return *intake_; }
    const crypto::Device& device() const { return device_; }

    Result<Bytes> add_ticket(const std::string& store, const std::string& name, std::int64_t now_ms);
    Status set_status(domain::TerminalId terminal, intake::DeviceStatus status, std::int64_t now_ms);
    Status back_up(const std::string& path);  // while it runs
    Status restore(const std::string& path);  // while it does not; another incarnation begins
    // What is due at the change of the day.
    Status run_day(std::int64_t now_ms);

    // Pushes that wait for the next group, each with what is to be told of the answer.
    using Answered = std::function<void(Result<intake::PushAnswer>)>;
    void push(intake::PreparedPush push, Answered answered);
    bool has_pushes() const { return !waiting_.empty(); }
    void commit_group(std::int64_t now_ms);
    // A cashier's want, after every push that came before it.
    Result<intake::LeaseAnswer> lease(const intake::LeaseAsk& ask, std::int64_t now_ms);
    // What holders are to be told of the commits since the last call.
    std::vector<intake::Recall> take_recalls() { return std::exchange(recalls_, {}); }

  private:
    Headquarters(std::string folder, const crypto::Secret& key, crypto::Device device, Random& random);
    void close();
    std::string path() const { return folder_ + "/hq.db"; }
    struct Waiting {
        intake::PreparedPush push;
        Answered answered;
    };
    void commit_each(std::vector<Waiting> group, const Error& why, std::int64_t now_ms);

    std::string folder_;
    crypto::Secret key_;
    crypto::Device device_;
    fault::FaultDisk disk_;
    PowerCut cut_;
    Random& random_;
    std::unique_ptr<storage::SqliteLedgerStore> desk_;
    std::unique_ptr<intake::Intake> intake_;
    std::unique_ptr<hqnet::Books> books_;
    std::vector<Waiting> waiting_;
    std::vector<intake::Recall> recalls_;
};

}  // namespace tally::sim
