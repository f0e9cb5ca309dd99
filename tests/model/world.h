// One state of the model: every chain that was ever durable, HQ, its backup, and what a checker must remember of the
// truth.
//
// The network is not here. A message once sent may arrive never, once, often and in any order, so what counts is the
// set of messages ever sent, and that set is a function of what is here: Push may bring HQ the next operation of any
// chain, State may bring a holder everything that was ever granted to it (`ever`).
#pragma once

#include <array>
#include <cstdint>

#include "tests/model/bounds.h"

namespace tally::lease_model {

enum class Kind : uint8_t { kBegin, kEarn, kRedeem, kReturn, kReverse, kGive, kTake };

struct Op {
    Kind kind = Kind::kBegin;
    uint8_t lot = 0, n = 0;
    // begin: the epoch before and the length at which it ends. reverse, take: the operation named. give: the receiver's
    // epoch.
    uint8_t epoch = 0, seq = 0;
    bool flag = false;  // begin: it closes the epoch before. earn: born leased.
};

struct Chain {
    uint8_t device = 0;
    uint8_t len = 0;
    uint8_t incarnation = 0;               // of HQ, under which the epoch began
    uint8_t branch_of = 0, branch_at = 0;  // of a copied device: the chain it copied and the length then
    bool branch = false;
    std::array<Op, kSeqs> ops{};
};

struct LotAtHq {
    bool known = false;
    uint8_t free = 0, redeemed = 0, expired = 0, taken = 0, loss = 0, reversed = 0;
};

struct EpochAtHq {
    bool known = false, superseded = false;
    bool closed = false;  // by its successor's first operation, every operation of it accepted
    bool open = false;    // written off during a recovery: what it was granted is not known
    uint8_t next_seq = 0;
    uint16_t folded = 0, quarantined = 0;                    // a bit an operation
    std::array<uint8_t, kLots> granted{}, leased{}, risk{};  // leased is L, risk is W
    std::array<uint8_t, kSeqs> reversed{}, cut{};            // of a redemption: undone so far, corrected away
};

struct Hq {
    std::array<LotAtHq, kLots> lots{};
    std::array<EpochAtHq, kEpochs> epochs{};
    uint8_t debt = 0;
    bool alarm = false;  // a branch was seen: terminal A gets no more leases
};

struct Holder {  // only with explicit_holder
    std::array<uint8_t, kLots> known{};
    bool staged = false, printed = false;
    Op op;
};

struct World {
    std::array<Chain, kEpochs> chains{};
    uint8_t epochs = 0;                                      // slots in use
    std::array<uint8_t, kDevices> live{};                    // the slot in which a device writes
    std::array<std::array<uint8_t, kLots>, kEpochs> ever{};  // the most that any State to this chain ever said
    std::array<std::array<uint8_t, 6>, kEpochs> wants{};     // k of the Want sent at each length, 0: none
    std::array<uint8_t, kEpochs> pruned{};                   // operations that nobody but HQ has any more
    Hq hq, backup;
    bool has_backup = false, recovering = false;
    uint8_t incarnation = 0, day = 0;
    uint8_t ops = 0, restores = 0, write_offs = 0, refunds = 0, quarantines = 0, gives = 0, cuts = 0, crashes = 0,
            backups = 0, clones = 0;
    std::array<uint8_t, kLots> written_off{};  // in truth, by persons, over all incarnations
    std::array<uint8_t, kLots> lost_prints{};  // printed, and in no chain: only faults make these
    std::array<uint8_t, kLots> lease_most{};   // the most that was leased to terminal A at one time
    std::array<Holder, kTerminals> holders{};
    const char* broken = nullptr;  // a rule that the last step itself broke; never stored
};

inline int home(const World& w, int epoch) { return w.chains[epoch].branch ? w.chains[epoch].branch_of : epoch; }
inline int terminal_of(const World& w, int epoch) {
    return w.chains[epoch].device == kClone ? 0 : w.chains[epoch].device;
}
inline bool bit(uint16_t mask, int at) { return (mask >> at & 1) != 0; }

}  // namespace tally::lease_model
