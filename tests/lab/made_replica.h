// A replica as a terminal of a large chain has it, made without a headquarters process: enrolled by hand, filled with
// real feed pages (sealed profiles, wrapped keys, a signed programme). For measurements of the replica alone.
#pragma once

#include "common/base/clock.h"
#include "common/crypto/secret.h"
#include "common/replica/till.h"

namespace tally::lab {

class MadeReplica {
  public:
    static Result<std::unique_ptr<MadeReplica>> make(const std::string& dir, std::size_t members, std::uint64_t seed);

    static std::string card_of(std::size_t index);   // of member 0 .. members-1
    static std::string phone_of(std::size_t index);  // E.164
    static std::string name_of(std::size_t index);

    replica::Replica& replica() { return *replica_; }
    replica::Till& till() { return *till_; }
    std::vector<domain::MemberId>& ids() { return ids_; }

  private:
    MadeReplica() : clock_(1'767'225'600'000) {}  // 2026-01-01
    Status fill(std::size_t members);
    Result<wire::MemberChange> change(std::size_t index);
    ManualClock clock_;
    std::unique_ptr<SeededRandom> random_;
    std::unique_ptr<crypto::Device> hq_;
    std::unique_ptr<crypto::KeyWrap> wrap_;
    std::unique_ptr<replica::Replica> replica_;
    std::unique_ptr<replica::Till> till_;
    std::vector<domain::MemberId> ids_;
};

}  // namespace tally::lab
