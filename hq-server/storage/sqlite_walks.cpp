// Walking whole tables, for reports and verify.
#include "hq-server/storage/sqlite_ledger_store.h"
#include "hq-server/storage/sqlite_rows.h"

namespace tally::storage {

using namespace intake;

Status SqliteLedgerStore::each_op(Position after, const std::function<Status(const OpRow&)>& each) {
    static constexpr char kSql[] = "SELECT " TALLY_OP_COLUMNS " FROM op_log WHERE pos > ? ORDER BY pos";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, as_int64(after)));
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        TALLY_TRY(const OpRow op, op_of(*row));
        TALLY_OK(each(op));
    }
}

Status SqliteLedgerStore::each_batch(const std::function<Status(const BatchRow&)>& each) {
    static constexpr char kSql[] =
        "SELECT terminal, epoch, first_seq, count, first_pos, signature FROM batch ORDER BY terminal, epoch, first_seq";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        BatchRow batch;
        batch.terminal = static_cast<domain::TerminalId>(row->int64(0));
        TALLY_TRY(batch.epoch, fixed_column<domain::Epoch>(*row, 1));
        batch.first_seq = uint64_column(*row, 2);
        batch.count = uint64_column(*row, 3);
        batch.first_pos = uint64_column(*row, 4);
        TALLY_TRY(batch.signature, fixed_column<crypto::Signature>(*row, 5));
        TALLY_OK(each(batch));
    }
}

Status SqliteLedgerStore::each_member(const std::function<Status(const MemberRow&)>& each) {
    static constexpr char kSql[] =
        "SELECT number, member, member_seq, changed_pos, next_expiry, account FROM member ORDER BY number";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        MemberRow member;
        member.number = uint64_column(*row, 0);
        TALLY_TRY(member.member, fixed_column<domain::MemberId>(*row, 1));
        member.member_seq = uint64_column(*row, 2);
        member.changed_pos = uint64_column(*row, 3);
        if (!row->is_null(4)) member.next_due = static_cast<Day>(row->int64(4));
        member.account = bytes_column(*row, 5);
        TALLY_OK(each(member));
    }
}

Status SqliteLedgerStore::each_store_day(const std::function<Status(const StoreDayRow&)>& each) {
    static constexpr char kSql[] = "SELECT " TALLY_DAY_COLUMNS " FROM store_day ORDER BY store, day";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        TALLY_OK(each(store_day_of(*row)));
    }
}

Status SqliteLedgerStore::each_decision(const std::function<Status(const DecisionRow&)>& each) {
    static constexpr char kSql[] = "SELECT " TALLY_DECISION_COLUMNS " FROM decision ORDER BY pos";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        TALLY_TRY(const DecisionRow decision, decision_of(*row));
        TALLY_OK(each(decision));
    }
}

Status SqliteLedgerStore::each_notice(const std::function<Status(const NoticeRow&)>& each) {
    static constexpr char kSql[] =
        "SELECT terminal, pos, epoch, seq, outcome, reason FROM notice ORDER BY terminal, pos, epoch, seq";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        NoticeRow notice;
        notice.op.terminal = static_cast<domain::TerminalId>(row->int64(0));
        notice.pos = uint64_column(*row, 1);
        TALLY_TRY(notice.op.epoch, fixed_column<domain::Epoch>(*row, 2));
        notice.op.seq = uint64_column(*row, 3);
        notice.outcome = static_cast<domain::Outcome>(row->int64(4));
        notice.reason = std::string(row->text(5));
        TALLY_OK(each(notice));
    }
}

static BillRow bill_of(const store::Statement& row) {
    BillRow bill;
    bill.key.store = std::string(row.text(0));
    bill.key.day = static_cast<Day>(row.int64(1));
    bill.key.till = std::string(row.text(2));
    bill.key.terminal = static_cast<domain::TerminalId>(row.int64(3));
    bill.key.kind = static_cast<domain::BillKind>(row.int64(4));
    bill.key.bill_no = std::string(row.text(5));
    bill.key.part = static_cast<std::uint32_t>(row.int64(6));
    bill.pos = uint64_column(row, 7);
    return bill;
}

Status SqliteLedgerStore::each_bill(const std::function<Status(const BillRow&)>& each) {
    static constexpr char kSql[] = "SELECT " TALLY_BILL_COLUMNS " FROM bill ORDER BY pos";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        TALLY_OK(each(bill_of(*row)));
    }
}

Status SqliteLedgerStore::bills_of_day(std::string_view store, Day day,
                                       const std::function<Status(const BillRow&)>& each) {
    static constexpr char kSql[] = "SELECT " TALLY_BILL_COLUMNS " FROM bill WHERE store = ? AND day = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, store).bind(2, std::int64_t{day}));
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        TALLY_OK(each(bill_of(*row)));
    }
}

Status SqliteLedgerStore::each_branch(const std::function<Status(const BranchRow&)>& each) {
    static constexpr char kSql[] =
        "SELECT terminal, epoch, seq, hash, received_ms, bytes, sealed, wrapped_key, signature FROM branch "
        "ORDER BY terminal, epoch, seq, hash";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        BranchRow branch;
        branch.id.terminal = static_cast<domain::TerminalId>(row->int64(0));
        TALLY_TRY(branch.id.epoch, fixed_column<domain::Epoch>(*row, 1));
        branch.id.seq = uint64_column(*row, 2);
        TALLY_TRY(branch.hash, fixed_column<Hash>(*row, 3));
        branch.received_ms = row->int64(4);
        branch.bytes = row->blob(5);
        branch.sealed = row->blob(6);
        branch.wrapped_key = row->blob(7);
        TALLY_TRY(branch.signature, fixed_column<crypto::Signature>(*row, 8));
        TALLY_OK(each(branch));
    }
}

}  // namespace tally::storage
