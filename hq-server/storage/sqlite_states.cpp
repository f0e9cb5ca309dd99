// The states: members, persons, store-days, programmes, imported rows, and the feed over them.
#include "common/crypto/hash.h"
#include "common/crypto/seal.h"
#include "hq-server/storage/sqlite_ledger_store.h"
#include "hq-server/storage/sqlite_rows.h"

namespace tally::storage {

using namespace intake;

Result<std::optional<MemberRow>> SqliteLedgerStore::member(const domain::MemberId& member) {
    static constexpr char kSql[] =
        "SELECT number, member_seq, changed_pos, next_expiry, account FROM member WHERE member = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, member.view()));
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<MemberRow>();
    MemberRow out;
    out.number = uint64_column(*row, 0);
    out.member = member;
    out.member_seq = uint64_column(*row, 1);
    out.changed_pos = uint64_column(*row, 2);
    if (!row->is_null(3)) out.next_due = static_cast<Day>(row->int64(3));
    out.account = bytes_column(*row, 4);
    return std::optional(std::move(out));
}

Result<std::uint64_t> SqliteLedgerStore::put_member(const MemberRow& member) {
    static constexpr char kInsert[] =
        "INSERT INTO member (member_seq, changed_pos, next_expiry, account, member) VALUES (?,?,?,?,?) RETURNING "
        "number";
    static constexpr char kUpdate[] =
        "UPDATE member SET member_seq = ?, changed_pos = ?, next_expiry = ?, account = ? WHERE number = ?";
    TALLY_TRY(store::Statement * statement, use(member.number == 0 ? kInsert : kUpdate));
    statement->bind(1, as_int64(member.member_seq)).bind(2, as_int64(member.changed_pos));
    if (member.next_due)
        statement->bind(3, std::int64_t{*member.next_due});
    else
        statement->bind_null(3);
    statement->bind(4, ByteView(member.account));
    if (member.number != 0) {
        TALLY_OK(statement->bind(5, as_int64(member.number)).run());
        return member.number;
    }
    const Reading row(&statement->bind(5, member.member.view()));
    TALLY_TRY(const bool there, row->step());
    if (!there) return fail(Code::kBug, "an inserted member has no number");
    return uint64_column(*row, 0);
}

static ProfileRow profile_of(const store::Statement& row, int keys_column, int profile_column) {
    ProfileRow out;
    ByteView keys = row.blob(keys_column);
    for (; keys.size() >= crypto::kMemberKeyBytes; keys = keys.subspan(crypto::kMemberKeyBytes))
        out.keys.emplace_back(keys.begin(), keys.begin() + crypto::kMemberKeyBytes);
    out.sealed_profile = bytes_column(row, profile_column);
    return out;
}

Status SqliteLedgerStore::set_next_due(std::uint64_t number, std::optional<Day> next_due) {
    static constexpr char kSql[] = "UPDATE member SET next_expiry = ? WHERE number = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    if (next_due)
        statement->bind(1, std::int64_t{*next_due});
    else
        statement->bind_null(1);
    return statement->bind(2, as_int64(number)).run();
}

Result<std::optional<ProfileRow>> SqliteLedgerStore::profile(const domain::MemberId& member) {
    static constexpr char kSql[] = "SELECT keys, sealed_profile FROM profile WHERE member = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, member.view()));
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<ProfileRow>();
    return std::optional(profile_of(*row, 0, 1));
}

Status SqliteLedgerStore::put_profile(const domain::MemberId& member, const ProfileRow& profile) {
    static constexpr char kSql[] =
        "INSERT INTO profile VALUES (?,?,?) "
        "ON CONFLICT (member) DO UPDATE SET keys = excluded.keys, sealed_profile = excluded.sealed_profile";
    Bytes keys;
    for (const Bytes& key : profile.keys) {
        TALLY_ASSERT(key.size() == crypto::kMemberKeyBytes, "a member's key has its size");
        keys.insert(keys.end(), key.begin(), key.end());
    }
    TALLY_TRY(store::Statement * row, use(kSql));
    const Status done =
        row->bind(1, member.view()).bind(2, ByteView(keys)).bind(3, ByteView(profile.sealed_profile)).run();
    crypto::wipe(keys);
    return done;
}

Result<std::vector<domain::MemberId>> SqliteLedgerStore::members_of_identity(domain::IdentityKind kind,
                                                                             std::string_view value) {
    static constexpr char kSql[] = "SELECT member FROM identity WHERE kind = ? AND value = ? LIMIT 100";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, static_cast<std::int64_t>(kind)).bind(2, value));
    std::vector<domain::MemberId> out;
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return out;
        TALLY_TRY(const domain::MemberId member, fixed_column<domain::MemberId>(*row, 0));
        out.push_back(member);
    }
}

Status SqliteLedgerStore::add_identity(domain::IdentityKind kind, std::string_view value,
                                       const domain::MemberId& member) {
    static constexpr char kSql[] = "INSERT INTO identity VALUES (?,?,?) ON CONFLICT DO NOTHING";
    TALLY_TRY(store::Statement * row, use(kSql));
    return row->bind(1, static_cast<std::int64_t>(kind)).bind(2, value).bind(3, member.view()).run();
}

Status SqliteLedgerStore::remove_identity(domain::IdentityKind kind, std::string_view value,
                                          const domain::MemberId& member) {
    static constexpr char kSql[] = "DELETE FROM identity WHERE kind = ? AND value = ? AND member = ?";
    TALLY_TRY(store::Statement * row, use(kSql));
    return row->bind(1, static_cast<std::int64_t>(kind)).bind(2, value).bind(3, member.view()).run();
}

Result<std::optional<StoreDayRow>> SqliteLedgerStore::store_day(std::string_view store, Day day) {
    static constexpr char kSql[] = "SELECT " TALLY_DAY_COLUMNS " FROM store_day WHERE store = ? AND day = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, store).bind(2, std::int64_t{day}));
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<StoreDayRow>();
    return std::optional(store_day_of(*row));
}

Status SqliteLedgerStore::put_store_day(const StoreDayRow& day) {
    static constexpr char kSql[] =
        "INSERT INTO store_day (" TALLY_DAY_COLUMNS
        ") VALUES (?,?,?,?,?,?,?,?,?) "
        "ON CONFLICT (store, day) DO UPDATE SET bills = excluded.bills, amount_minor = excluded.amount_minor, "
        "points_earned = excluded.points_earned, points_reversed = excluded.points_reversed, "
        "points_redeemed = excluded.points_redeemed, redeemed_minor = excluded.redeemed_minor, "
        "changed_pos = excluded.changed_pos";
    TALLY_TRY(store::Statement * row, use(kSql));
    const domain::StoreDay& totals = day.totals;
    row->bind(1, day.store).bind(2, std::int64_t{day.day}).bind(3, totals.bills).bind(4, totals.amount_minor);
    row->bind(5, totals.points_earned).bind(6, totals.points_reversed).bind(7, totals.points_redeemed);
    return row->bind(8, totals.redeemed_minor).bind(9, as_int64(day.changed_pos)).run();
}

Result<std::vector<std::string>> SqliteLedgerStore::store_codes() {
    static constexpr char kSql[] =
        "SELECT store FROM device WHERE store <> '' UNION SELECT store FROM ticket UNION SELECT store FROM store_day "
        "ORDER BY 1";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    std::vector<std::string> out;
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return out;
        out.emplace_back(row->text(0));
    }
}

static Result<ProgrammeRow> programme_of(const store::Statement& row) {
    ProgrammeRow out;
    out.version = uint64_column(row, 0);
    out.changed_pos = uint64_column(row, 1);
    out.programme.bytes = bytes_column(row, 2);
    TALLY_TRY(out.programme.signature, fixed_column<crypto::Signature>(row, 3));
    return out;
}

static Result<std::optional<ProgrammeRow>> one_programme(const Reading& row) {
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<ProgrammeRow>();
    TALLY_TRY(ProgrammeRow out, programme_of(*row));
    return std::optional(std::move(out));
}

Result<std::optional<ProgrammeRow>> SqliteLedgerStore::programme(std::uint64_t version) {
    static constexpr char kSql[] = "SELECT version, changed_pos, bytes, signature FROM programme WHERE version = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, as_int64(version)));
    return one_programme(row);
}

Result<std::optional<ProgrammeRow>> SqliteLedgerStore::newest_programme() {
    static constexpr char kSql[] =
        "SELECT version, changed_pos, bytes, signature FROM programme ORDER BY version DESC LIMIT 1";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    return one_programme(row);
}

Status SqliteLedgerStore::add_programme(const ProgrammeRow& programme) {
    static constexpr char kSql[] = "INSERT INTO programme VALUES (?,?,?,?)";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, as_int64(programme.version)).bind(2, as_int64(programme.changed_pos));
    return row->bind(3, ByteView(programme.programme.bytes)).bind(4, programme.programme.signature.view()).run();
}

// No index serves this (it would be on the path of every earn): a bounded walk by number that reads two small columns.
Result<std::uint64_t> SqliteLedgerStore::each_due_member(std::uint64_t after, std::size_t scan_max,
                                                         std::optional<Day> before,
                                                         const std::function<Status(const domain::MemberId&)>& each) {
    static constexpr char kSql[] =
        "SELECT number, member, next_expiry FROM member WHERE number > ? ORDER BY number LIMIT ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, as_int64(after)).bind(2, as_int64(scan_max)));
    std::uint64_t last = 0;
    for (std::size_t seen = 0;; ++seen) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return seen == scan_max ? last : 0;
        last = uint64_column(*row, 0);
        if (before && (row->is_null(2) || row->int64(2) >= *before)) continue;
        TALLY_TRY(const domain::MemberId member, fixed_column<domain::MemberId>(*row, 1));
        TALLY_OK(each(member));
    }
}

Hash SqliteLedgerStore::imported_tag(const Hash& plain) const {
    return *Hash::from(crypto::keyed_hash(imported_key_.view(), plain.view(), Hash::kSize));
}

Result<std::optional<ImportedRow>> SqliteLedgerStore::imported(const Hash& key) {
    static constexpr char kSql[] = "SELECT content, member FROM imported WHERE key = ?";
    ImportedRow out;
    out.key_tag = imported_tag(key);
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, out.key_tag.view()));
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<ImportedRow>();
    TALLY_TRY(out.content_tag, fixed_column<Hash>(*row, 0));
    TALLY_TRY(out.member, member_column(*row, 1));
    return std::optional(out);
}

Status SqliteLedgerStore::add_imported(const Hash& key, const Hash& content, const domain::MemberId& member) {
    static constexpr char kSql[] = "INSERT INTO imported (key, content, member) VALUES (?,?,?)";
    const Hash key_tag = imported_tag(key), content_tag = imported_tag(content);
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, key_tag.view()).bind(2, content_tag.view());
    bind_member(*row, 3, member);
    return row->run();
}

// --- the feed --------------------------------------------------------------------------------------------------------

Status SqliteLedgerStore::changed_members(Position after, const std::function<bool(const MemberView&)>& each) {
    static constexpr char kSql[] =
        "SELECT m.changed_pos, m.member, m.member_seq, m.account, p.sealed_profile, substr(p.keys, 1, 32) "
        "FROM member m LEFT JOIN profile p ON p.member = m.member WHERE m.changed_pos > ? ORDER BY m.changed_pos";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, as_int64(after)));
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        MemberView view;
        view.changed_pos = uint64_column(*row, 0);
        TALLY_TRY(view.member, fixed_column<domain::MemberId>(*row, 1));
        view.member_seq = uint64_column(*row, 2);
        view.account = row->blob(3);
        view.sealed_profile = row->blob(4);
        if (!view.sealed_profile.empty()) view.key = row->blob(5);
        if (!each(view)) return {};
    }
}

Status SqliteLedgerStore::changed_store_days(Position after, const std::function<bool(const StoreDayRow&)>& each) {
    static constexpr char kSql[] =
        "SELECT " TALLY_DAY_COLUMNS " FROM store_day WHERE changed_pos > ? ORDER BY changed_pos";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, as_int64(after)));
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there || !each(store_day_of(*row))) return {};
    }
}

Status SqliteLedgerStore::notices(domain::TerminalId terminal, Position after,
                                  const std::function<bool(const NoticeRow&)>& each) {
    static constexpr char kSql[] =
        "SELECT pos, epoch, seq, outcome, reason FROM notice WHERE terminal = ? AND pos > ? ORDER BY pos, epoch, seq";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, terminal).bind(2, as_int64(after)));
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        NoticeRow notice;
        notice.pos = uint64_column(*row, 0);
        notice.op.terminal = terminal;
        TALLY_TRY(notice.op.epoch, fixed_column<domain::Epoch>(*row, 1));
        notice.op.seq = uint64_column(*row, 2);
        notice.outcome = static_cast<domain::Outcome>(row->int64(3));
        notice.reason = std::string(row->text(4));
        if (!each(notice)) return {};
    }
}

// --- walking everything ----------------------------------------------------------------------------------------------

Status SqliteLedgerStore::each_profile(const std::function<Status(const domain::MemberId&, const ProfileRow&)>& each) {
    static constexpr char kSql[] = "SELECT member, keys, sealed_profile FROM profile ORDER BY member";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        TALLY_TRY(const domain::MemberId member, fixed_column<domain::MemberId>(*row, 0));
        TALLY_OK(each(member, profile_of(*row, 1, 2)));
    }
}

Status SqliteLedgerStore::each_identity(
    const std::function<Status(domain::IdentityKind, std::string_view, const domain::MemberId&)>& each) {
    static constexpr char kSql[] = "SELECT kind, value, member FROM identity ORDER BY kind, value, member";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        TALLY_TRY(const domain::MemberId member, fixed_column<domain::MemberId>(*row, 2));
        TALLY_OK(each(static_cast<domain::IdentityKind>(row->int64(0)), row->text(1), member));
    }
}

Status SqliteLedgerStore::each_imported(const std::function<Status(const ImportedRow&)>& each) {
    static constexpr char kSql[] = "SELECT key, content, member FROM imported ORDER BY key";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        ImportedRow out;
        TALLY_TRY(out.key_tag, fixed_column<Hash>(*row, 0));
        TALLY_TRY(out.content_tag, fixed_column<Hash>(*row, 1));
        TALLY_TRY(out.member, member_column(*row, 2));
        TALLY_OK(each(out));
    }
}

Status SqliteLedgerStore::each_programme(const std::function<Status(const ProgrammeRow&)>& each) {
    static constexpr char kSql[] = "SELECT version, changed_pos, bytes, signature FROM programme ORDER BY version";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        TALLY_TRY(const ProgrammeRow programme, programme_of(*row));
        TALLY_OK(each(programme));
    }
}

}  // namespace tally::storage
