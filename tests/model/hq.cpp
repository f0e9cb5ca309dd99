#include "tests/model/hq.h"

#include <algorithm>

#include "tests/model/recovery.h"

namespace tally::lease_model {
namespace {

void mark_folded(World& w, int epoch, int seq) { w.hq.epochs[epoch].folded |= static_cast<uint16_t>(1u << seq); }

bool folded(const World& w, int epoch, int seq) { return bit(w.hq.epochs[epoch].folded, seq); }

enum class Cover { kCovered, kWaits, kBeyond };

// May n points of a lot, named by this operation, be taken from its epoch's L and W?
Cover cover(const World& w, const Bounds& b, int epoch, int seq, int lot, int n) {
    const EpochAtHq& account = w.hq.epochs[home(w, epoch)];
    if (account.leased[lot] + account.risk[lot] >= n) return Cover::kCovered;
    if (names_later_source(w, epoch, seq, lot) && !b.has(kTakeDoesNotWait)) return Cover::kWaits;
    if (b.has(kRedeemBeyond)) return Cover::kCovered;
    if (account.open && w.chains[epoch].ops[seq].kind != Kind::kRedeem) return Cover::kCovered;  // without effect
    return account.closed || account.open ? Cover::kWaits : Cover::kBeyond;
}

void quarantine(World& w, const Bounds& b, int epoch, int seq) {
    w.hq.epochs[epoch].quarantined |= static_cast<uint16_t>(1u << seq);
    if (b.clones == 0) w.broken = "an honest operation names more than its lease and is quarantined";
}

// A redemption of n: from L, then from W, and what neither covers (of an open epoch), from free of that lot, else loss.
void spend(World& w, int epoch, int lot, int n) {
    EpochAtHq& account = w.hq.epochs[home(w, epoch)];
    LotAtHq& at = w.hq.lots[lot];
    const int leased = std::min<int>(account.leased[lot], n), risk = std::min<int>(account.risk[lot], n - leased);
    account.leased[lot] -= leased;
    account.risk[lot] -= risk;
    const int free = std::min<int>(at.free, n - leased);
    at.free -= free;
    at.loss += n - leased - free;
    at.redeemed += n;
}

void give_back(World& w, const Bounds& b, int epoch, int lot, int n) {
    EpochAtHq& account = w.hq.epochs[home(w, epoch)];
    const int leased = b.has(kReturnTheRest) ? account.leased[lot] : std::min<int>(account.leased[lot], n);
    account.leased[lot] -= leased;
    w.hq.lots[lot].free += leased;
    account.risk[lot] -= std::clamp(n - leased, 0, static_cast<int>(account.risk[lot]));
}

void fold_redeem(World& w, const Bounds& b, int epoch, int seq, const Op& op) {
    const int cut = w.hq.epochs[epoch].cut[seq];
    spend(w, epoch, op.lot, op.n - cut);
    if (cut > 0 && !b.has(kCutToLease)) give_back(w, b, epoch, op.lot, cut);
}

void fold_give(World& w, const Bounds& b, int epoch, const Op& op) {
    EpochAtHq& from = w.hq.epochs[home(w, epoch)];
    EpochAtHq& to = w.hq.epochs[op.epoch];
    const int leased = std::min<int>(from.leased[op.lot], op.n), risk = std::min<int>(from.risk[op.lot], op.n - leased);
    from.leased[op.lot] -= leased;
    to.leased[op.lot] += leased;
    from.risk[op.lot] -= risk;
    if (!b.has(kGiveLKept)) to.risk[op.lot] += risk;
}

void take_for_refund(World& w, const Bounds& b, int lot, int k) {
    const auto take = [&](uint8_t& part, LotAtHq& at) {
        const int n = std::min<int>(part, k);
        part -= n;
        at.taken += n;
        k -= n;
    };
    LotAtHq& own = w.hq.lots[lot];
    own.reversed += k;
    take(own.free, own);
    if (b.own_expired_first) take(own.expired, own);
    if (b.has(kRefundLeased)) {
        for (int e = 0; e < w.epochs; ++e) take(w.hq.epochs[e].leased[lot], own);
    }
    for (int l = 0; l < b.lots; ++l) take(w.hq.lots[l].free, w.hq.lots[l]);
    w.hq.debt += k;
}

void fold_reverse(World& w, const Bounds& b, const Op& op) {
    const Op& target = w.chains[op.epoch].ops[op.seq];
    LotAtHq& at = w.hq.lots[target.lot];
    if (target.kind == Kind::kEarn) {
        take_for_refund(w, b, target.lot, std::min<int>(op.n, target.n - at.reversed));
        return;
    }
    EpochAtHq& epoch = w.hq.epochs[op.epoch];
    const int k = std::min<int>(op.n, target.n - epoch.cut[op.seq] - epoch.reversed[op.seq]);
    epoch.reversed[op.seq] += k;
    const int loss = std::min<int>(at.loss, k);
    at.redeemed -= k;
    at.loss -= loss;
    at.free += k - loss;
}

void fold_begin(World& w, const Bounds& b, int epoch, const Op& op) {
    EpochAtHq& mine = w.hq.epochs[epoch];
    for (int e = 0; e < w.epochs; ++e) {
        if (e == epoch || terminal_of(w, e) != terminal_of(w, epoch) || w.chains[e].branch) continue;
        if (b.has(kSupersedeNamed) && e != op.epoch) continue;
        // The slot's number stands for the order of the terminal's Hellos: an older epoch that turns up late stays
        // superseded.
        if (e > epoch && w.hq.epochs[e].known) mine.superseded = true;
        if (e < epoch) w.hq.epochs[e].superseded = true;
        if (!b.has(kDoubtFreed) || e > epoch) continue;
        for (int l = 0; l < b.lots; ++l) {
            w.hq.lots[l].free += w.hq.epochs[e].leased[l];
            w.hq.epochs[e].leased[l] = 0;
        }
    }
}

}  // namespace

bool names_later_source(const World& w, int epoch, int seq, int lot) {
    for (int i = w.chains[epoch].branch_at; i < seq; ++i) {
        const Op& op = w.chains[epoch].ops[i];
        if (op.lot != lot || folded(w, epoch, i)) continue;
        if (op.kind == Kind::kTake || (op.kind == Kind::kEarn && op.flag)) return true;
    }
    return false;
}

void net(World& w, const Bounds& b) {
    for (int l = 0; l < b.lots; ++l) {
        LotAtHq& lot = w.hq.lots[l];
        for (int e = 0; e < w.epochs; ++e) {
            EpochAtHq& epoch = w.hq.epochs[e];
            const int n = w.incarnation == 0 ? 0 : std::min<int>(owed(w, b, e, l), lot.free);
            epoch.leased[l] += n;
            lot.free -= n;
        }
        if (w.recovering) continue;
        const int n = std::min<int>(w.hq.debt, lot.free);
        w.hq.debt -= n;
        lot.free -= n;
        lot.taken += n;
    }
}

bool fold_one(World& w, const Bounds& b, int epoch, int seq) {
    const EpochAtHq& state = w.hq.epochs[epoch];
    if (seq >= state.next_seq || bit(state.folded, seq) || bit(state.quarantined, seq)) return false;
    const Op& op = w.chains[epoch].ops[seq];
    LotAtHq& lot = w.hq.lots[op.lot];
    EpochAtHq& account = w.hq.epochs[home(w, epoch)];
    switch (op.kind) {
        case Kind::kBegin: fold_begin(w, b, epoch, op); break;
        case Kind::kEarn:
            lot.known = true;
            (op.flag ? account.leased[op.lot] : lot.free) += op.n;
            break;
        case Kind::kReverse:
            if (!folded(w, op.epoch, op.seq)) return false;
            fold_reverse(w, b, op);
            break;
        case Kind::kTake:
            if (w.chains[op.epoch].ops[op.seq].kind != Kind::kGive || !folded(w, op.epoch, op.seq)) return false;
            break;
        default: {
            if (!lot.known) return false;
            const Cover covered = cover(w, b, epoch, seq, op.lot, op.n);
            if (covered == Cover::kWaits) return false;
            if (covered == Cover::kBeyond) {
                quarantine(w, b, epoch, seq);
                return true;
            }
            if (op.kind == Kind::kRedeem) fold_redeem(w, b, epoch, seq, op);
            if (op.kind == Kind::kReturn) give_back(w, b, epoch, op.lot, op.n);
            if (op.kind == Kind::kGive) fold_give(w, b, epoch, op);
        }
    }
    mark_folded(w, epoch, seq);
    net(w, b);
    return true;
}

void settle(World& w, const Bounds& b) {
    if (w.incarnation > 0) close_epochs(w, b);
    if (w.recovering && !b.has(kFoldInRecovery)) return;
    for (bool again = true; again;) {
        again = false;
        for (int e = 0; e < w.epochs; ++e) {
            for (int i = w.chains[e].branch_at; i < w.hq.epochs[e].next_seq; ++i) again |= fold_one(w, b, e, i);
        }
    }
}

bool can_accept(const World& w, const Bounds& b, int epoch) {
    const Chain& chain = w.chains[epoch];
    const int next = w.hq.epochs[epoch].next_seq;
    if (next >= chain.len || next < w.pruned[epoch]) return false;
    // A copy's chain goes on from what both share, so that comes first.
    return !chain.branch || b.clones == 0 || w.hq.epochs[chain.branch_of].next_seq >= chain.branch_at;
}

void accept(World& w, const Bounds& b, int epoch, bool held) {
    EpochAtHq& state = w.hq.epochs[epoch];
    const int seq = state.next_seq++;
    state.known = true;
    if (held) state.quarantined |= static_cast<uint16_t>(1u << seq);
    for (int other = 0; other < w.epochs && b.clones > 0 && !b.has(kRedeemBeyond);
         ++other) {  // another operation under this id: a branch
        const Chain &mine = w.chains[epoch], &its = w.chains[other];
        const bool rival = (mine.branch && mine.branch_of == other) || (its.branch && its.branch_of == epoch);
        const int at = mine.branch ? mine.branch_at : its.branch_at;
        if (!rival || seq < at || w.hq.epochs[other].next_seq <= at) continue;
        w.hq.alarm = true;
        state.quarantined |= static_cast<uint16_t>(1u << seq);
    }
    if (!b.lazy_fold) settle(w, b);
}

bool can_grant(const World& w, const Bounds& b, int epoch, int lot) {
    const EpochAtHq& state = w.hq.epochs[epoch];
    if (w.recovering && !b.has(kGrantInRecovery)) return false;
    if (!state.known || state.superseded || state.closed || state.open || w.chains[epoch].branch) return false;
    if (w.hq.alarm && terminal_of(w, epoch) == 0) return false;
    return w.hq.lots[lot].known && w.hq.lots[lot].free > 0 && w.day <= b.date[lot] &&
           state.granted[lot] < b.granted_max;
}

void grant(World& w, const Bounds& b, int epoch, int lot) {
    EpochAtHq& state = w.hq.epochs[epoch];
    w.hq.lots[lot].free -= 1;
    state.granted[lot] += 1;
    state.leased[lot] += 1;
    for (int e = 0; e < w.epochs; ++e) {
        if (home(w, e) != epoch) continue;
        // State carries HQ's head: a copied device takes it only if its own chain has that operation there.
        bool fits = true;
        for (int other = 0; other < w.epochs; ++other) {
            if (other == e || home(w, other) != epoch || (!w.chains[e].branch && !w.chains[other].branch)) continue;
            const int at = w.chains[e].branch ? w.chains[e].branch_at : w.chains[other].branch_at;
            if (w.hq.epochs[other].next_seq > at) fits = false;
        }
        if (fits || b.has(kStateUnbound)) w.ever[e][lot] = std::max(w.ever[e][lot], state.granted[lot]);
    }
}

void expire(World& w, const Bounds& b, int lot) {
    LotAtHq& at = w.hq.lots[lot];
    at.expired += at.free;
    at.free = 0;
    for (int e = 0; e < w.epochs; ++e) {
        uint8_t& leased = w.hq.epochs[e].leased[lot];
        if (b.has(kExpireLeased)) at.expired += leased;
        if (b.has(kFreeByTime)) at.free += leased;
        if (b.has(kExpireLeased) || b.has(kFreeByTime)) leased = 0;
    }
    net(w, b);
}

void write_off(World& w, const Bounds& b, int epoch, int lot, int n) {
    EpochAtHq& state = w.hq.epochs[epoch];
    state.leased[lot] -= n;
    w.hq.lots[lot].free += n;
    if (!b.has(kWriteOffNoRisk)) state.risk[lot] += n;
    w.written_off[lot] += n;
    net(w, b);
    if (!b.lazy_fold) settle(w, b);
}

void release(World& w, const Bounds& b, int epoch, int seq) {
    const Op& op = w.chains[epoch].ops[seq];
    EpochAtHq& account = w.hq.epochs[home(w, epoch)];
    w.hq.epochs[epoch].quarantined &= static_cast<uint16_t>(~(1u << seq));
    if (b.clones > 0 && op.kind != Kind::kReverse && op.kind != Kind::kEarn && op.kind != Kind::kTake) {
        // What no lease covers, a person lets stand at the chain's cost: that is a write-off of the excess.
        const int excess = std::max(0, op.n - account.leased[op.lot] - account.risk[op.lot]);
        account.risk[op.lot] += excess;
        if (op.kind != Kind::kReturn) w.written_off[op.lot] += excess;
    }
    if (!b.lazy_fold) settle(w, b);
}

}  // namespace tally::lease_model
