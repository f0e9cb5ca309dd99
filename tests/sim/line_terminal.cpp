// The terminal's end of a line, as agent::Worker has it.
#include <deque>

#include "sync/agent/session_store.h"
#include "tests/sim/checks.h"
#include "tests/sim/line.h"
#include "tests/sim/world.h"

namespace tally::sim {

namespace {

constexpr std::int64_t kSoon_ms = kMinute_ms;
constexpr std::int64_t kLate_ms = 30 * kMinute_ms;

session::Limits terminal_limits() {
    session::Limits limits;
    limits.heartbeat_ms = kHeartbeat_ms;
    limits.hello_ms = limits.silence_ms = kSilence_ms;
    return limits;
}

// As Worker::retry_after.
std::int64_t delay_after(const session::Close& close) {
    switch (close.reason) {
        case session::CloseReason::kRefused: break;
        case session::CloseReason::kBranch:
        case session::CloseReason::kHqOld:
        case session::CloseReason::kVersion: return kLate_ms;
        case session::CloseReason::kReplicaOld:
        case session::CloseReason::kProtocol:
        case session::CloseReason::kNoAnswer:
        case session::CloseReason::kStore: return kSoon_ms;
    }
    // "Busy" passes soon; two machines with the same files would push each other off the line for days of work.
    return close.refused && close.refused->code == wire::Refusal::kStorage ? kSoon_ms : kLate_ms;
}

}  // namespace

session::Moment Line::now() const {
    machine_.move_to(world_.now_ms());
    return {machine_.own_clock().steady_ms(), machine_.own_clock().wall_ms()};
}

Status Line::dial() {
    retry_ms_ = kSoon_ms;
    TALLY_TRY(session::Opening opening, agent::opening_of(machine_.agent(), "sim"));
    told_seq_ = opening.next_seq;
    session_.emplace(std::move(opening), terminal_limits());
    carry_out(session_->start(now()));
    arm_terminal();
    arm_server();
    return {};
}

void Line::arm_terminal() {
    if (!session_ || terminal_tick_ms_ > world_.now_ms()) return;
    const std::int64_t due_ms = session_->next_deadline_ms();
    if (due_ms == INT64_MAX) return;
    const std::int64_t wait_ms = std::max<std::int64_t>(due_ms - now().steady_ms, 1);
    terminal_tick_ms_ = world_.now_ms() + wait_ms;
    world_.at(terminal_tick_ms_, [weak = weak_from_this()] {
        const auto line = weak.lock();
        if (!line || !line->session_ || !line->machine_.is_running()) return;
        line->terminal_tick_ms_ = 0;
        line->carry_out(line->session_->on_tick(line->now()));
        line->arm_terminal();
    });
}

void Line::look_at_log() {
    if (!session_ || !session_->is_open() || !machine_.is_running()) return;
    const auto head = machine_.agent().head();
    if (head && head->epoch != session_->epoch()) {
        if (server_) put(up_, {}, true, true);
        return close_terminal_end();
    }
    if (head && head->next_seq == told_seq_) return;
    if (head) told_seq_ = head->next_seq;
    carry_out(head ? session_->on_head(head->next_seq, now()) : session_->on_store_error(head.error(), now()));
    arm_terminal();
}

void Line::want_lease(const domain::MemberId& member, domain::Points points) {
    look_at_log();
    if (session_ && session_->is_open()) carry_out(session_->on_lease_want(member, points, now()));
}

void Line::carry_out(session::Effects effects) {
    const auto self = shared_from_this();
    std::deque<session::Effect> queue(std::make_move_iterator(effects.begin()), std::make_move_iterator(effects.end()));
    while (!queue.empty() && session_) {
        session::Effect effect = std::move(queue.front());
        queue.pop_front();
        Result<session::Effects> more = answer(effect);
        if (machine_.is_dead()) break;
        if (!more && session_) {
            world_.trouble(machine_.name() + ": " + to_string(more.error()));
            more = session_->on_store_error(more.error(), now());
        }
        if (!session_ || !more) break;
        for (session::Effect& next : *more) queue.push_back(std::move(next));
    }
    world_.after_use(machine_);
}

Result<session::Effects> Line::answer(session::Effect& effect) {
    agent::AgentStore& store = machine_.agent();
    if (auto* sent = std::get_if<session::Send>(&effect)) {
        put(up_, std::move(sent->bytes), false, true);
    } else if (auto* opened = std::get_if<session::Opened>(&effect)) {
        ++world_.counts.of[Counts::kConnections];
        machine_.clock().correct(opened->clock_offset_ms);
        TALLY_OK(store.set_revocation(std::nullopt));
    } else if (auto* closing = std::get_if<session::Close>(&effect)) {
        on_close(*closing);
    } else {
        TALLY_TRY(session::Effects more, agent::answer_of_store(store, *session_, effect, now()));
        if (const auto* page = std::get_if<session::ApplyPage>(&effect)) {
            ++world_.counts.of[Counts::kPages];
            check_after_page(world_, machine_, page->page);
        } else if (const auto* told = std::get_if<session::TakeLeases>(&effect);
                   told && !told->told.page.members.empty()) {
            const domain::MemberId& member = told->told.page.members.front().member;
            if (told->told.give_back)
                machine_.wanted_elsewhere.push_back(member);
            else if (machine_.waiting != member)
                machine_.abandoned.push_back(member);
            world_.settle_leases_soon(machine_);
        } else if (const auto* ack = std::get_if<session::RecordAck>(&effect)) {
            check_after_ack(world_, machine_, ack->ack);
        }
        return more;
    }
    return session::Effects{};
}

void Line::on_close(const session::Close& close) {
    world_.trouble(machine_.name() + ": the line is closed: " + to_string(close.error));
    agent::AgentStore& store = machine_.agent();
    retry_ms_ = delay_after(close);
    if (close.reason == session::CloseReason::kReplicaOld) {
        const Status begun = agent::begin_epoch_after_close(store, *session_, close, now());
        if (!begun) world_.trouble(machine_.name() + ": " + to_string(begun.error()));
    } else if (close.refused && close.refused->code == wire::Refusal::kRevoked) {
        const Status kept = store.set_revocation(replica::Revocation{now().wall_ms, close.refused->text});
        if (!kept) world_.trouble(machine_.name() + ": " + to_string(kept.error()));
    }
    if (server_) put(up_, {}, true, true);
    close_terminal_end();
}

void Line::close_terminal_end() {
    session_.reset();
    if (machine_.is_running()) world_.dial_at(machine_, world_.now_ms() + retry_ms_);
}

}  // namespace tally::sim
