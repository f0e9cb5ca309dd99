// Who is connected, and who tries to be.
#include <algorithm>
#include <filesystem>

#include "tests/sim/checks.h"
#include "tests/sim/world.h"

namespace tally::sim {

namespace {

constexpr std::int64_t kDialAgain_ms = 2 * kMinute_ms;

}  // namespace

bool World::has_file(const std::string& path) {
    std::error_code error;
    return std::filesystem::exists(path, error);
}

Line* World::line_of(const Machine& machine) {
    for (const auto& line : lines_)
        if (&line->machine() == &machine && line->has_terminal_end()) return line.get();
    return nullptr;
}

void World::drop_line(Machine& machine) {
    for (const auto& line : std::vector(lines_))
        if (&line->machine() == &machine && line->has_terminal_end()) line->drop_terminal_end();
}

void World::dial_at(Machine& machine, std::int64_t ms) {
    const auto [there, is_new] = dialling_.try_emplace(&machine, ms);
    if (!is_new && there->second <= ms) return;  // sooner already
    there->second = ms;
    at(ms, [this, &machine, ms] {
        const auto due = dialling_.find(&machine);
        if (due == dialling_.end() || due->second != ms) return;
        dialling_.erase(due);
        dial(machine);
    });
}

void World::dial(Machine& machine) {
    std::erase_if(lines_, [](const auto& line) { return line->is_over(); });
    if (!machine.is_running() || machine.is_retired || line_of(machine)) return;
    machine.move_to(now_ms_);
    const std::int64_t blocked_ms = std::max(machine.cut_off_until_ms, hq_cut_off_until_ms);
    if (blocked_ms > now_ms_) return dial_at(machine, blocked_ms);
    if (!hq_->is_running()) return dial_at(machine, now_ms_ + kDialAgain_ms);
    const auto line = std::make_shared<Line>(*this, machine);
    lines_.push_back(line);
    const Status said = line->dial();
    if (!said) {
        trouble(machine.name() + " cannot dial: " + to_string(said.error()));
        line->cut(Line::Cut::kBoth);
        dial_at(machine, now_ms_ + kDialAgain_ms);
    }
    after_use(machine);
}

// As the store thread: a moment later, unless a cashier waits for that member.
void World::settle_leases_soon(Machine& machine) {
    at(now_ms_ + 1, [this, &machine] { settle_leases(machine); });
}

bool World::settle_leases(Machine& machine) {
    if (!machine.is_running() || machine.is_retired) return false;
    machine.move_to(now_ms_);
    const Line* line = line_of(machine);
    replica::Till::SettleLeases how;
    how.can_be_asked = line && line->is_open();
    how.wanted_elsewhere = std::exchange(machine.wanted_elsewhere, {});
    how.abandoned = std::exchange(machine.abandoned, {});
    if (machine.waiting) how.waiting.push_back(*machine.waiting);
    const auto written = machine.till().settle_leases(how);
    if (!written) trouble(machine.name() + ": leases: " + to_string(written.error()));
    check_after_act(*this, machine, written.has_value());
    after_use(machine);
    if (machine.is_running())
        if (Line* open = line_of(machine)) open->look_at_log();
    return !written || *written > 0;
}

// As Hub::welcomed: the newest line of a terminal is the one.
void World::close_older_lines(Line& newest) {
    for (const auto& line : std::vector(lines_))
        if (line.get() != &newest && line->welcomed() != 0 && line->welcomed() == newest.welcomed())
            line->refuse({wire::Refusal::kBusy, "this terminal has connected again"});
}

}  // namespace tally::sim
