// Small helpers of the SQLite implementation: columns to values, statements that are always reset. Internal to this
// folder.
#pragma once

#include "common/store/db.h"
#include "hq-server/intake/ledger_store.h"

namespace tally::storage {

// A reader's statement: reset when the reading ends, however it ends, so that no snapshot stays open.
class Reading {
  public:
    explicit Reading(store::Statement* statement) : statement_(statement) {}
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    ~Reading() { statement_->reset(); }
    store::Statement* operator->() const { return statement_; }
    store::Statement& operator*() const { return *statement_; }

  private:
    store::Statement* statement_;
};

template <class Fixed>
Result<Fixed> fixed_column(const store::Statement& row, int column) {
    auto value = Fixed::from(row.blob(column));
    if (!value) return fail(Code::kDamaged, "a stored value has the wrong length");
    return value;
}

// NULL means zero bytes: a sale has no member.
inline Result<domain::MemberId> member_column(const store::Statement& row, int column) {
    if (row.is_null(column)) return domain::MemberId{};
    return fixed_column<domain::MemberId>(row, column);
}

inline std::uint64_t uint64_column(const store::Statement& row, int column) {
    return static_cast<std::uint64_t>(row.int64(column));
}

inline Bytes bytes_column(const store::Statement& row, int column) {
    const ByteView view = row.blob(column);
    return Bytes(view.begin(), view.end());
}

inline void bind_member(store::Statement& statement, int index, const domain::MemberId& member) {
    if (member.is_zero())
        statement.bind_null(index);
    else
        statement.bind(index, member.view());
}

inline void bind_optional(store::Statement& statement, int index, ByteView bytes) {
    if (bytes.empty())
        statement.bind_null(index);
    else
        statement.bind(index, bytes);
}

inline std::int64_t as_int64(std::uint64_t value) {
    TALLY_ASSERT(value <= static_cast<std::uint64_t>(INT64_MAX), "numbers in the database have 63 bits");
    return static_cast<std::int64_t>(value);
}

// Column order of every statement that reads an operation.
#define TALLY_OP_COLUMNS \
    "pos, terminal, epoch, seq, hash, member, member_seq, outcome, effective_ms, received_ms, bytes, sealed"

inline Result<intake::OpRow> op_of(const store::Statement& row) {
    intake::OpRow op;
    op.pos = uint64_column(row, 0);
    op.id.terminal = static_cast<domain::TerminalId>(row.int64(1));
    TALLY_TRY(op.id.epoch, fixed_column<domain::Epoch>(row, 2));
    op.id.seq = uint64_column(row, 3);
    TALLY_TRY(op.hash, fixed_column<Hash>(row, 4));
    TALLY_TRY(op.member, member_column(row, 5));
    op.member_seq = uint64_column(row, 6);
    op.outcome = static_cast<domain::Outcome>(row.int64(7));
    op.effective_ms = row.int64(8);
    op.received_ms = row.int64(9);
    op.bytes = row.blob(10);
    op.sealed = row.blob(11);
    return op;
}

#define TALLY_DECISION_COLUMNS \
    "pos, quarantined, corrected_points, reason, duplicate_terminal, duplicate_epoch, duplicate_seq"

inline Result<intake::DecisionRow> decision_of(const store::Statement& row) {
    intake::DecisionRow out;
    out.pos = uint64_column(row, 0);
    out.ruling.quarantined = row.int64(1) != 0;
    if (!row.is_null(2)) out.ruling.corrected_points = row.int64(2);
    out.reason = std::string(row.text(3));
    if (!row.is_null(4)) {
        TALLY_TRY(const domain::Epoch epoch, fixed_column<domain::Epoch>(row, 5));
        out.ruling.duplicate_of = {static_cast<domain::TerminalId>(row.int64(4)), epoch, uint64_column(row, 6)};
    }
    return out;
}

#define TALLY_BILL_COLUMNS "store, day, till, terminal, kind, bill_no, part, pos"

// Parameters 1 to 7 of a statement on `bill`, in the order of its columns.
inline void bind_key(store::Statement& row, const domain::BusinessKey& key) {
    row.bind(1, key.store).bind(2, std::int64_t{key.day}).bind(3, key.till).bind(4, key.terminal);
    row.bind(5, static_cast<std::int64_t>(key.kind)).bind(6, key.bill_no).bind(7, std::int64_t{key.part});
}

#define TALLY_DAY_COLUMNS \
    "store, day, bills, amount_minor, points_earned, points_reversed, points_redeemed, redeemed_minor, changed_pos"

inline intake::StoreDayRow store_day_of(const store::Statement& row) {
    intake::StoreDayRow day;
    day.store = std::string(row.text(0));
    day.day = static_cast<Day>(row.int64(1));
    day.totals = {row.int64(2), row.int64(3), row.int64(4), row.int64(5), row.int64(6), row.int64(7)};
    day.changed_pos = uint64_column(row, 8);
    return day;
}

}  // namespace tally::storage
