// The terminal's side of one connection to headquarters: takes bytes, time and the store's answers, gives effects. No
// I/O, no clock, no store, no memory beyond one connection: everything durable is in the replica. The ladder is in
// sync/PROTOCOL.md, the rules R1.. named below too. Pure; belongs to one thread at a time.
//
//     greeting -- Welcome --> checking -- our log holds HQ's heads --> open       (any state) --> closed
//                                 \-- it does not: a fork --> branching -- HQ has the branch --> closed
//
// Whoever owns it carries out the effects in their order, and calls back for those that say so.
#pragma once

#include <deque>
#include <variant>
#include <vector>

#include "common/wire/frame.h"
#include "common/wire/messages.h"
#include "sync/tuning.h"

namespace tally::session {

struct Moment {
    std::int64_t steady_ms = 0;  // for deadlines
    std::int64_t wall_ms = 0;    // for the clock offset only
};

struct Limits {
    std::size_t batch_ops = tuning::kBatchOpsMax;
    std::size_t batch_bytes = tuning::kBatchBytesMax;
    std::size_t batches_in_flight = tuning::kBatchesInFlightMax;
    std::uint32_t pages_in_flight = tuning::kPagesInFlightMax;
    std::int64_t hello_ms = tuning::kHello_ms;
    std::int64_t heartbeat_ms = tuning::kHeartbeat_ms;
    std::int64_t silence_ms = tuning::kSilence_ms;
};

// One earlier epoch of the replica: what it made and what it lost.
struct OwnChain {
    domain::Epoch epoch;
    std::uint64_t next_seq = 1;  // of the log
    Hash head;                   // of next_seq - 1
    std::uint64_t acked_through = 0;
    std::uint64_t returned_next = 1;  // >= next_seq: the first that HQ has not given back
    bool branched = false;            // HQ keeps its end as a branch: it is not pushed again
};

// What the replica says of itself when the connection opens.
struct Opening {
    domain::TerminalId terminal = 0;
    domain::Epoch epoch;
    std::uint64_t next_seq = 1;     // of the next operation to be made
    Hash head;                      // of next_seq - 1
    wire::Incarnation incarnation;  // that the cursor belongs to
    std::uint64_t cursor = 0;
    std::string software;
    std::uint64_t acked_through = 0;  // of `epoch`
    std::vector<OwnChain> earlier;    // in order: they are pushed in this order, before the current one
    std::vector<wire::IncidentReport> incidents;
};

enum class CloseReason {
    kRefused,     // HQ said Refused
    kProtocol,    // HQ sent what the protocol does not allow
    kVersion,     // HQ chose a version we do not speak
    kNoAnswer,    // no Welcome in time, or silence
    kBranch,      // HQ holds another operation under one of our numbers: the chain has branched
    kReplicaOld,  // HQ holds more of the current epoch, or a later one: this replica is an old or a second copy, to
                  // begin a new epoch and come again
    kHqOld,       // HQ's history ends before what this replica had of it: HQ is an older copy of itself
    kStore,       // the replica failed; the answer to an effect was an error
};

struct Send {
    Bytes bytes;
};
struct Opened {
    wire::Welcome welcome;
    std::int64_t clock_offset_ms = 0;  // HQ's clock minus ours, to half a round trip
    bool hq_restored = false;          // HQ began another incarnation than the cursor's: the feed starts from zero
};
struct NeedHash {  // answer: on_hash
    domain::Epoch epoch;
    std::uint64_t seq = 0;
};
struct NeedBatch {  // answer: on_batch, with the operations of `epoch` from first_seq on
    domain::Epoch epoch;
    std::uint64_t first_seq = 1;
    std::size_t ops_max = 0;
    std::size_t bytes_max = 0;
};
struct RecordAck {
    wire::Ack ack;
};
struct ApplyPage {  // answer: on_applied, once it is durable; no second one comes before
    wire::FeedPage page;
};
struct KeepReturned {  // operations that HQ gave back; answer: on_kept
    wire::OpsReturn ops;
};
struct TakeLeases {  // a member's state beside the feed, with what is leased here; to be kept, then acted upon
    wire::LeaseState told;
};
struct LeaseNotAsked {  // HQ is too old to be asked, or the line is not open: nothing comes
    domain::MemberId member;
};
struct Branched {  // HQ's chain of `epoch` and ours differ: to be put on record; what we have is pushed as evidence
    domain::Epoch epoch;
    std::uint64_t log_seq = 0;  // our last of it
    std::uint64_t hq_seq = 0;   // HQ's
};
struct BranchKept {  // HQ refused these as a branch, and has them: not to be pushed again
    domain::Epoch epoch;
    std::uint64_t first_seq = 1, through_seq = 0;
};
struct Close {  // the last effect; send what was sent before it, then end the connection
    CloseReason reason = CloseReason::kProtocol;
    Error error;
    std::optional<wire::Refused> refused;  // with kRefused, and with kBranch when HQ said it
    domain::Epoch hq_epoch{};              // with kReplicaOld: of which HQ holds more; not the current one: R15
    std::uint64_t hq_seq = 0;              // with kReplicaOld: HQ's last of it
};
using Effect = std::variant<Send, Opened, NeedHash, NeedBatch, RecordAck, ApplyPage, KeepReturned, TakeLeases,
                            LeaseNotAsked, Branched, BranchKept, Close>;
using Effects = std::vector<Effect>;

class TerminalSession {
  public:
    explicit TerminalSession(Opening opening, Limits limits = {});

    Effects start(Moment now);  // the connection is open: Hello
    Effects on_bytes(ByteView bytes, Moment now);
    Effects on_tick(Moment now);  // at next_deadline_ms(), or at any time
    Effects on_hash(const Hash& hash, Moment now);
    Effects on_batch(wire::Push batch, Moment now);  // without operations: there was nothing
    Effects on_applied(Moment now);
    // `next_seq`: of the next one wanted; `branches`: the first one does not continue our log.
    Effects on_kept(std::uint64_t next_seq, bool branches, Moment now);
    Effects on_head(std::uint64_t next_seq, Moment now);  // the current epoch grew
    // A cashier wants `points` of the member leased here in all: asked once everything before was sent.
    Effects on_lease_want(const domain::MemberId& member, domain::Points points, Moment now);
    Effects on_store_error(const Error& error, Moment now);

    std::int64_t next_deadline_ms() const;  // steady; INT64_MAX when closed
    bool is_open() const { return state_ == State::kOpen; }
    bool is_closed() const { return state_ == State::kClosed; }
    const domain::Epoch& epoch() const { return own_.epoch; }
    std::uint64_t acknowledged_through() const { return chains_.empty() ? 0 : chains_.back().acknowledged; }
    std::size_t partial_bytes() const { return reader_.partial_bytes(); }

  private:
    enum class State { kIdle, kGreeting, kChecking, kOpen, kBranching, kClosed };

    // One epoch on this connection: ours against HQ's.
    struct Chain {
        OwnChain own;
        std::uint64_t hq_next = 1;
        Hash hq_head;
        std::uint64_t push_next = 1;     // first operation not sent on this connection
        std::uint64_t acknowledged = 0;  // R3: only rises
    };
    struct Batch {
        std::size_t chain = 0;
        std::uint64_t last_seq = 0;
    };

    void handle(wire::Message message);
    void on_welcome(const wire::Welcome& welcome);
    void on_ack(wire::Ack ack);
    void on_page(wire::FeedPage page);
    void plan_chains();
    void close_as_old(const domain::Epoch& hq_epoch, std::uint64_t hq_seq, std::string why);
    const wire::ChainState* later_epoch() const;
    void check_heads();
    void settle_head(Chain& chain);
    void branch(std::size_t chain);
    void become_open();
    void ask_for_returned();
    void on_ops(wire::OpsReturn ops);
    Chain* chain_of(const domain::Epoch& epoch);
    void ask_for_batch();
    void ask_for_leases();
    void apply_next_page();
    void send(const wire::Message& message);
    void close(CloseReason reason, Error error, std::optional<wire::Refused> refused = std::nullopt);
    void refuse(wire::Refusal code, Error error);  // tells HQ why, then closes
    Effects take() { return std::exchange(effects_, {}); }

    Opening own_;
    Limits limits_;
    State state_ = State::kIdle;
    Effects effects_;
    Moment now_;
    wire::FrameReader reader_;
    wire::Welcome welcome_;

    std::int64_t hello_steady_ms_ = 0;
    std::int64_t hello_wall_ms_ = 0;
    std::int64_t sent_ms_ = 0;      // steady time of the last frame out
    std::int64_t received_ms_ = 0;  // and of the last bytes in
    std::uint64_t ping_token_ = 0;

    std::vector<Chain> chains_;    // from Welcome on: in the order of pushing, the current epoch last
    std::size_t checking_ = 0;     // the chain whose head is being compared
    std::size_t pushing_ = 0;      // the chain that is being pushed
    std::deque<Batch> in_flight_;  // sent and not acknowledged
    bool batch_asked_ = false;
    std::uint64_t branch_first_ = 1;        // in kBranching: the first operation sent as evidence
    std::optional<std::size_t> returning_;  // the chain whose operations HQ was asked for
    bool keeping_ = false;                  // and its answer is with the store

    struct Wanted {
        domain::MemberId member;
        domain::Points points = 0;
    };
    std::deque<Wanted> wanted_;  // not asked yet; at most kLeaseWantsMax

    std::uint64_t cursor_ = 0;          // of the last page applied or queued
    std::uint32_t credit_ = 0;          // pages HQ may still send
    std::deque<wire::FeedPage> pages_;  // received, not handed out; at most credit given
    bool applying_ = false;
};

}  // namespace tally::session
