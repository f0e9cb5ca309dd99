#include "tests/model/recovery.h"

#include <algorithm>

#include "tests/model/holder.h"
#include "tests/model/hq.h"

namespace tally::lease_model {
namespace {

bool old_epoch(const World& w, int epoch) { return w.chains[epoch].incarnation < w.incarnation; }

// The slot of the first operation that says "the epoch before ends here", once HQ has everything up to there; else -1.
bool ended(const World& w, int epoch) {
    for (int s = 0; s < w.epochs; ++s) {
        const Op& begin = w.chains[s].ops[0];
        if (begin.kind != Kind::kBegin || w.chains[s].len == 0 || w.hq.epochs[s].next_seq == 0) continue;
        if (begin.flag && begin.epoch == epoch && w.hq.epochs[epoch].next_seq == begin.seq) return true;
    }
    return false;
}

// Every epoch of this terminal that may have been granted more than this HQ knows is ended, or a person wrote it off.
bool terminal_settled(const World& w, int terminal) {
    int newest = -1;
    bool written_off = true;
    for (int e = 0; e < w.epochs; ++e) {
        if (terminal_of(w, e) != terminal || !w.hq.epochs[e].known) continue;
        if (!old_epoch(w, e)) newest = e;
        if (old_epoch(w, e) && !w.backup.epochs[e].superseded && !w.hq.epochs[e].open) written_off = false;
    }
    if (written_off || newest < 0) return written_off;
    // From its newest epoch back, begin by begin, to one of which the backup knows every grant.
    for (int at = newest; at >= kTerminals;) {
        if (w.hq.epochs[at].next_seq == 0) return false;
        at = w.chains[at].ops[0].epoch;
        if (w.backup.epochs[at].superseded || w.hq.epochs[at].open) return true;
        if (old_epoch(w, at) && !ended(w, at)) return false;
    }
    return true;
}

// What the accepted, not yet folded redemptions of an epoch still need of a lot.
int unfolded_redeems(const World& w, int epoch, int lot) {
    int sum = 0;
    for (int i = 0; i < w.hq.epochs[epoch].next_seq; ++i) {
        const Op& op = w.chains[epoch].ops[i];
        if (op.kind == Kind::kRedeem && op.lot == lot && !bit(w.hq.epochs[epoch].folded, i)) sum += op.n;
    }
    return sum;
}

}  // namespace

int owed(const World& w, const Bounds& b, int epoch, int lot) {
    const EpochAtHq& state = w.hq.epochs[epoch];
    if (w.recovering || b.has(kDrawNotFirst) || !w.hq.lots[lot].known || !(state.closed || state.open)) return 0;
    return std::max(0, unfolded_redeems(w, epoch, lot) - state.leased[lot] - state.risk[lot]);
}

namespace {

void free_surplus(World& w, const Bounds& b, int epoch) {
    EpochAtHq& state = w.hq.epochs[epoch];
    for (int l = 0; l < b.lots; ++l) {
        if (!w.hq.lots[l].known) continue;
        const int surplus = std::max(0, state.leased[l] - unfolded_redeems(w, epoch, l));
        state.leased[l] -= surplus;
        w.hq.lots[l].free += surplus;
    }
    // What it gave back or handed on is in that already.
    for (int i = 0; i < state.next_seq; ++i) {
        const Kind kind = w.chains[epoch].ops[i].kind;
        if (kind == Kind::kReturn || kind == Kind::kGive || kind == Kind::kTake) {
            state.folded |= static_cast<uint16_t>(1u << i);
            state.quarantined &= static_cast<uint16_t>(~(1u << i));
        }
    }
}

void fold_earns(World& w, const Bounds& b) {
    for (int e = 0; e < w.epochs; ++e) {
        for (int i = 0; i < w.hq.epochs[e].next_seq; ++i) {
            if (w.chains[e].ops[i].kind == Kind::kEarn) fold_one(w, b, e, i);
        }
    }
}

void end_recovery(World& w, const Bounds& b) {
    fold_earns(w, b);
    w.recovering = false;
    const auto concerns = [&](int e) {
        return old_epoch(w, e) && !w.backup.epochs[e].superseded && (w.hq.epochs[e].closed || w.hq.epochs[e].open);
    };
    for (int e = 0; e < w.epochs; ++e) {
        if (concerns(e) && w.hq.epochs[e].closed) free_surplus(w, b, e);
    }
    net(w, b);
}

}  // namespace

bool every_terminal_settled(const World& w, const Bounds&) {
    for (int t = 0; t < kTerminals; ++t) {
        if (!terminal_settled(w, t)) return false;
    }
    return true;
}

void restore_hq(World& w, const Bounds& b) {
    w.hq = w.backup;
    w.recovering = true;
    ++w.incarnation;
    if (!b.lazy_fold) settle(w, b);
}

namespace {
bool may_be_written_off(const World& w, int e) {
    return old_epoch(w, e) && !w.backup.epochs[e].superseded && !w.hq.epochs[e].open && !ended(w, e);
}
}  // namespace

bool can_write_off_terminal(const World& w, int terminal) {
    for (int e = 0; e < w.epochs; ++e) {
        if (terminal_of(w, e) == terminal && w.hq.epochs[e].known && may_be_written_off(w, e)) return true;
    }
    return false;
}

void write_off_terminal(World& w, const Bounds& b, int terminal) {
    for (int e = 0; e < w.epochs; ++e) {
        if (terminal_of(w, e) != terminal || !may_be_written_off(w, e)) continue;
        EpochAtHq& state = w.hq.epochs[e];
        if (b.has(kWriteOffOneEpoch) && !state.known) continue;
        for (int l = 0; l < b.lots; ++l) {
            int sum = w.ever[e][l] - named(w.chains[e], l, state.next_seq);
            for (int i = 0; i < w.chains[e].len; ++i) {
                const Op& op = w.chains[e].ops[i];
                if (op.lot == l && ((op.kind == Kind::kEarn && op.flag) || op.kind == Kind::kTake)) sum += op.n;
                // What it gave to free, HQ may have granted on and forgotten.
                if (op.lot == l && op.kind == Kind::kReverse && i >= state.next_seq) sum += op.n;
            }
            w.written_off[l] += std::max(0, sum);
            w.hq.lots[l].free += state.leased[l];
            state.leased[l] = 0;
        }
        state.open = true;
    }
    net(w, b);
    if (!b.lazy_fold) settle(w, b);
}

void close_epochs(World& w, const Bounds& b) {
    for (int e = 0; e < w.epochs; ++e) {
        EpochAtHq& state = w.hq.epochs[e];
        if (!old_epoch(w, e) || state.closed || !ended(w, e)) continue;
        state.closed = true;
        if (!w.recovering) free_surplus(w, b, e);
    }
    if (w.recovering && every_terminal_settled(w, b)) end_recovery(w, b);
    net(w, b);
}

}  // namespace tally::lease_model
