// What stands behind a Replica: the connection, its prepared statements, and its rows as values. Internal to
// common/replica. One thread at a time. Nothing that another connection may change is cached here beyond a transaction.
#pragma once

#include <algorithm>
#include <unordered_map>

#include "common/domain/bill_key.h"
#include "common/replica/coverage.h"
#include "common/replica/replica.h"
#include "common/replica/witness.h"

namespace tally::replica {

// A prepared statement in use: reset when this goes, so that no read snapshot stays open behind it.
class Query {
  public:
    explicit Query(store::Statement& statement) : statement_(&statement) {}
    Query(Query&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Query& operator=(Query&&) = delete;
    ~Query() {
        if (statement_) statement_->reset();
    }
    store::Statement* operator->() { return statement_; }
    store::Statement& operator*() { return *statement_; }

  private:
    store::Statement* statement_;
};

// The one row of till_state.
struct TillState {
    std::int64_t epoch_no = 1;
    std::int64_t pos = 0;  // of the last operation
    std::uint64_t seq = 0;
    Hash hash;
    domain::Hlc hlc;
    Coverage acked;  // durable at headquarters
    Coverage floor;  // in the states as of the last page that had caught up
    std::int64_t pending = 0;
    std::int64_t members = 0;
    std::int64_t next_member_no = 1;
    wire::Incarnation incarnation;
    std::int64_t generation = 1;
    bool refilling = false;  // a restart from zero has not caught up yet
    std::uint64_t cursor = 0;
    std::int64_t confirmed_ms = 0;
};

struct EpochRow {
    std::int64_t no = 0;
    domain::Epoch epoch;
    domain::Epoch previous;
    std::int64_t first_pos = 1;
    std::uint64_t branch_seq = 0;  // from this one on the operations here are a branch; 0: none
};

struct MemberRow {
    std::int64_t no = 0;  // 0: not there yet
    domain::MemberId id;
    std::int64_t generation = 0;
    std::uint64_t member_seq = 0;
    Bytes key;      // empty: none
    Bytes profile;  // sealed; empty: none
    bool confirmed = false;
    Bytes account;  // confirmed
};

struct OwnRow {
    bool exists = false;
    std::int64_t last_pos = 0;
    bool key_sent = false;
    Bytes former_key;
    std::vector<std::int64_t> pending;  // rising
    Bytes account;                      // the overlay, used only with pending operations; empty: to be folded
};

// This terminal in one of its epochs.
struct LeaseHolder {
    domain::TerminalId terminal = 0;
    domain::Epoch epoch;
};

// An operation read back from the log with what lies beside it.
struct StoredOp {
    std::int64_t pos = 0;        // below 0: not of the log, but given back; the number in returned_op
    std::int64_t member_no = 0;  // 0: without a member
    std::int64_t previous_pos = 0;
    Hash hash;
    domain::Op op;
    Bytes sealed;  // empty: nothing, or erased
};

struct ReplicaState {
    ReplicaState(store::Db opened, Witness beside) : db(std::move(opened)), witness(std::move(beside)) {}
    store::Db db;
    Witness witness;
    bool guarded = false;  // this object compared log and witness

    // `sql` is a string literal: its address is the key.
    Result<Query> use(const char* sql);

    Result<TillState> load_state();
    Status save_state(const TillState& state);
    Result<EpochRow> epoch_by_no(std::int64_t no);
    Result<std::optional<EpochRow>> epoch_of(const domain::Epoch& epoch);
    Result<std::vector<EpochRow>> epochs();  // in order
    // How many operations of the epoch the log holds: `next` is the epoch after it, null for the current one.
    static std::uint64_t count_of(const TillState& state, const EpochRow& epoch, const EpochRow* next);
    // Position of (epoch, seq); 0 when this log has no such epoch, or no such operation up to `state`.
    Result<std::int64_t> pos_of(const TillState& state, const domain::Epoch& epoch, std::uint64_t seq);
    // Position of the operation that entered this bill here, below 0 one that was given back; 0: none.
    Result<std::int64_t> pos_of_bill(Day day, const domain::BillKey& key);
    Result<LeaseHolder> lease_holder(std::int64_t epoch_no);
    Result<const Enrolment*> enrolment();  // null before
    void forget_enrolment() { enrolment_.reset(); }
    Status check_not_revoked();  // kRefused

    Result<MemberRow> member_by_id(const domain::MemberId& id);  // no == 0: unknown
    Result<MemberRow> member_by_no(std::int64_t no);             // kDamaged: not there
    Status save_member(const MemberRow& row);                    // inserts or replaces
    Result<OwnRow> own_of(std::int64_t no);
    Status save_own(std::int64_t no, const OwnRow& row);

    Result<StoredOp> stored_op(std::int64_t pos);  // kDamaged: not there or not readable
    Result<StoredOp> returned_op(std::int64_t no);
    Result<std::optional<StoredOp>> returned_op_of(const domain::OpId& id);
    Result<domain::PersonalFields> fields_of(const StoredOp& stored, const MemberRow& member, const OwnRow& own);

    // The confirmed account with everything of `own` that is pending folded in. `each` (may be empty) sees each fold.
    using EachFold = std::function<void(const StoredOp&, const domain::Folded&)>;
    Result<domain::Account> refold(const MemberRow& member, const OwnRow& own, const EachFold& each = {});
    Result<domain::Account> overlay_account(const MemberRow& member, const OwnRow& own);
    Result<domain::Profile> confirmed_profile(const MemberRow& member);
    Result<domain::Profile> overlay_profile(const MemberRow& member, const OwnRow& own);
    // Makes the lookup rows of `no` those of `after` instead of `before`.
    Status replace_lookup(std::int64_t no, const domain::Profile& before, const domain::Profile& after);

  private:
    std::unordered_map<const char*, store::Statement> prepared_;
    std::optional<Enrolment> enrolment_;  // another connection changes nothing in it that an operation holds
};

// Several reads as one: a snapshot for as long as it lives. Inside a transaction it adds nothing.
class Snapshot {
  public:
    static Result<Snapshot> begin(ReplicaState& state);
    Snapshot(Snapshot&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    Snapshot& operator=(Snapshot&&) = delete;
    ~Snapshot();

  private:
    explicit Snapshot(ReplicaState* state) : state_(state) {}
    ReplicaState* state_;
};

// Puts one incident on record, begins the epoch that it calls for, and saves `state`, which is then that epoch's.
// Inside a transaction. `incident.epoch`, log_seq and begun are filled in.
Status begin_epoch(ReplicaState& replica, TillState& state, wire::IncidentReport incident, const std::string& detail);

// What headquarters decided of the operation at `pos`, when it did not simply accept it; the newest decision stands.
inline constexpr std::size_t kReasonBytesMax = 2000;
Status write_outcome(ReplicaState& replica, std::int64_t pos, const wire::OpOutcome& outcome);
// `covered`: this till's operations that are in it.
Status save_campaign(ReplicaState& replica, const wire::CampaignChange& change, const Coverage& covered);

// --- the coupons that this till holds or has asked for (replica_reservations.cpp), inside a transaction
// Where `op`, at `pos` of the current epoch, asks for a coupon.
Status note_reservation(ReplicaState& replica, std::int64_t member_no, const domain::Op& op, std::int64_t pos);
// Forgets of a member what headquarters has answered and does not say is reserved for this terminal.
Status settle_reservations(ReplicaState& replica, const MemberRow& member, const OwnRow& own);
// What headquarters lost is pending again: notes what the positions ask for, those of the current epoch.
Status renew_reservations(ReplicaState& replica, const TillState& state, std::int64_t member_no,
                          const std::vector<std::int64_t>& positions);
// Headquarters was put back to when it held a coupon for this epoch, whose reservation has ended since: notes it again.
Status recall_reservations(ReplicaState& replica, const TillState& state, const MemberRow& member);
Status forget_reservations(ReplicaState& replica);  // all: a new epoch begins
Status check_reservations(ReplicaState& replica, const TillState& state);

// --- what the current epoch was leased (replica_leases.cpp), inside a transaction
// Where `op`, just appended, makes or names slices. kRefused: names more than was leased here.
Status note_lease(ReplicaState& replica, const TillState& state, std::int64_t member_no, const domain::Op& op);
Status take_leases(ReplicaState& replica, const TillState& state, std::int64_t member_no,
                   const domain::Account& received);
// What this till was leased of a member, to be put into a state that was sent before the grant: there the points are
// free still, and their lot may be this till's own that waits.
class KnownLeases {
  public:
    static Result<KnownLeases> of(ReplicaState& replica, std::int64_t member_no);
    void add_to(domain::Account& account) const;

  private:
    struct Row {
        domain::OpId lot;
        LeaseHolder holder;
        domain::Points granted = 0;
        std::optional<Day> through;
    };
    std::vector<Row> rows_;
};
Status check_leases(ReplicaState& replica, const TillState& state);

// True for the kinds that fold_profile reads.
bool is_profile_kind(domain::OpKind kind);

}  // namespace tally::replica
