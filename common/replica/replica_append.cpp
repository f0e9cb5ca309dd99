// Writing operations: everything or nothing, in one synced transaction.
#include "common/base/log.h"
#include "common/base/utf8.h"
#include "common/crypto/hash.h"
#include "common/domain/bill_key.h"
#include "common/replica/replica_state.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"

namespace tally::replica {
namespace {

// The member of one append, with all that the append may change of it.
struct Subject {
    MemberRow member;
    OwnRow own;
    bool member_changed = false;
};

Status check_fields(const domain::PersonalFields& fields) {
    for (const auto& [field, value] : fields) {
        if (field == domain::Field::kNone || field > domain::Field::kIdentity)
            return fail(Code::kInvalid, "unknown personal field");
        if (value.size() > domain::kFieldBytesMax) return fail(Code::kInvalid, "a personal field is too long");
        if (!is_valid_utf8(value)) return fail(Code::kInvalid, "a personal field is not UTF-8");
    }
    return {};
}

Result<Subject> load_subject(ReplicaState& replica, TillState& state, const domain::MemberId& id) {
    Subject out;
    TALLY_TRY(out.member, replica.member_by_id(id));
    if (out.member.no == 0) {  // a till accepts operations of a member that it does not know yet
        out.member.no = state.next_member_no++;
        out.member.generation = state.generation;
        out.member_changed = true;
        state.members += 1;
        return out;
    }
    TALLY_TRY(out.own, replica.own_of(out.member.no));
    return out;
}

// Identities named in the hashed bytes say which they are only to who has the member's key.
void fill_tags(domain::Op& op, const Bytes& key, const domain::PersonalFields& fields) {
    if (auto* body = std::get_if<domain::Register>(&op.body)) {
        if (!body->identities.empty()) return;
        for (const domain::Identity& identity : domain::identities_of(fields, op.id))
            body->identities.push_back({identity.kind, wire::identity_tag(key, identity.kind, identity.value)});
    } else if (auto* bind = std::get_if<domain::IdentityBind>(&op.body)) {
        const auto text = fields.find(domain::Field::kIdentity);
        if (text == fields.end() || !bind->identity.tag.is_zero()) return;
        if (const auto value = domain::normal_identity(bind->identity.kind, text->second))
            bind->identity.tag = wire::identity_tag(key, bind->identity.kind, *value);
    }
}

// Seals with the key that headquarters knows, or will know, for this member.
Bytes seal_into(domain::Op& op, Subject& subject, const domain::PersonalFields& fields) {
    if (subject.member.key.empty()) {
        const crypto::Secret key = crypto::Secret::random(crypto::kMemberKeyBytes);
        subject.member.key.assign(key.view().begin(), key.view().end());
        subject.member_changed = true;
    }
    fill_tags(op, subject.member.key, fields);
    Bytes sealed = wire::seal_fields(subject.member.key, op.member, fields);
    op.sealed_hash = crypto::hash_of(sealed);
    return sealed;
}

Status write_log(ReplicaState& replica, const TillState& state, const domain::Op& op, std::int64_t member_no,
                 std::int64_t previous_pos, const Bytes& bytes) {
    TALLY_TRY(Query q, replica.use("INSERT INTO op_log(pos, epoch_no, seq, kind, member_no, previous_pos, hash, bytes) "
                                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
    q->bind(1, state.pos).bind(2, state.epoch_no).bind(3, static_cast<std::int64_t>(state.seq));
    q->bind(4, static_cast<std::int64_t>(domain::kind_of(op.body)));
    if (member_no != 0) {
        q->bind(5, member_no);
    } else {
        q->bind_null(5);
    }
    q->bind(6, previous_pos).bind(7, state.hash.view()).bind(8, ByteView(bytes));
    return q->run();
}

Status write_sealed(ReplicaState& replica, std::int64_t pos, const Bytes& sealed, bool with_key) {
    TALLY_TRY(Query q, replica.use("INSERT INTO op_sealed(pos, sealed, with_key) VALUES(?1, ?2, ?3)"));
    q->bind(1, pos).bind(2, ByteView(sealed)).bind(3, std::int64_t{with_key});
    return q->run();
}

Status write_bill(ReplicaState& replica, Day day, const domain::BillKey& key, std::int64_t pos) {
    TALLY_TRY(Query q,
              replica.use("INSERT INTO own_bill(day, kind, till, bill_no, part, pos) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
    q->bind(1, std::int64_t{day}).bind(2, static_cast<std::int64_t>(key.kind)).bind(3, std::string_view(key.bill.till));
    q->bind(4, std::string_view(key.bill.bill_no)).bind(5, std::int64_t{key.bill.part}).bind(6, pos);
    return q->run();
}

std::string bill_text_of(const domain::Op& op) {
    const auto key = domain::bill_key(op.body);
    return key ? key->bill.bill_no : std::string();
}

Error bill_exists(const std::string& bill_no) {
    return fail(Code::kExists, "bill " + bill_no + " exists here with other content");
}

// What the fold would only hold is not written: a coupon that cannot be used, a bill of the account with other content.
Error refused_by_fold(const domain::Op& op, const std::string& why) {
    if (domain::bill_key(op.body)) return bill_exists(bill_text_of(op));
    return fail(Code::kRefused, why);
}

Result<domain::Account> account_of(ReplicaState& replica, const domain::MemberId& id) {
    if (id.is_zero()) return domain::Account{};
    TALLY_TRY(const MemberRow member, replica.member_by_id(id));
    TALLY_TRY(const OwnRow own, replica.own_of(member.no));
    return replica.overlay_account(member, own);
}

// This till's own log has the bill: its first operation is the answer.
Result<Appended> answer_again(ReplicaState& replica, std::int64_t pos, const domain::Op& op) {
    TALLY_TRY(const StoredOp first, replica.stored_op(pos));
    if (!domain::is_same_bill(first.op, op)) return bill_exists(bill_text_of(op));
    Appended out;
    out.id = first.op.id;
    out.hash = first.hash;
    out.folded.outcome = domain::Outcome::kDuplicate;
    out.folded.reason = "this bill has been entered as " + domain::op_text(first.op.id);
    TALLY_TRY(out.account, account_of(replica, first.op.member));
    return out;
}

// The member's state holds it although this log does not (a restored till), or holds a once-only benefit: what is there
// names the first operation.
Appended answer_from_account(Appended folded, const domain::Op& op) {
    if (const auto key = domain::bill_key(op.body)) {
        for (const domain::Lot& lot : folded.account.lots)
            if (lot.bill_no == key->bill.bill_no && lot.store == op.store && lot.till == key->bill.till &&
                lot.part == key->bill.part && lot.day == domain::bill_day(op))
                folded.id = lot.maker;
    } else if (!folded.account.aliases.empty() && folded.account.aliases.back().duplicate == op.id) {
        folded.id = folded.account.aliases.back().first;
    }
    return folded;
}

Status fold_member_op(ReplicaState& replica, const Subject& subject, const domain::Op& op, Appended& out) {
    TALLY_TRY(out.account, replica.overlay_account(subject.member, subject.own));
    TALLY_TRY(out.folded, domain::fold(out.account, op));
    if (out.folded.outcome == domain::Outcome::kDuplicate) out = answer_from_account(std::move(out), op);
    return {};
}

// What an operation changes of its member: overlay, list of pending, and the rows by which the member is found.
Status write_subject(ReplicaState& replica, Subject& subject, const domain::Op& op,
                     const domain::PersonalFields& fields, std::int64_t pos, const domain::Account& account) {
    if (is_profile_kind(domain::kind_of(op.body))) {
        TALLY_TRY(const domain::Profile before, replica.overlay_profile(subject.member, subject.own));
        domain::Profile after = before;
        domain::fold_profile(after, op, fields, op.at.ms());
        TALLY_OK(replica.replace_lookup(subject.member.no, before, after));
    }
    subject.own.last_pos = pos;
    subject.own.pending.push_back(pos);
    subject.own.account = wire::encode_account(account);
    if (subject.member_changed) TALLY_OK(replica.save_member(subject.member));
    return replica.save_own(subject.member.no, subject.own);
}

// What is written can be read again: a text that the codec would refuse is refused before it is in the log.
Result<Bytes> encode_readable(const domain::Op& op) {
    Bytes bytes = wire::encode_op(op);
    if (bytes.size() > wire::kOpBytesMax) return fail(Code::kInvalid, "the operation is too large");
    const auto back = wire::decode_op(bytes);
    if (!back) return fail(Code::kInvalid, "the operation would not be readable: " + back.error().detail);
    if (*back != op) return fail(Code::kInvalid, "the operation would not read back as it is");
    return bytes;
}

Status complete_op(ReplicaState& replica, const TillState& state, domain::Op& op) {
    TALLY_TRY(const Enrolment* enrolment, replica.enrolment());
    if (!enrolment) return fail(Code::kRefused, "this terminal is not enrolled");
    TALLY_TRY(const EpochRow epoch, replica.epoch_by_no(state.epoch_no));
    op.id = {enrolment->terminal, epoch.epoch, state.seq + 1};
    op.previous_hash = state.hash;
    op.previous_epoch = op.id.seq == 1 ? epoch.previous : domain::Epoch{};
    op.sealed_hash = {};
    if (op.store.empty()) op.store = enrolment->store;
    return {};
}

// One transaction's writing: each operation follows the one before it, in the chain and in the overlay.
struct Writing {
    ReplicaState& replica;
    TillState state;
    bool wrote = false;

    // kDuplicate in the answer: nothing was written for it.
    Result<Appended> add(NewOp in);
    Status finish() { return replica.save_state(state); }
};

Result<Appended> Writing::add(NewOp in) {
    domain::Op& op = in.op;
    TALLY_OK(complete_op(replica, state, op));
    TALLY_OK(domain::check_op(op));
    if (op.member.is_zero() && !in.fields.empty()) return fail(Code::kInvalid, "personal fields without a member");

    const auto key = domain::bill_key(op.body);
    if (key) {
        TALLY_TRY(const std::int64_t there, replica.pos_of_bill(domain::bill_day(op), *key));
        if (there != 0) return answer_again(replica, there, op);
    }

    Subject subject;
    Bytes sealed;
    Appended out;
    if (op.member.is_zero()) {
        out.folded.moves.push_back(domain::move_of_sale(op));
    } else {
        TALLY_TRY(subject, load_subject(replica, state, op.member));
        if (!in.fields.empty()) sealed = seal_into(op, subject, in.fields);
        TALLY_OK(fold_member_op(replica, subject, op, out));
        const bool is_held = out.folded.outcome == domain::Outcome::kQuarantined;
        if (is_held && op.over_limit.empty()) return refused_by_fold(op, out.folded.reason);
        if (out.folded.outcome == domain::Outcome::kDuplicate) return out;
    }

    TALLY_TRY(const Bytes bytes, encode_readable(op));
    state.pos += 1;
    state.seq = op.id.seq;
    state.hash = crypto::hash_of(bytes);
    state.hlc = op.at;
    state.pending += 1;
    TALLY_OK(write_log(replica, state, op, subject.member.no, subject.own.last_pos, bytes));
    if (!sealed.empty()) {
        TALLY_OK(write_sealed(replica, state.pos, sealed, !subject.own.key_sent));
        subject.own.key_sent = true;
    }
    if (key) TALLY_OK(write_bill(replica, domain::bill_day(op), *key, state.pos));
    if (subject.member.no != 0) {
        TALLY_OK(write_subject(replica, subject, op, in.fields, state.pos, out.account));
        TALLY_OK(note_reservation(replica, subject.member.no, op, state.pos));
        TALLY_OK(note_lease(replica, state, subject.member.no, op));
    }
    wrote = true;
    out.id = op.id;
    out.hash = state.hash;
    return out;
}

bool is_again(const Appended& done) { return done.folded.outcome == domain::Outcome::kDuplicate; }

}  // namespace

Result<Appended> Replica::append(domain::Op op, const domain::PersonalFields& fields, WitnessWrite how) {
    std::vector<NewOp> one;
    one.push_back({std::move(op), fields});
    TALLY_TRY(std::vector<Appended> done, append_all(std::move(one), how));
    return std::move(done.front());
}

Result<std::vector<Appended>> Replica::append_all(std::vector<NewOp> ops, WitnessWrite how) {
    TALLY_ASSERT(!ops.empty(), "something is appended");
    ReplicaState& replica = *state_;
    for (const NewOp& in : ops) TALLY_OK(check_fields(in.fields));
    if (!replica.guarded) TALLY_OK(guard(ops.front().op.at.ms()));
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(replica.db));
    TALLY_OK(replica.check_not_revoked());
    TALLY_TRY(const TillState state, replica.load_state());
    Writing writing{replica, state};
    std::vector<Appended> out;
    out.reserve(ops.size());
    const std::string bill_no = bill_text_of(ops.front().op);
    for (NewOp& in : ops) {
        if (!out.empty() && in.op.at <= writing.state.hlc)
            in.op.at = domain::hlc_tick(writing.state.hlc, writing.state.hlc.ms());
        TALLY_TRY(Appended done, writing.add(std::move(in)));
        // A bill that comes again comes again as a whole.
        if (!out.empty() && is_again(done) != is_again(out.front())) return bill_exists(bill_no);
        out.push_back(std::move(done));
    }
    if (!writing.wrote) return out;
    TALLY_OK(writing.finish());
    TALLY_OK(transaction.commit());
    // The operations stand. A witness that stays behind weakens evidence, so it fails an act only where it had to last.
    const domain::OpId& last = out.back().id;
    const Status witnessed = replica.witness.write(last.epoch, writing.state.seq, writing.state.hash, how);
    if (!witnessed) spdlog::warn("{}", to_string(witnessed.error()));
    if (!witnessed && how == WitnessWrite::kDurable) return witnessed.error();
    for (Appended& done : out) done.witnessed = witnessed.has_value();
    return out;
}

}  // namespace tally::replica
