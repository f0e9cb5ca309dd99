// The start: does the log reach as far as its witness says, and what follows when it does not. Numbers G1.. are those
// of "What is told apart" in common/store/FILES.md.
#include <algorithm>

#include "common/base/log.h"
#include "common/crypto/hash.h"
#include "common/replica/replica_state.h"

namespace tally::replica {
namespace {

using wire::IncidentKind;
using wire::IncidentReport;

std::string count_text(std::uint64_t seq) { return std::to_string(seq); }

// What the witness and the log say together; empty: the log equals or extends it.
Result<std::optional<IncidentReport>> judge(ReplicaState& replica, const TillState& state, const Witness::Reading& seen,
                                            bool was_witnessed) {
    IncidentReport incident;
    if (std::holds_alternative<Witness::Missing>(seen)) {  // G3
        if (!was_witnessed) return std::optional<IncidentReport>();
        incident.kind = IncidentKind::kWitnessMissing;
        return std::optional(incident);
    }
    if (std::holds_alternative<Witness::Damaged>(seen)) {  // G4
        incident.kind = IncidentKind::kWitnessDamaged;
        return std::optional(incident);
    }
    const auto& record = std::get<WitnessRecord>(seen);
    incident.seen_epoch = record.epoch;
    incident.seen_seq = record.seq;
    TALLY_TRY(const std::optional<EpochRow> epoch, replica.epoch_of(record.epoch));
    if (epoch && record.seq == 0) return std::optional<IncidentReport>();
    TALLY_TRY(const std::int64_t pos, replica.pos_of(state, record.epoch, record.seq));
    if (!epoch || pos == 0) {  // G1, G2
        incident.kind = replica.db.wal_was_torn() ? IncidentKind::kTailTorn : IncidentKind::kTailCut;
        return std::optional(incident);
    }
    TALLY_TRY(const StoredOp stored, replica.stored_op(pos));
    if (stored.hash == record.hash) return std::optional<IncidentReport>();
    incident.kind = IncidentKind::kOtherHistory;  // G5
    return std::optional(incident);
}

std::string detail_of(const IncidentReport& incident, const TillState& state) {
    std::string out(wire::incident_name(incident.kind));
    if (!incident.seen_epoch.is_zero())
        out += ": the witness stands at operation " + count_text(incident.seen_seq) + " of epoch " +
               incident.seen_epoch.hex().substr(0, 8);
    return out + "; the log ends at operation " + count_text(state.seq);
}

Status write_incident(ReplicaState& replica, const IncidentReport& incident, const std::string& detail) {
    TALLY_TRY(Query q,
              replica.use("INSERT INTO incident(kind, at_ms, epoch, log_seq, seen_epoch, seen_seq, begun, detail) "
                          "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
    q->bind(1, static_cast<std::int64_t>(incident.kind)).bind(2, incident.at_ms).bind(3, incident.epoch.view());
    q->bind(4, static_cast<std::int64_t>(incident.log_seq)).bind(5, incident.seen_epoch.view());
    q->bind(6, static_cast<std::int64_t>(incident.seen_seq)).bind(7, incident.begun.view());
    q->bind(8, std::string_view(detail));
    return q->run();
}

Result<std::vector<Incident>> newest_incidents(ReplicaState& replica, std::size_t count) {
    TALLY_TRY(Query q,
              replica.use(
                  "SELECT kind, at_ms, epoch, log_seq, seen_epoch, seen_seq, begun, detail, "
                  "(SELECT count(*) FROM returned_op r WHERE r.epoch = incident.seen_epoch AND "
                  "(incident.seen_epoch <> incident.epoch OR r.seq > incident.log_seq)), "
                  "(SELECT count(*) FROM returned_op r WHERE incident.kind = 9 /* kRestored */ AND CASE r.epoch "
                  "WHEN incident.epoch THEN r.seq > incident.log_seq ELSE r.epoch NOT IN (SELECT e.epoch FROM epoch e "
                  "WHERE e.no < (SELECT no FROM epoch WHERE epoch = incident.epoch)) END) "
                  "FROM incident ORDER BY number DESC LIMIT ?1"));
    q->bind(1, static_cast<std::int64_t>(count));
    std::vector<Incident> out;
    for (;;) {
        TALLY_TRY(const bool row, q->step());
        if (!row) return out;
        Incident& incident = out.emplace_back();
        incident.report.kind = static_cast<IncidentKind>(q->int64(0));
        incident.report.at_ms = q->int64(1);
        TALLY_TRY(incident.report.epoch, domain::Epoch::from(q->blob(2)));
        incident.report.log_seq = static_cast<std::uint64_t>(q->int64(3));
        TALLY_TRY(incident.report.seen_epoch, domain::Epoch::from(q->blob(4)));
        incident.report.seen_seq = static_cast<std::uint64_t>(q->int64(5));
        TALLY_TRY(incident.report.begun, domain::Epoch::from(q->blob(6)));
        incident.detail = q->text(7);
        const auto returned_of_seen = static_cast<std::uint64_t>(q->int64(8));
        // After a person's restore whatever came back is of interest, of every epoch since; what came back of earlier
        // ones was in the backup already.
        incident.returned = std::max(returned_of_seen, static_cast<std::uint64_t>(q->int64(9)));
        const std::uint64_t held = incident.report.epoch == incident.report.seen_epoch ? incident.report.log_seq : 0;
        const std::uint64_t gap = incident.report.seen_seq > held ? incident.report.seen_seq - held : 0;
        incident.missing = gap > returned_of_seen ? gap - returned_of_seen : 0;
    }
}

// The epoch was begun for just this witness, and the process ended before it was written anew. Of one that is missing
// or damaged that cannot be said: operations of this epoch may be what is lost.
Result<bool> is_answered(ReplicaState& replica, const TillState& state, const IncidentReport& incident) {
    if (state.seq != 0 || incident.seen_epoch.is_zero()) return false;
    TALLY_TRY(const std::vector<Incident> incidents, newest_incidents(replica, 1));
    if (incidents.empty()) return false;
    TALLY_TRY(const EpochRow current, replica.epoch_by_no(state.epoch_no));
    const IncidentReport& last = incidents.front().report;
    return last.begun == current.epoch && last.kind == incident.kind && last.seen_epoch == incident.seen_epoch &&
           last.seen_seq == incident.seen_seq;
}

}  // namespace

Status begin_epoch(ReplicaState& replica, TillState& state, IncidentReport incident, const std::string& detail) {
    TALLY_TRY(const std::vector<EpochRow> epochs, replica.epochs());
    const EpochRow& current = epochs.back();
    TALLY_ASSERT(current.no == state.epoch_no, "the newest epoch is the current one");
    // It names the newest epoch that has operations: headquarters knows it, or will before it hears of this one.
    domain::Epoch previous = epochs.front().epoch;
    for (std::size_t i = 0; i < epochs.size(); ++i) {
        const EpochRow* next = i + 1 < epochs.size() ? &epochs[i + 1] : nullptr;
        if (ReplicaState::count_of(state, epochs[i], next) > 0) previous = epochs[i].epoch;
    }
    crypto::SystemRandom random;
    domain::Epoch begun;
    random.fill(begun.bytes);
    TALLY_TRY(Query q, replica.use("INSERT INTO epoch(no, epoch, previous_epoch, first_pos) VALUES(?1, ?2, ?3, ?4)"));
    q->bind(1, current.no + 1).bind(2, begun.view()).bind(3, previous.view()).bind(4, state.pos + 1);
    TALLY_OK(q->run());
    TALLY_OK(forget_reservations(replica));
    incident.epoch = current.epoch;
    incident.log_seq = state.seq;
    incident.begun = begun;
    TALLY_OK(write_incident(replica, incident, detail));
    state.epoch_no = current.no + 1;
    state.seq = 0;
    spdlog::warn("{}: epoch {} begins", detail, begun.hex().substr(0, 8));
    return replica.save_state(state);
}

Status Replica::guard(std::int64_t now_ms) {
    ReplicaState& replica = *state_;
    if (replica.guarded) return {};
    // W5: before the log, which only grows; the other way round another process's append would look like an incident.
    TALLY_TRY(const Witness::Reading seen, replica.witness.read());
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(replica.db));
    TALLY_TRY(TillState state, replica.load_state());
    TALLY_TRY(const std::int64_t witnessed, replica.db.query_int64("SELECT witnessed FROM till_state"));
    TALLY_TRY(std::optional<IncidentReport> incident, judge(replica, state, seen, witnessed != 0));
    if (incident) {
        incident->at_ms = now_ms;
        TALLY_TRY(const bool answered, is_answered(replica, state, *incident));
        if (!answered) TALLY_OK(begin_epoch(replica, state, *incident, detail_of(*incident, state)));
    }
    TALLY_TRY(const EpochRow epoch, replica.epoch_by_no(state.epoch_no));
    const auto write = [&] {
        return replica.witness.write(epoch.epoch, state.seq, state.hash, WitnessWrite::kDurable);
    };
    // The first witness is there before the database says that there must be one; after an incident the epoch comes
    // first.
    if (!incident) TALLY_OK(write());
    if (witnessed == 0) TALLY_OK(replica.db.exec("UPDATE till_state SET witnessed = 1"));
    TALLY_OK(transaction.commit());
    if (incident) TALLY_OK(write());
    replica.guarded = true;
    return {};
}

Status Replica::begin_restored(std::int64_t now_ms, const std::optional<WitnessRecord>& lost,
                               const std::string& detail) {
    ReplicaState& replica = *state_;
    IncidentReport incident;
    incident.kind = IncidentKind::kRestored;
    incident.at_ms = now_ms;
    if (lost) {
        incident.seen_epoch = lost->epoch;
        incident.seen_seq = lost->seq;
    }
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(replica.db));
    TALLY_TRY(TillState state, replica.load_state());
    TALLY_OK(begin_epoch(replica, state, incident, detail));
    TALLY_TRY(const EpochRow epoch, replica.epoch_by_no(state.epoch_no));
    TALLY_OK(replica.witness.write(epoch.epoch, state.seq, state.hash, WitnessWrite::kDurable));  // W6
    TALLY_OK(replica.db.exec("UPDATE till_state SET witnessed = 1"));
    TALLY_OK(transaction.commit());
    replica.guarded = true;
    return {};
}

Result<std::optional<IncidentReport>> Replica::look_at_witness() {
    TALLY_TRY(const Witness::Reading seen, state_->witness.read());
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    TALLY_TRY(const TillState state, state_->load_state());
    TALLY_TRY(const std::int64_t witnessed, state_->db.query_int64("SELECT witnessed FROM till_state"));
    return judge(*state_, state, seen, witnessed != 0);
}

Status Replica::begin_epoch_after(const domain::Epoch& epoch, IncidentReport incident) {
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(state_->db));
    TALLY_TRY(TillState state, state_->load_state());
    TALLY_TRY(const EpochRow current, state_->epoch_by_no(state.epoch_no));
    if (current.epoch != epoch) return {};  // the till began another one meanwhile
    std::string detail = std::string(wire::incident_name(incident.kind)) + ": headquarters stands at operation " +
                         count_text(incident.seen_seq);
    if (!incident.seen_epoch.is_zero() && incident.seen_epoch != epoch)
        detail += " of epoch " + incident.seen_epoch.hex().substr(0, 8) + ", which began elsewhere";
    detail += ", the log at " + count_text(state.seq);
    TALLY_OK(begin_epoch(*state_, state, std::move(incident), detail));
    return transaction.commit();
}

Status Replica::note_incident(IncidentReport incident, const std::string& detail) {
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(state_->db));
    if (incident.epoch.is_zero()) {
        TALLY_TRY(const TillState state, state_->load_state());
        TALLY_TRY(const EpochRow current, state_->epoch_by_no(state.epoch_no));
        incident.epoch = current.epoch;
        incident.log_seq = state.seq;
    }
    constexpr std::size_t kNewest = 64;  // an error that comes again and again is one row
    TALLY_TRY(const std::vector<Incident> incidents, newest_incidents(*state_, kNewest));
    for (const Incident& known : incidents)
        if (known.report.kind == incident.kind && known.report.epoch == incident.epoch && known.detail == detail)
            return {};
    TALLY_OK(write_incident(*state_, incident, detail));
    return transaction.commit();
}

Result<std::vector<Incident>> Replica::incidents(std::size_t count) {
    TALLY_TRY(const Snapshot snapshot, Snapshot::begin(*state_));
    return newest_incidents(*state_, count);
}

}  // namespace tally::replica
