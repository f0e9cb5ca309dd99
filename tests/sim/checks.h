// What must hold, as small named checks: cheap ones where something has just happened, and those over everything when
// the chain has come to rest. A check says what is wrong by World::fault(); an error is one of reading. New invariants
// are a row in the table of checks_at_rest.cpp, or a call behind one of these hooks.
#pragma once

#include <set>
#include <vector>

#include "common/wire/messages.h"
#include "tests/sim/machine.h"

namespace tally::sim {

class World;

// --- where something has just happened
void check_after_act(World& world, Machine& machine, bool printed);
void check_after_start(World& world, Machine& machine);
void check_after_ack(World& world, Machine& machine, const wire::Ack& ack);
void check_after_page(World& world, Machine& machine, const wire::FeedPage& page);
void check_after_commit(World& world);
void check_after_hq_start(World& world, bool restored);

// --- at rest: no fault any more, everybody on the line
struct RestCheck {
    const char* name;
    Status (*look)(World& world);
};
const std::vector<RestCheck>& rest_checks();

// The machine's operations that headquarters keeps as a branch: never counted there, and by PROTOCOL.md (R12) shown by
// this till for good.
Result<std::set<domain::OpId>> branched_pending(Machine& machine);

// While it lives, reading a machine's files is no call of that machine.
class Onlooker {
  public:
    explicit Onlooker(fault::FaultDisk& disk) : disk_(disk) { disk_.look_on(true); }
    Onlooker(const Onlooker&) = delete;
    Onlooker& operator=(const Onlooker&) = delete;
    ~Onlooker() { disk_.look_on(false); }

  private:
    fault::FaultDisk& disk_;
};

}  // namespace tally::sim
