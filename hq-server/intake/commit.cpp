// Pushes become part of the log: chain first, then each operation's fold, all in one transaction.
#include <algorithm>

#include "common/crypto/seal.h"
#include "common/wire/codec.h"
#include "hq-server/intake/own_work.h"

namespace tally::intake {

using wire::Ack;
using wire::Refusal;
using wire::Refused;

static std::string who_is(const PreparedPush& push) { return "terminal " + std::to_string(push.terminal); }

// A branch is evidence and may hold sales that happened: it is kept beside the log, and the terminal stops until a
// person decides. The signature proves that its own device made both.
Result<Refused> Intake::State::keep_branch(const PreparedPush& push, std::size_t from, std::string reason,
                                           std::int64_t now_ms) {
    BranchRow row;
    row.received_ms = now_ms;
    row.signature = push.signature;
    for (std::size_t i = from; i < push.ops.size(); ++i) {
        row.id = push.ops[i].id;
        row.hash = push.hashes[i];
        row.bytes = push.raw[i].bytes;
        row.sealed = push.raw[i].sealed;
        row.wrapped_key = push.raw[i].wrapped_key;
        TALLY_OK(store.add_branch(row));
    }
    IncidentRow incident{push.terminal, now_ms, {}};
    incident.report.kind = wire::IncidentKind::kFork;
    incident.report.at_ms = now_ms;
    incident.report.epoch = incident.report.seen_epoch = push.epoch;
    incident.report.log_seq = push.ops.back().id.seq;
    incident.report.seen_seq = push.ops[from].id.seq;
    TALLY_OK(store.add_incident(incident));
    TALLY_OK(store.set_device_status(push.terminal, DeviceStatus::kQuarantined, reason, now_ms));
    forget_device(push.terminal);
    return Refused{Refusal::kBrokenChain, who_is(push) + ": " + reason, push.ops[from].id.seq};
}

// Why a first operation of an epoch that HQ does not know may not begin it; empty when it may. Its previous hash may be
// one that never reached HQ; so may the epoch itself, where a sibling that reached HQ named the same one.
static Result<std::string> fault_of_new_epoch(LedgerStore& store, const PreparedPush& push,
                                              const std::vector<ChainRow>& chains) {
    const domain::Epoch& previous = push.ops.front().previous_epoch;
    if (push.first_seq != 1)
        return "headquarters holds nothing of this epoch, so it begins with 1, not " + std::to_string(push.first_seq);
    if (chains.empty()) return std::string();
    for (const ChainRow& chain : chains)
        if (chain.epoch == previous) return std::string();
    bool has_sibling = false;
    for (const ChainRow& chain : chains)
        TALLY_OK(store.each_op_of_chain(push.terminal, chain.epoch, 1, 1, [&](const OpRow& row) -> Status {
            const auto first = wire::decode_op(row.bytes);
            has_sibling = has_sibling || (first && !previous.is_zero() && first->previous_epoch == previous);
            return {};
        }));
    return has_sibling ? std::string() : std::string("a new epoch must name the epoch before it");
}

// The part of a push that HQ holds already. Fills the outcomes of what is the same; the index of the first operation
// with another hash, or the count when there is none.
static Result<std::size_t> compare_overlap(LedgerStore& store, const PreparedPush& push, std::size_t count, Ack& ack) {
    std::size_t index = 0, differs = count;
    TALLY_OK(store.each_op_of_chain(push.terminal, push.epoch, push.first_seq, count, [&](const OpRow& row) -> Status {
        if (differs < count) return {};
        if (row.hash != push.hashes[index]) {
            differs = index;
            return {};
        }
        TALLY_TRY(const std::optional<DecisionRow> decision, store.decision(row.pos));
        if (row.outcome != domain::Outcome::kAccepted || (decision && !decision->reason.empty()))
            ack.not_simply_accepted.push_back({push.epoch, row.id.seq, row.outcome, decision ? decision->reason : ""});
        ++index;
        return {};
    }));
    if (differs == count && index != count)
        return fail(Code::kDamaged, who_is(push) + ": the log lacks operations below its head");
    return differs;
}

Status Intake::State::accept_new(LedgerWork& work, PreparedPush& push, std::size_t from, const DeviceRow& device,
                                 Ack& ack) {
    const std::uint64_t first_index = work.next_index();
    for (std::size_t i = from; i < push.ops.size(); ++i) {
        const domain::Op& op = push.ops[i];
        const wire::PushedOp& raw = push.raw[i];
        if (!raw.wrapped_key.empty() && !op.sealed_hash.is_zero() && !op.member.is_zero()) {
            TALLY_TRY(const crypto::KeyWrap* wrap, wrap_for(device));
            const auto key = wrap->open(raw.wrapped_key);  // one that does not open shows as unreadable fields
            if (key && key->size() == crypto::kMemberKeyBytes) TALLY_OK(work.learn_key(op.member, *key));
        }
        TALLY_TRY(const domain::Programme* programme, this->programme(op.programme_version));
        const Incoming in{&op, push.hashes[i], raw.bytes, raw.sealed};
        TALLY_TRY(const domain::Folded folded, work.accept(in, programme, device.store));
        if (folded.outcome != domain::Outcome::kAccepted || !folded.reason.empty())
            ack.not_simply_accepted.push_back({push.epoch, op.id.seq, folded.outcome, folded.reason});
    }
    BatchRow batch;
    batch.terminal = push.terminal;
    batch.epoch = push.epoch;
    batch.first_seq = push.first_seq + from;
    batch.count = push.ops.size() - from;
    batch.signature = push.signature;
    work.add_batch(batch, first_index);
    work.set_chain({push.terminal, push.epoch, push.ops.back().id.seq + 1, push.hashes.back()});
    if (batch.first_seq == 1) newest_epochs[push.terminal] = push.epoch;  // the one before is superseded
    return {};
}

Result<PushAnswer> Intake::State::accept_push(LedgerWork& work, PreparedPush& push, std::int64_t now_ms) {
    TALLY_ASSERT(!push.ops.empty() && push.ops.size() == push.hashes.size() && push.ops.size() == push.raw.size(),
                 "a push comes from prepare_push");
    const auto broken = [&](std::string why) {
        return PushAnswer{Refused{Refusal::kBrokenChain, who_is(push) + ": " + std::move(why)}};
    };
    TALLY_TRY(const DeviceRow* known, device(push.terminal));
    if (!known) return PushAnswer{Refused{Refusal::kUnknownDevice, who_is(push) + " is not enrolled here"}};
    if (auto why = refusal_of_status(*known)) return PushAnswer{std::move(*why)};
    const DeviceRow device_row = *known;

    TALLY_TRY(const std::optional<ChainRow> chain, work.chain(push.terminal, push.epoch));
    std::size_t held = 0;
    Ack ack;
    ack.epoch = push.epoch;
    if (!chain) {
        TALLY_OK(work.flush());  // so that an epoch begun in this transaction is seen
        TALLY_TRY(const std::vector<ChainRow> chains, store.chains(push.terminal));
        TALLY_TRY(std::string fault, fault_of_new_epoch(store, push, chains));
        if (!fault.empty()) return broken(std::move(fault));
    } else if (push.first_seq > chain->next_seq) {
        return broken("operation " + std::to_string(chain->next_seq) + " is expected, the batch begins with " +
                      std::to_string(push.first_seq));
    } else if (push.first_seq < chain->next_seq) {
        held = std::min<std::uint64_t>(push.ops.size(), chain->next_seq - push.first_seq);
        TALLY_OK(work.flush());
        TALLY_TRY(const std::size_t differs, compare_overlap(store, push, held, ack));
        if (differs < held) {
            const std::string reason = "operation " + std::to_string(push.first_seq + differs) +
                                       " exists at headquarters with another hash: the log has branched";
            TALLY_TRY(Refused refused, keep_branch(push, differs, reason, now_ms));
            return PushAnswer{std::move(refused)};
        }
    } else if (push.previous_hash != chain->head) {
        const std::string reason = "operation " + std::to_string(push.first_seq) +
                                   " names another operation before it than headquarters holds: the log has branched";
        TALLY_TRY(Refused refused, keep_branch(push, 0, reason, now_ms));
        return PushAnswer{std::move(refused)};
    }
    ack.through_seq = push.ops.back().id.seq;
    if (held < push.ops.size()) TALLY_OK(accept_new(work, push, held, device_row, ack));
    return PushAnswer{std::move(ack)};
}

Result<std::vector<PushAnswer>> Intake::commit(std::span<PreparedPush> pushes, std::int64_t now_ms) {
    TALLY_TRY(GroupAnswer group, commit(pushes, {}, now_ms));
    return std::move(group.pushes);
}

Result<GroupAnswer> Intake::commit(std::span<PreparedPush> pushes, std::span<const LeaseAsk> wants,
                                   std::int64_t now_ms) {
    State& state = *state_;
    const auto run = [&]() -> Result<GroupAnswer> {
        TALLY_TRY(WriteScope scope, WriteScope::begin(state.store));
        TALLY_OK(state.refresh());
        LedgerWork work(state.store, state.cache, now_ms);
        TALLY_OK(state.use_tiers(work, now_ms));
        TALLY_OK(state.use_budgets(work));
        GroupAnswer answers;
        answers.pushes.reserve(pushes.size());
        for (PreparedPush& push : pushes) {
            TALLY_TRY(PushAnswer answer, state.accept_push(work, push, now_ms));
            answers.pushes.push_back(std::move(answer));
        }
        std::optional<State::OwnWork> own;
        TALLY_OK(state.settle_tiers(work, own, now_ms));
        TALLY_OK(state.settle_coupons(work, own, now_ms));
        State::Recalls recalls;
        for (const LeaseAsk& ask : wants) TALLY_OK(state.grant_wanted(work, own, ask, recalls, now_ms));
        TALLY_OK(state.grant_in_advance(work, own, recalls, now_ms));
        TALLY_OK(state.finish_own(work, own));
        TALLY_OK(work.flush());
        for (const LeaseAsk& ask : wants) {
            TALLY_TRY(LeaseAnswer answer, state.lease_answer(ask, now_ms));
            answers.leases.push_back(std::move(answer));
        }
        TALLY_OK(state.tell_recalls(recalls, answers.recalls, now_ms));
        TALLY_OK(state.write_contacts(now_ms));
        TALLY_OK(scope.commit());
        return answers;
    };
    const auto contacts_before = state.contacts;
    const bool forgotten_before = state.connections_forgotten;
    auto answers = run();
    if (answers) {
        state.cache.trim();
        return answers;
    }
    // After a failure the caches hold what was never written.
    state.forget();
    state.contacts = contacts_before;
    state.connections_forgotten = forgotten_before;
    return answers;
}

}  // namespace tally::intake
