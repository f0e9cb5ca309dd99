// HQ put back from a backup: what it has forgotten, and how it finds out before it grants again (RULES.md, HQ's own
// restore).
#pragma once

#include "tests/model/world.h"

namespace tally::lease_model {

void restore_hq(World& w, const Bounds& b);
// Every epoch that may have been granted more than this HQ knows is closed, or its terminal is written off.
bool every_terminal_settled(const World& w, const Bounds& b);
bool can_write_off_terminal(const World& w, int terminal);
void write_off_terminal(World& w, const Bounds& b, int terminal);
// What redemptions of an ended or written-off epoch still need: HQ has forgotten the grant. First claim on what gets
// free.
int owed(const World& w, const Bounds& b, int epoch, int lot);
// After each accepted operation: ends the recovery when it can end, and frees what closed epochs did not spend.
void close_epochs(World& w, const Bounds& b);

}  // namespace tally::lease_model
