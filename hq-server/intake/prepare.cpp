// The costly checks of a push that need no storage: grammar, ids, hashes, links, signature. Any thread.
#include "common/crypto/hash.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"
#include "hq-server/intake/intake.h"

namespace tally::intake {

using wire::Refusal;
using wire::Refused;

static Refused refused(Refusal code, std::string text) { return {code, std::move(text)}; }

// The bytes are the operation; `sealed` may be missing (erased), but what is there must be what the operation commits
// to.
static bool sealed_fits(const domain::Op& op, const Bytes& sealed) {
    return sealed.empty() || crypto::hash_of(sealed) == op.sealed_hash;
}

std::variant<PreparedPush, Refused> prepare_push(domain::TerminalId terminal, const crypto::PublicKey& device,
                                                 wire::Push push) {
    const std::string who = "terminal " + std::to_string(terminal);
    if (push.ops.empty()) return refused(Refusal::kBadMessage, who + " pushed a batch without operations");
    if (push.first_seq == 0 || push.first_seq > INT64_MAX - push.ops.size())
        return refused(Refusal::kBadMessage, who + ": sequence number out of range");
    PreparedPush out;
    out.terminal = terminal;
    out.epoch = push.epoch;
    out.first_seq = push.first_seq;
    out.signature = push.signature;
    out.ops.reserve(push.ops.size());
    out.hashes.reserve(push.ops.size());
    for (std::size_t i = 0; i < push.ops.size(); ++i) {
        const std::string which = who + ", operation " + std::to_string(push.first_seq + i);
        auto op = wire::decode_op(push.ops[i].bytes);
        if (!op)
            return refused(op.error().code == Code::kNewer ? Refusal::kVersion : Refusal::kBadMessage,
                           which + ": " + to_string(op.error()));
        if (op->id != domain::OpId{terminal, push.epoch, push.first_seq + i})
            return refused(Refusal::kBrokenChain, which + ": its bytes carry another id, " + domain::op_text(op->id));
        if (i > 0 && op->previous_hash != out.hashes.back())
            return refused(Refusal::kBrokenChain, which + " does not follow the operation before it");
        if (!sealed_fits(*op, push.ops[i].sealed))
            return refused(Refusal::kBadMessage, which + ": its sealed fields are not those it commits to");
        if (i == 0) out.previous_hash = op->previous_hash;
        out.hashes.push_back(crypto::hash_of(push.ops[i].bytes));
        out.ops.push_back(std::move(op).value());
    }
    const Bytes text = wire::chain_head_text(out.ops.back().id, out.hashes.back());
    if (!crypto::verify(device, wire::kChainHeadContext, text, push.signature))
        return refused(Refusal::kBadSignature, who + ": the batch through operation " +
                                                   std::to_string(out.ops.back().id.seq) +
                                                   " is not signed by its device");
    out.raw = std::move(push.ops);
    return out;
}

}  // namespace tally::intake
