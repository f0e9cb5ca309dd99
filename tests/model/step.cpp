#include "tests/model/step.h"

#include <algorithm>

#include "tests/model/holder.h"
#include "tests/model/hq.h"
#include "tests/model/recovery.h"
#include "tests/model/words.h"

namespace tally::lease_model {
namespace {

// One exploration step's helper: copies the state, lets an edit change it, hands it on.
class Maker {
  public:
    Maker(const World& w, const Bounds& b, Steps& steps) : w_(w), b_(b), steps_(steps) {}

    template <class Edit, class Words>
    void make(const Edit& edit, const Words& words) {
        World next = w_;
        edit(next);
        for (int device : {0, kClone}) {
            if (b_.clones == 0 || (device == kClone && next.clones == 0)) continue;
            for (int l = 0; l < b_.lots; ++l) {
                const int most = std::max<int>(available(next, b_, device, l), next.hq.epochs[next.live[0]].leased[l]);
                next.lease_most[l] = std::max(next.lease_most[l], static_cast<uint8_t>(most));
            }
        }
        steps_.take(std::move(next), words);
    }

    void write(int device, const Op& op) {
        make(
            [&](World& n) {
                append(n, device, op);
                ++n.ops;
                if (op.kind == Kind::kReverse) ++n.refunds;
                if (op.kind == Kind::kGive) ++n.gives;
            },
            [&, this] {
                return device_name(device) + " appends " +
                       op_name(w_, w_.live[device], w_.chains[w_.live[device]].len) + ": " + op_words(w_, b_, op);
            });
    }

    void hq_steps();
    void message_steps();
    void holder_steps(int device);
    void explicit_steps(int device);
    void incident_steps();

  private:
    void reversals(int device);
    void transfers(int device);

    const World& w_;
    const Bounds& b_;
    Steps& steps_;
};

std::string lot_words(const Bounds& b, int lot) {
    return b.lots > 1 ? std::string(" of lot ") + static_cast<char>('X' + lot) : "";
}

void Maker::hq_steps() {
    for (int e = 0; e < w_.epochs; ++e) {
        for (int l = 0; l < b_.lots; ++l) {
            const bool to_this = b_.grant_to_b || terminal_of(w_, e) == 0;
            if (!b_.wants && to_this && can_grant(w_, b_, e, l)) {
                make([&](World& n) { grant(n, b_, e, l); },
                     [&] { return "HQ grants 1" + lot_words(b_, l) + " to " + epoch_name(w_, e); });
            }
            const int leased = w_.hq.epochs[e].leased[l];
            for (int n = 1; n <= leased && w_.write_offs < b_.write_offs && !w_.recovering; ++n) {
                make([&](World& next) { ++next.write_offs, write_off(next, b_, e, l, n); },
                     [&] {
                         return "a person writes off " + std::to_string(n) + lot_words(b_, l) + " of " +
                                epoch_name(w_, e);
                     });
            }
        }
        for (int i = 0; i < w_.hq.epochs[e].next_seq; ++i) {
            if (bit(w_.hq.epochs[e].quarantined, i) && !w_.recovering) {
                make([&](World& n) { release(n, b_, e, i); }, [&] { return "a person releases " + op_name(w_, e, i); });
            }
            if (!b_.lazy_fold || bit(w_.hq.epochs[e].folded, i) || bit(w_.hq.epochs[e].quarantined, i)) continue;
            World next = w_;
            if (fold_one(next, b_, e, i)) {
                steps_.take(std::move(next), [&] { return "HQ folds " + op_name(w_, e, i); });
            }
        }
    }
    for (int l = 0; l < b_.lots; ++l) {
        const LotAtHq& lot = w_.hq.lots[l];
        const bool leased = std::ranges::any_of(w_.hq.epochs, [&](const EpochAtHq& e) { return e.leased[l] > 0; });
        const bool some = lot.free > 0 || (leased && (b_.has(kExpireLeased) || b_.has(kFreeByTime)));
        if (w_.recovering || !lot.known || !some || w_.day <= b_.date[l]) continue;
        make([&](World& n) { expire(n, b_, l); }, [&] { return "HQ expires" + lot_words(b_, l); });
    }
    if (w_.day + 1 < b_.days) make([&](World& n) { ++n.day; }, [&] { return std::string("a day passes"); });
}

void Maker::message_steps() {
    for (int e = 0; e < w_.epochs; ++e) {
        if (!can_accept(w_, b_, e)) continue;
        const int next = w_.hq.epochs[e].next_seq;
        const Op& op = w_.chains[e].ops[next];
        make([&](World& n) { accept(n, b_, e, false); }, [&] { return "HQ accepts " + op_name(w_, e, next); });
        if (w_.quarantines < b_.quarantines && op.kind != Kind::kBegin) {
            make([&](World& n) { ++n.quarantines, accept(n, b_, e, true); },
                 [&] { return "HQ accepts " + op_name(w_, e, next) + " and quarantines it"; });
        }
        for (int cut = 1; cut <= op.n && op.kind == Kind::kRedeem && w_.cuts < b_.cuts; ++cut) {
            make(
                [&](World& n) {
                    ++n.cuts, n.hq.epochs[e].cut[next] = static_cast<uint8_t>(cut), accept(n, b_, e, false);
                },
                [&] { return "HQ accepts " + op_name(w_, e, next) + " at a price lower by " + std::to_string(cut); });
        }
    }
    if (!b_.wants) return;
    for (int e = 0; e < w_.epochs; ++e) {
        const EpochAtHq& state = w_.hq.epochs[e];
        for (int s = 0; s < static_cast<int>(w_.wants[e].size()); ++s) {
            const int k = w_.wants[e][s];
            if (k == 0 || (s != state.next_seq && !b_.has(kWantUnchecked))) continue;
            if (state.leased[0] + state.risk[0] >= k || !can_grant(w_, b_, e, 0)) continue;
            make([&](World& n) { grant(n, b_, e, 0); },
                 [&] {
                     return "HQ grants 1 on " + epoch_name(w_, e) + "'s Want of " + std::to_string(k) + " after " +
                            std::to_string(s);
                 });
        }
    }
}

void Maker::reversals(int device) {
    for (int e = 0; e < w_.epochs; ++e) {
        for (int i = w_.chains[e].branch_at; i < w_.chains[e].len; ++i) {
            const Op& target = w_.chains[e].ops[i];
            if (target.kind != Kind::kEarn && target.kind != Kind::kRedeem) continue;
            for (uint8_t k = 1; k <= target.n; ++k) {
                write(device, {.kind = Kind::kReverse,
                               .lot = target.lot,
                               .n = k,
                               .epoch = static_cast<uint8_t>(e),
                               .seq = static_cast<uint8_t>(i)});
            }
        }
    }
}

void Maker::transfers(int device) {
    const int mine = w_.live[device];
    for (int e = 0; e < w_.epochs; ++e) {
        for (int i = 0; i < w_.chains[e].len; ++i) {
            const Op& give = w_.chains[e].ops[i];
            if (give.kind != Kind::kGive || has_taken(w_, mine, e, i)) continue;
            const bool here = give.epoch == mine ||
                              (b_.has(kGiveWithoutEpoch) && terminal_of(w_, give.epoch) == terminal_of(w_, mine));
            if (!here) continue;
            write(device, {.kind = Kind::kTake,
                           .lot = give.lot,
                           .n = give.n,
                           .epoch = static_cast<uint8_t>(e),
                           .seq = static_cast<uint8_t>(i)});
        }
    }
}

void Maker::holder_steps(int device) {
    const int mine = w_.live[device];
    const Chain& chain = w_.chains[mine];
    const int room =
        b_.chain_max + (mine >= kTerminals && !chain.branch ? 1 : 0);  // an epoch's first operation is not counted
    if (chain.len >= room || w_.ops >= b_.ops_max) return;
    const int terminal = terminal_of(w_, mine);
    for (int l = 0; l < b_.lots; ++l) {
        const auto lot = static_cast<uint8_t>(l);
        bool earned = b_.earner[l] != terminal;
        for (int e = 0; e < w_.epochs; ++e) {
            for (int i = 0; i < w_.chains[e].len; ++i)
                earned |= w_.chains[e].ops[i].kind == Kind::kEarn && w_.chains[e].ops[i].lot == l;
        }
        if (!earned) {
            write(
                device,
                {.kind = Kind::kEarn, .lot = lot, .n = static_cast<uint8_t>(b_.points[l]), .flag = b_.born_leased[l]});
        }
        const int can = available(w_, b_, device, l);
        for (uint8_t n = 1; n <= std::min(can, 3); ++n) {
            if (!b_.explicit_holder) write(device, {.kind = Kind::kRedeem, .lot = lot, .n = n});
            write(device, {.kind = Kind::kReturn, .lot = lot, .n = n});
            if (w_.gives >= b_.gives || device == kClone) continue;
            const Op give{.kind = Kind::kGive, .lot = lot, .n = n, .epoch = w_.live[1 - device]};
            write(device, give);
            if (!b_.has(kGiveNotDurable)) continue;
            const Op take{
                .kind = Kind::kTake, .lot = lot, .n = n, .epoch = static_cast<uint8_t>(mine), .seq = chain.len};
            make([&](World& next) { append(next, 1 - device, take), ++next.ops, ++next.gives; },
                 [&] {
                     return device_name(device) + " hands over " + op_words(w_, b_, give) +
                            ", which is taken, and crashes before its log holds it";
                 });
        }
    }
    if (w_.refunds < b_.refunds) reversals(device);
    if (b_.gives > 0) transfers(device);
    for (uint8_t k = 1; k <= 2 && b_.wants; ++k) {
        uint8_t now = w_.wants[mine][std::min<int>(chain.len, 5)];
        if (now >= k || chain.len > 5) continue;
        make([&](World& n) { n.wants[mine][chain.len] = k; },
             [&] {
                 return device_name(device) + " sends Want of " + std::to_string(k) + " after " +
                        std::to_string(chain.len);
             });
    }
}

// What lies between a State's arrival, the decision, the durable append and the print, and what a crash forgets of it.
void Maker::explicit_steps(int device) {
    const Holder& holder = w_.holders[device];
    const int mine = w_.live[device];
    for (int l = 0; l < b_.lots; ++l) {
        for (int v = holder.known[l] + 1; v <= w_.ever[mine][l]; ++v) {
            make([&](World& n) { n.holders[device].known[l] = static_cast<uint8_t>(v); },
                 [&] {
                     return "State reaches " + device_name(device) + ": granted " + std::to_string(v) +
                            lot_words(b_, l);
                 });
        }
    }
    if (w_.crashes < b_.crashes) {
        make(
            [&](World& n) {
                if (holder.staged && holder.printed) n.lost_prints[holder.op.lot] += holder.op.n;
                n.holders[device] = {}, ++n.crashes;
            },
            [&] { return device_name(device) + " crashes"; });
    }
    if (holder.staged) {
        make([&](World& n) { append(n, device, holder.op), ++n.ops, n.holders[device].staged = false; },
             [&] {
                 return device_name(device) + "'s log holds the redemption" +
                        (holder.printed ? "" : "; the receipt prints");
             });
        return;
    }
    if (w_.chains[mine].len >= b_.chain_max || w_.ops >= b_.ops_max) return;
    for (int l = 0; l < b_.lots; ++l) {
        for (uint8_t k = 1; k <= available(w_, b_, device, l); ++k) {
            make(
                [&](World& n) {
                    n.holders[device].staged = true, n.holders[device].printed = b_.has(kPrintFirst);
                    n.holders[device].op = {.kind = Kind::kRedeem, .lot = static_cast<uint8_t>(l), .n = k};
                },
                [&] {
                    return device_name(device) + " decides to redeem " + std::to_string(k) + lot_words(b_, l) +
                           (b_.has(kPrintFirst) ? " and prints" : "");
                });
        }
    }
}

void Maker::incident_steps() {
    for (int t = 0; t < kTerminals; ++t) {
        const int mine = w_.live[t];
        if (w_.restores < b_.restores && b_.has(kNoWitness)) {
            for (int upto = w_.hq.epochs[mine].next_seq; upto < w_.chains[mine].len; ++upto) {
                make(
                    [&](World& n) {
                        for (int i = upto; i < n.chains[mine].len; ++i) {
                            const Op& op = n.chains[mine].ops[i];
                            if (op.kind == Kind::kRedeem) n.lost_prints[op.lot] += op.n;
                            n.chains[mine].ops[i] = {};
                        }
                        n.chains[mine].len = static_cast<uint8_t>(upto), ++n.restores;
                    },
                    [&] {
                        return device_name(t) + " starts on an older copy of " + std::to_string(upto) +
                               " operations and does not see it";
                    });
            }
        } else if (w_.restores < b_.restores && w_.epochs < kEpochs) {
            make([&](World& n) { ++n.restores, begin_epoch(n, b_, t, false); },
                 [&] {
                     return device_name(t) + " is restored from an older copy and begins an epoch after " +
                            epoch_name(w_, mine);
                 });
            const Op& begin = w_.chains[mine].ops[0];
            if (mine >= kTerminals && !begin.flag) {  // the copy was older than this epoch's begin
                make([&](World& n) { ++n.restores, n.live[t] = begin.epoch, begin_epoch(n, b_, t, false); },
                     [&] {
                         return device_name(t) + " is restored from a copy of " + epoch_name(w_, begin.epoch) +
                                " and begins an epoch after that";
                     });
            }
        }
        bool heard = false;
        for (int e = 0; e < w_.epochs; ++e)
            heard |= terminal_of(w_, e) == t && w_.chains[e].incarnation == w_.incarnation;
        if (!heard && w_.epochs < kEpochs) {
            make([&](World& n) { begin_epoch(n, b_, t, true); },
                 [&] {
                     return device_name(t) + " hears that HQ was restored, ends " + epoch_name(w_, mine) +
                            " and begins an epoch";
                 });
        }
        if (b_.has(kAcknowledgedPruned) && w_.incarnation == 0 && w_.pruned[mine] < w_.hq.epochs[mine].next_seq) {
            make([&](World& n) { n.pruned[mine] = n.hq.epochs[mine].next_seq; },
                 [&] { return device_name(t) + " drops what HQ acknowledged"; });
        }
        if (w_.recovering && can_write_off_terminal(w_, t)) {
            make([&](World& n) { write_off_terminal(n, b_, t); },
                 [&] { return "a person writes off terminal " + device_name(t); });
        }
    }
    if (w_.backups < b_.backups && w_.incarnation == 0) {
        make([&](World& n) { n.backup = n.hq, n.has_backup = true, ++n.backups; },
             [&] { return std::string("HQ's backup is made"); });
    }
    if (w_.has_backup && w_.incarnation < b_.hq_restores) {
        make([&](World& n) { restore_hq(n, b_); }, [&] { return std::string("HQ is restored from the backup"); });
    }
    if (w_.clones < b_.clones) {
        make([&](World& n) { copy_device(n), ++n.clones; },
             [&] { return std::string("A's disk is copied, witness and all, and the copy runs"); });
    }
}

}  // namespace

World first_world(const Bounds& b) {
    World w;
    w.epochs = kTerminals;
    w.live = {0, 1, 7};
    for (int t = 0; t < kTerminals; ++t) {
        w.chains[t].device = static_cast<uint8_t>(t);
        w.hq.epochs[t].known = true;
    }
    for (int l = 0; l < b.lots; ++l) {
        if (b.earner[l] >= 0) continue;
        w.hq.lots[l].known = true;
        w.hq.lots[l].free = static_cast<uint8_t>(b.points[l]);
    }
    return w;
}

void each_step(const World& w, const Bounds& b, Steps& steps) {
    Maker maker(w, b, steps);
    maker.message_steps();
    maker.hq_steps();
    for (int device = 0; device < kDevices; ++device) {
        if (device == kClone && w.clones == 0) continue;
        maker.holder_steps(device);
        if (b.explicit_holder && device < kTerminals) maker.explicit_steps(device);
    }
    maker.incident_steps();
}

}  // namespace tally::lease_model
