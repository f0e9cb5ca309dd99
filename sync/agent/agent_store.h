// What the agent asks of a replica: the seam at which its tests put a full disk or a slow one. Production is a Replica
// with a connection of its own (open_agent_store). One object is used by one thread, the one that opened it.
#pragma once

#include <functional>
#include <memory>

#include "common/replica/replica.h"

namespace tally::agent {

struct StoreCounts {
    std::uint64_t unacknowledged = 0;  // not yet durable at HQ
    std::uint64_t pending = 0;         // not yet covered by a received state
};

class AgentStore {
  public:
    virtual ~AgentStore() = default;
    virtual const replica::Enrolment& enrolment() const = 0;
    virtual Status reread_enrolment() = 0;  // another process may have enrolled the terminal anew
    virtual const crypto::Device& device() const = 0;
    virtual Result<replica::ChainHead> head() = 0;
    virtual Result<replica::FeedCursor> cursor() = 0;
    virtual Result<std::vector<replica::OwnChain>> chains() = 0;  // the current epoch last
    virtual Result<Hash> hash_of_operation(const domain::Epoch& epoch, std::uint64_t seq) = 0;
    // Operations of `epoch` from first_seq on, signed; without operations when there are none.
    virtual Result<wire::Push> batch(const domain::Epoch& epoch, std::uint64_t first_seq, std::size_t ops_max,
                                     std::size_t bytes_max) = 0;
    virtual Status record_ack(const wire::Ack& ack) = 0;
    virtual Status apply_page(const wire::FeedPage& page) = 0;
    virtual Status take_leases(const wire::LeaseState& told) = 0;
    // Incidents, as Replica has them: what to report, and what headquarters made us find.
    virtual Result<std::vector<wire::IncidentReport>> incidents(std::size_t count) = 0;  // newest first
    virtual Status begin_epoch_after(const domain::Epoch& epoch, const wire::IncidentReport& incident) = 0;
    virtual Result<replica::ReturnedKept> keep_returned(const wire::OpsReturn& returned) = 0;
    virtual Status mark_branch(const domain::Epoch& epoch, std::uint64_t first_seq, std::uint64_t through_seq) = 0;
    virtual Status note_incident(const wire::IncidentReport& incident, const std::string& detail) = 0;
    // That headquarters revoked this terminal, as Replica has it.
    virtual Result<std::optional<replica::Revocation>> revocation() = 0;
    virtual Status set_revocation(const std::optional<replica::Revocation>& revocation) = 0;
    virtual Result<StoreCounts> counts() = 0;
    virtual Result<std::int64_t> data_version() = 0;
};

// Called on the thread that will use the object.
using OpenAgentStore = std::function<Result<std::unique_ptr<AgentStore>>()>;

// kRefused: the replica is not enrolled; else the errors of Replica::open.
Result<std::unique_ptr<AgentStore>> open_agent_store(const std::string& dir, const crypto::Secret& data_key);

}  // namespace tally::agent
