// What intake needs of a database: rows in, rows out, one transaction at a time. Decides nothing. Implementations:
// hq-server/storage (SQLite embedded now, PostgreSQL behind the same interface). One object is one connection and
// belongs to one thread at a time; another connection or process may write the same database between two transactions.
//
// Positions: a shard of the log is a `stream`; there is one so far (kStream). Every accepted operation and every
// programme version takes the next position, gapless and in the order of commits. A state (member, store-day,
// programme) carries the position that last changed it, so the compacted feed after a cursor is "changed_pos > cursor,
// by changed_pos".
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/device.h"
#include "common/domain/bill_key.h"
#include "common/domain/campaigns.h"
#include "common/domain/fold.h"
#include "common/domain/profile.h"
#include "common/wire/messages.h"
#include "hq-server/intake/conflict_rows.h"

namespace tally::intake {

inline constexpr std::uint32_t kStream = 0;

enum class DeviceStatus : std::uint8_t { kActive = 1, kRevoked = 2, kQuarantined = 3 };  // stored: never renumber

struct DeviceRow {
    domain::TerminalId terminal = 0;
    crypto::PublicKey key;
    std::string store;  // its code
    std::string name;
    DeviceStatus status = DeviceStatus::kActive;
    std::string reason;          // of a revocation or quarantine
    std::int64_t status_ms = 0;  // since when it has this status; 0: since it enrolled, or not on record
    std::int64_t enrolled_ms = 0;
    std::int64_t last_contact_ms = 0;  // 0: never
    bool connected = false;            // as of last_contact_ms; a server that was killed leaves it behind
    std::string software;
};

// What a server knows of a terminal's line; written for all of them together, now and then.
struct ContactRow {
    domain::TerminalId terminal = 0;
    std::int64_t ms = 0;  // heard of last
    bool connected = false;
    std::string software;  // empty: as before
};

struct TicketRow {
    Hash secret_hash;  // BLAKE2b-256 of the secret: a reader of the database cannot enrol
    std::string store;
    std::string name;
    std::int64_t expires_ms = 0;
    domain::TerminalId used_by = 0;  // 0: not yet
};

struct ChainRow {  // terminal_head: how far HQ holds one epoch of one terminal
    domain::TerminalId terminal = 0;
    domain::Epoch epoch;
    std::uint64_t next_seq = 1;
    Hash head;  // of next_seq - 1
};

// One operation as it is stored. Views are borrowed: for add_op() from the caller, from readers until they return.
struct OpRow {
    Position pos = 0;
    domain::OpId id;
    Hash hash;
    domain::MemberId member;  // zero: a sale without a member
    std::uint64_t member_seq = 0;
    domain::Outcome outcome = domain::Outcome::kAccepted;
    std::int64_t effective_ms = 0;
    std::int64_t received_ms = 0;
    ByteView bytes;   // what was hashed
    ByteView sealed;  // its personal fields, may be empty
};

// Consecutive operations of one chain under one signature of its last; their positions are consecutive too, so this is
// also the way from (terminal, epoch, seq) to a position.
struct BatchRow {
    domain::TerminalId terminal = 0;
    domain::Epoch epoch;
    std::uint64_t first_seq = 1;
    std::uint64_t count = 0;
    Position first_pos = 0;
    crypto::Signature signature;
};

// What HQ decided beside the fold; only where there was something to decide or to tell.
struct DecisionRow {
    Position pos = 0;
    domain::Ruling ruling;
    std::string reason;
};

// A numbered bill, and the operation that has it: the first one accepted under this key, whatever became of it.
struct BillRow {
    domain::BusinessKey key;
    Position pos = 0;
};

// A row of another system that came in, by the tags of what import_key.h makes of it.
struct ImportedRow {
    Hash key_tag;
    Hash content_tag;
    domain::MemberId member;  // zero: a bill without a member
};

// An operation under an id that exists with another hash, and everything that followed it: kept, never folded.
struct BranchRow {
    domain::OpId id;
    Hash hash;
    std::int64_t received_ms = 0;
    ByteView bytes;
    ByteView sealed;
    ByteView wrapped_key;
    crypto::Signature signature;  // over the last operation of its push
};

struct MemberRow {
    std::uint64_t number = 0;  // the database's own short name of the member; 0: not stored yet
    domain::MemberId member;
    std::uint64_t member_seq = 0;  // of the last accepted operation
    Position changed_pos = 0;
    std::optional<Day> next_due;  // after this date something may be due: expiry, a change of tier
    Bytes account;                // wire::encode_account
};

// The person beside the account. `keys`: the first seals the profile; further ones sealed operations of tills that did
// not know the first.
struct ProfileRow {
    std::vector<Bytes> keys;
    Bytes sealed_profile;  // wire::seal_profile under keys[0]; empty: nothing known
};

struct StoreDayRow {
    std::string store;
    Day day = 0;
    domain::StoreDay totals;
    Position changed_pos = 0;
};

// What all members together have of an earn rule or a coupon template (campaigns.h).
struct CampaignRow {
    std::string id;
    domain::CampaignTotals totals;
    Position changed_pos = 0;
};

struct ProgrammeRow {
    std::uint64_t version = 0;
    Position changed_pos = 0;
    wire::SignedProgramme programme;
};

struct NoticeRow {  // a later outcome, for the feed of the terminal that made the operation
    Position pos = 0;
    domain::OpId op;
    domain::Outcome outcome = domain::Outcome::kAccepted;
    std::string reason;
};

// What a terminal or headquarters found of a database that lost something, was put back or was copied.
struct IncidentRow {
    domain::TerminalId terminal = 0;
    std::int64_t received_ms = 0;
    wire::IncidentReport report;
};
inline constexpr std::size_t kIncidentsPerTerminalMax = 200;  // kept of one terminal; more of them say nothing new

// What `tally-hq init` decided once.
struct HqRow {
    wire::Incarnation incarnation;
    crypto::PublicKey root_key;
    crypto::PublicKey recovery_key;
    crypto::Signature certificate;  // of the working key, by the root (kHqKeyContext)
    domain::Epoch own_epoch;        // of HQ's own chain
    Position guarded_after = 0;     // operations up to here were accepted without the guard of bills
    // The programme version under whose tiers every member has been looked at; 0: none.
    std::uint64_t tiers_version = 0;
    Day coupons_day = 0;  // for which every member has been looked at for coupons by birthday and anniversary; 0: none
};
inline constexpr std::string_view kHqKeyContext = "tally hq key v1";

class LedgerStore {
  public:
    virtual ~LedgerStore() = default;

    // --- transactions. Every writer below needs begin_write(); readers see one snapshot between begin_read() and
    // end_read(), else each call its own.
    virtual Status begin_write() = 0;  // waits for other writers; kBusy when that takes too long
    virtual Status commit() = 0;       // durable when it returns; on an error nothing was written and it is rolled back
    virtual void rollback() = 0;       // harmless outside a transaction
    virtual Status begin_read() = 0;
    virtual void end_read() = 0;
    // Another number after another connection or process committed: whoever caches rows drops them then.
    virtual Result<std::int64_t> foreign_version() = 0;

    // --- HQ itself
    virtual Result<HqRow> hq() = 0;
    virtual Status set_tiers_version(std::uint64_t version) = 0;
    virtual Status set_coupons_day(Day day) = 0;
    virtual Status begin_again(const wire::Incarnation& incarnation, const domain::Epoch& own_epoch) = 0;

    // --- devices and tickets
    virtual Result<std::optional<DeviceRow>> device(domain::TerminalId terminal) = 0;
    virtual Result<std::optional<DeviceRow>> device_of_key(const crypto::PublicKey& key) = 0;
    virtual Result<std::vector<DeviceRow>> devices() = 0;
    virtual Result<domain::TerminalId> next_terminal() = 0;  // never used before
    virtual Status add_device(const DeviceRow& device) = 0;
    virtual Status set_device_status(domain::TerminalId terminal, DeviceStatus status, const std::string& reason,
                                     std::int64_t now_ms) = 0;
    virtual Status set_contact(const ContactRow& contact) = 0;
    virtual Status forget_connections() = 0;                       // nobody is connected: a server begins
    virtual Status add_incident(const IncidentRow& incident) = 0;  // the same one again: no effect
    virtual Result<std::vector<IncidentRow>> incidents(domain::TerminalId terminal) = 0;  // in order of receipt
    virtual Status add_ticket(const TicketRow& ticket) = 0;
    virtual Result<std::optional<TicketRow>> ticket(const Hash& secret_hash) = 0;
    virtual Status use_ticket(const Hash& secret_hash, domain::TerminalId terminal) = 0;

    // --- the log
    virtual Result<Position> head() = 0;                               // the last position given; 0: none
    virtual Result<Position> take_positions(std::uint64_t count) = 0;  // the first of `count` new ones
    virtual Result<std::optional<ChainRow>> chain(domain::TerminalId terminal, const domain::Epoch& epoch) = 0;
    virtual Result<std::vector<ChainRow>> chains(domain::TerminalId terminal) = 0;  // in order of first contact
    virtual Status put_chain(const ChainRow& chain) = 0;
    virtual Status add_op(const OpRow& op) = 0;
    virtual Status add_batch(const BatchRow& batch) = 0;
    virtual Status add_decision(const DecisionRow& decision) = 0;
    virtual Status add_branch(const BranchRow& branch) = 0;  // the same one again: no effect
    virtual Status add_conflict(const ConflictRow& conflict) = 0;
    virtual Result<std::optional<ConflictRow>> conflict(std::uint64_t number) = 0;
    virtual Result<bool> is_in_conflict(const domain::OpId& other) = 0;  // of kToldKinds, by another terminal
    virtual Status add_verdict(const VerdictRow& verdict) = 0;           // kRefused: there is one
    virtual Result<std::optional<VerdictRow>> verdict(const Hash& hash) = 0;
    virtual Status add_seen(const SeenRow& seen) = 0;  // kRefused: there is one
    virtual Result<std::optional<SeenRow>> seen(std::uint64_t conflict) = 0;
    virtual Status add_notice(const NoticeRow& notice) = 0;
    // Calls `each` for the stored operations first_seq .. first_seq + count - 1 of a chain, in order; stops at its
    // error.
    virtual Status each_op_of_chain(domain::TerminalId terminal, const domain::Epoch& epoch, std::uint64_t first_seq,
                                    std::uint64_t count, const std::function<Status(const OpRow&)>& each) = 0;
    virtual Result<std::optional<DecisionRow>> decision(Position pos) = 0;
    virtual Result<std::optional<Bytes>> op_bytes(Position pos) = 0;
    virtual Result<std::optional<Position>> bill(const domain::BusinessKey& key) = 0;
    virtual Status add_bill(const BillRow& bill) = 0;  // kRefused: the key is taken
    virtual Status bills_of_day(std::string_view store, Day day, const std::function<Status(const BillRow&)>& each) = 0;

    // --- states
    virtual Result<std::optional<MemberRow>> member(const domain::MemberId& member) = 0;
    virtual Result<std::uint64_t> put_member(
        const MemberRow& member) = 0;  // inserts when number is 0; returns its number
    virtual Status set_next_due(std::uint64_t number, std::optional<Day> next_due) = 0;  // changes no position
    virtual Result<std::optional<ProfileRow>> profile(const domain::MemberId& member) = 0;
    virtual Status put_profile(const domain::MemberId& member, const ProfileRow& profile) = 0;
    virtual Result<std::vector<domain::MemberId>> members_of_identity(domain::IdentityKind kind,
                                                                      std::string_view value) = 0;
    virtual Status add_identity(domain::IdentityKind kind, std::string_view value, const domain::MemberId& member) = 0;
    virtual Status remove_identity(domain::IdentityKind kind, std::string_view value,
                                   const domain::MemberId& member) = 0;
    virtual Result<std::optional<StoreDayRow>> store_day(std::string_view store, Day day) = 0;
    virtual Status put_store_day(const StoreDayRow& row) = 0;
    virtual Result<std::optional<CampaignRow>> campaign(std::string_view id) = 0;
    virtual Status put_campaign(const CampaignRow& row) = 0;
    // Every store that a terminal, a ticket or an operation names.
    virtual Result<std::vector<std::string>> store_codes() = 0;
    virtual Result<std::optional<ProgrammeRow>> programme(std::uint64_t version) = 0;
    virtual Result<std::optional<ProgrammeRow>> newest_programme() = 0;
    virtual Status add_programme(const ProgrammeRow& programme) = 0;
    // Members by number, after `after`, at most `scan_max` looked at: those whose next_due lies before `before`; all
    // without one. Returns the number reached; 0 when there are no more.
    virtual Result<std::uint64_t> each_due_member(std::uint64_t after, std::size_t scan_max, std::optional<Day> before,
                                                  const std::function<Status(const domain::MemberId&)>& each) = 0;

    // --- import: which rows of another system came in already. The key names the row, the content tells a change.
    // Both are stored as tags only.
    virtual Hash imported_tag(const Hash& plain) const = 0;  // keyed with a secret that follows from the data key
    virtual Result<std::optional<ImportedRow>> imported(const Hash& key) = 0;
    virtual Status add_imported(const Hash& key, const Hash& content, const domain::MemberId& member) = 0;

    // --- walking everything, for reports and verify; in order of position, number or key. Stops at the first error.
    virtual Status each_op(Position after, const std::function<Status(const OpRow&)>& each) = 0;
    virtual Status each_batch(const std::function<Status(const BatchRow&)>& each) = 0;  // by chain, then first_seq
    virtual Status each_member(const std::function<Status(const MemberRow&)>& each) = 0;
    virtual Status each_profile(const std::function<Status(const domain::MemberId&, const ProfileRow&)>& each) = 0;
    virtual Status each_store_day(const std::function<Status(const StoreDayRow&)>& each) = 0;
    virtual Status each_campaign(const std::function<Status(const CampaignRow&)>& each) = 0;
    virtual Status each_programme(const std::function<Status(const ProgrammeRow&)>& each) = 0;
    virtual Status each_conflict(const std::function<Status(const ConflictRow&)>& each) = 0;
    virtual Status each_verdict(const std::function<Status(const VerdictRow&)>& each) = 0;
    virtual Status each_decision(const std::function<Status(const DecisionRow&)>& each) = 0;
    virtual Status each_notice(const std::function<Status(const NoticeRow&)>& each) = 0;
    virtual Status each_bill(const std::function<Status(const BillRow&)>& each) = 0;
    virtual Status each_identity(
        const std::function<Status(domain::IdentityKind, std::string_view value, const domain::MemberId&)>& each) = 0;
    virtual Status each_imported(const std::function<Status(const ImportedRow&)>& each) = 0;
    virtual Status each_branch(const std::function<Status(const BranchRow&)>& each) = 0;
    // Reads and authenticates every page of the database.
    virtual Status check_pages() = 0;

    // --- the feed, each in order of changed_pos, rows with changed_pos > after; `each` returns false to stop.
    struct MemberView {
        Position changed_pos = 0;
        domain::MemberId member;
        std::uint64_t member_seq = 0;
        ByteView account;
        ByteView sealed_profile;  // empty: nothing known
        ByteView key;             // keys[0]; empty with an empty profile
    };
    virtual Status changed_members(Position after, const std::function<bool(const MemberView&)>& each) = 0;
    virtual Status changed_store_days(Position after, const std::function<bool(const StoreDayRow&)>& each) = 0;
    virtual Status changed_campaigns(Position after, const std::function<bool(const CampaignRow&)>& each) = 0;
    virtual Status notices(domain::TerminalId terminal, Position after,
                           const std::function<bool(const NoticeRow&)>& each) = 0;
};

// Rolls back unless commit() succeeded.
class WriteScope {
  public:
    static Result<WriteScope> begin(LedgerStore& store) {
        TALLY_OK(store.begin_write());
        return WriteScope(store);
    }
    WriteScope(WriteScope&& other) noexcept : store_(std::exchange(other.store_, nullptr)) {}
    WriteScope& operator=(WriteScope&&) = delete;
    ~WriteScope() {
        if (store_) store_->rollback();
    }
    Status commit() { return std::exchange(store_, nullptr)->commit(); }

  private:
    explicit WriteScope(LedgerStore& store) : store_(&store) {}
    LedgerStore* store_;
};

class ReadScope {
  public:
    static Result<ReadScope> begin(LedgerStore& store) {
        TALLY_OK(store.begin_read());
        return ReadScope(store);
    }
    ReadScope(ReadScope&& other) noexcept : store_(std::exchange(other.store_, nullptr)) {}
    ReadScope& operator=(ReadScope&&) = delete;
    ~ReadScope() {
        if (store_) store_->end_read();
    }

  private:
    explicit ReadScope(LedgerStore& store) : store_(&store) {}
    LedgerStore* store_;
};

}  // namespace tally::intake
