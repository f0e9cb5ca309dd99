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
    for (std::uint32_t version = wire::kProtocolVersion; version >= wire::kProtocolVersionOldest; --version)
        hello.versions.push_back(version);
    hello.terminal = own_.terminal;
    hello.epoch = own_.epoch;
    hello.next_seq = own_.next_seq;
    hello.head = own_.head;
    hello.incarnation = own_.incarnation;
    hello.cursor = own_.cursor;
    hello.wall_ms = now.wall_ms;
    hello.software = own_.software;
    hello.incidents = own_.incidents;
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
        if (state_ == State::kBranching && refused->code == Refusal::kBrokenChain && !in_flight_.empty()) {
            // HQ refuses a branch only after it is durable there.
            const std::uint64_t last_seq = in_flight_.back().last_seq;
            const bool named = refused->seq >= branch_first_ && refused->seq <= last_seq;
            effects_.emplace_back(
                BranchKept{chains_[pushing_].own.epoch, named ? refused->seq : branch_first_, last_seq});
            return close(CloseReason::kBranch, std::move(error), std::move(*refused));
        }
        return close(CloseReason::kRefused, std::move(error), std::move(*refused));
    }
    if (auto* welcome = std::get_if<wire::Welcome>(&message); welcome && state_ == State::kGreeting)
        return on_welcome(*welcome);
    const bool greeted = state_ == State::kChecking || state_ == State::kOpen || state_ == State::kBranching;
    if (state_ == State::kBranching &&
        (std::holds_alternative<wire::FeedPage>(message) || std::holds_alternative<wire::OpsReturn>(message)))
        return;  // asked for before the branch was found; nothing is taken over it
    if (auto* ping = std::get_if<wire::Ping>(&message); ping && greeted)
        return send(wire::Pong{ping->token, now_.wall_ms});
    if (std::holds_alternative<wire::Pong>(message) && greeted) return;  // received_ms_ is what it was for
    if (auto* page = std::get_if<wire::FeedPage>(&message); page && greeted) return on_page(std::move(*page));
    const bool pushing = state_ == State::kOpen || state_ == State::kBranching;
    if (auto* ack = std::get_if<wire::Ack>(&message); ack && pushing) return on_ack(std::move(*ack));
    if (auto* ops = std::get_if<wire::OpsReturn>(&message); ops && state_ == State::kOpen)
        return on_ops(std::move(*ops));
    if (auto* told = std::get_if<wire::LeaseState>(&message); told && state_ == State::kOpen) {
        if (told->page.incarnation != welcome_.incarnation)
            return refuse(Refusal::kBadMessage,
                          fail(Code::kDamaged, "a lease state of another incarnation of HQ than its Welcome"));
        effects_.emplace_back(TakeLeases{std::move(*told)});
        return;
    }
    refuse(Refusal::kBadMessage,
           fail(Code::kDamaged,
                "HQ sent a message of kind " + std::to_string(message.index() + 1) + " that does not belong here"));
}

// --- leases ---

Effects TerminalSession::on_lease_want(const domain::MemberId& member, domain::Points points, Moment now) {
    now_ = now;
    const bool possible = state_ == State::kOpen && welcome_.version >= wire::kProtocolVersionLeases;
    if (!possible || wanted_.size() >= tuning::kLeaseWantsMax) {
        effects_.emplace_back(LeaseNotAsked{member});
        return take();
    }
    wanted_.push_back({member, points});
    ask_for_leases();
    return take();
}

// HQ grants only behind our newest operation, so that goes first; pushes and wants keep their order on the line.
void TerminalSession::ask_for_leases() {
    if (state_ != State::kOpen || wanted_.empty()) return;
    const Chain& current = chains_.back();
    if (pushing_ + 1 != chains_.size() || current.push_next < current.own.next_seq) return;
    for (const Wanted& wanted : wanted_)
        send(wire::LeaseWant{own_.epoch, current.push_next, wanted.member, wanted.points});
    wanted_.clear();
}

// --- push ---

Effects TerminalSession::on_head(std::uint64_t next_seq, Moment now) {
    now_ = now;
    own_.next_seq = std::max(own_.next_seq, next_seq);
    if (!chains_.empty()) {
        OwnChain& current = chains_.back().own;
        current.next_seq = std::max(current.next_seq, next_seq);
    }
    ask_for_batch();
    return take();
}

void TerminalSession::ask_for_batch() {
    ask_for_leases();
    if ((state_ != State::kOpen && state_ != State::kBranching) || batch_asked_) return;
    if (in_flight_.size() >= (state_ == State::kBranching ? 1 : limits_.batches_in_flight)) return;
    // The oldest epoch first: HQ hears of a later one only when it was sent all of those before.
    while (state_ == State::kOpen && pushing_ + 1 < chains_.size() &&
           chains_[pushing_].push_next >= chains_[pushing_].own.next_seq)
        ++pushing_;
    const Chain& chain = chains_[pushing_];
    if (state_ == State::kOpen && pushing_ + 1 == chains_.size() && returning_) return;  // R15
    if (chain.push_next >= chain.own.next_seq) {
        if (state_ == State::kBranching && in_flight_.empty())
            close(CloseReason::kBranch, fail(Code::kRefused, "the log has branched, and HQ has taken all of it"));
        return;
    }
    batch_asked_ = true;
    effects_.emplace_back(NeedBatch{chain.own.epoch, chain.push_next, limits_.batch_ops, limits_.batch_bytes});
}

Effects TerminalSession::on_batch(wire::Push batch, Moment now) {
    now_ = now;
    if ((state_ != State::kOpen && state_ != State::kBranching) || !batch_asked_) return take();
    batch_asked_ = false;
    if (batch.ops.empty()) return take();  // on_head asks again
    Chain& chain = chains_[pushing_];
    if (batch.epoch != chain.own.epoch) return take();  // asked for before a branch was found
    TALLY_ASSERT(batch.first_seq == chain.push_next, "a batch that was not asked for");
    chain.push_next += batch.ops.size();
    chain.own.next_seq = std::max(chain.own.next_seq, chain.push_next);
    in_flight_.push_back({pushing_, chain.push_next - 1});
    send(std::move(batch));
    ask_for_batch();
    return take();
}

void TerminalSession::on_ack(wire::Ack ack) {
    // R3: what is acknowledged was sent, and never shrinks.
    Chain* chain = chain_of(ack.epoch);
    if (!chain || ack.through_seq >= chain->push_next || ack.through_seq < chain->acknowledged)
        return refuse(Refusal::kBadMessage,
                      fail(Code::kDamaged, "HQ acknowledges operation " + std::to_string(ack.through_seq) +
                                               (chain ? ", sent are " + std::to_string(chain->acknowledged + 1) +
                                                            " to " + std::to_string(chain->push_next - 1)
                                                      : std::string(" of an epoch that was not sent"))));
    chain->acknowledged = ack.through_seq;
    while (!in_flight_.empty() && in_flight_.front().last_seq <= chains_[in_flight_.front().chain].acknowledged)
        in_flight_.pop_front();
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
    // A page says how far it covers an epoch; whether those are our operations is known once the first is given back.
    const auto uncompared = [](const Chain& chain) {
        const OwnChain& own = chain.own;
        return !own.branched && own.next_seq > 1 && chain.hq_next > own.next_seq && own.returned_next == own.next_seq;
    };
    if (std::any_of(chains_.begin(), chains_.end(), uncompared)) return;
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
        case State::kBranching:
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
    if (state_ == State::kChecking || state_ == State::kOpen || state_ == State::kBranching) {
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
