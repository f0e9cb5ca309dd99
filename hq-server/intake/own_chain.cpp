// HQ's own operations: import, expire and changes of tier. They stand in HQ's own chain, signed by HQ's working device.
// Another process of HQ may append too, so the chain's end is read inside the transaction.
#include "common/crypto/hash.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"
#include "hq-server/intake/own_work.h"

namespace tally::intake {

using namespace domain;

Result<Intake::State::OwnWork> Intake::State::OwnWork::begin(State& state, LedgerWork& work) {
    OwnWork own;
    TALLY_TRY(const HqRow* hq, state.hq_identity());
    TALLY_TRY(const std::optional<ChainRow> chain, work.chain(kHqTerminal, hq->own_epoch));
    own.chain = chain.value_or(ChainRow{kHqTerminal, hq->own_epoch, 1, {}});
    if (!chain) {
        TALLY_TRY(const std::vector<ChainRow> before, state.store.chains(kHqTerminal));
        if (!before.empty()) {
            own.previous_epoch = before.back().epoch;
            own.chain.head = before.back().head;
        }
    }
    own.first_seq = own.chain.next_seq;
    own.first_index = work.next_index();
    return own;
}

Result<Folded> Intake::State::add_own(LedgerWork& work, std::optional<OwnWork>& begun, OwnOp in, std::int64_t now_ms) {
    if (!begun) {
        TALLY_TRY(begun, OwnWork::begin(*this, work));
    }
    OwnWork& own = *begun;
    OwnWork::Made& made = own.made.emplace_back();
    made.op = std::move(in.op);
    Op& op = made.op;
    op.id = {kHqTerminal, own.chain.epoch, own.chain.next_seq};
    op.previous_hash = own.chain.head;
    op.previous_epoch = op.id.seq == 1 ? own.previous_epoch : Epoch{};
    if (op.at == Hlc{}) op.at = own_hlc = hlc_tick(own_hlc, now_ms);
    if (op.programme_version == 0) {
        TALLY_TRY(const ProgrammeRow* current, newest_programme());
        if (current) op.programme_version = current->version;
    }
    made.why = std::move(in.why);
    if (!in.sealed.empty()) {
        made.sealed = std::move(in.sealed);
    } else if (!in.fields.empty()) {
        TALLY_TRY(Person * person, work.persons().find(op.member));
        made.sealed = wire::seal_fields(Persons::own_key(*person), op.member, in.fields);
        op.sealed_hash = crypto::hash_of(made.sealed);
    }
    TALLY_OK(check_op(op));
    made.bytes = wire::encode_op(op);
    const Hash hash = crypto::hash_of(made.bytes);
    const auto* release = std::get_if<Release>(&op.body);
    const std::uint64_t version = release ? release->op->programme_version : op.programme_version;
    TALLY_TRY(const Programme* programme, this->programme(version));
    const Incoming incoming{&op, hash, made.bytes, made.sealed, made.why};
    TALLY_TRY(Folded folded, work.accept(incoming, programme, {}));
    if (in.imported) TALLY_OK(store.add_imported(in.imported->key, in.imported->content, op.member));
    own.chain.head = hash;
    own.chain.next_seq += 1;
    return folded;
}

Status Intake::State::finish_own(LedgerWork& work, std::optional<OwnWork>& begun) {
    if (!begun) return {};
    OwnWork& own = *begun;
    const OpId last{kHqTerminal, own.chain.epoch, own.chain.next_seq - 1};
    BatchRow batch;
    batch.terminal = kHqTerminal;
    batch.epoch = own.chain.epoch;
    batch.first_seq = own.first_seq;
    batch.count = own.made.size();
    batch.signature = hq.sign(wire::kChainHeadContext, wire::chain_head_text(last, own.chain.head));
    work.add_batch(batch, own.first_index);
    work.set_chain(own.chain);
    return work.flush();
}

Result<Intake::Renewal> Intake::begin_again(const wire::Incarnation& incarnation, const Epoch& own_epoch) {
    State& state = *state_;
    const auto run = [&]() -> Result<Renewal> {
        TALLY_TRY(WriteScope scope, WriteScope::begin(state.store));
        TALLY_TRY(const HqRow before, state.store.hq());
        TALLY_TRY(const std::vector<ChainRow> chains, state.store.chains(kHqTerminal));
        bool used = own_epoch.is_zero() || own_epoch == before.own_epoch || incarnation.is_zero() ||
                    incarnation == before.incarnation;
        Renewal out{before.incarnation, before.own_epoch, 0, 0};
        for (const ChainRow& chain : chains) {
            used = used || chain.epoch == own_epoch;
            out.own_operations += chain.next_seq - 1;
        }
        if (used) return fail(Code::kInvalid, "a new incarnation and a new epoch have names that were never used");
        TALLY_TRY(out.head, state.store.head());
        TALLY_OK(state.store.begin_again(incarnation, own_epoch));
        TALLY_OK(scope.commit());
        return out;
    };
    auto out = run();
    state.forget();
    return out;
}

Result<std::vector<Folded>> Intake::append_own(std::span<OwnOp> ops, std::int64_t now_ms) {
    State& state = *state_;
    return state.write_own(now_ms, [&](LedgerWork& work, auto& own) -> Result<std::vector<Folded>> {
        std::vector<Folded> out;
        out.reserve(ops.size());
        for (OwnOp& op : ops) {
            TALLY_TRY(Folded folded, state.add_own(work, own, std::move(op), now_ms));
            out.push_back(std::move(folded));
        }
        return out;
    });
}

}  // namespace tally::intake
