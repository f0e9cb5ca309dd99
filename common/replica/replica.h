// A terminal's encrypted database: its operation log, the confirmed states from HQ, and the overlay. One Replica object
// is one connection, used by one thread at a time; the screen's store thread and the sync agent each open their own on
// the same file. Not the rules of selling (till.h), not the network. Schema: common/replica/schema.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/crypto/device.h"
#include "common/domain/account.h"
#include "common/domain/campaigns.h"
#include "common/domain/fold.h"
#include "common/domain/limits.h"
#include "common/domain/profile.h"
#include "common/domain/programme.h"
#include "common/replica/witness.h"
#include "common/store/db.h"
#include "common/wire/messages.h"

namespace tally::replica {

// What enrolment gave this terminal, kept in the database.
struct Enrolment {
    domain::TerminalId terminal = 0;
    std::string store;
    std::string store_name;
    std::string hq_host;
    std::uint16_t hq_port = 0;
    crypto::PublicKey hq_key;
    crypto::PublicKey root_key;
    crypto::PublicKey recovery_key;
};

// Headquarters revoked this terminal and told it so, over the line that only headquarters can answer on. Until it
// accepts the terminal again, nothing is appended; what was appended before and never reached it stays in the log.
struct Revocation {
    std::int64_t at_ms = 0;  // wall time at which this terminal heard of it
    std::string reason;      // headquarters' sentence
};

struct ChainHead {
    domain::Epoch epoch;
    std::uint64_t next_seq = 1;
    Hash hash;                  // of next_seq - 1; zero at the start of the first epoch
    std::int64_t epoch_no = 1;  // 1: made at enrolment
};

struct FeedCursor {
    wire::Incarnation incarnation;
    std::uint64_t position = 0;
    std::int64_t confirmed_ms = 0;  // HQ's time of the newest page that had caught up; 0: never
};

// An operation whose effect is in the overlay, not yet covered by a received state.
struct PendingOp {
    domain::OpId id;
    domain::OpKind kind = domain::OpKind::kNote;
    domain::MemberId member;
    bool acknowledged = false;  // durable at HQ
};

// A member as the till sees it: fold(confirmed, pending).
struct MemberView {
    domain::MemberId member;
    domain::Account account;  // the overlay
    domain::Profile profile;  // confirmed profile with this till's pending edits
    bool confirmed = false;   // HQ knows this member
    std::vector<PendingOp> pending;
};

// An operation to be written, without its id and chain, and the personal fields that are sealed with it.
struct NewOp {
    domain::Op op;
    domain::PersonalFields fields;
};

struct Appended {
    domain::OpId id;
    Hash hash;
    domain::Folded folded;    // against the overlay
    domain::Account account;  // the overlay afterwards; default for a sale without a member
    bool witnessed = true;    // false: the operation stands, and its witness could not be written
};

// What the log holds of one operation, for lists on the screen and for support.
struct LoggedOp {
    domain::Op op;
    domain::PersonalFields fields;  // empty where there are none or the key is gone
    bool acknowledged = false;
    bool covered = false;
    bool returned = false;                   // this log lost it; headquarters gave it back
    std::optional<wire::OpOutcome> outcome;  // HQ's, when it was not simply accepted
};

// An incident on record, for people: what was seen, and what came back since.
struct Incident {
    wire::IncidentReport report;
    std::string detail;          // English, for the log
    std::uint64_t returned = 0;  // operations that headquarters gave back
    std::uint64_t missing = 0;   // that the witness saw and that are neither here nor given back (yet)
};

// How far this till's own log reaches in one epoch, for comparing with headquarters.
struct OwnChain {
    domain::Epoch epoch;
    std::uint64_t next_seq = 1;
    Hash head;  // of next_seq - 1
    std::uint64_t acked_through = 0;
    std::uint64_t returned_next = 1;  // >= next_seq: the first that headquarters has not given back
    std::uint64_t branch_seq = 0;     // from this one on it is a branch; 0: none
};

struct ReturnedKept {
    std::uint64_t next_seq = 1;  // the next one wanted
    bool branches = false;       // the first one does not continue this log: nothing was kept
};

// What this till's current epoch holds of one lot.
struct HeldSlice {
    domain::OpId lot;
    domain::Points spendable = 0;
    domain::Points at_risk = 0;  // written off at headquarters meanwhile: to be returned, not to be spent
    std::optional<Day> through;  // the lease's end; none: born leased here
};

struct ReplicaState;  // replica_state.h

class Replica {
  public:
    Replica(Replica&&) noexcept;
    Replica& operator=(Replica&&) noexcept;
    ~Replica();

    // Makes <dir>/replica.db with a fresh device identity and epoch. kExists when there is one. The key slots exist
    // already (store::create_keys).
    static Result<Replica> create(const std::string& dir, const crypto::Secret& data_key);
    // Opens and migrates. `sync`: kFull for every user of a till's file, the agent too: the walk over the WAL at open
    // takes two commits behind a torn frame for damage, and unsynced commits between synced ones would look like that
    // after a power cut.
    static Result<Replica> open(const std::string& dir, const crypto::Secret& data_key, store::Sync sync,
                                int cache_kib = 32 * 1024);
    // For looking only, also while others use it: changes nothing and migrates nothing, so an older schema is kRefused.
    static Result<Replica> open_to_look(const std::string& dir, const crypto::Secret& data_key);
    static std::string database_path(const std::string& dir);
    static std::string witness_path(const std::string& dir);
    // Writes the witness of the replica in `dir` to `to` under a new data key, for store::rotate_data_key (W7). It says
    // what the old one says, not what the log says: a log that lost its tail stays contradicted.
    static Status rekey_witness(const std::string& dir, const crypto::Secret& old_key, const crypto::Secret& fresh_key,
                                const std::string& to);

    // Compares the log with its witness, once an object; the first append does it where nobody did. A log that does not
    // reach its witness, and a witness that cannot be asked, begin a new epoch, durably and on record (incidents()).
    Status guard(std::int64_t now_ms);
    // What guard() would find now; changes nothing. Empty: nothing is wrong.
    Result<std::optional<wire::IncidentReport>> look_at_witness();
    // For a database that a person put back into a folder without a witness: a new epoch with nothing leased, on
    // record, and its witness. `lost`: what the witness of the lost folder said, where that could still be read.
    Status begin_restored(std::int64_t now_ms, const std::optional<WitnessRecord>& lost, const std::string& detail);
    Result<std::vector<Incident>> incidents(std::size_t count);  // newest first
    // Puts an incident on record that begins no epoch (a damaged page in use; a fork of an earlier epoch), so that
    // people and HQ hear of it; once each. Without an epoch, the current one is meant.
    Status note_incident(wire::IncidentReport incident, const std::string& detail);

    Result<crypto::Device> device();
    Result<std::optional<Enrolment>> enrolment();
    Status save_enrolment(const Enrolment& enrolment);  // kExists when enrolled already
    // The same terminal is enrolled anew: the address, names and keys of `enrolment` replace those kept, and a
    // revocation is over. kRefused: another terminal, store or headquarters than before; kNotFound: never enrolled.
    Status renew_enrolment(const Enrolment& enrolment);
    void forget_enrolment();  // enrolment() reads it again: another process may have renewed it
    Result<std::optional<Revocation>> revocation();
    // Durable when it returns. The first time of the same reason is kept; none: accepted again. Writes only a change.
    Status set_revocation(const std::optional<Revocation>& revocation);

    // --- the log
    // -------------------------------------------------------------------------------------------------------
    Result<ChainHead> head();
    Result<domain::Hlc> last_hlc();
    // Completes `op` (id, previous hash, sealed hash), folds it into the overlay and stores log, head, overlay and key
    // in ONE transaction, synced. `fields` are sealed with the member's key, which is made here for a member that has
    // none. kExists: this till has this bill already with other content; kInvalid: check_op. With the same content the
    // first operation is answered again, and nothing is written (Appended::folded.outcome == kDuplicate). The witness
    // is written after the commit and before this returns; where kDurable fails, that is the error although the
    // operation stands: nothing may be printed on its strength. kRefused: revoked.
    Result<Appended> append(domain::Op op, const domain::PersonalFields& fields,
                            WitnessWrite how = WitnessWrite::kCheap);
    // The same for operations that belong together (a sale with what was earned, redeemed and used on it): all of them
    // in ONE transaction in this order, or none; one witness behind them. Each is folded on top of those before it. A
    // duplicate counts as written before, so all of them must be duplicates or none (else kExists). What the fold would
    // hold is not written (kRefused with its reason), unless `over_limit` says that it is to be held.
    Result<std::vector<Appended>> append_all(std::vector<NewOp> ops, WitnessWrite how = WitnessWrite::kCheap);
    Result<std::vector<LoggedOp>> last_operations(std::size_t count);  // newest first
    Result<std::vector<LoggedOp>> operations_of(const domain::MemberId& member, std::size_t count);
    Result<std::optional<LoggedOp>> operation(const domain::OpId& id);  // none: not of this log
    // What this cashier adjusted on `day` by this log, less what was held: for the programme's limits.
    Result<domain::CashierDay> cashier_day(std::uint32_t cashier, Day day);
    // The newest sale of this number in this log on `from` .. `through`; none: not sold here.
    Result<std::optional<LoggedOp>> sale_of_bill(const std::string& bill_no, Day from, Day through);
    Result<std::optional<LoggedOp>> sale_of_bill(const domain::Bill& bill, Day day);  // this very bill
    Result<std::vector<PendingOp>> pending_ops();                                     // oldest first
    Result<std::uint64_t> unacknowledged_count();
    Result<std::uint64_t> pending_count();
    // Reads every operation of the log: hashes, links, seq without holes. kDamaged names the operation.
    Status verify_log();
    // Folds everything again: each member's overlay is fold(confirmed, pending), and the counts, bills and open
    // reservations are those of the log. One snapshot. kDamaged names what differs.
    struct FoldCheck {
        std::uint64_t members = 0;
        std::uint64_t overlays = 0;  // members with pending operations
        std::uint64_t bills = 0;
    };
    Result<FoldCheck> check_fold();
    // Every version of the programme bears headquarters' signature: the newest version, 0 without one. kDamaged.
    Result<std::uint64_t> check_programme();

    // --- looking up
    // ----------------------------------------------------------------------------------------------------
    Result<std::optional<domain::MemberId>> find(domain::IdentityKind kind, std::string_view normal_value);
    Result<std::vector<domain::MemberId>> find_by_name(std::string_view part,
                                                       std::size_t count);  // prefix first, then infix
    Result<std::vector<domain::MemberId>> find_by_phone_tail(std::string_view digits, std::size_t count);
    Result<std::optional<MemberView>> member(const domain::MemberId& member);
    Result<std::optional<crypto::Secret>> member_key(const domain::MemberId& member);
    Result<std::uint64_t> member_count();
    Result<domain::Programme> programme();  // version 0 until one came
    // As headquarters sent it, without pending operations; of an unconfirmed member: an empty one. What holds of a
    // coupon's reservation: only headquarters makes one.
    Result<domain::Account> confirmed_account(const domain::MemberId& member);
    // What became of this till's newest reservation of a coupon: never asked for in the current epoch (what an earlier
    // one did with its reservations may be lost) or not held any more, waiting for headquarters' answer, or answered by
    // a received state that holds it.
    enum class Asked : std::uint8_t { kNever, kWaiting, kAnswered };
    Result<Asked> asked_for(const domain::MemberId& member, const domain::CouponId& coupon);
    struct AskedCoupon {
        domain::MemberId member;
        domain::CouponId coupon;
        bool operator==(const AskedCoupon&) const = default;
    };
    // What this till asked for in the current epoch, newest first, each once: what waits for an answer, and all that is
    // reserved for it as headquarters last told.
    Result<std::vector<AskedCoupon>> asked_coupons();
    // What is leased to this till's current epoch of this member; of lots that the overlay knows.
    Result<std::vector<HeldSlice>> held_slices(const domain::MemberId& member);
    Result<std::vector<domain::MemberId>> members_with_leases();  // of which something is left here
    // What all members have of an earn rule or a coupon template, as of the last contact.
    Result<domain::CampaignTotals> campaign(std::string_view id);
    // What this till's own operations add to that which headquarters had not counted when it told: the points of earn
    // rules, and of coupon templates what their members' overlays have more (or less) than is confirmed. None: more
    // than kCampaignPendingMax operations wait, and nobody looks through them at the counter.
    static constexpr std::int64_t kCampaignPendingMax = 1000;
    Result<std::optional<domain::TotalsById>> pending_campaigns();
    // Overlay totals by store (all days), for reports and comparisons: (store, day, totals), pending own operations
    // included.
    struct StoreDayRow {
        std::string store;
        Day day;
        domain::StoreDay totals;
    };
    Result<std::vector<StoreDayRow>> store_days();
    // Calls `each` for every member in id order; stops at its first error.
    Status each_member(const std::function<Status(const domain::MemberId&, const domain::Account& overlay)>& each);

    // --- for the sync agent
    // --------------------------------------------------------------------------------------------
    Result<FeedCursor> cursor();
    // Epochs in order, the current one last; before them those of which only returned operations are left.
    Result<std::vector<OwnChain>> chains();
    // Operations of `epoch` from `first_seq` on, at most `count_max` and `bytes_max` (one at least).
    Result<std::vector<wire::PushedOp>> operations_from(const domain::Epoch& epoch, std::uint64_t first_seq,
                                                        std::size_t count_max, std::size_t bytes_max,
                                                        const crypto::KeyWrap& to_hq);
    Result<Hash> hash_of_operation(const domain::Epoch& epoch, std::uint64_t seq);  // for signing a batch's end
    // Headquarters does not agree with `epoch`: a new one begins, on record. Does nothing when `epoch` is not the
    // current one any more.
    Status begin_epoch_after(const domain::Epoch& epoch, wire::IncidentReport incident);
    // Keeps operations of an earlier epoch that the log lost: in the history, and against entering a bill twice.
    // kDamaged, kInvalid: not this till's, or not those that follow.
    Result<ReturnedKept> keep_returned(const wire::OpsReturn& returned);
    // Headquarters keeps first_seq..through_seq of the epoch as a branch: they are not pushed again.
    Status mark_branch(const domain::Epoch& epoch, std::uint64_t first_seq, std::uint64_t through_seq);
    Status record_ack(const wire::Ack& ack);
    // One transaction: states in, overlay refolded, covered operations out, cursor on. A page whose `from` is not the
    // cursor is kInvalid and changes nothing; one of another incarnation restarts from zero. A programme must be signed
    // by `hq_key`, else kDamaged.
    Status apply_page(const wire::FeedPage& page, const crypto::KeyWrap& from_hq, const crypto::PublicKey& hq_key);
    // What headquarters leased here, told beside the feed. Of another incarnation, or of a member that no page brought
    // yet, nothing is taken: the feed comes first.
    Status take_lease_state(const wire::LeaseState& told);
    // Changes when another connection committed (PRAGMA data_version): the cheap question "is there something new?".
    Result<std::int64_t> data_version();
    store::Db& db();
    ReplicaState& state() { return *state_; }  // for this layer

  private:
    Replica(store::Db db, Witness witness);
    std::unique_ptr<ReplicaState> state_;  // the connection and its prepared statements
};

}  // namespace tally::replica
