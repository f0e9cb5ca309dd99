// What people decided, against the log: each release carries what was held or kept as a branch, once, and nothing that
// was rejected; and what the terminals concerned are told.
#include "common/crypto/hash.h"
#include "hq-server/admin/refold.h"
#include "hq-server/intake/judge.h"

namespace tally::admin {

using namespace domain;
using intake::Decision;
using intake::OpRow;
using intake::Position;
using intake::VerdictRow;

Status Refold::read_verdicts(std::set<Position>& held_positions) {
    TALLY_OK(store_.each_branch([&](const intake::BranchRow& row) -> Status {
        branches_[row.hash] = row.id;
        return {};
    }));
    return store_.each_verdict([&](const VerdictRow& row) -> Status {
        if (row.decision == Decision::kReject) held_positions.insert(row.pos);
        verdicts_[row.hash] = row;
        return {};
    });
}

void Refold::note_conflict(const intake::ConflictRow& row) {
    if (!row.other.is_none()) conflicts_.emplace(row.pos, row);
}

void Refold::check_release(const OpRow& row, const Op& op, const std::string& where) {
    const auto& release = std::get<Release>(op.body);
    const Hash hash = crypto::hash_of(release.bytes);
    released_before_.reset();
    const auto& known = release.renamed ? branches_ : held_;
    if (!known.contains(hash))
        report_(where + " releases " + op_text(release.op->id) + ", which was not " +
                (release.renamed ? "kept as a branch" : "held"));
    if (const auto before = released_.find(hash); before != released_.end()) {
        released_before_ = before->second;
        return;
    }
    if (row.outcome == Outcome::kQuarantined) return;
    released_[hash] = row.id;
    const auto verdict = verdicts_.find(hash);
    if (verdict == verdicts_.end())
        report_(where + " releases " + op_text(release.op->id) + ", but nobody is on record for it");
    else if (verdict->second.decision == Decision::kReject)
        report_(where + " releases " + op_text(release.op->id) + ", which was rejected");
    else if (verdict->second.pos != row.pos || verdict->second.decided_by != op.cashier)
        report_(where + ": its release is on record for position " + std::to_string(verdict->second.pos) + " by " +
                std::to_string(verdict->second.decided_by));
}

void Refold::compare_verdicts() {
    for (const auto& [hash, verdict] : verdicts_) {
        const std::string what = "the verdict at position " + std::to_string(verdict.pos);
        const auto held = held_.find(hash);
        if (held == held_.end() && !branches_.contains(hash))
            report_(what + " is of an operation that was neither held nor kept as a branch");
        if (verdict.decision == Decision::kRelease) {
            if (!released_.contains(hash)) report_(what + " is a release, but the log has none");
        } else if (held != held_.end() && held->second.terminal != kHqTerminal) {
            notices_[{held->second.terminal, verdict.pos, held->second}] = {Outcome::kQuarantined,
                                                                            intake::kRejectedText};
        }
    }
}

Status Refold::expect_other_notices(const OpRow& row, const Op& op) {
    const auto [first, last] = conflicts_.equal_range(row.pos);
    for (auto at = first; at != last; ++at) {
        const intake::ConflictRow& conflict = at->second;
        if (!intake::is_told_to_other(conflict.kind, op, conflict.other)) continue;
        if (!told_.insert(conflict.other).second) continue;
        const OpId& other = conflict.other;
        TALLY_OK(store_.each_op_of_chain(other.terminal, other.epoch, other.seq, 1, [&](const OpRow& there) -> Status {
            if (there.outcome != Outcome::kQuarantined)
                notices_[{other.terminal, row.pos, other}] = {there.outcome, intake::other_text(conflict.kind, op)};
            return {};
        }));
    }
    return {};
}

}  // namespace tally::admin
