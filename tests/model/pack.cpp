#include "tests/model/pack.h"

#include <algorithm>

namespace tally::lease_model {
namespace {

struct Writer {
    std::span<uint64_t> words;
    int at = 0;
    bool overflow = false;
    template <class T>
    void operator()(T& field, int bits) {
        const auto value = static_cast<uint64_t>(field);
        if (value >> bits != 0) overflow = true;
        const int word = at / 64, shift = at % 64;
        at += bits;
        if (word + 1 >= static_cast<int>(words.size())) {
            overflow = true;
            return;
        }
        words[word] |= value << shift;
        if (shift + bits > 64) words[word + 1] |= value >> (64 - shift);
    }
};

struct Reader {
    std::span<const uint64_t> words;
    int at = 0;
    template <class T>
    void operator()(T& field, int bits) {
        const int word = at / 64, shift = at % 64;
        uint64_t value = words[word] >> shift;
        if (shift + bits > 64) value |= words[word + 1] << (64 - shift);
        at += bits;
        field = static_cast<T>(value & ((1ULL << bits) - 1));
    }
};

template <class Io>
void walk_op(Io& io, Op& op, const Bounds& b) {
    io(op.kind, 3);
    if (op.kind != Kind::kBegin) {
        if (b.lots > 1) io(op.lot, 1);
        io(op.n, 2);
    }
    if (op.kind == Kind::kBegin || op.kind == Kind::kReverse || op.kind == Kind::kTake || op.kind == Kind::kGive) {
        io(op.epoch, 3);
        if (op.kind != Kind::kGive) io(op.seq, 4);
    }
    if (op.kind == Kind::kBegin || op.kind == Kind::kEarn) io(op.flag, 1);
}

template <class Io>
void walk_hq(Io& io, Hq& hq, World& w, const Bounds& b) {
    for (int l = 0; l < b.lots; ++l) {
        LotAtHq& lot = hq.lots[l];
        io(lot.known, 1);
        if (!lot.known) continue;
        for (uint8_t* field : {&lot.free, &lot.redeemed, &lot.expired, &lot.taken, &lot.loss, &lot.reversed})
            io(*field, 3);
    }
    if (b.refunds > 0) io(hq.debt, 3);
    if (b.clones > 0) io(hq.alarm, 1);
    for (int e = 0; e < w.epochs; ++e) {
        EpochAtHq& epoch = hq.epochs[e];
        io(epoch.known, 1);
        io(epoch.superseded, 1);
        if (b.hq_restores > 0) {
            io(epoch.closed, 1);
            io(epoch.open, 1);
        }
        io(epoch.next_seq, 4);
        for (int l = 0; l < b.lots; ++l) {
            io(epoch.granted[l], 3);
            io(epoch.leased[l], 3);
            if (b.write_offs > 0 || b.hq_restores > 0 || b.clones > 0) io(epoch.risk[l], 3);
        }
        for (int i = 0; i < epoch.next_seq; ++i) {
            uint8_t state = bit(epoch.folded, i) ? 1 : bit(epoch.quarantined, i) ? 2 : 0;
            io(state, 2);
            if (state == 1) epoch.folded |= static_cast<uint16_t>(1u << i);
            if (state == 2) epoch.quarantined |= static_cast<uint16_t>(1u << i);
            if (w.chains[e].ops[i].kind != Kind::kRedeem) continue;
            if (b.refunds > 0) io(epoch.reversed[i], 2);
            if (b.cuts > 0) io(epoch.cut[i], 2);
        }
    }
}

template <class Io>
void walk(Io& io, World& w, const Bounds& b) {
    io(w.epochs, 3);
    for (int e = 0; e < w.epochs; ++e) {
        Chain& chain = w.chains[e];
        io(chain.device, 2);
        io(chain.len, 4);
        if (b.hq_restores > 0) io(chain.incarnation, 1);
        if (b.clones > 0) {
            io(chain.branch, 1);
            if (chain.branch) {
                io(chain.branch_of, 3);
                io(chain.branch_at, 4);
            }
        }
        for (int i = 0; i < chain.len; ++i) walk_op(io, chain.ops[i], b);
        for (int l = 0; l < b.lots; ++l) io(w.ever[e][l], 3);
        if (b.wants) {
            for (auto& want : w.wants[e]) io(want, 2);
        }
        if (b.has(kAcknowledgedPruned)) io(w.pruned[e], 4);
    }
    for (auto& slot : w.live) io(slot, 3);
    io(w.day, 2);
    io(w.ops, 4);
    if (b.restores > 0) io(w.restores, 2);
    if (b.write_offs > 0) io(w.write_offs, 2);
    if (b.refunds > 0) io(w.refunds, 2);
    if (b.quarantines > 0) io(w.quarantines, 2);
    if (b.gives > 0) io(w.gives, 2);
    if (b.cuts > 0) io(w.cuts, 2);
    if (b.crashes > 0) io(w.crashes, 2);
    if (b.clones > 0) io(w.clones, 2);
    for (int l = 0; l < b.lots; ++l) {
        if (b.write_offs > 0 || b.hq_restores > 0 || b.clones > 0) io(w.written_off[l], 3);
        if (b.has(kNoWitness) || b.has(kPrintFirst)) io(w.lost_prints[l], 3);
        if (b.clones > 0) io(w.lease_most[l], 3);
    }
    if (b.explicit_holder) {
        for (Holder& holder : w.holders) {
            for (int l = 0; l < b.lots; ++l) io(holder.known[l], 3);
            io(holder.staged, 1);
            if (!holder.staged) continue;
            io(holder.printed, 1);
            walk_op(io, holder.op, b);
        }
    }
    walk_hq(io, w.hq, w, b);
    if (b.backups == 0) return;
    io(w.backups, 2);
    io(w.incarnation, 2);
    io(w.recovering, 1);
    io(w.has_backup, 1);
    if (w.has_backup) walk_hq(io, w.backup, w, b);
}

}  // namespace

int pack(World& w, const Bounds& bounds, std::span<uint64_t> words) {
    std::ranges::fill(words, 0);
    Writer writer{words};
    walk(writer, w, bounds);
    if (writer.overflow && w.broken == nullptr) w.broken = "a number has left the bounds of the model";
    return writer.at;
}

World unpack(std::span<const uint64_t> words, const Bounds& bounds) {
    World w;
    Reader reader{words};
    walk(reader, w, bounds);
    return w;
}

}  // namespace tally::lease_model
