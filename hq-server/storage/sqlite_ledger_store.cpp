#include "hq-server/storage/sqlite_ledger_store.h"

#include <filesystem>

#include "common/store/database_keys.h"
#include "common/store/vfs.h"
#include "hq-server/storage/schema.h"
#include "hq-server/storage/sqlite_rows.h"
#include "hq-server/storage/upgrade.h"

namespace tally::storage {

using namespace intake;

namespace {

// An import's transaction or a big group commit may hold the lock for a while. Milliseconds.
constexpr int kBusyWait_ms = 15'000;

Status write_hq(store::Db& db, const HqRow& hq, const crypto::Device& device) {
    TALLY_TRY(store::Statement row,
              db.prepare("INSERT INTO hq (one, incarnation, device_seed, root_key, recovery_key, certificate, "
                         "own_epoch) VALUES (1, ?, ?, ?, ?, ?, ?)"));
    row.bind(1, hq.incarnation.view()).bind(2, device.seed()).bind(3, hq.root_key.view());
    row.bind(4, hq.recovery_key.view()).bind(5, hq.certificate.view()).bind(6, hq.own_epoch.view());
    return row.run();
}

}  // namespace

Result<std::unique_ptr<SqliteLedgerStore>> SqliteLedgerStore::create(const std::string& path,
                                                                     const crypto::Secret& data_key, const HqRow& hq,
                                                                     const crypto::Device& device) {
    std::error_code error;
    if (std::filesystem::exists(path, error)) return fail(Code::kExists, path + " exists already");
    TALLY_OK(store::register_vfs());
    store::OpenOptions options;
    options.create = true;
    options.busy_ms = kBusyWait_ms;
    TALLY_TRY(store::Db db, store::Db::open(path, data_key, options));
    TALLY_OK(store::migrate(db, kMigrations));
    auto out = std::unique_ptr<SqliteLedgerStore>(
        new SqliteLedgerStore(std::move(db), store::derived_secret(data_key, store::DerivedUse::kImportedRows)));
    TALLY_TRY(WriteScope scope, WriteScope::begin(*out));
    TALLY_OK(write_hq(out->db_, hq, device));
    TALLY_OK(out->db_.exec("DROP TABLE imported_plain"));  // nothing to upgrade in a new database
    DeviceRow own;
    own.terminal = domain::kHqTerminal;
    own.key = device.public_key();
    own.name = "headquarters";
    TALLY_OK(out->add_device(own));
    TALLY_OK(scope.commit());
    return out;
}

Result<std::unique_ptr<SqliteLedgerStore>> SqliteLedgerStore::open(const std::string& path,
                                                                   const crypto::Secret& data_key, int cache_kib) {
    TALLY_OK(store::register_vfs());
    store::OpenOptions options;
    options.cache_kib = cache_kib;
    options.busy_ms = kBusyWait_ms;
    TALLY_TRY(store::Db db, store::Db::open(path, data_key, options));
    TALLY_OK(store::migrate(db, kMigrations));
    crypto::Secret imported_key = store::derived_secret(data_key, store::DerivedUse::kImportedRows);
    TALLY_OK(finish_upgrade(db, imported_key.view()));
    return std::unique_ptr<SqliteLedgerStore>(new SqliteLedgerStore(std::move(db), std::move(imported_key)));
}

Result<store::Statement*> SqliteLedgerStore::use(const char* sql) {
    for (auto& [text, statement] : statements_)
        if (text == sql) return statement.get();
    TALLY_TRY(store::Statement statement, db_.prepare(sql));
    statements_.emplace_back(sql, std::make_unique<store::Statement>(std::move(statement)));
    return statements_.back().second.get();
}

Status SqliteLedgerStore::begin_write() {
    static constexpr char kSql[] = "BEGIN IMMEDIATE";
    TALLY_TRY(store::Statement * begin, use(kSql));
    return begin->run();
}

Status SqliteLedgerStore::commit() {
    static constexpr char kSql[] = "COMMIT";
    if (!db_.in_transaction()) return fail(Code::kIo, "the transaction was rolled back after an error");
    TALLY_TRY(store::Statement * end, use(kSql));
    const Status done = end->run();
    if (!done) rollback();
    return done;
}

// SQLite rolls back by itself after some errors (disk full, for one): then there is nothing left to do.
void SqliteLedgerStore::rollback() {
    if (db_.in_transaction()) (void)db_.exec("ROLLBACK").has_value();
}

Status SqliteLedgerStore::begin_read() {
    static constexpr char kSql[] = "BEGIN";
    TALLY_TRY(store::Statement * begin, use(kSql));
    return begin->run();
}

void SqliteLedgerStore::end_read() { rollback(); }

Result<std::int64_t> SqliteLedgerStore::foreign_version() {
    static constexpr char kSql[] = "PRAGMA data_version";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    TALLY_TRY(const bool there, row->step());
    if (!there) return fail(Code::kBug, "no data version");
    return row->int64(0);
}

Result<HqRow> SqliteLedgerStore::hq() {
    static constexpr char kSql[] =
        "SELECT incarnation, root_key, recovery_key, certificate, own_epoch, guarded_after, tiers_version, "
        "coupons_day FROM hq";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    TALLY_TRY(const bool there, row->step());
    if (!there) return fail(Code::kDamaged, "the database of headquarters lacks its own row");
    HqRow out;
    TALLY_TRY(out.incarnation, fixed_column<wire::Incarnation>(*row, 0));
    TALLY_TRY(out.root_key, fixed_column<crypto::PublicKey>(*row, 1));
    TALLY_TRY(out.recovery_key, fixed_column<crypto::PublicKey>(*row, 2));
    TALLY_TRY(out.certificate, fixed_column<crypto::Signature>(*row, 3));
    TALLY_TRY(out.own_epoch, fixed_column<domain::Epoch>(*row, 4));
    out.guarded_after = uint64_column(*row, 5);
    out.tiers_version = uint64_column(*row, 6);
    out.coupons_day = static_cast<Day>(row->int64(7));
    return out;
}

Status SqliteLedgerStore::set_tiers_version(std::uint64_t version) {
    static constexpr char kSql[] = "UPDATE hq SET tiers_version = ?";
    TALLY_TRY(store::Statement * row, use(kSql));
    return row->bind(1, as_int64(version)).run();
}

Status SqliteLedgerStore::set_coupons_day(Day day) {
    static constexpr char kSql[] = "UPDATE hq SET coupons_day = ?";
    TALLY_TRY(store::Statement * row, use(kSql));
    return row->bind(1, std::int64_t{day}).run();
}

Status SqliteLedgerStore::begin_again(const wire::Incarnation& incarnation, const domain::Epoch& own_epoch) {
    static constexpr char kSql[] = "UPDATE hq SET incarnation = ?, own_epoch = ?";
    TALLY_TRY(store::Statement * row, use(kSql));
    return row->bind(1, incarnation.view()).bind(2, own_epoch.view()).run();
}

Result<crypto::Device> SqliteLedgerStore::working_device() {
    static constexpr char kSql[] = "SELECT device_seed FROM hq";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    TALLY_TRY(const bool there, row->step());
    if (!there) return fail(Code::kDamaged, "the database of headquarters lacks its own row");
    return crypto::Device::from_seed(row->blob(0));
}

Status SqliteLedgerStore::check_pages() { return db_.check_pages(); }

// --- devices and tickets ---------------------------------------------------------------------------------------------

namespace {

Result<DeviceRow> device_of(const store::Statement& row) {
    DeviceRow out;
    out.terminal = static_cast<domain::TerminalId>(row.int64(0));
    TALLY_TRY(out.key, fixed_column<crypto::PublicKey>(row, 1));
    out.store = std::string(row.text(2));
    out.name = std::string(row.text(3));
    out.status = static_cast<DeviceStatus>(row.int64(4));
    out.reason = std::string(row.text(5));
    out.enrolled_ms = row.int64(6);
    out.last_contact_ms = row.int64(7);
    out.software = std::string(row.text(8));
    out.status_ms = row.int64(9);
    out.connected = row.int64(10) != 0;
    return out;
}

#define TALLY_DEVICE_COLUMNS \
    "terminal, key, store, name, status, reason, enrolled_ms, last_contact_ms, software, status_ms, connected"

Result<std::optional<DeviceRow>> one_device(const Reading& row) {
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<DeviceRow>();
    TALLY_TRY(DeviceRow out, device_of(*row));
    return std::optional(std::move(out));
}

}  // namespace

Result<std::optional<DeviceRow>> SqliteLedgerStore::device(domain::TerminalId terminal) {
    static constexpr char kSql[] = "SELECT " TALLY_DEVICE_COLUMNS " FROM device WHERE terminal = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, terminal));
    return one_device(row);
}

Result<std::optional<DeviceRow>> SqliteLedgerStore::device_of_key(const crypto::PublicKey& key) {
    static constexpr char kSql[] = "SELECT " TALLY_DEVICE_COLUMNS " FROM device WHERE key = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, key.view()));
    return one_device(row);
}

Result<std::vector<DeviceRow>> SqliteLedgerStore::devices() {
    static constexpr char kSql[] = "SELECT " TALLY_DEVICE_COLUMNS " FROM device ORDER BY terminal";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    std::vector<DeviceRow> out;
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return out;
        TALLY_TRY(DeviceRow device, device_of(*row));
        out.push_back(std::move(device));
    }
}

Result<domain::TerminalId> SqliteLedgerStore::next_terminal() {
    static constexpr char kSql[] = "SELECT coalesce(max(terminal), 0) + 1 FROM device";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    TALLY_TRY(const bool there, row->step());
    if (!there || row->int64(0) > UINT32_MAX) return fail(Code::kOverflow, "no terminal number is left");
    return static_cast<domain::TerminalId>(row->int64(0));
}

Status SqliteLedgerStore::add_device(const DeviceRow& device) {
    static constexpr char kSql[] = "INSERT INTO device (" TALLY_DEVICE_COLUMNS ") VALUES (?,?,?,?,?,?,?,?,?,?,?)";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, device.terminal).bind(2, device.key.view()).bind(3, device.store).bind(4, device.name);
    row->bind(5, static_cast<std::int64_t>(device.status)).bind(6, device.reason).bind(7, device.enrolled_ms);
    row->bind(8, device.last_contact_ms).bind(9, device.software).bind(10, device.status_ms);
    return row->bind(11, std::int64_t{device.connected}).run();
}

Status SqliteLedgerStore::set_device_status(domain::TerminalId terminal, DeviceStatus status, const std::string& reason,
                                            std::int64_t now_ms) {
    static constexpr char kSql[] = "UPDATE device SET status = ?, reason = ?, status_ms = ? WHERE terminal = ?";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, static_cast<std::int64_t>(status)).bind(2, reason).bind(3, now_ms).bind(4, terminal);
    TALLY_OK(row->run());
    if (db_.changes() != 1) return fail(Code::kNotFound, "there is no terminal " + std::to_string(terminal));
    return {};
}

Status SqliteLedgerStore::set_contact(const ContactRow& contact) {
    static constexpr char kSql[] =
        "UPDATE device SET last_contact_ms = ?1, connected = ?2, software = iif(?3 = '', software, ?3) WHERE terminal "
        "= ?4";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, contact.ms).bind(2, std::int64_t{contact.connected}).bind(3, contact.software);
    return row->bind(4, contact.terminal).run();
}

Status SqliteLedgerStore::forget_connections() {
    static constexpr char kSql[] = "UPDATE device SET connected = 0 WHERE connected <> 0";
    TALLY_TRY(store::Statement * row, use(kSql));
    return row->run();
}

Status SqliteLedgerStore::add_ticket(const TicketRow& ticket) {
    static constexpr char kSql[] = "INSERT INTO ticket VALUES (?,?,?,?,?)";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, ticket.secret_hash.view()).bind(2, ticket.store).bind(3, ticket.name);
    return row->bind(4, ticket.expires_ms).bind(5, ticket.used_by).run();
}

Result<std::optional<TicketRow>> SqliteLedgerStore::ticket(const Hash& secret_hash) {
    static constexpr char kSql[] = "SELECT store, name, expires_ms, used_by FROM ticket WHERE secret_hash = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, secret_hash.view()));
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<TicketRow>();
    return std::optional(TicketRow{secret_hash, std::string(row->text(0)), std::string(row->text(1)), row->int64(2),
                                   static_cast<domain::TerminalId>(row->int64(3))});
}

Status SqliteLedgerStore::use_ticket(const Hash& secret_hash, domain::TerminalId terminal) {
    static constexpr char kSql[] = "UPDATE ticket SET used_by = ? WHERE secret_hash = ?";
    TALLY_TRY(store::Statement * row, use(kSql));
    return row->bind(1, terminal).bind(2, secret_hash.view()).run();
}

}  // namespace tally::storage
