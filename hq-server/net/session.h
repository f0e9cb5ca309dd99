// Headquarters' end of one connection, without I/O: bytes and time in, effects out. Knows the order of messages
// (messages.h has the ladder), bounds what a peer can make HQ hold, and words every refusal. Not the decisions about
// operations (intake) and not the sockets (server.cpp). One thread at a time.
//
//     kFirst --Hello--> kAsked --welcomed--> kOpen            any --refusal, end--> kEnded
//     kFirst --Enrol--> kAsked --enrolled--> kEnded
//
// After kEnded nothing comes out any more, and answers that still arrive are dropped: the terminal pushes again.
#pragma once

#include <deque>
#include <string>
#include <variant>
#include <vector>

#include "common/wire/frame.h"
#include "hq-server/net/books.h"
#include "sync/tuning.h"

namespace tally::hqnet {

// What the session wants done, in this order.
struct SendBytes {
    Bytes bytes;
};
struct AskHello {
    wire::Hello hello;
};
struct AskEnrol {
    wire::Enrol enrol;
};
struct AskCommit {
    intake::PreparedPush push;
    std::size_t bytes = 0;  // of its operations
};
struct AskPage {  // at most one is under way
    std::uint64_t cursor = 0;
};
struct AskOps {  // at most one is under way
    wire::OpsWant want;
};
struct AskLease {
    wire::LeaseWant want;
};
struct PauseReading {};
struct ResumeReading {};
struct EndLink {      // after what was sent before it
    std::string why;  // English, for the log
};
using Effect = std::variant<SendBytes, AskHello, AskEnrol, AskCommit, AskPage, AskOps, AskLease, PauseReading,
                            ResumeReading, EndLink>;

struct SessionLimits {
    std::int64_t hello_ms = tuning::kHello_ms;
    std::int64_t silence_ms = tuning::kSilence_ms;
    std::size_t pushes_max = tuning::kSessionPushesMax;
    std::size_t push_bytes_max = tuning::kSessionPushBytesMax;
    std::uint32_t feed_credit_max = tuning::kFeedCreditMax;
    std::size_t lease_wants_max = tuning::kSessionLeaseWantsMax;
    std::int64_t lease_want_every_ms = tuning::kLeaseWantEvery_ms;
    std::int64_t lease_want_burst_ms = tuning::kLeaseWantBurst_ms;
};

class Session {
  public:
    // `device` is the peer's key, proved by TLS. `steady_ms` here and below never goes back.
    Session(const crypto::PublicKey& device, std::int64_t steady_ms, const SessionLimits& limits = {});

    void on_bytes(ByteView bytes, std::int64_t steady_ms, std::int64_t wall_ms);
    // The connection is gone. Returns what is worth a line in the log: a cut inside a frame; else empty.
    std::string on_cut();
    void on_time(std::int64_t steady_ms);  // looks at deadline()

    // Answers of storage. Pushes are answered in the order of their AskCommit, wants in that of their AskLease.
    void on_hello_answer(Result<intake::HelloAnswer> answer, std::int64_t steady_ms, std::int64_t wall_ms);
    void on_enrol_answer(Result<EnrolAnswer> answer);
    void on_push_answer(Result<intake::PushAnswer> answer, std::int64_t steady_ms, std::int64_t wall_ms);
    void on_page(Result<wire::FeedPage> page);
    void on_ops(Result<wire::OpsReturn> ops);
    void on_lease_answer(Result<intake::LeaseAnswer> answer, std::int64_t steady_ms, std::int64_t wall_ms);
    // Another terminal wants what this one holds: told where the session is of the epoch that holds it, knows leases
    // and reads; else not, since whoever wants asks again.
    void on_recall(const wire::LeaseState& state);

    void on_feed_head(std::uint64_t head);  // the newest change's position
    void refuse(wire::Refused refused);     // revoked meanwhile, connected a second time, too many strangers
    void end(const std::string& why);       // without a word to the peer: it comes back at once

    // The peer reads too slowly: no page is asked and no message is taken until it is over.
    void set_congested(bool congested, std::int64_t steady_ms, std::int64_t wall_ms);
    // Storage has much to do: one push at a time.
    void set_storage_busy(bool busy) { storage_busy_ = busy; }

    std::vector<Effect> take_effects();
    std::int64_t deadline() const;  // steady_ms at which on_time() has something to do

    bool is_open() const { return phase_ == Phase::kOpen; }
    bool is_ended() const { return phase_ == Phase::kEnded; }
    bool is_stranger() const { return phase_ == Phase::kFirst || phase_ == Phase::kAsked; }
    std::int64_t heard_ms() const { return heard_ms_; }            // steady: when bytes came last
    const intake::Session& terminal() const { return terminal_; }  // when is_open()
    const std::optional<wire::Refusal>& refusal() const { return refusal_; }
    // Wants the next page: worth waking when the feed moves.
    bool wants_feed() const { return is_open() && credit_ > 0 && !page_asked_ && !congested_; }
    std::size_t pushes_undecided() const { return push_bytes_.size(); }

  private:
    enum class Phase { kFirst, kAsked, kOpen, kEnded };

    void take_frames(std::int64_t wall_ms);
    void take(const wire::Frame& frame, std::int64_t wall_ms);
    void take_first(wire::Message message);
    void take_push(wire::Push push);
    void take_want(const wire::LeaseWant& want);
    bool must_wait() const;
    void update_reading(std::int64_t steady_ms);
    void ask_page();
    void send(const wire::Message& message);
    void refuse(wire::Refusal code, std::string text);
    void fail_storage(const Error& error);

    const crypto::PublicKey device_;
    const SessionLimits limits_;
    Phase phase_ = Phase::kFirst;
    wire::FrameReader reader_;
    std::vector<Effect> effects_;
    std::optional<wire::Refusal> refusal_;

    const std::int64_t opened_ms_;
    std::int64_t heard_ms_;
    bool paused_ = false;
    bool congested_ = false;
    bool storage_busy_ = false;

    intake::Session terminal_;
    std::uint32_t version_ = 0;           // that Welcome named
    std::deque<std::size_t> push_bytes_;  // one entry a push that storage has not answered
    std::size_t push_bytes_total_ = 0;

    std::uint32_t credit_ = 0;
    std::uint64_t cursor_ = 0;
    std::uint64_t feed_head_ = 0;
    bool page_asked_ = false;
    bool ops_asked_ = false;
    std::size_t lease_wants_ = 0;     // that storage has not answered
    std::int64_t lease_paid_ms_ = 0;  // steady: each want moves it on, and it may not run far ahead of the time
};

}  // namespace tally::hqnet
