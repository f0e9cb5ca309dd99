#include "common/replica/replica_state.h"

#include "common/crypto/hash.h"
#include "common/replica/lookup.h"
#include "common/replica/pending_list.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"

namespace tally::replica {

bool is_profile_kind(domain::OpKind kind) {
    using enum domain::OpKind;
    return kind == kRegister || kind == kProfileEdit || kind == kIdentityBind || kind == kConsent || kind == kNote;
}

static Error damaged_row(const char* what) { return fail(Code::kDamaged, std::string("the replica's ") + what); }

static Bytes copy(ByteView view) { return Bytes(view.begin(), view.end()); }

// Binds null for nothing, so that "is there" can be asked in SQL.
static void bind_or_null(store::Statement& statement, int index, const Bytes& value) {
    if (value.empty()) {
        statement.bind_null(index);
    } else {
        statement.bind(index, ByteView(value));
    }
}

template <class Fixed>
static Status read_fixed(Fixed& out, ByteView bytes, const char* what) {
    const auto value = Fixed::from(bytes);
    if (!value) return damaged_row(what);
    out = *value;
    return {};
}

Result<Query> ReplicaState::use(const char* sql) {
    const auto found = prepared_.find(sql);
    if (found != prepared_.end()) return Query(found->second);
    TALLY_TRY(store::Statement statement, db.prepare(sql));
    return Query(prepared_.emplace(sql, std::move(statement)).first->second);
}

Result<TillState> ReplicaState::load_state() {
    TALLY_TRY(
        Query q,
        use("SELECT epoch_no, pos, seq, hash, hlc, acked_pos, floor_pos, pending, members, next_member_no, "
            "incarnation, generation, refilling, cursor, confirmed_ms, acked_beyond, floor_beyond FROM till_state "
            "WHERE id = 1"));
    TALLY_TRY(const bool row, q->step());
    if (!row) return damaged_row("state row is missing");
    TillState out;
    out.epoch_no = q->int64(0);
    out.pos = q->int64(1);
    out.seq = static_cast<std::uint64_t>(q->int64(2));
    TALLY_OK(read_fixed(out.hash, q->blob(3), "head hash has another length"));
    out.hlc.packed = static_cast<std::uint64_t>(q->int64(4));
    TALLY_TRY(out.acked, Coverage::decode(q->int64(5), q->blob(15)));
    TALLY_TRY(out.floor, Coverage::decode(q->int64(6), q->blob(16)));
    out.pending = q->int64(7);
    out.members = q->int64(8);
    out.next_member_no = q->int64(9);
    TALLY_OK(read_fixed(out.incarnation, q->blob(10), "incarnation has another length"));
    out.generation = q->int64(11);
    out.refilling = q->int64(12) != 0;
    out.cursor = static_cast<std::uint64_t>(q->int64(13));
    out.confirmed_ms = q->int64(14);
    return out;
}

Status ReplicaState::save_state(const TillState& state) {
    TALLY_TRY(Query q,
              use("UPDATE till_state SET epoch_no = ?1, pos = ?2, seq = ?3, hash = ?4, hlc = ?5, acked_pos = ?6, "
                  "floor_pos = ?7, pending = ?8, members = ?9, next_member_no = ?10, incarnation = ?11, "
                  "generation = ?12, refilling = ?13, cursor = ?14, confirmed_ms = ?15, acked_beyond = ?16, "
                  "floor_beyond = ?17 WHERE id = 1"));
    const Bytes acked_beyond = state.acked.beyond(), floor_beyond = state.floor.beyond();
    q->bind(1, state.epoch_no).bind(2, state.pos).bind(3, static_cast<std::int64_t>(state.seq));
    q->bind(4, state.hash.view()).bind(5, static_cast<std::int64_t>(state.hlc.packed));
    q->bind(6, state.acked.prefix())
        .bind(7, state.floor.prefix())
        .bind(8, state.pending)
        .bind(9, state.members)
        .bind(10, state.next_member_no);
    q->bind(11, state.incarnation.view()).bind(12, state.generation).bind(13, std::int64_t{state.refilling});
    q->bind(14, static_cast<std::int64_t>(state.cursor)).bind(15, state.confirmed_ms);
    bind_or_null(*q, 16, acked_beyond);
    bind_or_null(*q, 17, floor_beyond);
    return q->run();
}

static Result<EpochRow> read_epoch(Query& q) {
    EpochRow out;
    out.no = q->int64(0);
    TALLY_OK(read_fixed(out.epoch, q->blob(1), "epoch has another length"));
    TALLY_OK(read_fixed(out.previous, q->blob(2), "epoch has another length"));
    out.first_pos = q->int64(3);
    out.branch_seq = static_cast<std::uint64_t>(q->int64(4));
    return out;
}

Result<std::vector<EpochRow>> ReplicaState::epochs() {
    TALLY_TRY(Query q, use("SELECT no, epoch, previous_epoch, first_pos, branch_seq FROM epoch ORDER BY no"));
    std::vector<EpochRow> out;
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) return out;
        TALLY_TRY(EpochRow epoch, read_epoch(q));
        out.push_back(epoch);
    }
}

std::uint64_t ReplicaState::count_of(const TillState& state, const EpochRow& epoch, const EpochRow* next) {
    return static_cast<std::uint64_t>((next ? next->first_pos : state.pos + 1) - epoch.first_pos);
}

Result<EpochRow> ReplicaState::epoch_by_no(std::int64_t no) {
    TALLY_TRY(Query q, use("SELECT no, epoch, previous_epoch, first_pos, branch_seq FROM epoch WHERE no = ?1"));
    q->bind(1, no);
    TALLY_TRY(const bool row, q->step());
    if (!row) return damaged_row("epoch is missing");
    return read_epoch(q);
}

Result<std::optional<EpochRow>> ReplicaState::epoch_of(const domain::Epoch& epoch) {
    TALLY_TRY(Query q, use("SELECT no, epoch, previous_epoch, first_pos, branch_seq FROM epoch WHERE epoch = ?1"));
    q->bind(1, epoch.view());
    TALLY_TRY(const bool row, q->step());
    if (!row) return std::optional<EpochRow>();
    TALLY_TRY(const EpochRow out, read_epoch(q));
    return std::optional(out);
}

Result<std::int64_t> ReplicaState::pos_of(const TillState& state, const domain::Epoch& epoch, std::uint64_t seq) {
    TALLY_TRY(const auto row, epoch_of(epoch));
    if (!row || seq == 0 || seq > static_cast<std::uint64_t>(state.pos)) return std::int64_t{0};
    const std::int64_t pos = row->first_pos + static_cast<std::int64_t>(seq) - 1;
    std::int64_t last = state.pos;
    if (row->no != state.epoch_no) {
        TALLY_TRY(const EpochRow next, epoch_by_no(row->no + 1));
        last = next.first_pos - 1;
    }
    return pos <= last ? pos : std::int64_t{0};
}

Result<std::int64_t> ReplicaState::pos_of_bill(Day day, const domain::BillKey& key) {
    TALLY_TRY(
        Query q,
        use("SELECT pos FROM own_bill WHERE day = ?1 AND kind = ?2 AND till = ?3 AND bill_no = ?4 AND part = ?5"));
    q->bind(1, std::int64_t{day}).bind(2, static_cast<std::int64_t>(key.kind)).bind(3, std::string_view(key.bill.till));
    q->bind(4, std::string_view(key.bill.bill_no)).bind(5, std::int64_t{key.bill.part});
    TALLY_TRY(const bool row, q->step());
    return row ? q->int64(0) : 0;
}

Result<const Enrolment*> ReplicaState::enrolment() {
    if (enrolment_) return &*enrolment_;
    TALLY_TRY(Query q, use("SELECT terminal, store, store_name, hq_host, hq_port, hq_key, root_key, recovery_key "
                           "FROM enrolment WHERE id = 1"));
    TALLY_TRY(const bool row, q->step());
    if (!row) return static_cast<const Enrolment*>(nullptr);
    Enrolment out;
    out.terminal = static_cast<domain::TerminalId>(q->int64(0));
    out.store = q->text(1);
    out.store_name = q->text(2);
    out.hq_host = q->text(3);
    out.hq_port = static_cast<std::uint16_t>(q->int64(4));
    TALLY_OK(read_fixed(out.hq_key, q->blob(5), "headquarters key has another length"));
    TALLY_OK(read_fixed(out.root_key, q->blob(6), "root key has another length"));
    TALLY_OK(read_fixed(out.recovery_key, q->blob(7), "recovery key has another length"));
    enrolment_ = std::move(out);
    return &*enrolment_;
}

static Result<MemberRow> read_member(Query& q) {
    MemberRow out;
    out.no = q->int64(0);
    TALLY_OK(read_fixed(out.id, q->blob(1), "member id has another length"));
    out.generation = q->int64(2);
    out.member_seq = static_cast<std::uint64_t>(q->int64(3));
    out.key = copy(q->blob(4));
    if (!out.key.empty() && out.key.size() != crypto::kMemberKeyBytes)
        return damaged_row("member key has another length");
    out.profile = copy(q->blob(5));
    out.confirmed = !q->is_null(6);
    out.account = copy(q->blob(6));
    return out;
}

Result<MemberRow> ReplicaState::member_by_id(const domain::MemberId& id) {
    TALLY_TRY(Query q, use("SELECT no, id, generation, member_seq, key, profile, account FROM member WHERE id = ?1"));
    q->bind(1, id.view());
    TALLY_TRY(const bool row, q->step());
    if (row) return read_member(q);
    MemberRow out;
    out.id = id;
    return out;
}

Result<MemberRow> ReplicaState::member_by_no(std::int64_t no) {
    TALLY_TRY(Query q, use("SELECT no, id, generation, member_seq, key, profile, account FROM member WHERE no = ?1"));
    q->bind(1, no);
    TALLY_TRY(const bool row, q->step());
    if (!row) return damaged_row("member row is missing");
    return read_member(q);
}

Status ReplicaState::save_member(const MemberRow& row) {
    TALLY_TRY(Query q, use("INSERT INTO member(no, id, generation, member_seq, key, profile, account) "
                           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(no) DO UPDATE SET generation = ?3, "
                           "member_seq = ?4, key = ?5, profile = ?6, account = ?7"));
    q->bind(1, row.no)
        .bind(2, row.id.view())
        .bind(3, row.generation)
        .bind(4, static_cast<std::int64_t>(row.member_seq));
    bind_or_null(*q, 5, row.key);
    bind_or_null(*q, 6, row.profile);
    if (row.confirmed) {
        q->bind(7, ByteView(row.account));  // an account without anything in it has no bytes: not null
    } else {
        q->bind_null(7);
    }
    return q->run();
}

Result<OwnRow> ReplicaState::own_of(std::int64_t no) {
    TALLY_TRY(Query q, use("SELECT last_pos, key_sent, former_key, pending, account FROM member_own WHERE no = ?1"));
    q->bind(1, no);
    OwnRow out;
    TALLY_TRY(const bool row, q->step());
    if (!row) return out;
    out.exists = true;
    out.last_pos = q->int64(0);
    out.key_sent = q->int64(1) != 0;
    out.former_key = copy(q->blob(2));
    TALLY_TRY(out.pending, decode_positions(q->blob(3)));
    out.account = copy(q->blob(4));
    return out;
}

Status ReplicaState::save_own(std::int64_t no, const OwnRow& row) {
    TALLY_TRY(Query q, use("INSERT INTO member_own(no, last_pos, key_sent, former_key, pending, account) "
                           "VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(no) DO UPDATE SET last_pos = ?2, key_sent = ?3, "
                           "former_key = ?4, pending = ?5, account = ?6"));
    const Bytes pending = encode_positions(row.pending);
    q->bind(1, no).bind(2, row.last_pos).bind(3, std::int64_t{row.key_sent});
    bind_or_null(*q, 4, row.former_key);
    bind_or_null(*q, 5, pending);
    bind_or_null(*q, 6, row.account);
    return q->run();
}

Result<StoredOp> ReplicaState::stored_op(std::int64_t pos) {
    if (pos < 0) return returned_op(-pos);
    TALLY_TRY(Query q, use("SELECT l.member_no, l.previous_pos, l.hash, l.bytes, s.sealed FROM op_log l "
                           "LEFT JOIN op_sealed s ON s.pos = l.pos WHERE l.pos = ?1"));
    q->bind(1, pos);
    TALLY_TRY(const bool row, q->step());
    if (!row) return damaged_row("log lacks an operation");
    StoredOp out;
    out.pos = pos;
    out.member_no = q->int64(0);
    out.previous_pos = q->int64(1);
    TALLY_OK(read_fixed(out.hash, q->blob(2), "operation hash has another length"));
    auto op = wire::decode_op(q->blob(3));
    if (!op) return fail(Code::kDamaged, "operation at " + std::to_string(pos) + ": " + op.error().detail);
    out.op = std::move(op).value();
    out.sealed = copy(q->blob(4));
    return out;
}

Result<domain::PersonalFields> ReplicaState::fields_of(const StoredOp& stored, const MemberRow& member,
                                                       const OwnRow& own) {
    if (stored.sealed.empty()) return domain::PersonalFields{};
    for (const Bytes* key : {&member.key, &own.former_key}) {
        if (key->empty()) continue;
        if (auto fields = wire::open_fields(*key, member.id, stored.sealed)) return fields;
    }
    return domain::PersonalFields{};  // the key is gone
}

Result<domain::Account> ReplicaState::refold(const MemberRow& member, const OwnRow& own, const EachFold& each) {
    domain::Account account;
    if (member.confirmed) {
        TALLY_TRY(account, wire::decode_account(member.account));
    }
    TALLY_TRY(const KnownLeases leases, KnownLeases::of(*this, member.no));
    leases.add_to(account);
    for (const std::int64_t pos : own.pending) {
        TALLY_TRY(const StoredOp stored, stored_op(pos));
        const std::size_t lots_before = account.lots.size();
        TALLY_TRY(const domain::Folded folded, domain::fold(account, stored.op));
        if (account.lots.size() > lots_before) leases.add_to(account);
        if (each) each(stored, folded);
    }
    return account;
}

Result<domain::Account> ReplicaState::overlay_account(const MemberRow& member, const OwnRow& own) {
    if (!own.pending.empty() && !own.account.empty()) return wire::decode_account(own.account);
    return refold(member, own);
}

Result<domain::Profile> ReplicaState::confirmed_profile(const MemberRow& member) {
    if (member.profile.empty() || member.key.empty()) return domain::Profile{};
    return wire::open_profile(member.key, member.id, member.profile);
}

Result<domain::Profile> ReplicaState::overlay_profile(const MemberRow& member, const OwnRow& own) {
    TALLY_TRY(domain::Profile profile, confirmed_profile(member));
    for (const std::int64_t pos : own.pending) {
        TALLY_TRY(const StoredOp stored, stored_op(pos));
        if (!is_profile_kind(domain::kind_of(stored.op.body))) continue;
        TALLY_TRY(const domain::PersonalFields fields, fields_of(stored, member, own));
        domain::fold_profile(profile, stored.op, fields, stored.op.at.ms());
    }
    return profile;
}

Status ReplicaState::replace_lookup(std::int64_t no, const domain::Profile& before, const domain::Profile& after) {
    const std::vector<LookupRow> old_rows = lookup_rows(before);
    const std::vector<LookupRow> new_rows = lookup_rows(after);
    for (const LookupRow& row : old_rows) {
        if (std::binary_search(new_rows.begin(), new_rows.end(), row)) continue;
        TALLY_TRY(Query q, use("DELETE FROM lookup WHERE kind = ?1 AND value = ?2 AND no = ?3"));
        q->bind(1, std::int64_t{row.kind}).bind(2, std::string_view(row.value)).bind(3, no);
        TALLY_OK(q->run());
    }
    for (const LookupRow& row : new_rows) {
        if (std::binary_search(old_rows.begin(), old_rows.end(), row)) continue;
        TALLY_TRY(Query q, use("INSERT OR IGNORE INTO lookup(kind, value, no) VALUES(?1, ?2, ?3)"));
        q->bind(1, std::int64_t{row.kind}).bind(2, std::string_view(row.value)).bind(3, no);
        TALLY_OK(q->run());
    }
    return {};
}

Result<Snapshot> Snapshot::begin(ReplicaState& state) {
    if (state.db.in_transaction()) return Snapshot(nullptr);
    TALLY_TRY(Query q, state.use("BEGIN"));
    TALLY_OK(q->run());
    return Snapshot(&state);
}

Snapshot::~Snapshot() {
    if (!state_ || !state_->db.in_transaction()) return;
    if (auto q = state_->use("COMMIT")) (void)(*q)->run().has_value();
}

}  // namespace tally::replica
