// What a person decides: a held operation, or one kept as a branch, counts from its release, or never. One transaction
// each; what does not count after all leaves nothing.
#include <algorithm>

#include "common/crypto/seal.h"
#include "hq-server/intake/judge.h"
#include "hq-server/intake/own_work.h"

namespace tally::intake {

using namespace domain;

namespace {

Error refused(std::string why) { return fail(Code::kRefused, std::move(why)); }

Status check_word(const Intake::Word& word) {
    if (word.by == 0) return fail(Code::kInvalid, "a decision names who decided");
    if (word.why.empty() || word.why.size() > kWhyBytesMax)
        return fail(Code::kInvalid, "a decision has a reason, of at most " + std::to_string(kWhyBytesMax) + " bytes");
    return {};
}

// A branch's refund names what it undoes by an id that means another operation here.
Status check_target(LedgerStore& store, const Op& op) {
    const auto* reverse = std::get_if<Reverse>(&op.body);
    if (!reverse || reverse->target.is_none()) return {};
    bool is_of_branch = false;
    TALLY_OK(store.each_branch([&](const BranchRow& row) -> Status {
        is_of_branch = is_of_branch || row.id == reverse->target;
        return {};
    }));
    if (is_of_branch)
        return refused(
            "it undoes an operation of the branch, whose id is another operation's here: release that one, "
            "and take the points back by hand");
    return {};
}

}  // namespace

Result<std::optional<Folded>> Intake::State::rule(LedgerWork& work, std::optional<OwnWork>& own, const HeldOp& held,
                                                  const Word& word, std::int64_t now_ms) {
    TALLY_TRY(const std::optional<VerdictRow> before, store.verdict(held.hash));
    if (before)
        return refused(std::string(before->decision == Decision::kRelease ? "it was released" : "it was rejected") +
                       " before, by " + std::to_string(before->decided_by) + ": " + before->why);
    if (word.choice == Choice::kSeen) return refused("its operation is held: release or reject it");
    if (word.choice == Choice::kReject) {
        TALLY_TRY(const Position pos, store.take_positions(1));
        TALLY_OK(store.add_verdict({held.hash, Decision::kReject, pos, word.by, now_ms, word.why}));
        if (!held.is_branch() && held.op.id.terminal != kHqTerminal)
            TALLY_OK(store.add_notice({pos, held.op.id, Outcome::kQuarantined, kRejectedText}));
        return std::optional<Folded>();
    }
    if (held.is_branch()) TALLY_OK(check_target(store, held.op));
    if (!held.wrapped_key.empty() && !held.op.sealed_hash.is_zero() && !held.op.member.is_zero()) {
        TALLY_TRY(const DeviceRow* known, device(held.op.id.terminal));
        if (!known) return fail(Code::kDamaged, "a branch of an unknown terminal");
        TALLY_TRY(const crypto::KeyWrap* wrap, wrap_for(*known));
        const auto key = wrap->open(held.wrapped_key);
        if (key && key->size() == crypto::kMemberKeyBytes) TALLY_OK(work.learn_key(held.op.member, *key));
    }
    TALLY_TRY(const Day day, today(now_ms));
    OwnOp op =
        OwnOp::of(held.op.member, day, Release{held.bytes, std::make_shared<const Op>(held.op), held.is_branch()});
    op.op.cashier = word.by;
    op.op.programme_version = held.op.programme_version;
    op.op.sealed_hash = held.op.sealed_hash;
    op.sealed = held.sealed;
    op.why = word.why;
    TALLY_TRY(Folded folded, add_own(work, own, std::move(op), now_ms));
    if (folded.outcome == Outcome::kQuarantined || folded.outcome == Outcome::kDuplicate)
        return refused("it would not count: " + folded.reason);
    return std::optional(std::move(folded));
}

Result<std::optional<Folded>> Intake::decide(std::uint64_t conflict, const Word& word, std::int64_t now_ms) {
    State& state = *state_;
    TALLY_OK(check_word(word));
    return state.write_own(now_ms, [&](LedgerWork& work, auto& own) -> Result<std::optional<Folded>> {
        TALLY_TRY(const std::optional<ConflictRow> row, state.store.conflict(conflict));
        if (!row) return fail(Code::kNotFound, "there is no conflict " + std::to_string(conflict));
        TALLY_TRY(const std::optional<HeldOp> op, stored_op_at(state.store, row->pos));
        if (!op) return fail(Code::kDamaged, "conflict " + std::to_string(conflict) + " names no operation");
        if (is_holding(row->kind, *op)) return state.rule(work, own, *op, word, now_ms);
        if (word.choice != Choice::kSeen) return refused("nothing is held by it: it can be noted as seen");
        TALLY_TRY(const std::optional<SeenRow> before, state.store.seen(conflict));
        if (before) return refused("it was seen before, by " + std::to_string(before->decided_by) + ": " + before->why);
        TALLY_OK(state.store.add_seen({conflict, word.by, now_ms, word.why}));
        return std::optional<Folded>();
    });
}

Result<std::optional<Folded>> Intake::decide_branch(const Hash& hash, const Word& word, std::int64_t now_ms) {
    State& state = *state_;
    TALLY_OK(check_word(word));
    return state.write_own(now_ms, [&](LedgerWork& work, auto& own) -> Result<std::optional<Folded>> {
        TALLY_TRY(const std::vector<HeldOp> branch, branch_ops(state.store));
        const auto held =
            std::find_if(branch.begin(), branch.end(), [&](const HeldOp& one) { return one.hash == hash; });
        if (held == branch.end()) return fail(Code::kNotFound, "no such operation is kept as a branch");
        return state.rule(work, own, *held, word, now_ms);
    });
}

}  // namespace tally::intake
