// What one act of a cashier writes: operations that belong together, each folded on top of those before it, as
// Replica::append_all will fold them. Built first, then looked at (a preview) or written. Internal to the till.
#pragma once

#include <map>

#include "common/replica/replica.h"

namespace tally::replica {

struct Act {
    ChainHead head;
    std::vector<NewOp> ops;  // with the ids that they will have
    std::vector<domain::Folded> folded;
    std::map<domain::MemberId, domain::Account> accounts;  // of the members that it concerns, as it leaves them

    domain::OpId next_id(domain::TerminalId terminal) const {
        return {terminal, head.epoch, head.next_seq + ops.size()};
    }
    // The operation that the cashier meant: what is given back before it is not.
    std::size_t main() const {
        std::size_t i = 0;
        while (i + 1 < ops.size() && std::holds_alternative<domain::LeaseReturn>(ops[i].op.body)) ++i;
        return i;
    }
    bool is_held(std::size_t i) const { return folded[i].outcome == domain::Outcome::kQuarantined; }
};

}  // namespace tally::replica
