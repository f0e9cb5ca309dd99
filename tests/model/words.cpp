#include "tests/model/words.h"

namespace tally::lease_model {

std::string device_name(int device) { return device == kClone ? "A's copy" : device == 0 ? "A" : "B"; }

std::string epoch_name(const World& w, int epoch) {
    const Chain& chain = w.chains[epoch];
    if (chain.branch) return epoch_name(w, chain.branch_of) + "'";
    int number = 1;
    for (int e = 0; e < epoch; ++e) number += w.chains[e].device == chain.device;
    return std::string(1, static_cast<char>('A' + chain.device)) + std::to_string(number);
}

std::string op_name(const World& w, int epoch, int seq) { return epoch_name(w, epoch) + "." + std::to_string(seq + 1); }

std::string op_words(const World& w, const Bounds& b, const Op& op) {
    const std::string lot = b.lots > 1 ? std::string(" of lot ") + static_cast<char>('X' + op.lot) : "";
    const std::string points = " " + std::to_string(op.n) + lot;
    switch (op.kind) {
        case Kind::kBegin:
            return "begin after " + epoch_name(w, op.epoch) +
                   (op.flag ? ", which ends at " + std::to_string(op.seq) : "");
        case Kind::kEarn: return "earn" + points + (op.flag ? ", born leased" : "");
        case Kind::kRedeem: return "redeem" + points;
        case Kind::kReturn: return "return" + points;
        case Kind::kReverse: return "reverse " + std::to_string(op.n) + " of " + op_name(w, op.epoch, op.seq);
        case Kind::kGive: return "give" + points + " to " + epoch_name(w, op.epoch);
        case Kind::kTake: return "take" + points + " of " + op_name(w, op.epoch, op.seq);
    }
    return "?";
}

}  // namespace tally::lease_model
