// What a person releases, at the guards: judged as of now, but for what the person has decided.
#include "common/crypto/hash.h"
#include "common/domain/bill_key.h"
#include "common/wire/codec.h"
#include "hq-server/intake/ledger_work.h"

namespace tally::intake {

using namespace domain;

Status LedgerWork::guard_release(const Incoming& in, const Op& released, std::uint64_t index, Judgement& judgement,
                                 std::string& reason) {
    const auto& release = std::get<Release>(in.op->body);
    const Hash hash = crypto::hash_of(release.bytes);
    TALLY_TRY(const std::optional<VerdictRow> before, store_.verdict(hash));
    if (before && before->decision == Decision::kReject) {
        judgement.ruling.quarantined = true;
        reason = "a person decided that it shall not count";
        return {};
    }
    if (before) {
        TALLY_TRY(const std::optional<Bytes> bytes, store_.op_bytes(before->pos));
        if (!bytes) return fail(Code::kDamaged, "a verdict names position " + std::to_string(before->pos));
        TALLY_TRY(const Op first, wire::decode_op(*bytes));
        judgement.ruling.duplicate_of = first.id;
        return {};
    }
    for (const VerdictRow& row : verdicts_) {  // of this transaction
        if (row.hash != hash) continue;
        judgement.ruling.duplicate_of = ops_[row.pos].id;
        return {};
    }
    verdicts_.push_back({hash, Decision::kRelease, index, in.op->cashier, now_ms_, std::string(in.why)});

    TALLY_TRY(const std::optional<DeviceRow> device, store_.device(release.op->id.terminal));
    const bool own = !device || device->terminal == kHqTerminal;
    const auto key = guard_key(*release.op, own ? std::string() : device->store);
    if (!key) return {};
    TALLY_TRY(const std::optional<Op> first, holder_of(*key));
    Ruling ruling;
    if (!first) {
        bills_[*key] = index;
        TALLY_OK(cache_.note_bill(*key));
        Judgement late;
        OpId other;
        TALLY_OK(guard_late(*release.op, index, late, reason, other));
        ruling = late.ruling;
    } else if (release.renamed || first->id != released.id) {
        rule_bill(*first, *release.op, ruling, reason);
    }
    // Other amounts, another member: that is what the person has decided. The same bill counts once all the same.
    judgement.ruling.duplicate_of = ruling.duplicate_of;
    reason.clear();
    return {};
}

Status LedgerWork::tell_other(const ConflictRow& conflict, const Op& op) {
    if (!is_told_to_other(conflict.kind, op, conflict.other)) return {};
    TALLY_TRY(const bool is_told, store_.is_in_conflict(conflict.other));  // once: else one bill could flood a till
    if (is_told) return {};
    std::optional<Outcome> outcome;
    const auto look = [&](const OpRow& row) -> Status { return outcome = row.outcome, Status(); };
    TALLY_OK(store_.each_op_of_chain(conflict.other.terminal, conflict.other.epoch, conflict.other.seq, 1, look));
    if (!outcome || *outcome == Outcome::kQuarantined) return {};
    return store_.add_notice({conflict.pos, conflict.other, *outcome, other_text(conflict.kind, op)});
}

}  // namespace tally::intake
