// A headquarters on files of its own, in the process of whoever syncs with it: the real intake over the real storage,
// and the part of the sync that the network would carry. It dies with that process. Tests only.
#pragma once

#include "sync/agent/agent_store.h"
#include "tests/fault/disk/shop.h"

namespace tally::fault {

class Headquarters {
  public:
    // On the files of Shop::lay_out_hq.
    static Result<Headquarters> open(const std::string& dir);
    // One push of at most `ops_max`, its acknowledgement, and pages until the till has caught up.
    Status sync(agent::AgentStore& till, std::size_t ops_max);
    Result<std::int64_t> count(const std::string& of);  // "SELECT count(*) FROM" it

  private:
    explicit Headquarters(std::unique_ptr<storage::SqliteLedgerStore> store);
    Result<std::optional<wire::Ack>> take(agent::AgentStore& till, const replica::OwnChain& own, std::size_t ops_max);
    std::unique_ptr<storage::SqliteLedgerStore> store_;
    std::unique_ptr<intake::Intake> intake_;
};

}  // namespace tally::fault
