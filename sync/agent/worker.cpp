#include "sync/agent/worker.h"

#include "common/base/log.h"
#include "sync/agent/session_store.h"

namespace tally::agent {

namespace {

// Status is gathered this long before it is shown, so that a catch-up of a thousand pages is not a thousand redraws.
constexpr std::int64_t kPublishDelay_ms = 20;

Trouble trouble_of(transport::Cause cause) {
    return cause == transport::Cause::kWrongPin ? Trouble::kWrongKey : Trouble::kNoLine;
}

Trouble trouble_of(session::CloseReason reason) {
    switch (reason) {
        case session::CloseReason::kRefused: return Trouble::kRefused;
        case session::CloseReason::kProtocol:
        case session::CloseReason::kVersion: return Trouble::kProtocol;
        case session::CloseReason::kNoAnswer: return Trouble::kNoLine;
        case session::CloseReason::kBranch:
        case session::CloseReason::kReplicaOld: return Trouble::kChain;
        case session::CloseReason::kHqOld: return Trouble::kHqOld;
        case session::CloseReason::kStore: return Trouble::kStore;
    }
    return Trouble::kProtocol;
}

}  // namespace

class Worker::Line final : public transport::Handler {
  public:
    explicit Line(Worker* worker) : worker_(worker) {}
    void leave() { worker_ = nullptr; }
    void on_open(const std::shared_ptr<transport::Link>& link) override {
        if (worker_) worker_->on_open(link);
    }
    void on_bytes(ByteView bytes) override {
        if (worker_) worker_->on_bytes(bytes);
    }
    void on_closed(transport::Cause cause, const Error& error) override {
        if (worker_) worker_->on_closed(cause, error);
    }

  private:
    Worker* worker_;
};

Worker::Worker(transport::Loop& loop, AgentOptions options, std::unique_ptr<AgentStore> store, Publish publish)
    : loop_(loop),
      options_(std::move(options)),
      store_(std::move(store)),
      publish_(std::move(publish)),
      random_(std::make_unique<crypto::SystemRandom>()),
      backoff_(options_.backoff),
      held_(options_.held) {}

Worker::~Worker() {
    if (line_) line_->leave();
    poll_timer_.cancel();
    dial_timer_.cancel();
    publish_timer_.cancel();
}

session::Moment Worker::now() const { return {options_.clock->steady_ms(), options_.clock->wall_ms()}; }

void Worker::start() {
    status_.since_ms = now().wall_ms;
    if (const auto cursor = store_->cursor()) status_.confirmed_ms = cursor->confirmed_ms;
    // Known before the first contact, for there may be none.
    if (const auto revoked = store_->revocation(); revoked && *revoked) {
        status_.refusal = LastRefusal{wire::Refusal::kRevoked, (*revoked)->reason, (*revoked)->at_ms};
        tell_revoked(**revoked);
    }
    if (held_)
        set_phase(Phase::kHeld);
    else
        dial();
    publish_now();
    poll();
}

// --- the line ---

void Worker::dial() {
    if (held_ || stopping_ || line_) return;
    dial_timer_.cancel();
    set_phase(Phase::kConnecting);
    line_trouble_told_ = false;
    retry_ = Retry::kSoon;
    line_ = std::make_shared<Line>(this);
    const replica::Enrolment& enrolment = store_->enrolment();
    const transport::Endpoint hq{options_.hq_host.value_or(enrolment.hq_host),
                                 options_.hq_port.value_or(enrolment.hq_port)};
    link_ =
        transport::connect(loop_, hq, store_->device(), enrolment.hq_key, options_.connect_ms, line_, options_.look_up);
}

void Worker::on_open(const std::shared_ptr<transport::Link>&) {
    if (const Status opened = open_session(); !opened) {
        set_trouble(Trouble::kStore, opened.error());
        line_trouble_told_ = true;
        link_->abort();
    }
}

Status Worker::open_session() {
    TALLY_TRY(session::Opening opening, opening_of(*store_, options_.software));
    session_.emplace(std::move(opening), options_.limits);
    carry_out(session_->start(now()));
    return {};
}

void Worker::on_bytes(ByteView bytes) {
    if (session_) carry_out(session_->on_bytes(bytes, now()));
}

void Worker::on_closed(transport::Cause cause, const Error& error) {
    const bool was_online = status_.phase == Phase::kOnline;
    const bool lived = was_online && now().steady_ms - online_since_steady_ms_ >= tuning::kBackoffForget_ms;
    if (!line_trouble_told_ && !stopping_ && !held_) set_trouble(trouble_of(cause), error);
    line_.reset();
    link_.reset();
    session_.reset();
    status_.caught_up = false;
    if (stopping_) {
        set_phase(Phase::kStopped);
        publish_now();
        if (const auto done = std::exchange(stopped_, nullptr)) done();
        return;
    }
    if (held_) return set_phase(Phase::kHeld);
    if (lived) backoff_.reset();
    if (cause == transport::Cause::kWrongPin) retry_ = Retry::kLate;
    wait_and_dial(next_delay_ms());
}

std::int64_t Worker::next_delay_ms() {
    switch (retry_) {
        case Retry::kSoon: break;
        case Retry::kBusy: return backoff_.busy_ms(*random_);
        case Retry::kLate: return backoff_.refused_ms(*random_);
    }
    return backoff_.next_ms(*random_);
}

void Worker::wait_and_dial(std::int64_t delay_ms) {
    set_phase(Phase::kWaiting);
    dial_timer_.cancel();
    dial_timer_ = loop_.after(delay_ms, [this] { dial(); });
}

void Worker::drop_line() {
    if (link_) link_->abort();
}

void Worker::retry_now() {
    if (status_.phase == Phase::kWaiting) dial();
}

void Worker::set_held(bool held) {
    if (held_ == held || stopping_) return;
    held_ = held;
    if (!held) {
        if (!line_) dial();  // else on_closed of the line that is ending comes first, and waits a backoff
        return;
    }
    dial_timer_.cancel();
    set_phase(Phase::kHeld);
    drop_line();
}

void Worker::shut_down(std::function<void()> done) {
    stopping_ = true;
    poll_timer_.cancel();
    dial_timer_.cancel();
    if (link_) {
        stopped_ = std::move(done);
        return link_->close();
    }
    set_phase(Phase::kStopped);
    publish_now();
    done();
}

// --- the session's effects ---

// Answers to effects give effects: they are worked through in order, without recursion.
void Worker::carry_out(session::Effects effects) {
    std::deque<session::Effect> queue(std::make_move_iterator(effects.begin()), std::make_move_iterator(effects.end()));
    while (!queue.empty() && session_) {
        session::Effect effect = std::move(queue.front());
        queue.pop_front();
        Result<session::Effects> more = answer(effect);
        if (!more) {
            // What HQ sends may be damaged too: that is not our disk.
            const bool from_hq = std::holds_alternative<session::ApplyPage>(effect) ||
                                 std::holds_alternative<session::KeepReturned>(effect) ||
                                 std::holds_alternative<session::TakeLeases>(effect);
            if (more.error().code == Code::kDamaged && !from_hq) note_damage(more.error());
            more = session_->on_store_error(more.error(), now());
        }
        for (session::Effect& next : *more) queue.push_back(std::move(next));
    }
}

Result<session::Effects> Worker::answer(session::Effect& effect) {
    if (auto* sent = std::get_if<session::Send>(&effect)) {
        TALLY_OK(link_->send(std::move(sent->bytes)));
    } else if (auto* opened = std::get_if<session::Opened>(&effect)) {
        status_.clock_offset_ms = opened->clock_offset_ms;
        if (opened->hq_restored)
            spdlog::warn("headquarters was restored: all states come again, and what it lacks is pushed again");
        note_accepted();
        status_.refusal.reset();
        status_.trouble = Trouble::kNone;
        status_.last_error = {};
        online_since_steady_ms_ = now().steady_ms;
        set_phase(Phase::kOnline);
    } else if (auto* unasked = std::get_if<session::LeaseNotAsked>(&effect)) {
        tell_leases({unasked->member, false, false});
    } else if (auto* close = std::get_if<session::Close>(&effect)) {
        on_close_effect(*close);
    } else {
        return answer_of_replica(effect);
    }
    return session::Effects{};
}

Result<session::Effects> Worker::answer_of_replica(session::Effect& effect) {
    TALLY_TRY(session::Effects more, answer_of_store(*store_, *session_, effect, now()));
    if (const auto* leases = std::get_if<session::TakeLeases>(&effect); leases && !leases->told.page.members.empty())
        tell_leases({leases->told.page.members.front().member, true, leases->told.give_back});
    const auto* page = std::get_if<session::ApplyPage>(&effect);
    if (page) {
        status_.caught_up = page->page.to == page->page.as_of;
        if (status_.caught_up) status_.confirmed_ms = page->page.hq_ms;
    }
    if (page || std::holds_alternative<session::RecordAck>(effect) ||
        std::holds_alternative<session::KeepReturned>(effect)) {
        counts_stale_ = true;
        touch();
    }
    return more;
}

// What passes by itself is tried again soon; the rest needs a person.
Worker::Retry Worker::retry_after(const session::Close& close) {
    switch (close.reason) {
        case session::CloseReason::kRefused: break;
        case session::CloseReason::kBranch:
        case session::CloseReason::kHqOld:
        case session::CloseReason::kVersion: return Retry::kLate;
        case session::CloseReason::kReplicaOld:  // a new epoch was begun: it is named at once
        case session::CloseReason::kProtocol:
        case session::CloseReason::kNoAnswer:
        case session::CloseReason::kStore: return Retry::kSoon;
    }
    if (close.refused && close.refused->code == wire::Refusal::kBusy) return Retry::kBusy;
    return close.refused && close.refused->code == wire::Refusal::kStorage ? Retry::kSoon : Retry::kLate;
}

void Worker::on_close_effect(const session::Close& close) {
    line_trouble_told_ = true;
    if (close.reason == session::CloseReason::kReplicaOld) {
        spdlog::warn("{}", to_string(close.error));
        const Status begun = begin_epoch_after_close(*store_, *session_, close, now());
        if (!begun) set_trouble(Trouble::kStore, begun.error());
        return link_->close();
    }
    if (close.refused) {
        if (close.refused->code == wire::Refusal::kRevoked) note_revoked(close.refused->text);
        status_.refusal = LastRefusal{close.refused->code, close.refused->text, now().wall_ms};
    }
    retry_ = retry_after(close);
    // HQ compares the heads of the chain too, and says first what we would find.
    const bool histories_differ = close.refused && close.refused->code == wire::Refusal::kBrokenChain;
    set_trouble(histories_differ ? Trouble::kChain : trouble_of(close.reason), close.error);
    if (close.reason == session::CloseReason::kNoAnswer)
        link_->abort();
    else
        link_->close();
}

// --- the replica ---

void Worker::poll() {
    if (stopping_) return;
    if (session_) carry_out(session_->on_tick(now()));
    if (const auto version = store_->data_version(); version && *version != seen_version_) {
        seen_version_ = *version;
        look();
    }
    poll_timer_ = loop_.after(options_.poll_ms, [this] { poll(); });
}

void Worker::look() {
    if (stopping_) return;
    counts_stale_ = true;
    touch();
    look_for_new_enrolment();
    if (!session_) return;
    const auto head = store_->head();
    if (head && head->epoch != session_->epoch()) {  // the till began a new one: it is named in a new Hello
        line_trouble_told_ = true;
        return link_->close();
    }
    carry_out(head ? session_->on_head(head->next_seq, now()) : session_->on_store_error(head.error(), now()));
}

void Worker::want_lease(const domain::MemberId& member, domain::Points points) {
    if (!session_) return tell_leases({member, false, false});
    look();  // what was appended before the question goes before it
    if (session_) carry_out(session_->on_lease_want(member, points, now()));
}

void Worker::tell_leases(const LeaseTold& told) {
    if (options_.on_leases) options_.on_leases(told);
}

// --- status ---

void Worker::set_phase(Phase phase) {
    if (phase == status_.phase) return;
    const bool was_online = status_.online();
    status_.phase = phase;
    if (was_online != status_.online()) {
        status_.since_ms = now().wall_ms;
        if (status_.online())
            spdlog::info("online with headquarters, clock offset {} ms", status_.clock_offset_ms);
        else
            spdlog::info("offline");
    }
    touch();
}

void Worker::set_trouble(Trouble trouble, const Error& error) {
    // The same trouble every few seconds is one line in the log, not thousands.
    if (status_.trouble != trouble || status_.last_error.detail != error.detail) spdlog::warn("{}", to_string(error));
    status_.trouble = trouble;
    status_.last_error = error;
    touch();
}

void Worker::touch() {
    if (publish_timer_) return;
    publish_timer_ = loop_.after(kPublishDelay_ms, [this] { publish_now(); });
}

void Worker::publish_now() {
    publish_timer_.cancel();
    if (counts_stale_) {
        counts_stale_ = false;
        if (const auto counts = store_->counts()) {
            status_.waiting = counts->unacknowledged;
            status_.pending = counts->pending;
        } else {
            counts_stale_ = true;  // asked again with the next change
            spdlog::warn("counting what waits: {}", to_string(counts.error()));
        }
    }
    publish_(status_);
}

}  // namespace tally::agent
