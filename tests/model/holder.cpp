#include "tests/model/holder.h"

#include <algorithm>

namespace tally::lease_model {

int named(const Chain& chain, int lot, int upto) {
    int sum = 0;
    for (int i = 0; i < upto; ++i) {
        const Op& op = chain.ops[i];
        if (op.lot != lot) continue;
        if (op.kind == Kind::kRedeem || op.kind == Kind::kReturn || op.kind == Kind::kGive) sum += op.n;
    }
    return sum;
}

int available(const World& w, const Bounds& b, int device, int lot) {
    const int epoch = w.live[device];
    const Chain& chain = w.chains[epoch];
    int sum = b.explicit_holder ? w.holders[device].known[lot] : w.ever[epoch][lot];
    for (int i = 0; i < chain.len; ++i) {
        const Op& op = chain.ops[i];
        if (op.lot != lot) continue;
        if ((op.kind == Kind::kEarn && op.flag) || op.kind == Kind::kTake) sum += op.n;
        if (b.has(kReversalLocal) && op.kind == Kind::kReverse &&
            w.chains[op.epoch].ops[op.seq].kind == Kind::kRedeem) {
            sum += op.n;
        }
    }
    if (!b.has(kStateOutstanding)) sum -= named(chain, lot, chain.len);
    if (b.explicit_holder && w.holders[device].staged && w.holders[device].op.lot == lot) sum -= w.holders[device].op.n;
    return std::max(0, sum);
}

void append(World& w, int device, const Op& op) {
    Chain& chain = w.chains[w.live[device]];
    if (chain.len == kSeqs) {
        w.broken = "a chain is longer than the model's";
        return;
    }
    chain.ops[chain.len++] = op;
}

void begin_epoch(World& w, const Bounds& b, int device, bool closes) {
    const int before = w.live[device], slot = w.epochs;
    if (slot == kEpochs) {
        w.broken = "more epochs than the model's";
        return;
    }
    ++w.epochs;
    Chain& chain = w.chains[slot];
    chain.device = static_cast<uint8_t>(device);
    chain.incarnation = closes ? w.incarnation : w.chains[before].incarnation;
    chain.len = 1;
    chain.ops[0] = {.kind = Kind::kBegin,
                    .epoch = static_cast<uint8_t>(before),
                    .seq = closes ? w.chains[before].len : uint8_t{0},
                    .flag = closes};
    if (!closes) w.hq.epochs[slot].open = w.hq.epochs[before].open && !b.has(kWriteOffOneEpoch);
    if (!(closes && b.has(kClosedGoesOn))) w.live[device] = static_cast<uint8_t>(slot);
    if (b.explicit_holder) w.holders[device] = {};
}

void copy_device(World& w) {
    const int from = w.live[0], slot = w.epochs++;
    w.chains[slot] = w.chains[from];
    Chain& chain = w.chains[slot];
    chain.device = kClone;
    chain.branch = true;
    chain.branch_of = static_cast<uint8_t>(from);
    chain.branch_at = chain.len;
    w.ever[slot] = w.ever[from];
    w.hq.epochs[slot].next_seq = chain.len;
    w.live[kClone] = static_cast<uint8_t>(slot);
}

bool has_taken(const World& w, int epoch, int give_epoch, int give_seq) {
    for (int i = 0; i < w.chains[epoch].len; ++i) {
        const Op& op = w.chains[epoch].ops[i];
        if (op.kind == Kind::kTake && op.epoch == give_epoch && op.seq == give_seq) return true;
    }
    return false;
}

}  // namespace tally::lease_model
