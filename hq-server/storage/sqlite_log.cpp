// The log: positions, chains, operations and what was decided about them.
#include "hq-server/storage/sqlite_ledger_store.h"
#include "hq-server/storage/sqlite_rows.h"

namespace tally::storage {

using namespace intake;

Result<Position> SqliteLedgerStore::head() {
    static constexpr char kSql[] = "SELECT pos FROM stream_head WHERE stream = 0";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    TALLY_TRY(const bool there, row->step());
    if (!there) return fail(Code::kDamaged, "the stream has no head");
    return uint64_column(*row, 0);
}

Result<Position> SqliteLedgerStore::take_positions(std::uint64_t count) {
    static constexpr char kSql[] = "UPDATE stream_head SET pos = pos + ? WHERE stream = 0 RETURNING pos";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, as_int64(count)));
    TALLY_TRY(const bool there, row->step());
    if (!there) return fail(Code::kDamaged, "the stream has no head");
    return uint64_column(*row, 0) - count + 1;
}

static Result<ChainRow> chain_of(const store::Statement& row) {
    ChainRow out;
    out.terminal = static_cast<domain::TerminalId>(row.int64(0));
    TALLY_TRY(out.epoch, fixed_column<domain::Epoch>(row, 1));
    out.next_seq = uint64_column(row, 2);
    TALLY_TRY(out.head, fixed_column<Hash>(row, 3));
    return out;
}

Result<std::optional<ChainRow>> SqliteLedgerStore::chain(domain::TerminalId terminal, const domain::Epoch& epoch) {
    static constexpr char kSql[] =
        "SELECT terminal, epoch, next_seq, head FROM terminal_head WHERE stream = 0 AND terminal = ? AND epoch = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, terminal).bind(2, epoch.view()));
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<ChainRow>();
    TALLY_TRY(ChainRow out, chain_of(*row));
    return std::optional(out);
}

Result<std::vector<ChainRow>> SqliteLedgerStore::chains(domain::TerminalId terminal) {
    static constexpr char kSql[] =
        "SELECT terminal, epoch, next_seq, head FROM terminal_head WHERE stream = 0 AND terminal = ? ORDER BY number";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, terminal));
    std::vector<ChainRow> out;
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return out;
        TALLY_TRY(ChainRow chain, chain_of(*row));
        out.push_back(chain);
    }
}

Status SqliteLedgerStore::put_chain(const ChainRow& chain) {
    static constexpr char kSql[] =
        "INSERT INTO terminal_head (terminal, epoch, next_seq, head) VALUES (?,?,?,?) "
        "ON CONFLICT (stream, terminal, epoch) DO UPDATE SET next_seq = excluded.next_seq, head = excluded.head";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, chain.terminal).bind(2, chain.epoch.view()).bind(3, as_int64(chain.next_seq));
    return row->bind(4, chain.head.view()).run();
}

Status SqliteLedgerStore::add_op(const OpRow& op) {
    static constexpr char kSql[] =
        "INSERT INTO op_log (pos, terminal, epoch, seq, hash, member, member_seq, outcome, effective_ms, received_ms, "
        "bytes, sealed) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, as_int64(op.pos)).bind(2, op.id.terminal).bind(3, op.id.epoch.view()).bind(4, as_int64(op.id.seq));
    row->bind(5, op.hash.view());
    bind_member(*row, 6, op.member);
    row->bind(7, as_int64(op.member_seq)).bind(8, static_cast<std::int64_t>(op.outcome)).bind(9, op.effective_ms);
    row->bind(10, op.received_ms).bind(11, op.bytes);
    bind_optional(*row, 12, op.sealed);
    return row->run();
}

Status SqliteLedgerStore::add_batch(const BatchRow& batch) {
    static constexpr char kSql[] =
        "INSERT INTO batch (terminal, epoch, first_seq, count, first_pos, signature) VALUES (?,?,?,?,?,?)";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, batch.terminal).bind(2, batch.epoch.view()).bind(3, as_int64(batch.first_seq));
    row->bind(4, as_int64(batch.count)).bind(5, as_int64(batch.first_pos));
    return row->bind(6, batch.signature.view()).run();
}

Status SqliteLedgerStore::add_decision(const DecisionRow& decision) {
    static constexpr char kSql[] = "INSERT INTO decision (" TALLY_DECISION_COLUMNS ") VALUES (?,?,?,?,?,?,?)";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, as_int64(decision.pos)).bind(2, std::int64_t{decision.ruling.quarantined});
    if (decision.ruling.corrected_points)
        row->bind(3, *decision.ruling.corrected_points);
    else
        row->bind_null(3);
    row->bind(4, decision.reason);
    const auto& first = decision.ruling.duplicate_of;
    if (first)
        row->bind(5, first->terminal).bind(6, first->epoch.view()).bind(7, as_int64(first->seq));
    else
        row->bind_null(5).bind_null(6).bind_null(7);
    return row->run();
}

Result<std::optional<DecisionRow>> SqliteLedgerStore::decision(Position pos) {
    static constexpr char kSql[] = "SELECT " TALLY_DECISION_COLUMNS " FROM decision WHERE pos = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, as_int64(pos)));
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<DecisionRow>();
    TALLY_TRY(DecisionRow out, decision_of(*row));
    return std::optional(std::move(out));
}

Result<std::optional<Bytes>> SqliteLedgerStore::op_bytes(Position pos) {
    static constexpr char kSql[] = "SELECT bytes FROM op_log WHERE pos = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, as_int64(pos)));
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<Bytes>();
    return std::optional(bytes_column(*row, 0));
}

Result<std::optional<Position>> SqliteLedgerStore::bill(const domain::BusinessKey& key) {
    static constexpr char kSql[] =
        "SELECT pos FROM bill WHERE store = ? AND day = ? AND till = ? AND terminal = ? AND kind = ? AND bill_no = ? "
        "AND part = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    bind_key(*statement, key);
    const Reading row(statement);
    TALLY_TRY(const bool there, row->step());
    return there ? std::optional(uint64_column(*row, 0)) : std::nullopt;
}

Status SqliteLedgerStore::add_bill(const BillRow& bill) {
    static constexpr char kSql[] = "INSERT INTO bill (" TALLY_BILL_COLUMNS ") VALUES (?,?,?,?,?,?,?,?)";
    TALLY_TRY(store::Statement * row, use(kSql));
    bind_key(*row, bill.key);
    return row->bind(8, as_int64(bill.pos)).run();
}

Status SqliteLedgerStore::add_branch(const BranchRow& branch) {
    static constexpr char kSql[] = "INSERT INTO branch VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, branch.id.terminal).bind(2, branch.id.epoch.view()).bind(3, as_int64(branch.id.seq));
    row->bind(4, branch.hash.view()).bind(5, branch.received_ms).bind(6, branch.bytes);
    bind_optional(*row, 7, branch.sealed);
    bind_optional(*row, 8, branch.wrapped_key);
    return row->bind(9, branch.signature.view()).run();
}

Status SqliteLedgerStore::add_incident(const IncidentRow& incident) {
    static constexpr char kSql[] =
        "INSERT OR IGNORE INTO incident (terminal, kind, epoch, log_seq, seen_epoch, seen_seq, begun, at_ms, "
        "received_ms) "
        "VALUES (?,?,?,?,?,?,?,?,?)";
    TALLY_TRY(store::Statement * row, use(kSql));
    const wire::IncidentReport& report = incident.report;
    row->bind(1, incident.terminal).bind(2, static_cast<std::int64_t>(report.kind)).bind(3, report.epoch.view());
    row->bind(4, as_int64(report.log_seq)).bind(5, report.seen_epoch.view()).bind(6, as_int64(report.seen_seq));
    return row->bind(7, report.begun.view()).bind(8, report.at_ms).bind(9, incident.received_ms).run();
}

Result<std::vector<IncidentRow>> SqliteLedgerStore::incidents(domain::TerminalId terminal) {
    static constexpr char kSql[] =
        "SELECT kind, epoch, log_seq, seen_epoch, seen_seq, begun, at_ms, received_ms FROM incident WHERE terminal = ? "
        "ORDER BY received_ms, log_seq";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    row->bind(1, terminal);
    std::vector<IncidentRow> out;
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return out;
        IncidentRow& incident = out.emplace_back();
        incident.terminal = terminal;
        incident.report.kind = static_cast<wire::IncidentKind>(row->int64(0));
        TALLY_TRY(incident.report.epoch, domain::Epoch::from(row->blob(1)));
        incident.report.log_seq = uint64_column(*row, 2);
        TALLY_TRY(incident.report.seen_epoch, domain::Epoch::from(row->blob(3)));
        incident.report.seen_seq = uint64_column(*row, 4);
        TALLY_TRY(incident.report.begun, domain::Epoch::from(row->blob(5)));
        incident.report.at_ms = row->int64(6);
        incident.received_ms = row->int64(7);
    }
}

Status SqliteLedgerStore::add_notice(const NoticeRow& notice) {
    static constexpr char kSql[] =
        "INSERT INTO notice (terminal, pos, epoch, seq, outcome, reason) VALUES (?,?,?,?,?,?)";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, notice.op.terminal).bind(2, as_int64(notice.pos)).bind(3, notice.op.epoch.view());
    row->bind(4, as_int64(notice.op.seq)).bind(5, static_cast<std::int64_t>(notice.outcome));
    return row->bind(6, notice.reason).run();
}

// By the batches: the one that holds first_seq and those after it, each a run of positions.
Status SqliteLedgerStore::each_op_of_chain(domain::TerminalId terminal, const domain::Epoch& epoch,
                                           std::uint64_t first_seq, std::uint64_t count,
                                           const std::function<Status(const OpRow&)>& each) {
    static constexpr char kBatchesSql[] =
        "SELECT first_seq, count, first_pos FROM batch WHERE stream = 0 AND terminal = ?1 AND epoch = ?2 "
        "AND first_seq >= coalesce((SELECT max(first_seq) FROM batch WHERE stream = 0 AND terminal = ?1 AND epoch = ?2 "
        "AND first_seq <= ?3), 0) AND first_seq < ?4 ORDER BY first_seq";
    static constexpr char kOpsSql[] = "SELECT " TALLY_OP_COLUMNS " FROM op_log WHERE pos >= ? AND pos < ? ORDER BY pos";
    TALLY_TRY(store::Statement * statement, use(kBatchesSql));
    TALLY_TRY(store::Statement * ops, use(kOpsSql));
    const std::uint64_t end_seq = first_seq + count;
    statement->bind(1, terminal).bind(2, epoch.view()).bind(3, as_int64(first_seq)).bind(4, as_int64(end_seq));
    const Reading batch(statement);
    for (;;) {
        TALLY_TRY(const bool there, batch->step());
        if (!there) return {};
        const std::uint64_t batch_seq = uint64_column(*batch, 0), batch_pos = uint64_column(*batch, 2);
        const std::uint64_t from = std::max(first_seq, batch_seq);
        const std::uint64_t to = std::min(end_seq, batch_seq + uint64_column(*batch, 1));
        if (from >= to) continue;
        ops->bind(1, as_int64(batch_pos + (from - batch_seq))).bind(2, as_int64(batch_pos + (to - batch_seq)));
        const Reading row(ops);
        for (;;) {
            TALLY_TRY(const bool more, row->step());
            if (!more) break;
            TALLY_TRY(const OpRow op, op_of(*row));
            TALLY_OK(each(op));
        }
    }
}

}  // namespace tally::storage
