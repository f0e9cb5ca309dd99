// What the simulation knows apart from the product: every operation that a till made, with its hash, whether something
// was printed on its strength, and which disks hold it. It reads logs only to learn what an act has just made, and to
// see after a loss what is still there; what ought to be anywhere follows from here.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "common/domain/fold.h"
#include "common/domain/op.h"
#include "hq-server/intake/ledger_store.h"

namespace tally::sim {

class Machine;
class Headquarters;

struct Made {
    domain::Op op;
    bool is_printed = false;
    bool may_be_lost = false;  // no disk held it after a loss: it need not turn up, and may (a backup had it)
};

using Name = std::pair<domain::OpId, Hash>;  // an id may name two operations, where a machine was copied

class Ledger {
  public:
    // Takes in what the machine's log has beyond what was known. `printed`: an act on it has just succeeded.
    Status note(Machine& machine, bool printed);
    // The files of a machine were replaced, or a machine has come or gone: what its log holds now.
    Status read_machine(Machine& machine);
    void forget_machine(const Machine& machine) {
        held_.erase(&machine);
        ends_.erase(&machine);
    }
    // Headquarters' log, from where it was read last; `again`: from the start, after a restore.
    Status note_hq(intake::LedgerStore& store, bool again);
    // After a loss: what is now nowhere may stay away.
    void excuse_what_is_lost();

    // What was printed on this machine and is held by it, as far as its log's ends tell: the newest of each epoch.
    const std::map<domain::Epoch, Name>& ends_of(const Machine& machine) { return ends_[&machine]; }
    std::map<Name, Made>& made() { return made_; }
    const std::set<Name>& held_by(const Machine& machine) { return held_[&machine]; }

    struct AtHq {
        domain::OpId id;
        Hash hash;
        intake::Position pos = 0;
        domain::Outcome outcome = domain::Outcome::kAccepted;
        domain::MemberId member;
        domain::Op op;
    };
    const std::map<domain::OpId, AtHq>& at_hq() const { return at_hq_; }
    const std::vector<domain::OpId>& fresh_at_hq() const { return fresh_; }  // of the last note_hq()
    const std::string& hq_fault() const { return hq_fault_; }  // what note_hq() found wrong; empty: nothing
    bool was_at_hq(const domain::OpId& id) const { return ever_at_hq_.count(id) > 0; }  // before a restore, perhaps
    bool is_at_hq(const Name& name) const {
        const auto found = at_hq_.find(name.first);
        return found != at_hq_.end() && found->second.hash == name.second;
    }

  private:
    Status take_in(Machine& machine, const Name& name);
    struct Known {
        domain::Epoch epoch;
        std::uint64_t next_seq = 1;
    };
    std::map<Name, Made> made_;
    std::map<const Machine*, std::set<Name>> held_;
    std::map<const Machine*, Known> known_;
    std::map<const Machine*, std::map<domain::Epoch, Name>> ends_;
    std::map<domain::OpId, AtHq> at_hq_;
    std::set<domain::OpId> ever_at_hq_;
    std::map<std::pair<domain::TerminalId, domain::Epoch>, Name> hq_heads_;
    std::vector<domain::OpId> fresh_;
    intake::Position hq_read_ = 0;
    std::string hq_fault_;
};

}  // namespace tally::sim
