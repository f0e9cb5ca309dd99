#include "tests/sim/ledger.h"

#include "common/crypto/hash.h"
#include "common/wire/codec.h"
#include "tests/sim/machine.h"

namespace tally::sim {

// One operation of the machine's log.
Status Ledger::take_in(Machine& machine, const Name& name) {
    held_[&machine].insert(name);
    if (made_.count(name)) return {};
    TALLY_TRY(const auto logged, machine.replica().operation(name.first));
    if (!logged) return fail(Code::kNotFound, "the log lacks " + domain::op_text(name.first));
    made_[name].op = logged->op;
    return {};
}

Status Ledger::note(Machine& machine, bool printed) {
    TALLY_TRY(const replica::ChainHead head, machine.replica().head());
    Known& known = known_[&machine];
    if (head.epoch != known.epoch) known = {head.epoch, 1};
    for (; known.next_seq < head.next_seq; ++known.next_seq) {
        const domain::OpId id{machine.terminal, head.epoch, known.next_seq};
        TALLY_TRY(const Hash hash, machine.replica().hash_of_operation(head.epoch, id.seq));
        TALLY_OK(take_in(machine, {id, hash}));
        if (!printed) continue;
        made_[{id, hash}].is_printed = true;
        ends_[&machine][head.epoch] = {id, hash};
    }
    return {};
}

Status Ledger::read_machine(Machine& machine) {
    held_[&machine].clear();
    ends_[&machine].clear();
    TALLY_TRY(const auto chains, machine.replica().chains());
    for (const replica::OwnChain& chain : chains) {
        for (std::uint64_t seq = 1; seq < chain.next_seq; ++seq) {
            TALLY_TRY(const Hash hash, machine.replica().hash_of_operation(chain.epoch, seq));
            const Name name{{machine.terminal, chain.epoch, seq}, hash};
            TALLY_OK(take_in(machine, name));
            if (made_[name].is_printed) ends_[&machine][chain.epoch] = name;
        }
    }
    TALLY_TRY(const replica::ChainHead head, machine.replica().head());
    known_[&machine] = {head.epoch, head.next_seq};
    return {};
}

Status Ledger::note_hq(intake::LedgerStore& store, bool again) {
    fresh_.clear();
    if (again) {
        at_hq_.clear();
        hq_heads_.clear();
        hq_read_ = 0;
    }
    return store.each_op(hq_read_, [&](const intake::OpRow& row) -> Status {
        const auto wrong = [&](const std::string& what) {
            if (hq_fault_.empty()) hq_fault_ = domain::op_text(row.id) + " at headquarters " + what;
        };
        if (row.pos <= hq_read_) wrong("is not behind the one before");
        hq_read_ = row.pos;
        if (crypto::hash_of(row.bytes) != row.hash) wrong("is not what its hash says");
        TALLY_TRY(domain::Op op, wire::decode_op(row.bytes));
        auto& end = hq_heads_[{row.id.terminal, row.id.epoch}];
        if (row.id.seq != end.first.seq + 1) wrong("does not follow number " + std::to_string(end.first.seq));
        if (end.first.seq > 0 && op.previous_hash != end.second) wrong("does not name the one before");
        end = {row.id, row.hash};
        if (row.id.terminal != domain::kHqTerminal && !made_.count({row.id, row.hash})) wrong("was made by nobody");
        const bool is_new =
            at_hq_.try_emplace(row.id, AtHq{row.id, row.hash, row.pos, row.outcome, row.member, std::move(op)}).second;
        if (!is_new) wrong("is there twice");
        ever_at_hq_.insert(row.id);
        fresh_.push_back(row.id);
        return {};
    });
}

void Ledger::excuse_what_is_lost() {
    for (auto& [name, made] : made_) {
        bool is_held = is_at_hq(name);
        for (const auto& [machine, names] : held_) is_held = is_held || names.count(name) > 0;
        if (!is_held) made.may_be_lost = true;
    }
}

}  // namespace tally::sim
