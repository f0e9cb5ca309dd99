// Making and opening a replica; who it is; its small facts.
#include "common/replica/replica.h"

#include "common/replica/replica_state.h"
#include "common/replica/schema.h"
#include "common/store/database_keys.h"
#include "common/store/private_file.h"
#include "common/wire/codec.h"

namespace tally::replica {

Replica::Replica(store::Db db, Witness witness)
    : state_(std::make_unique<ReplicaState>(std::move(db), std::move(witness))) {}
Replica::Replica(Replica&&) noexcept = default;
Replica& Replica::operator=(Replica&&) noexcept = default;
Replica::~Replica() = default;

store::Db& Replica::db() { return state_->db; }

std::string Replica::database_path(const std::string& dir) { return dir + "/replica.db"; }
std::string Replica::witness_path(const std::string& dir) { return database_path(dir) + ".head"; }

// What enrolment, the till and its screen put into a terminal's folder.
static void keep_private(const std::string& dir) {
    store::keep_folder_private(dir, {"replica.db", "terminal.toml", "screen.toml", "saved-operations.tally"});
}

static Status fill_new(store::Db& db) {
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(db));
    TALLY_TRY(const std::int64_t devices, db.query_int64("SELECT count(*) FROM device"));
    if (devices != 0) return fail(Code::kExists, "there is a replica already");

    const crypto::Device device = crypto::Device::create();
    TALLY_TRY(store::Statement q, db.prepare("INSERT INTO device(id, seed) VALUES(1, ?1)"));
    TALLY_OK(q.bind(1, device.seed()).run());

    crypto::SystemRandom random;
    domain::Epoch epoch;
    random.fill(epoch.bytes);
    TALLY_TRY(q, db.prepare("INSERT INTO epoch(no, epoch, previous_epoch, first_pos) VALUES(1, ?1, ?2, 1)"));
    TALLY_OK(q.bind(1, epoch.view()).bind(2, domain::Epoch{}.view()).run());

    TALLY_TRY(q, db.prepare(
                     "INSERT INTO till_state VALUES(1, 1, 0, 0, ?1, 0, 0, 0, 0, 0, 1, ?2, 1, 0, 0, 0, NULL, NULL, 0)"));
    TALLY_OK(q.bind(1, Hash{}.view()).bind(2, wire::Incarnation{}.view()).run());
    return transaction.commit();
}

// A file whose making was cut short by a crash has no device row yet: it is finished, not refused.
Result<Replica> Replica::create(const std::string& dir, const crypto::Secret& data_key) {
    store::OpenOptions options;
    options.create = true;
    keep_private(dir);
    TALLY_TRY(store::Db db, store::Db::open(database_path(dir), data_key, options));
    TALLY_OK(store::migrate(db, kMigrations));
    TALLY_OK(fill_new(db));
    return Replica(std::move(db),
                   Witness(witness_path(dir), store::derived_secret(data_key, store::DerivedUse::kWitness)));
}

Result<Replica> Replica::open(const std::string& dir, const crypto::Secret& data_key, store::Sync sync, int cache_kib) {
    store::OpenOptions options;
    options.sync = sync;
    options.cache_kib = cache_kib;
    keep_private(dir);
    TALLY_TRY(store::Db db, store::Db::open(database_path(dir), data_key, options));
    TALLY_OK(store::migrate(db, kMigrations));
    TALLY_TRY(const std::int64_t devices, db.query_int64("SELECT count(*) FROM device"));
    if (devices == 0) return fail(Code::kNotFound, "the making of this replica was never finished");
    return Replica(std::move(db),
                   Witness(witness_path(dir), store::derived_secret(data_key, store::DerivedUse::kWitness)));
}

Result<Replica> Replica::open_to_look(const std::string& dir, const crypto::Secret& data_key) {
    store::OpenOptions options;
    options.read_only = true;
    TALLY_TRY(store::Db db, store::Db::open(database_path(dir), data_key, options));
    TALLY_TRY(const std::int64_t version, db.query_int64("PRAGMA user_version"));
    const std::int64_t newest = kMigrations.back().version;
    if (version > newest)
        return fail(Code::kNewer, "the database has schema " + std::to_string(version) + ", this program knows " +
                                      std::to_string(newest) +
                                      ": it was used by a newer one, which has to be installed again");
    if (version < newest)
        return fail(Code::kRefused, "the schema has version " + std::to_string(version) +
                                        ": start the terminal once with this program, which brings it to " +
                                        std::to_string(newest));
    TALLY_TRY(const std::int64_t devices, db.query_int64("SELECT count(*) FROM device"));
    if (devices == 0) return fail(Code::kNotFound, "the making of this replica was never finished");
    return Replica(std::move(db),
                   Witness(witness_path(dir), store::derived_secret(data_key, store::DerivedUse::kWitness)));
}

std::optional<WitnessRecord> read_lost_witness(const std::string& dir, const crypto::Secret& data_key) {
    Witness witness(Replica::witness_path(dir), store::derived_secret(data_key, store::DerivedUse::kWitness));
    const auto reading = witness.read();
    if (!reading) return std::nullopt;
    const auto* record = std::get_if<WitnessRecord>(&*reading);
    return record == nullptr ? std::nullopt : std::optional(*record);
}

Status Replica::rekey_witness(const std::string& dir, const crypto::Secret& old_key, const crypto::Secret& fresh_key,
                              const std::string& to) {
    Witness old(witness_path(dir), store::derived_secret(old_key, store::DerivedUse::kWitness));
    Witness fresh(to, store::derived_secret(fresh_key, store::DerivedUse::kWitness));
    return old.hand_to(fresh);
}

Result<crypto::Device> Replica::device() {
    TALLY_TRY(Query q, state_->use("SELECT seed FROM device WHERE id = 1"));
    TALLY_TRY(const bool row, q->step());
    if (!row) return fail(Code::kDamaged, "the replica's device row is missing");
    return crypto::Device::from_seed(q->blob(0));
}

Result<std::optional<Enrolment>> Replica::enrolment() {
    TALLY_TRY(const Enrolment* there, state_->enrolment());
    return there ? std::optional(*there) : std::optional<Enrolment>();
}

Status Replica::save_enrolment(const Enrolment& enrolment) {
    if (enrolment.terminal <= domain::kHqTerminal || enrolment.store.empty() ||
        enrolment.store.size() > domain::kStoreCodeBytesMax)
        return fail(Code::kInvalid, "enrolment: terminal or store out of range");
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(state_->db));
    TALLY_TRY(const Enrolment* there, state_->enrolment());
    if (there) return fail(Code::kExists, "this terminal is enrolled as " + std::to_string(there->terminal));
    TALLY_TRY(Query q,
              state_->use("INSERT INTO enrolment(id, terminal, store, store_name, hq_host, hq_port, hq_key, root_key, "
                          "recovery_key) VALUES(1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
    q->bind(1, std::int64_t{enrolment.terminal}).bind(2, std::string_view(enrolment.store));
    q->bind(3, std::string_view(enrolment.store_name)).bind(4, std::string_view(enrolment.hq_host));
    q->bind(5, std::int64_t{enrolment.hq_port}).bind(6, enrolment.hq_key.view()).bind(7, enrolment.root_key.view());
    q->bind(8, enrolment.recovery_key.view());
    TALLY_OK(q->run());
    return transaction.commit();
}

Result<ChainHead> Replica::head() {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const TillState state, state_->load_state());
    TALLY_TRY(const EpochRow epoch, state_->epoch_by_no(state.epoch_no));
    return ChainHead{epoch.epoch, state.seq + 1, state.hash, state.epoch_no};
}

Result<domain::Hlc> Replica::last_hlc() {
    TALLY_TRY(const TillState state, state_->load_state());
    return state.hlc;
}

Result<FeedCursor> Replica::cursor() {
    TALLY_TRY(const TillState state, state_->load_state());
    return FeedCursor{state.incarnation, state.cursor, state.confirmed_ms};
}

Result<std::uint64_t> Replica::unacknowledged_count() {
    TALLY_TRY(const TillState state, state_->load_state());
    return static_cast<std::uint64_t>(state.pos - state.acked.count());
}

Result<std::uint64_t> Replica::pending_count() {
    TALLY_TRY(const TillState state, state_->load_state());
    return static_cast<std::uint64_t>(state.pending);
}

Result<std::uint64_t> Replica::member_count() {
    TALLY_TRY(const TillState state, state_->load_state());
    return static_cast<std::uint64_t>(state.members);
}

Result<std::int64_t> Replica::data_version() {
    TALLY_TRY(Query q, state_->use("PRAGMA data_version"));
    TALLY_TRY(const bool row, q->step());
    return row ? q->int64(0) : 0;
}

Result<domain::Programme> Replica::programme() {
    TALLY_TRY(Query q, state_->use("SELECT bytes FROM programme ORDER BY version DESC LIMIT 1"));
    TALLY_TRY(const bool row, q->step());
    if (!row) return domain::Programme{};
    return wire::decode_programme(q->blob(0));
}

}  // namespace tally::replica
