// A plan is played; then faults stop, people do what there is to do, and everybody comes to rest for the full checks.
#include "tests/sim/checks.h"
#include "tests/sim/verbs.h"
#include "tests/sim/world.h"

namespace tally::sim {

namespace {

constexpr int kRoundsMax = 24;
constexpr std::int64_t kRound_ms = 40 * kMinute_ms;  // longer than the longest wait before dialling again
constexpr std::int64_t kNever_ms = kStart_ms + 10'000 * kDay_ms;

}  // namespace

Status World::play() {
    for (const Event& event : plan_.events) {
        run_until(kStart_ms + event.at_ms);
        if (has_failed()) return {};
        const Verb* verb = verb_of(event.verb);
        if (!verb) return fail(Code::kInvalid, "no verb " + event.verb);
        if (verbose) trouble("> " + event_text(event));
        // What is left to chance in an event is its own, so that it stays when others are deleted.
        random_ = SeededRandom(plan_.seed * 0x9E3779B97F4A7C15u + event.number);
        verb->run(*this, event);
    }
    run_until(std::max(now_ms_, kStart_ms + plan_.days * kDay_ms - 12 * kHour_ms));
    if (!has_failed()) come_to_rest();
    return {};
}

void World::stop_faults() {
    hq_cut_off_until_ms = 0;
    hq_->heal();
    if (!hq_->is_running()) start_hq();
    for (const auto& machine : machines_) {
        machine->heal();
        machine->set_clock_right(now_ms_);
        machine->cut_off_until_ms = 0;
        machine->latency_ms = 20;
        if (!machine->is_running()) start_machine(*machine);
    }
    // Lines that lost bytes are given up by whoever waits, in time; here nobody waits.
    for (const auto& line : std::vector(lines_)) line->cut(Line::Cut::kBoth);
}

Status World::enrol_again(Machine& machine) {
    ++counts.of[Counts::kReleases];
    TALLY_TRY(const crypto::Device device, machine.replica().device());
    TALLY_TRY(auto kept, machine.replica().enrolment());
    TALLY_TRY(Bytes secret, hq_->add_ticket(machine.store, machine.name(), now_ms_));
    const wire::Enrol enrol{{wire::kProtocolVersion}, std::move(secret), "sim"};
    TALLY_TRY(const auto answer, hq_->books().enrol(device.public_key(), enrol, now_ms_));
    if (!std::holds_alternative<wire::Enrolled>(answer)) return fail(Code::kRefused, "it may not enrol again");
    TALLY_OK(machine.replica().renew_enrolment(*kept));
    return machine.agent().reread_enrolment();
}

void World::let_in(Machine& machine) {
    if (!machine.is_running() || machine.is_retired) return;
    const auto row = hq_->ledger().device(machine.terminal);
    if (!row || !*row) return fault("readable", "headquarters does not know " + machine.name());
    Status done;
    if ((*row)->status == intake::DeviceStatus::kRevoked) {
        done = enrol_again(machine);
    } else if ((*row)->status == intake::DeviceStatus::kQuarantined) {
        ++counts.of[Counts::kReleases];
        done = hq_->set_status(machine.terminal, intake::DeviceStatus::kActive, now_ms_);
    }
    if (!done) trouble(machine.name() + " is not let in: " + to_string(done.error()));
}

// Of machines with the same files one at a time is on the line, the copies first, until each has brought what it has;
// then the copies are taken away.
void World::settle_copies() {
    for (const auto& copy : std::vector<Machine*>([this] {
             std::vector<Machine*> out;
             for (const auto& machine : machines_)
                 if (machine->is_copy && !machine->is_retired) out.push_back(machine.get());
             return out;
         }())) {
        for (const auto& other : machines_) {
            const bool is_twin = other.get() != copy && other->terminal == copy->terminal;
            other->cut_off_until_ms = is_twin ? kNever_ms : other->cut_off_until_ms;
            if (Line* line = is_twin ? line_of(*other) : nullptr) line->cut(Line::Cut::kBoth);
        }
        copy->cut_off_until_ms = 0;
        start_machine(*copy);
        for (int round = 0; round < kRoundsMax && !has_failed(); ++round) {
            let_in(*copy);
            dial_at(*copy, now_ms_);
            run_until(now_ms_ + kRound_ms);
            const auto unsent = copy->is_running() ? copy->replica().unacknowledged_count() : Result<std::uint64_t>(1);
            if (unsent && *unsent == 0) break;
        }
        drop_line(*copy);
        copy->stop();
        copy->is_retired = true;
        for (const auto& other : machines_)
            if (other->terminal == copy->terminal) other->cut_off_until_ms = 0;
    }
}

bool World::is_at_rest() {
    const auto head = hq_->books().feed_head();
    for (const auto& machine : machines_) {
        if (machine->is_retired) continue;
        const Line* line = line_of(*machine);
        if (!machine->is_running() || !line || !line->is_open()) return false;
        const auto counted = machine->agent().counts();
        const auto cursor = machine->agent().cursor();
        const auto branched = branched_pending(*machine);
        if (!counted || !branched || counted->pending != branched->size() || counted->unacknowledged != 0) return false;
        if (!cursor || !head || cursor->position != *head) return false;
    }
    return true;
}

void World::come_to_rest() {
    stop_faults();
    run_until(now_ms_ + kRound_ms);
    settle_copies();
    for (int round = 0; round < kRoundsMax && !has_failed(); ++round) {
        for (const auto& machine : machines_) {
            if (!machine->is_running() && !machine->is_retired) start_machine(*machine);
            let_in(*machine);
            dial_at(*machine, now_ms_);
        }
        run_until(now_ms_ + kRound_ms);
        bool gave_back = false;
        for (const auto& machine : machines_) gave_back = settle_leases(*machine) || gave_back;
        if (!gave_back && is_at_rest()) break;
    }
    if (!has_failed()) check_after_hq_start(*this, false);
    for (const RestCheck& check : rest_checks()) {
        if (has_failed()) return;
        const Status looked = check.look(*this);
        if (!looked) fault("readable", std::string(check.name) + ": " + to_string(looked.error()));
    }
    std::set<domain::Epoch> epochs;
    for (const auto& [name, made] : ledger_.made()) epochs.insert(name.first.epoch);
    counts.of[Counts::kEpochs] += static_cast<std::int64_t>(epochs.size());
    counts.of[Counts::kOperations] += static_cast<std::int64_t>(ledger_.made().size());
    ++counts.of[Counts::kFullChecks];
}

}  // namespace tally::sim
