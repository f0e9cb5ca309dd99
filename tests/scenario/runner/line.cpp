#include "tests/scenario/runner/line.h"

#include "sync/agent/session_store.h"

namespace tally::scenario {

namespace {

constexpr std::int64_t kForEver_ms = std::int64_t{1} << 50;

// Virtual time jumps by days, and a line that is up stays up meanwhile.
session::Limits patient_terminal() {
    session::Limits limits;
    limits.hello_ms = limits.heartbeat_ms = limits.silence_ms = kForEver_ms;
    return limits;
}
hqnet::SessionLimits patient_server() {
    hqnet::SessionLimits limits;
    limits.hello_ms = limits.silence_ms = kForEver_ms;
    return limits;
}

std::string text_of(const wire::Message& message) {
    struct Say {
        std::string operator()(const wire::Hello&) const { return "hello"; }
        std::string operator()(const wire::Welcome&) const { return "welcome"; }
        std::string operator()(const wire::Refused& refused) const { return "refused: " + refused.text; }
        std::string operator()(const wire::Push& push) const {
            return "operations " + std::to_string(push.first_seq) + ".." +
                   std::to_string(push.first_seq + push.ops.size() - 1);
        }
        std::string operator()(const wire::Ack& ack) const {
            std::string out = "acknowledged through " + std::to_string(ack.through_seq);
            for (const wire::OpOutcome& one : ack.not_simply_accepted)
                out += ", " + std::to_string(one.seq) + " " + std::string(domain::outcome_name(one.outcome));
            return out;
        }
        std::string operator()(const wire::FeedWant&) const { return "wants the feed"; }
        std::string operator()(const wire::FeedPage& page) const {
            return "page " + std::to_string(page.from) + ".." + std::to_string(page.to) + " of " +
                   std::to_string(page.as_of) + ": members " + std::to_string(page.members.size()) + ", covers " +
                   std::to_string(page.covered_seq) + (page.programme ? ", a programme" : "");
        }
        std::string operator()(const wire::Ping&) const { return "ping"; }
        std::string operator()(const wire::Pong&) const { return "pong"; }
        std::string operator()(const wire::Enrol&) const { return "enrol"; }
        std::string operator()(const wire::Enrolled&) const { return "enrolled"; }
        std::string operator()(const wire::OpsWant&) const { return "wants its operations back"; }
        std::string operator()(const wire::OpsReturn& ops) const {
            return "gives back " + std::to_string(ops.ops.size()) + " operations";
        }
        std::string operator()(const wire::LeaseWant& want) const {
            return "wants " + std::to_string(want.points) + " points leased, after " + std::to_string(want.after_seq);
        }
        std::string operator()(const wire::LeaseState& state) const {
            return std::string(state.give_back ? "wants leased points back" : "the member's leases") + ", covers " +
                   std::to_string(state.page.covered_seq);
        }
    };
    return std::visit(Say{}, message);
}

}  // namespace

Line::Line(Terminal& terminal, Hq& hq, const Clock& clock, Trace trace)
    : terminal_(terminal),
      hq_(hq),
      clock_(clock),
      trace_(std::move(trace)),
      server_(terminal.agent().device().public_key(), clock.steady_ms(), patient_server()) {}

session::Moment Line::now() const { return {terminal_.own_clock().steady_ms(), terminal_.own_clock().wall_ms()}; }

Status Line::connect() {
    TALLY_TRY(session::Opening opening, agent::opening_of(terminal_.agent(), "scenario"));
    told_seq_ = opening.next_seq;
    session_.emplace(std::move(opening), patient_terminal());
    return carry_out(session_->start(now()));
}

Result<bool> Line::pump(const Gates& gates) {
    bool moved = false;
    while (!ended_) {
        bool now_moved = false;
        TALLY_OK(serve());  // what the world told the session meanwhile
        TALLY_OK(open_batches(gates.sends));
        if (!up_.empty()) {
            TALLY_OK(take_up(up_.size()));
            now_moved = true;
        }
        if (gates.acks && !held_acks_.empty()) {
            auto answer = std::move(held_acks_.front());
            held_acks_.pop_front();
            if (auto* push = std::get_if<intake::PushAnswer>(&answer))
                server_.on_push_answer(std::move(*push), clock_.steady_ms(), clock_.wall_ms());
            else
                server_.on_lease_answer(std::move(std::get<intake::LeaseAnswer>(answer)), clock_.steady_ms(),
                                        clock_.wall_ms());
            now_moved = true;
        }
        if (gates.feed && !held_pages_.empty()) {
            const hqnet::AskPage ask = held_pages_.front();
            held_pages_.pop_front();
            server_.on_page(hq_.books().page(server_.terminal(), ask.cursor, {}, clock_.wall_ms()));
            now_moved = true;
        }
        TALLY_OK(serve());
        if (!down_.empty()) {
            const Bytes bytes = std::exchange(down_, {});
            TALLY_OK(carry_out(session_->on_bytes(bytes, now())));
            now_moved = true;
        }
        if (server_ended_ && down_.empty()) ended_ = true;
        if (!now_moved) break;
        moved = true;
    }
    if (ended_ && !server_ended_ && !up_.empty()) TALLY_OK(take_up(up_.size()));  // what was sent before the close
    return moved;
}

// A batch that the session asked for is read from the log only now, as by a store that is slow.
Status Line::open_batches(bool may_send) {
    may_send_ = may_send;
    if (!may_send) return {};
    if (held_need_) {
        session::Effects effects;
        effects.push_back(*std::exchange(held_need_, std::nullopt));
        TALLY_OK(carry_out(std::move(effects)));
    }
    return note_head();
}

// The till wrote: the agent would see it in the database.
Status Line::note_head() {
    if (!session_->is_open()) return {};
    TALLY_TRY(const replica::ChainHead head, terminal_.agent().head());
    if (head.epoch != session_->epoch()) {  // the till began a new one: it is named in a new Hello
        ended_ = true;
        return {};
    }
    if (head.next_seq == std::exchange(told_seq_, head.next_seq)) return {};
    return carry_out(session_->on_head(head.next_seq, now()));
}

Status Line::want_lease(const domain::MemberId& member, domain::Points points) {
    TALLY_OK(open_batches(true));
    return carry_out(session_->on_lease_want(member, points, now()));
}

Status Line::send_bytes(std::size_t bytes) {
    TALLY_OK(open_batches(true));
    return take_up(std::min(bytes, up_.size()));
}

Status Line::take_up(std::size_t bytes_max) {
    const Bytes bytes(up_.begin(), up_.begin() + static_cast<std::ptrdiff_t>(bytes_max));
    up_.erase(up_.begin(), up_.begin() + static_cast<std::ptrdiff_t>(bytes_max));
    tell(" -> HQ: ", bytes, up_reader_);
    server_.on_bytes(bytes, clock_.steady_ms(), clock_.wall_ms());
    return serve();
}

void Line::tell(const char* arrow, ByteView bytes, wire::FrameReader& reader) {
    if (!trace_ || !reader.feed(bytes)) return;
    while (const auto frame = reader.next()) {
        const auto message = wire::decode_message(frame->type, frame->payload);
        trace_(terminal_.name() + arrow + (message ? text_of(*message) : to_string(message.error())));
    }
}

// --- headquarters' end, as the Hub and the storage thread

Status Line::serve() {
    for (auto effects = server_.take_effects(); !effects.empty(); effects = server_.take_effects())
        for (hqnet::Effect& effect : effects) TALLY_OK(serve_one(effect));
    return {};
}

Status Line::serve_one(hqnet::Effect& effect) {
    const std::int64_t steady_ms = clock_.steady_ms(), wall_ms = clock_.wall_ms();
    if (auto* sent = std::get_if<hqnet::SendBytes>(&effect)) {
        tell(" <- HQ: ", sent->bytes, down_reader_);
        down_.insert(down_.end(), sent->bytes.begin(), sent->bytes.end());
    } else if (auto* hello = std::get_if<hqnet::AskHello>(&effect)) {
        server_.on_hello_answer(hq_.books().hello(terminal_.agent().device().public_key(), hello->hello, wall_ms),
                                steady_ms, wall_ms);
    } else if (auto* commit = std::get_if<hqnet::AskCommit>(&effect)) {
        TALLY_TRY(auto answers, hq_.books().commit(std::span(&commit->push, 1), {}, wall_ms));
        held_acks_.push_back(std::move(answers.pushes.front()));
        recalls_.insert(recalls_.end(), answers.recalls.begin(), answers.recalls.end());
        committed_ = true;
    } else if (auto* lease = std::get_if<hqnet::AskLease>(&effect)) {
        const intake::LeaseAsk asked{server_.terminal(), lease->want};
        TALLY_TRY(auto answers, hq_.books().commit({}, std::span(&asked, 1), wall_ms));
        held_acks_.push_back(std::move(answers.leases.front()));
        recalls_.insert(recalls_.end(), answers.recalls.begin(), answers.recalls.end());
        committed_ = true;
    } else if (auto* page = std::get_if<hqnet::AskPage>(&effect)) {
        held_pages_.push_back(*page);
    } else if (auto* ops = std::get_if<hqnet::AskOps>(&effect)) {
        server_.on_ops(hq_.books().give_back(server_.terminal(), ops->want));
    } else if (std::holds_alternative<hqnet::EndLink>(effect)) {
        server_ended_ = true;
    }
    return {};
}

// --- the terminal's end, as Worker::carry_out

Status Line::carry_out(session::Effects effects) {
    std::deque<session::Effect> queue(std::make_move_iterator(effects.begin()), std::make_move_iterator(effects.end()));
    while (!queue.empty()) {
        session::Effect effect = std::move(queue.front());
        queue.pop_front();
        TALLY_TRY(session::Effects more, answer(effect));
        for (session::Effect& next : more) queue.push_back(std::move(next));
    }
    return {};
}

Result<session::Effects> Line::answer(session::Effect& effect) {
    agent::AgentStore& store = terminal_.agent();
    if (auto* sent = std::get_if<session::Send>(&effect)) {
        up_.insert(up_.end(), sent->bytes.begin(), sent->bytes.end());
    } else if (auto* opened = std::get_if<session::Opened>(&effect)) {
        terminal_.clock().correct(opened->clock_offset_ms);
        TALLY_OK(store.set_revocation(std::nullopt));
    } else if (auto* closing = std::get_if<session::Close>(&effect)) {
        TALLY_OK(close(*closing));
    } else if (auto* need = std::get_if<session::NeedBatch>(&effect); need && !may_send_) {
        held_need_ = *need;
    } else {
        const auto* told = std::get_if<session::TakeLeases>(&effect);
        if (told && told->told.give_back && !told->told.page.members.empty())
            terminal_.wanted_elsewhere.push_back(told->told.page.members.front().member);
        return agent::answer_of_store(store, *session_, effect, now());
    }
    return session::Effects{};
}

Status Line::close(const session::Close& closing) {
    agent::AgentStore& store = terminal_.agent();
    closed_ = closing;
    ended_ = true;
    if (trace_) trace_(terminal_.name() + ": the line is closed: " + to_string(closing.error));
    if (closing.reason == session::CloseReason::kReplicaOld)
        return agent::begin_epoch_after_close(store, *session_, closing, now());
    if (closing.refused && closing.refused->code == wire::Refusal::kRevoked)
        return store.set_revocation(replica::Revocation{now().wall_ms, closing.refused->text});
    return {};
}

}  // namespace tally::scenario
