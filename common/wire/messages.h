// The messages between a terminal and headquarters, as values, and their codec: one frame each (frame.h). Ladder:
//
//   terminal                                headquarters
//      | -- Hello ------------------------------> |   versions, who, chain head, cursor
//      | <---------------- Welcome or Refused --- |   version, next seq expected, incarnation
//      | -- FeedWant(credit) -------------------> |   one credit a page
//      | -- Push(batch) ------------------------> |   signed, chained; several may be under way
//      | <--------------------------------- Ack - |   durable at HQ; the overlay stays
//      | <---------------------------- FeedPage - |   states; says which own operations it covers: these leave the
//      overlay | -- FeedWant(1) ------------------------> |   after the page is durable | -- Ping --> / <-- Pong - |
//
// An unknown device says Enrol instead of Hello, gets Enrolled or Refused, and is disconnected.
#pragma once

#include <optional>
#include <variant>

#include "common/crypto/device.h"
#include "common/domain/account.h"
#include "common/domain/campaigns.h"
#include "common/domain/fold.h"

namespace tally::wire {

// 2: the chains of earlier epochs, operations given back, incidents reported. 3: leases (PROTOCOL.md, "Versions").
inline constexpr std::uint32_t kProtocolVersion = 3;
inline constexpr std::uint32_t kProtocolVersionLeases = 3;
inline constexpr std::uint32_t kProtocolVersionOldest = 1;  // still spoken
// The newest version that both speak; 0: none.
std::uint32_t common_version(const std::vector<std::uint32_t>& offered);
using Incarnation = FixedBytes<struct IncarnationTag, 16>;  // of HQ's history; another one after HQ was restored

enum class MessageType : std::uint8_t {  // the frame's type byte: never renumber
    kHello = 1,
    kWelcome = 2,
    kRefused = 3,
    kPush = 4,
    kAck = 5,
    kFeedWant = 6,
    kFeedPage = 7,
    kPing = 8,
    kPong = 9,
    kEnrol = 10,
    kEnrolled = 11,
    kOpsWant = 12,    // since version 2
    kOpsReturn = 13,  // since version 2
    kLeaseWant = 14,  // since version 3
    kLeaseState = 15  // since version 3
};

// What told a terminal that its database and its witness, or its database and headquarters, do not fit. Stored at both
// ends: never renumber. "What is told apart" in common/store/FILES.md has the table.
enum class IncidentKind : std::uint8_t {
    kTailCut = 1,         // the witness is ahead of the log: its tail was cut, or an older copy was put back
    kTailTorn = 2,        // the same, and the WAL ends in frames that do not authenticate
    kWitnessMissing = 3,  // nobody can say
    kWitnessDamaged = 4,  // there, and authentic in no part: changed, or another machine's
    kOtherHistory = 5,    // the log holds another operation where the witness saw one
    kOlderCopy = 6,       // headquarters holds more operations of an epoch than the log
    kFork = 7,            // headquarters holds another operation under one of our numbers
    kDamagedPage = 8,     // a page of the database failed to authenticate while in use
    kRestored = 9         // a person restored the terminal from a backup, or saved it from a damaged database
};
inline constexpr std::uint8_t kIncidentKindMax = 9;
std::string_view incident_name(IncidentKind kind);  // English, a few words

struct IncidentReport {
    IncidentKind kind = IncidentKind::kWitnessMissing;
    std::int64_t at_ms = 0;     // the terminal's wall clock
    domain::Epoch epoch;        // in force then
    std::uint64_t log_seq = 0;  // last operation of `epoch` that the log held
    domain::Epoch seen_epoch;   // where the witness or headquarters stood; zero: unknown
    std::uint64_t seen_seq = 0;
    domain::Epoch begun;  // the epoch begun for it; zero: none
};
struct ChainState {  // how far headquarters holds one epoch of a terminal
    domain::Epoch epoch;
    std::uint64_t next_seq = 1;
    Hash head;  // of next_seq - 1
};

struct Hello {
    std::vector<std::uint32_t> versions;
    domain::TerminalId terminal = 0;
    domain::Epoch epoch;
    std::uint64_t next_seq = 1;  // this epoch's next operation; its last is next_seq - 1 with hash `head`
    Hash head;
    Incarnation incarnation;  // that the cursor belongs to; zero: none yet
    std::uint64_t cursor = 0;
    std::int64_t wall_ms = 0;  // for the clock offset
    std::string software;
    std::vector<IncidentReport> incidents;  // the newest, at most kIncidentReportsMax; each Hello repeats them
};
struct Welcome {
    std::uint32_t version = kProtocolVersion;
    Incarnation incarnation;
    std::uint64_t next_seq = 1;  // HQ expects this one next of the Hello's epoch
    Hash head;                   // of the one before, as HQ holds it; zero when it holds none
    std::uint64_t feed_head = 0;
    std::int64_t hq_ms = 0;
    std::vector<ChainState> other_chains;  // this terminal's other epochs, at most kOtherChainsMax, the newest
};
enum class Refusal : std::uint8_t {
    kUnknownDevice = 1,
    kRevoked,
    kVersion,
    kBrokenChain,
    kBadSignature,
    kBadFrame,
    kBadMessage,
    kTicket,
    kBusy,
    kQuarantined,
    kStorage
};
std::string_view refusal_name(Refusal code);
struct Refused {
    Refusal code = Refusal::kBadMessage;
    std::string text;       // English, one sentence for the log and support
    std::uint64_t seq = 0;  // of a branch: the first operation that differs; 0: not of one
};
struct PushedOp {
    Bytes bytes;        // what was hashed
    Bytes sealed;       // its personal fields; may be empty
    Bytes wrapped_key;  // the member's key for HQ (crypto::KeyWrap), with a member's first sealed operation of this
                        // terminal
};
struct Push {
    domain::Epoch epoch;
    std::uint64_t first_seq = 1;
    std::vector<PushedOp> ops;    // consecutive
    crypto::Signature signature;  // over chain_head_text of the last one
};
struct OpOutcome {
    domain::Epoch epoch;
    std::uint64_t seq = 0;
    domain::Outcome outcome = domain::Outcome::kAccepted;
    std::string reason;
};
struct Ack {
    domain::Epoch epoch;
    std::uint64_t through_seq = 0;               // all up to this one are durable at HQ
    std::vector<OpOutcome> not_simply_accepted;  // of those in the pushes this answers
};
struct FeedWant {
    std::uint32_t pages = 1;  // adds to the credit
};
struct MemberChange {
    domain::MemberId member;
    std::uint64_t member_seq = 0;
    Bytes account;         // encode_account
    Bytes sealed_profile;  // seal_profile; empty: no profile known (an earn came before the registration)
    Bytes wrapped_key;     // the member's key for this terminal; empty with an empty profile
};
struct StoreChange {
    std::string store;
    Day day = 0;
    domain::StoreDay totals;  // the whole day as it is now, not a difference
};
struct CampaignChange {  // as it is now
    std::string id;      // of an earn rule or a coupon template
    domain::CampaignTotals totals;
};
struct SignedProgramme {
    Bytes bytes;  // encode_programme
    crypto::Signature signature;
};
struct Covered {
    domain::Epoch epoch;
    std::uint64_t seq = 0;
};
// States read at one moment (`as_of`): complete for all changes at positions in (from, to]. Every state has folded in
// this terminal's operations of `covered_epoch` up to `covered_seq`, and of each epoch in `covered_earlier` up to its;
// of an epoch that is not named, none. When to == as_of the terminal has caught up.
struct FeedPage {
    Incarnation incarnation;
    std::uint64_t from = 0, to = 0, as_of = 0;
    domain::Epoch covered_epoch;
    std::uint64_t covered_seq = 0;
    std::vector<MemberChange> members;
    std::vector<StoreChange> stores;
    std::optional<SignedProgramme> programme;
    std::vector<OpOutcome> notices;  // later outcomes of this terminal's operations
    std::int64_t hq_ms = 0;
    std::vector<Covered> covered_earlier;  // at most kOtherChainsMax
    std::vector<CampaignChange> campaigns;
};
struct Ping {
    std::uint64_t token = 0;
};
struct Pong {
    std::uint64_t token = 0;
    std::int64_t hq_ms = 0;
};
struct Enrol {
    std::vector<std::uint32_t> versions;
    Bytes secret;  // the ticket's, 16 bytes
    std::string software;
};
struct Enrolled {
    domain::TerminalId terminal = 0;
    std::string store;
    std::string store_name;
    crypto::PublicKey root_key;      // offline root that certifies HQ's keys
    crypto::PublicKey recovery_key;  // for the replica's HQ recovery slot
    std::int64_t hq_ms = 0;
};

// A terminal whose copy is older than headquarters asks for its own operations back, from `first_seq` on.
struct OpsWant {
    domain::Epoch epoch;
    std::uint64_t first_seq = 1;
};
// Consecutive, as they were hashed; at most kOpsReturnMax. None: headquarters holds no such operation.
struct OpsReturn {
    domain::Epoch epoch;
    std::uint64_t first_seq = 1;
    std::vector<PushedOp> ops;
};

// A cashier wants `points` of this member to be leased here in all. A hint: headquarters grants what is lacking only
// when it holds every operation of `epoch` before `after_seq`, and all of it or nothing. Answered by one LeaseState.
struct LeaseWant {
    domain::Epoch epoch;
    std::uint64_t after_seq = 1;  // the next operation to be made
    domain::MemberId member;
    domain::Points points = 0;
};
// The member's state now, beside the feed: it moves no cursor. `page` holds that one state and what it covers; from,
// to and as_of are 0. With `give_back` another terminal wants this member's points: what no cashier here waits for is
// to be returned.
struct LeaseState {
    FeedPage page;
    bool give_back = false;
};

using Message = std::variant<Hello, Welcome, Refused, Push, Ack, FeedWant, FeedPage, Ping, Pong, Enrol, Enrolled,
                             OpsWant, OpsReturn, LeaseWant, LeaseState>;

// A whole frame (length, type, payload), ready to send.
Bytes encode_message(const Message& message);
// kDamaged: not the grammar or out of bounds; kNewer: unknown type.
Result<Message> decode_message(std::uint8_t type, ByteView payload);

}  // namespace tally::wire
