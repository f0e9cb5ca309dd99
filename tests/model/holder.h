// A terminal's side of the protocol.
#pragma once

#include "tests/model/world.h"

namespace tally::lease_model {

// What a device may still spend of a lot: granted + born + received - named in own redeems, returns and gives, not
// below 0.
int available(const World& w, const Bounds& b, int device, int lot);
int named(const Chain& chain, int lot, int upto);
void append(World& w, int device, const Op& op);
// A new epoch: after a restore (closes = false) or because HQ has a new incarnation (closes = true).
void begin_epoch(World& w, const Bounds& b, int device, bool closes);
void copy_device(World& w);
bool has_taken(const World& w, int epoch, int give_epoch, int give_seq);

}  // namespace tally::lease_model
