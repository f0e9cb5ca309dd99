// Finding members and showing them: every answer is fold(confirmed, pending), read in one snapshot.
#include <map>

#include "common/replica/lookup.h"
#include "common/replica/pending_list.h"
#include "common/replica/replica_state.h"

namespace tally::replica {
namespace {

// Appends members whose row of `kind` begins with `prefix`, each once over the whole answer.
Status add_matches(ReplicaState& replica, int kind, const std::string& prefix, std::size_t count,
                   std::vector<domain::MemberId>& out) {
    TALLY_TRY(Query q, replica.use("SELECT m.id FROM lookup l JOIN member m ON m.no = l.no "
                                   "WHERE l.kind = ?1 AND l.value >= ?2 AND l.value < ?3 ORDER BY l.value, l.no"));
    const std::string after = after_prefix(prefix);
    q->bind(1, std::int64_t{kind}).bind(2, std::string_view(prefix)).bind(3, std::string_view(after));
    while (out.size() < count) {
        TALLY_TRY(const bool row, q->step());
        if (!row) break;
        TALLY_TRY(const domain::MemberId id, domain::MemberId::from(q->blob(0)));
        if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
    }
    return {};
}

}  // namespace

// Of several members with one identity the one that was registered first is meant: ids begin with that time.
Result<std::optional<domain::MemberId>> Replica::find(domain::IdentityKind kind, std::string_view normal_value) {
    TALLY_TRY(Query q,
              state_->use("SELECT m.id FROM lookup l JOIN member m ON m.no = l.no WHERE l.kind = ?1 AND l.value = ?2 "
                          "ORDER BY m.id LIMIT 1"));
    q->bind(1, static_cast<std::int64_t>(kind)).bind(2, normal_value);
    TALLY_TRY(const bool row, q->step());
    if (!row) return std::optional<domain::MemberId>();
    TALLY_TRY(const domain::MemberId id, domain::MemberId::from(q->blob(0)));
    return std::optional(id);
}

Result<std::vector<domain::MemberId>> Replica::find_by_name(std::string_view part, std::size_t count) {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    std::vector<domain::MemberId> out;
    const std::string prefix = name_for_search(part);
    if (prefix.empty()) return out;
    TALLY_OK(add_matches(*state_, kLookupNameStart, prefix, count, out));
    TALLY_OK(add_matches(*state_, kLookupNameInside, prefix, count, out));
    return out;
}

Result<std::vector<domain::MemberId>> Replica::find_by_phone_tail(std::string_view digits, std::size_t count) {
    std::vector<domain::MemberId> out;
    for (const char c : digits)
        if (c < '0' || c > '9') return fail(Code::kInvalid, "the end of a phone number has digits only");
    if (digits.empty()) return out;
    TALLY_OK(add_matches(*state_, kLookupPhoneReversed, std::string(digits.rbegin(), digits.rend()), count, out));
    return out;
}

Result<std::optional<MemberView>> Replica::member(const domain::MemberId& member) {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const MemberRow row, state_->member_by_id(member));
    if (row.no == 0) return std::optional<MemberView>();
    TALLY_TRY(const OwnRow own, state_->own_of(row.no));
    TALLY_TRY(const TillState state, state_->load_state());
    MemberView out;
    out.member = member;
    out.confirmed = row.confirmed;
    TALLY_TRY(out.account, state_->overlay_account(row, own));
    TALLY_TRY(out.profile, state_->overlay_profile(row, own));
    for (const std::int64_t pos : own.pending) {
        TALLY_TRY(const StoredOp stored, state_->stored_op(pos));
        out.pending.push_back({stored.op.id, domain::kind_of(stored.op.body), member, state.acked.covers(pos)});
    }
    return std::optional(std::move(out));
}

Result<std::optional<crypto::Secret>> Replica::member_key(const domain::MemberId& member) {
    TALLY_TRY(Query q, state_->use("SELECT key FROM member WHERE id = ?1"));
    q->bind(1, member.view());
    TALLY_TRY(const bool row, q->step());
    if (!row || q->is_null(0)) return std::optional<crypto::Secret>();
    return std::optional(crypto::Secret::copy_of(q->blob(0)));
}

// Confirmed totals, and on top what this till's operations that are not in them move, folded on the confirmed states.
Result<std::vector<Replica::StoreDayRow>> Replica::store_days() {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const TillState state, state_->load_state());
    struct Cell {
        domain::StoreDay totals;
        Coverage covered;
    };
    std::map<std::pair<std::string, Day>, Cell> cells;
    {
        TALLY_TRY(
            Query q,
            state_->use("SELECT store, day, bills, amount_minor, points_earned, points_reversed, points_redeemed, "
                        "redeemed_minor, covered_pos, covered_beyond FROM store_day"));
        for (;;) {
            TALLY_TRY(const bool row, q->step());
            if (!row) break;
            TALLY_TRY(Coverage covered, Coverage::decode(q->int64(8), q->blob(9)));
            cells[{std::string(q->text(0)), static_cast<Day>(q->int64(1))}] = {
                {q->int64(2), q->int64(3), q->int64(4), q->int64(5), q->int64(6), q->int64(7)}, std::move(covered)};
        }
    }
    const auto add = [&](const domain::StoreMove& move, std::int64_t pos) {
        Cell& cell = cells[{move.store, move.day}];
        if (!cell.covered.covers(pos)) cell.totals += move.by;
    };
    const auto add_all = [&](const StoredOp& stored, const domain::Folded& folded) {
        for (const domain::StoreMove& move : folded.moves) add(move, stored.pos);
    };
    for (std::int64_t pos = state.floor.prefix() + 1; pos <= state.pos; ++pos) {
        if (state.floor.covers(pos)) continue;
        TALLY_TRY(const StoredOp stored, state_->stored_op(pos));
        if (stored.member_no == 0) {
            add(domain::move_of_sale(stored.op), pos);
            continue;
        }
        TALLY_TRY(const OwnRow own, state_->own_of(stored.member_no));
        if (own.pending.empty() || own.pending.front() != pos)
            continue;  // a member's are folded together, at the first
        TALLY_TRY(const MemberRow member, state_->member_by_no(stored.member_no));
        TALLY_TRY(const domain::Account folded, state_->refold(member, own, add_all));
    }
    std::vector<StoreDayRow> out;
    for (auto& [key, cell] : cells) out.push_back({key.first, key.second, cell.totals});
    return out;
}

Status Replica::each_member(const std::function<Status(const domain::MemberId&, const domain::Account&)>& each) {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(Query q, state_->use("SELECT m.id, m.account, o.pending, o.account FROM member m "
                                   "LEFT JOIN member_own o ON o.no = m.no ORDER BY m.id"));
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) return {};
        MemberRow member;
        TALLY_TRY(member.id, domain::MemberId::from(q->blob(0)));
        member.confirmed = !q->is_null(1);
        member.account.assign(q->blob(1).begin(), q->blob(1).end());
        OwnRow own;
        TALLY_TRY(own.pending, decode_positions(q->blob(2)));
        own.account.assign(q->blob(3).begin(), q->blob(3).end());
        TALLY_TRY(const domain::Account account, state_->overlay_account(member, own));
        TALLY_OK(each(member.id, account));
    }
}

}  // namespace tally::replica
