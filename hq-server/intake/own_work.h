// HQ's own operations of one transaction, on their way into HQ's own chain: one signature over all of them, so nothing
// else is accepted between the first of them and finish_own(). Internal to this folder.
#pragma once

#include <deque>

#include "hq-server/intake/intake_state.h"

namespace tally::intake {

struct Intake::State::OwnWork {
    struct Made {
        domain::Op op;
        Bytes bytes;
        Bytes sealed;
    };
    std::deque<Made> made;  // the transaction's work borrows from these
    ChainRow chain;
    domain::Epoch previous_epoch;  // zero unless `chain` begins after another
    std::uint64_t first_seq = 0;
    std::uint64_t first_index = 0;

    static Result<OwnWork> begin(State& state, LedgerWork& work);
};

}  // namespace tally::intake
