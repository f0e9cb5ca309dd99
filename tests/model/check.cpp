#include "tests/model/check.h"

#include <algorithm>

#include "tests/model/holder.h"
#include "tests/model/hq.h"
#include "tests/model/recovery.h"

namespace tally::lease_model {
namespace {

struct Printed {
    int issued = 0, redeemed = 0;  // redeemed: printed, net of what was reversed or corrected
};

// Counted over every chain that was ever durable, pushed or not.
Printed printed_of(const World& w, const Bounds& b, int lot) {
    Printed sum;
    if (b.earner[lot] < 0) sum.issued = b.points[lot];
    sum.redeemed = w.lost_prints[lot];
    std::array<std::array<int, kSeqs>, kEpochs> undone{};
    for (int e = 0; e < w.epochs; ++e) {
        for (int i = w.chains[e].branch_at; i < w.chains[e].len; ++i) {
            const Op& op = w.chains[e].ops[i];
            if (op.kind == Kind::kEarn && op.lot == lot) sum.issued = op.n;
            if (op.kind != Kind::kReverse) continue;
            // A restored HQ forgets that it folded a reversal, so there the operation itself counts.
            const bool counts = b.hq_restores > 0 || bit(w.hq.epochs[e].folded, i);
            if (counts) undone[op.epoch][op.seq] += op.n;
        }
    }
    for (int e = 0; e < w.epochs; ++e) {
        for (int i = w.chains[e].branch_at; i < w.chains[e].len; ++i) {
            const Op& op = w.chains[e].ops[i];
            if (op.kind != Kind::kRedeem || op.lot != lot) continue;
            const int price = op.n - w.hq.epochs[e].cut[i];
            sum.redeemed += price - std::min(price, undone[e][i]);
        }
    }
    return sum;
}

const char* broken_lot(const World& w, const Bounds& b, int l) {
    const LotAtHq& lot = w.hq.lots[l];
    const Printed printed = printed_of(w, b, l);
    int leased = 0, risk = 0;
    for (int e = 0; e < w.epochs; ++e) {
        leased += w.hq.epochs[e].leased[l];
        risk += w.hq.epochs[e].risk[l];
    }
    if (lot.known && printed.issued + lot.loss != lot.free + leased + lot.redeemed + lot.expired + lot.taken) {
        return "issued + loss = free + L + redeemed + expired + taken does not hold";
    }
    if (lot.loss > w.written_off[l]) return "loss is more than what was written off";
    if (b.clones == 0 && printed.redeemed > printed.issued + w.written_off[l])
        return "more was spent than issued + written off";
    if (b.clones > 0 && w.written_off[l] > w.lease_most[l]) return "two copies cost more than the terminal's leases";
    if (b.clones > 0 && printed.redeemed > printed.issued + w.lease_most[l]) {
        return "two copies spent more than the terminal's leases beyond what was issued";
    }
    if (b.hq_restores > 0 || b.clones > 0) return nullptr;
    if (lot.loss + risk > w.written_off[l]) return "loss + W is more than what was written off";
    if (lot.known && lot.free + lot.expired + lot.taken + printed.redeemed > printed.issued + w.written_off[l]) {
        return "points are spent at a till and free, expired or taken at HQ";
    }
    return nullptr;
}

// L + W = granted + born + received - named, of what HQ has folded.
const char* broken_account(const World& w, int e, int l) {
    const EpochAtHq& state = w.hq.epochs[e];
    int sum = state.granted[l];
    for (int from = 0; from < w.epochs; ++from) {
        for (int i = 0; i < w.hq.epochs[from].next_seq; ++i) {
            const Op& op = w.chains[from].ops[i];
            if (op.lot != l || !bit(w.hq.epochs[from].folded, i)) continue;
            if (op.kind == Kind::kGive && op.epoch == e) sum += op.n;
            if (from != e) continue;
            if (op.kind == Kind::kEarn && op.flag) sum += op.n;
            if (op.kind == Kind::kRedeem || op.kind == Kind::kReturn || op.kind == Kind::kGive) sum -= op.n;
        }
    }
    if (state.leased[l] + state.risk[l] != sum) return "L + W is not what was granted and not yet named";
    return nullptr;
}

const char* broken_wants(const World& w) {
    for (int e = 0; e < w.epochs; ++e) {
        int most = 0;
        for (int s = 0; s < static_cast<int>(w.wants[e].size()); ++s) {
            if (w.wants[e][s] > 0) most = std::max(most, named(w.chains[e], 0, s) + w.wants[e][s]);
        }
        if (w.hq.epochs[e].granted[0] > most) return "more was granted than the holder ever asked for";
    }
    return nullptr;
}

bool survives(const World& w, int epoch) {
    const Op& first = w.chains[epoch].ops[0];
    if (epoch >= kTerminals && first.flag && w.live[terminal_of(w, epoch)] == first.epoch)
        return true;  // kClosedGoesOn
    for (const uint8_t slot : w.live) {
        if (slot >= w.epochs) continue;
        int at = slot;
        while (true) {  // a log goes back through every epoch that its successor closed
            if (at == epoch) return true;
            const Op& begin = w.chains[at].ops[0];
            if (at < kTerminals || begin.kind != Kind::kBegin || !begin.flag) break;
            at = begin.epoch;
        }
    }
    return false;
}

// Up to where a chain can still reach HQ: its own disk, and the copies that receivers of its transfers keep.
int still_there(const World& w, const Bounds& b, int epoch) {
    if (survives(w, epoch)) return w.chains[epoch].len;
    int upto = w.hq.epochs[epoch].next_seq;
    for (int e = 0; e < w.epochs && !b.has(kGiveNotRelayed); ++e) {
        if (!survives(w, e)) continue;
        for (int i = 0; i < w.chains[e].len; ++i) {
            const Op& op = w.chains[e].ops[i];
            if (op.kind == Kind::kTake && op.epoch == epoch) upto = std::max(upto, op.seq + 1);
        }
    }
    return std::min<int>(upto, w.chains[epoch].len);
}

// HQ, or the giver, hands what was given to this device's epoch over again.
void take_all(World& w, int device) {
    const int mine = w.live[device];
    for (int e = 0; e < w.epochs; ++e) {
        for (int i = 0; i < w.hq.epochs[e].next_seq; ++i) {
            const Op& give = w.chains[e].ops[i];
            if (give.kind != Kind::kGive || give.epoch != mine || has_taken(w, mine, e, i)) continue;
            append(w, device,
                   {.kind = Kind::kTake,
                    .lot = give.lot,
                    .n = give.n,
                    .epoch = static_cast<uint8_t>(e),
                    .seq = static_cast<uint8_t>(i)});
        }
    }
}

void deliver_all(World& w, const Bounds& b) {
    for (bool again = true; again && w.broken == nullptr;) {
        again = false;
        for (int e = 0; e < w.epochs; ++e) {
            for (int i = w.chains[e].branch_at; i < w.hq.epochs[e].next_seq && w.broken == nullptr; ++i) {
                if (!bit(w.hq.epochs[e].quarantined, i) || w.recovering) continue;
                release(w, b, e, i);
                again = true;
            }
            while (can_accept(w, b, e) && w.hq.epochs[e].next_seq < still_there(w, b, e)) {
                accept(w, b, e, false);
                again = true;
            }
        }
        settle(w, b);
    }
}

// While something is owed after a recovery, a person first writes off what is in doubt: that may be what funds it.
void settle_doubts(World& w, const Bounds& b) {
    for (int l = 0; l < b.lots; ++l) {
        const auto some_owed = [&] {
            int sum = 0;
            for (int e = 0; e < w.epochs; ++e) sum += owed(w, b, e, l);
            return sum > 0;
        };
        for (int e = 0; e < w.epochs && w.incarnation > 0 && some_owed(); ++e) {
            const bool in_doubt = std::ranges::find(w.live, e) == w.live.end();
            if (in_doubt && w.hq.epochs[e].leased[l] > 0) write_off(w, b, e, l, w.hq.epochs[e].leased[l]);
        }
    }
}

}  // namespace

const char* broken_invariant(const World& w, const Bounds& b) {
    int reversed = 0, taken = 0, free = 0;
    for (int l = 0; l < b.lots; ++l) {
        if (const char* what = broken_lot(w, b, l)) return what;
        reversed += w.hq.lots[l].reversed;
        taken += w.hq.lots[l].taken;
        free += w.hq.lots[l].free;
        for (int e = 0; e < w.epochs && b.hq_restores == 0 && b.clones == 0 && b.faults == 0; ++e) {
            if (const char* what = broken_account(w, e, l)) return what;
        }
    }
    if (reversed != taken + w.hq.debt) return "the sum of reversed is not the sum of taken + debt";
    if (w.hq.debt > 0 && free > 0 && !w.recovering) return "there is debt while points are free";
    if (b.wants) {
        if (const char* what = broken_wants(w)) return what;
    }
    for (int t = 0; t < kTerminals; ++t) {
        int current = 0;
        for (int e = 0; e < w.epochs; ++e) {
            const EpochAtHq& state = w.hq.epochs[e];
            if (terminal_of(w, e) != t || w.chains[e].branch || w.hq.epochs[e].next_seq == 0) continue;
            const bool begun = e < kTerminals || bit(state.folded, 0);
            current += begun && !state.superseded;
        }
        if (current > 1) return "a terminal has two epochs that are both current";
    }
    return nullptr;
}

const char* broken_at_rest(World w, const Bounds& b) {
    Bounds rest = b;
    rest.lazy_fold = false;
    if (b.hq_restores > 0 && w.incarnation > 0) {
        for (int t = 0; t < kTerminals; ++t) {
            bool heard = false;
            for (int e = 0; e < w.epochs; ++e)
                heard |= terminal_of(w, e) == t && w.chains[e].incarnation == w.incarnation;
            if (!heard || (w.chains[w.live[t]].incarnation < w.incarnation && !b.has(kClosedGoesOn)))
                begin_epoch(w, rest, t, true);
        }
    }
    deliver_all(w, rest);
    if (w.recovering && w.restores == 0)
        return "a restored HQ needs a write-off although no terminal has lost anything";
    for (int t = 0; t < kTerminals && w.recovering; ++t) write_off_terminal(w, rest, t);
    if (w.recovering) return "a restored HQ can never grant again";
    deliver_all(w, rest);
    for (int device = 0; device < kDevices; ++device) {
        if (device == kClone && w.clones == 0) continue;
        if (device < kTerminals && w.holders[device].staged) append(w, device, w.holders[device].op);
        w.holders[device % kTerminals].staged = false;
        take_all(w, device);
        for (int l = 0; l < b.lots; ++l) {
            if (b.explicit_holder) w.holders[device % kTerminals].known[l] = w.ever[w.live[device]][l];
            const int n = available(w, rest, device, l);
            if (n > 0) {
                append(w, device,
                       {.kind = Kind::kReturn, .lot = static_cast<uint8_t>(l), .n = static_cast<uint8_t>(n)});
            }
        }
    }
    deliver_all(w, rest);
    settle_doubts(w, rest);
    for (int e = 0; e < w.epochs && w.incarnation > 0; ++e) {
        // A reversal that reached only the old HQ, after its backup, and whose own disk is lost too: RULES.md names
        // this loss.
        for (int i = w.hq.epochs[e].next_seq; i < w.chains[e].len && !survives(w, e); ++i) {
            const Op& op = w.chains[e].ops[i];
            if (op.kind == Kind::kReverse && !w.hq.epochs[e].open) w.written_off[op.lot] += op.n;
        }
    }
    for (int e = 0; e < w.epochs;
         ++e) {  // nothing will come any more for what a restored HQ still owes: a person lets it stand
        for (int l = 0; l < b.lots; ++l) {
            if (w.incarnation > 0) w.hq.epochs[e].risk[l] += static_cast<uint8_t>(owed(w, rest, e, l));
        }
    }
    settle(w, rest);
    if (w.broken != nullptr) return w.broken;
    if (const char* what = broken_invariant(w, rest)) return what;
    for (int device = 0; device < kDevices; ++device) {
        const int e = w.live[device];
        if (device == kClone && w.clones == 0) continue;
        const EpochAtHq& state = w.hq.epochs[e];
        if (state.next_seq < w.chains[e].len) return "a living terminal's operation can never be accepted";
        for (int i = w.chains[e].branch_at; i < state.next_seq; ++i) {
            if (bit(state.folded, i) || w.chains[e].ops[i].kind == Kind::kReverse) continue;
            return "at rest an operation of a living terminal waits for ever";
        }
        if (state.superseded || device == kClone) continue;
        for (int l = 0; l < b.lots; ++l) {
            if (state.leased[l] > 0 && w.clones == 0) return "at rest points stay leased that nobody holds";
        }
    }
    return nullptr;
}

}  // namespace tally::lease_model
