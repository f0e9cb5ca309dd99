#include "sync/session/session.h"

#include <algorithm>

namespace tally::session {

using wire::Refusal;

TerminalSession::TerminalSession(Opening opening, Limits limits) : own_(std::move(opening)), limits_(limits) {
    TALLY_ASSERT(own_.next_seq >= 1, "operations count from 1");
}

Effects TerminalSession::start(Moment now) {
    TALLY_ASSERT(state_ == State::kIdle, "a session was started twice");
    now_ = now;
    state_ = State::kGreeting;
    hello_steady_ms_ = received_ms_ = now.steady_ms;
    hello_wall_ms_ = now.wall_ms;
    wire::Hello hello;
    hello.versions = {wire::kProtocolVersion};
    hello.terminal = own_.terminal;
    hello.epoch = own_.epoch;
    hello.next_seq = own_.next_seq;
    hello.head = own_.head;
    hello.incarnation = own_.incarnation;
    hello.cursor = own_.cursor;
    hello.wall_ms = now.wall_ms;
    hello.software = own_.software;
    send(std::move(hello));
    return take();
}

Effects TerminalSession::on_bytes(ByteView bytes, Moment now) {
    if (state_ == State::kClosed || state_ == State::kIdle) return {};
    now_ = now;
    received_ms_ = now.steady_ms;
    const Status fed = reader_.feed(bytes);
    // Frames complete before a damaged one are still good.
    while (state_ != State::kClosed) {
        std::optional<wire::Frame> frame = reader_.next();
        if (!frame) break;
        Result<wire::Message> message = wire::decode_message(frame->type, frame->payload);
        if (!message) {
            refuse(message.error().code == Code::kNewer ? Refusal::kVersion : Refusal::kBadMessage, message.error());
            break;
        }
        handle(std::move(message).value());
    }
    if (!fed && state_ != State::kClosed) refuse(Refusal::kBadFrame, fed.error());
    return take();
}

void TerminalSession::handle(wire::Message message) {
    if (auto* refused = std::get_if<wire::Refused>(&message)) {
        Error error = fail(Code::kRefused,
                           "HQ refused (" + std::string(wire::refusal_name(refused->code)) + "): " + refused->text);
        return close(CloseReason::kRefused, std::move(error), std::move(*refused));
    }
    if (auto* welcome = std::get_if<wire::Welcome>(&message); welcome && state_ == State::kGreeting)
        return on_welcome(*welcome);
    const bool greeted = state_ == State::kChecking || state_ == State::kOpen;
    if (auto* ping = std::get_if<wire::Ping>(&message); ping && greeted)
        return send(wire::Pong{ping->token, now_.wall_ms});
    if (std::holds_alternative<wire::Pong>(message) && greeted) return;  // received_ms_ is what it was for
    if (auto* page = std::get_if<wire::FeedPage>(&message); page && greeted) return on_page(std::move(*page));
    if (auto* ack = std::get_if<wire::Ack>(&message); ack && state_ == State::kOpen) return on_ack(std::move(*ack));
    refuse(Refusal::kBadMessage,
           fail(Code::kDamaged,
                "HQ sent a message of kind " + std::to_string(message.index() + 1) + " that does not belong here"));
}

// --- opening ---

void TerminalSession::on_welcome(const wire::Welcome& welcome) {
    if (welcome.version != wire::kProtocolVersion)
        return close(CloseReason::kVersion,
                     fail(Code::kNewer, "HQ chose protocol version " + std::to_string(welcome.version) +
                                            ", this program speaks " + std::to_string(wire::kProtocolVersion)));
    if (welcome.next_seq == 0) return refuse(Refusal::kBadMessage, fail(Code::kDamaged, "HQ expects operation 0"));
    // R10: HQ begins a new incarnation by itself; one that does not would send a feed with a hole in it.
    if (welcome.incarnation == own_.incarnation && welcome.feed_head < own_.cursor)
        return refuse(Refusal::kBrokenChain,
                      fail(Code::kRefused, "HQ's log ends at " + std::to_string(welcome.feed_head) +
                                               ", this terminal has had changes up to " + std::to_string(own_.cursor) +
                                               " of it: HQ was restored from an older copy"));
    welcome_ = welcome;
    state_ = State::kChecking;
    // R6: a cursor counts in one history of HQ only.
    cursor_ = welcome.incarnation == own_.incarnation ? own_.cursor : 0;
    // HQ read its clock between our sending and our receiving; by the steady clock half of that has passed since.
    const std::int64_t round_trip_ms = now_.steady_ms - hello_steady_ms_;
    const bool restored = !own_.incarnation.is_zero() && welcome.incarnation != own_.incarnation;
    effects_.emplace_back(Opened{welcome, welcome.hq_ms - (hello_wall_ms_ + round_trip_ms / 2), restored});
    credit_ = limits_.pages_in_flight;
    send(wire::FeedWant{limits_.pages_in_flight});
    check_head();
}

// R1: nothing is pushed before our log is known to continue the chain that HQ holds.
void TerminalSession::check_head() {
    const std::uint64_t hq_next = welcome_.next_seq;
    if (hq_next > own_.next_seq)
        return close(
            CloseReason::kReplicaOld,
            fail(Code::kRefused, "HQ holds operations up to " + std::to_string(hq_next - 1) +
                                     " of this chain, this replica only up to " + std::to_string(own_.next_seq - 1) +
                                     ": it is an old copy and must be restored"));
    if (hq_next == 1) return become_open();
    effects_.emplace_back(NeedHash{hq_next - 1});
}

Effects TerminalSession::on_hash(const Hash& hash, Moment now) {
    now_ = now;
    if (state_ != State::kChecking) return take();
    if (hash == welcome_.head)
        become_open();
    else
        close(CloseReason::kBranch,
              fail(Code::kRefused, "HQ holds another operation " + std::to_string(welcome_.next_seq - 1) +
                                       " of this chain than this replica: the chain has branched"));
    return take();
}

void TerminalSession::become_open() {
    state_ = State::kOpen;
    push_next_ = welcome_.next_seq;
    acknowledged_ = welcome_.next_seq - 1;
    // R4: an acknowledgement lost with the last connection is made up for here.
    if (acknowledged_ > 0) effects_.emplace_back(RecordAck{{own_.epoch, acknowledged_, {}}});
    ask_for_batch();
}

// --- push ---

Effects TerminalSession::on_head(std::uint64_t next_seq, Moment now) {
    now_ = now;
    own_.next_seq = std::max(own_.next_seq, next_seq);
    ask_for_batch();
    return take();
}

void TerminalSession::ask_for_batch() {
    if (state_ != State::kOpen || batch_asked_) return;
    if (push_next_ >= own_.next_seq || in_flight_.size() >= limits_.batches_in_flight) return;
    batch_asked_ = true;
    effects_.emplace_back(NeedBatch{push_next_, limits_.batch_ops, limits_.batch_bytes});
}

Effects TerminalSession::on_batch(wire::Push batch, Moment now) {
    now_ = now;
    if (state_ != State::kOpen || !batch_asked_) return take();
    batch_asked_ = false;
    if (batch.ops.empty()) return take();  // on_head asks again
    TALLY_ASSERT(batch.epoch == own_.epoch && batch.first_seq == push_next_, "a batch that was not asked for");
    push_next_ += batch.ops.size();
    own_.next_seq = std::max(own_.next_seq, push_next_);
    in_flight_.push_back(push_next_ - 1);
    send(std::move(batch));
    ask_for_batch();
    return take();
}

void TerminalSession::on_ack(wire::Ack ack) {
    // R3: what is acknowledged was sent, and never shrinks.
    if (ack.epoch != own_.epoch || ack.through_seq >= push_next_ || ack.through_seq < acknowledged_)
        return refuse(
            Refusal::kBadMessage,
            fail(Code::kDamaged, "HQ acknowledges operation " + std::to_string(ack.through_seq) + ", sent are " +
                                     std::to_string(acknowledged_ + 1) + " to " + std::to_string(push_next_ - 1)));
    acknowledged_ = ack.through_seq;
    while (!in_flight_.empty() && in_flight_.front() <= acknowledged_) in_flight_.pop_front();
    effects_.emplace_back(RecordAck{std::move(ack)});
    ask_for_batch();
}

// --- feed ---

void TerminalSession::on_page(wire::FeedPage page) {
    const auto bad = [this](std::string what) {
        refuse(Refusal::kBadMessage, fail(Code::kDamaged, "a feed page " + std::move(what)));
    };
    if (credit_ == 0) return bad("came without credit");
    if (page.incarnation != welcome_.incarnation) return bad("of another incarnation of HQ than its Welcome");
    if (page.from != cursor_)
        return bad("begins at " + std::to_string(page.from) + ", expected is " + std::to_string(cursor_));
    if (page.to < page.from || page.as_of < page.to) return bad("whose positions run backwards");
    --credit_;
    cursor_ = page.to;
    pages_.push_back(std::move(page));
    apply_next_page();
}

void TerminalSession::apply_next_page() {
    if (applying_ || pages_.empty() || state_ == State::kClosed) return;
    applying_ = true;
    effects_.emplace_back(ApplyPage{std::move(pages_.front())});
    pages_.pop_front();
}

Effects TerminalSession::on_applied(Moment now) {
    now_ = now;
    if (state_ == State::kClosed || !applying_) return take();
    applying_ = false;
    ++credit_;
    send(wire::FeedWant{1});  // R5: credit is given back only for a page that is durable here
    apply_next_page();
    return take();
}

// --- time and ends ---

std::int64_t TerminalSession::next_deadline_ms() const {
    switch (state_) {
        case State::kGreeting: return hello_steady_ms_ + limits_.hello_ms;
        case State::kChecking:
        case State::kOpen: return std::min(sent_ms_ + limits_.heartbeat_ms, received_ms_ + limits_.silence_ms);
        case State::kIdle:
        case State::kClosed: break;
    }
    return INT64_MAX;
}

Effects TerminalSession::on_tick(Moment now) {
    now_ = now;
    if (state_ == State::kGreeting && now.steady_ms >= hello_steady_ms_ + limits_.hello_ms)
        close(CloseReason::kNoAnswer,
              fail(Code::kIo, "HQ did not answer Hello within " + std::to_string(limits_.hello_ms) + " ms"));
    if (state_ == State::kChecking || state_ == State::kOpen) {
        if (now.steady_ms >= received_ms_ + limits_.silence_ms)
            close(CloseReason::kNoAnswer,
                  fail(Code::kIo, "HQ was silent for " + std::to_string(limits_.silence_ms) + " ms"));
        else if (now.steady_ms >= sent_ms_ + limits_.heartbeat_ms)
            send(wire::Ping{++ping_token_});
    }
    return take();
}

Effects TerminalSession::on_store_error(const Error& error, Moment now) {
    now_ = now;
    if (state_ != State::kClosed) close(CloseReason::kStore, error);
    return take();
}

void TerminalSession::send(const wire::Message& message) {
    sent_ms_ = now_.steady_ms;
    effects_.emplace_back(Send{wire::encode_message(message)});
}

// emplace_back throughout, never push_back of an Effect: moving a temporary variant makes GCC 12 warn of every field of
// its largest alternative (-Wmaybe-uninitialized).
void TerminalSession::close(CloseReason reason, Error error, std::optional<wire::Refused> refused) {
    state_ = State::kClosed;
    pages_.clear();
    effects_.emplace_back(Close{reason, std::move(error), std::move(refused)});
}

void TerminalSession::refuse(Refusal code, Error error) {
    send(wire::Refused{code, error.detail});
    const CloseReason reason = code == Refusal::kVersion       ? CloseReason::kVersion
                               : code == Refusal::kBrokenChain ? CloseReason::kHqOld
                                                               : CloseReason::kProtocol;
    close(reason, std::move(error));
}

}  // namespace tally::session
