// Conflicts, and what people decided of them.
#include <iterator>

#include "hq-server/intake/told_kinds.h"
#include "hq-server/storage/sqlite_ledger_store.h"
#include "hq-server/storage/sqlite_rows.h"

namespace tally::storage {

using namespace intake;

#define TALLY_CONFLICT_COLUMNS "number, pos, kind, member, detail, other_terminal, other_epoch, other_seq"
#define TALLY_VERDICT_COLUMNS "hash, decision, pos, decided_by, decided_ms, why"

static Result<ConflictRow> conflict_of(const store::Statement& row) {
    ConflictRow out;
    out.number = uint64_column(row, 0);
    out.pos = uint64_column(row, 1);
    out.kind = static_cast<ConflictKind>(row.int64(2));
    TALLY_TRY(out.member, member_column(row, 3));
    out.detail = std::string(row.text(4));
    if (!row.is_null(5)) {
        out.other.terminal = static_cast<domain::TerminalId>(row.int64(5));
        TALLY_TRY(out.other.epoch, fixed_column<domain::Epoch>(row, 6));
        out.other.seq = uint64_column(row, 7);
    }
    return out;
}

static Result<VerdictRow> verdict_of(const store::Statement& row) {
    VerdictRow out;
    TALLY_TRY(out.hash, fixed_column<Hash>(row, 0));
    out.decision = static_cast<Decision>(row.int64(1));
    out.pos = uint64_column(row, 2);
    out.decided_by = static_cast<std::uint32_t>(row.int64(3));
    out.decided_ms = row.int64(4);
    out.why = std::string(row.text(5));
    return out;
}

Status SqliteLedgerStore::add_conflict(const ConflictRow& conflict) {
    static constexpr char kSql[] =
        "INSERT INTO conflict (pos, kind, member, detail, other_terminal, other_epoch, other_seq) VALUES "
        "(?,?,?,?,?,?,?)";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, as_int64(conflict.pos)).bind(2, static_cast<std::int64_t>(conflict.kind));
    bind_member(*row, 3, conflict.member);
    row->bind(4, conflict.detail);
    const domain::OpId& other = conflict.other;
    if (other.is_none())
        row->bind_null(5).bind_null(6).bind_null(7);
    else
        row->bind(5, other.terminal).bind(6, other.epoch.view()).bind(7, as_int64(other.seq));
    return row->run();
}

Result<std::optional<ConflictRow>> SqliteLedgerStore::conflict(std::uint64_t number) {
    static constexpr char kSql[] = "SELECT " TALLY_CONFLICT_COLUMNS " FROM conflict WHERE number = ?";
    if (number > INT64_MAX) return std::optional<ConflictRow>();
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, as_int64(number)));
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<ConflictRow>();
    TALLY_TRY(ConflictRow out, conflict_of(*row));
    return std::optional(std::move(out));
}

Result<bool> SqliteLedgerStore::is_in_conflict(const domain::OpId& other) {
    static constexpr char kSql[] =
        "SELECT 1 FROM conflict JOIN op_log ON op_log.pos = conflict.pos WHERE other_terminal = ?1 AND other_epoch = "
        "?2 "
        "AND other_seq = ?3 AND kind IN (?4, ?5, ?6) AND op_log.terminal NOT IN (?1, ?7) LIMIT 1";
    static_assert(std::size(kToldKinds) == 3);
    TALLY_TRY(store::Statement * statement, use(kSql));
    statement->bind(1, other.terminal).bind(2, other.epoch.view()).bind(3, as_int64(other.seq));
    for (int i = 0; i < 3; ++i) statement->bind(4 + i, static_cast<std::int64_t>(kToldKinds[i]));
    const Reading row(&statement->bind(7, domain::kHqTerminal));
    return row->step();
}

Status SqliteLedgerStore::each_conflict(const std::function<Status(const ConflictRow&)>& each) {
    static constexpr char kSql[] = "SELECT " TALLY_CONFLICT_COLUMNS " FROM conflict ORDER BY number";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        TALLY_TRY(const ConflictRow conflict, conflict_of(*row));
        TALLY_OK(each(conflict));
    }
}

Status SqliteLedgerStore::add_verdict(const VerdictRow& verdict) {
    static constexpr char kSql[] = "INSERT INTO verdict (" TALLY_VERDICT_COLUMNS ") VALUES (?,?,?,?,?,?)";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, verdict.hash.view()).bind(2, static_cast<std::int64_t>(verdict.decision));
    row->bind(3, as_int64(verdict.pos)).bind(4, verdict.decided_by).bind(5, verdict.decided_ms);
    return row->bind(6, verdict.why).run();
}

Result<std::optional<VerdictRow>> SqliteLedgerStore::verdict(const Hash& hash) {
    static constexpr char kSql[] = "SELECT " TALLY_VERDICT_COLUMNS " FROM verdict WHERE hash = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, hash.view()));
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<VerdictRow>();
    TALLY_TRY(VerdictRow out, verdict_of(*row));
    return std::optional(std::move(out));
}

Status SqliteLedgerStore::each_verdict(const std::function<Status(const VerdictRow&)>& each) {
    static constexpr char kSql[] = "SELECT " TALLY_VERDICT_COLUMNS " FROM verdict ORDER BY pos";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        TALLY_TRY(const VerdictRow verdict, verdict_of(*row));
        TALLY_OK(each(verdict));
    }
}

Status SqliteLedgerStore::add_seen(const SeenRow& seen) {
    static constexpr char kSql[] = "INSERT INTO seen (conflict, decided_by, decided_ms, why) VALUES (?,?,?,?)";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, as_int64(seen.conflict)).bind(2, seen.decided_by).bind(3, seen.decided_ms);
    return row->bind(4, seen.why).run();
}

Result<std::optional<SeenRow>> SqliteLedgerStore::seen(std::uint64_t conflict) {
    static constexpr char kSql[] = "SELECT conflict, decided_by, decided_ms, why FROM seen WHERE conflict = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, as_int64(conflict)));
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<SeenRow>();
    return std::optional(SeenRow{uint64_column(*row, 0), static_cast<std::uint32_t>(row->int64(1)), row->int64(2),
                                 std::string(row->text(3))});
}

}  // namespace tally::storage
