// Headquarters' side of the protocol: what it does with an operation, and what it or a person there may do by itself.
// Every function changes w in place; a rule that breaks while it does sets w.broken.
#pragma once

#include "tests/model/world.h"

namespace tally::lease_model {

// The next operation of a chain arrived, hash and signature good. `held` for a person's judgement: quarantined.
void accept(World& w, const Bounds& b, int epoch, bool held);
bool can_accept(const World& w, const Bounds& b, int epoch);

// Folds what can be folded, until nothing more can. With lazy_fold only what the caller names (fold_one).
void settle(World& w, const Bounds& b);
bool fold_one(World& w, const Bounds& b, int epoch, int seq);

bool can_grant(const World& w, const Bounds& b, int epoch, int lot);
void grant(World& w, const Bounds& b, int epoch, int lot);
void expire(World& w, const Bounds& b, int lot);
void write_off(World& w, const Bounds& b, int epoch, int lot, int n);
void release(World& w, const Bounds& b, int epoch, int seq);
void net(World& w, const Bounds& b);

// What a fold or a decision that a fold waits for needs elsewhere.
bool names_later_source(const World& w, int epoch, int seq, int lot);

}  // namespace tally::lease_model
