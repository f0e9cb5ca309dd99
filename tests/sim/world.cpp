#include "tests/sim/world.h"

#include <algorithm>

#include "tests/scenario/runner/blank.h"
#include "tests/sim/checks.h"
#include "tests/sim/programme.h"
#include "tests/sim/verbs.h"

namespace tally::sim {

namespace {

constexpr std::int64_t kGroup_ms = 3;
constexpr std::int64_t kStartAgain_ms = 5 * kMinute_ms;
constexpr std::int64_t kMidnight_ms = 15 * kHour_ms;  // after the start of the first day

}  // namespace

const char* count_name(std::size_t which) {
    static const char* const names[] = {"operations",
                                        "acts",
                                        "refused acts",
                                        "cuts",
                                        "half-open lines",
                                        "late arrivals",
                                        "deaths in a call",
                                        "power cuts",
                                        "kills",
                                        "full disks",
                                        "failed calls",
                                        "clock changes",
                                        "restores",
                                        "folders put back",
                                        "copied machines",
                                        "revocations",
                                        "releases",
                                        "headquarters' deaths",
                                        "headquarters' restores",
                                        "connections",
                                        "pages",
                                        "commits",
                                        "branched operations",
                                        "wants",
                                        "recalls",
                                        "epochs",
                                        "full checks"};
    static_assert(std::size(names) == Counts::kNumber);
    return names[which];
}

World::World(const Plan& plan, std::string folder) : plan_(plan), folder_(std::move(folder)), random_(plan.seed) {}

World::~World() { lines_.clear(); }

void World::fault(const std::string& check, const std::string& detail) {
    if (has_failed()) return;
    failed_check_ = check;
    failed_detail_ = detail;
    trouble("FAILED " + check + ": " + detail);
}

void World::trouble(const std::string& what) {
    if (!verbose) return;
    const std::int64_t ms = now_ms_ - kStart_ms;
    std::fprintf(stderr, "%lld %s\n", static_cast<long long>(ms), what.c_str());
}

// --- time

void World::at(std::int64_t ms, std::function<void()> what) {
    tasks_.push({std::max(ms, now_ms_), order_++, std::move(what)});
}

void World::run_until(std::int64_t ms) {
    while (!has_failed() && !tasks_.empty() && tasks_.top().at_ms <= ms) {
        const auto what = tasks_.top().what;
        now_ms_ = tasks_.top().at_ms;
        tasks_.pop();
        what();
    }
    if (!has_failed()) now_ms_ = std::max(now_ms_, ms);
}

// --- the beginning

Status World::set_up() {
    TALLY_TRY(hq_, Headquarters::make(path("hq"), random_));
    TALLY_OK(hq_->start());
    TALLY_TRY(const domain::Programme programme, programme_of(plan_.seed));
    TALLY_TRY(const std::uint64_t version, hq_->desk().publish(programme, now_ms_));
    TALLY_ASSERT(version == 1, "the first programme");
    for (int i = 1; i <= plan_.terminals; ++i) TALLY_OK(enrol(i));
    for (int day = 0; day <= plan_.days; ++day) nightly(day);
    check_after_commit(*this);
    return {};
}

Status World::enrol(int number) {
    const std::string name = "T" + std::to_string(number);
    const std::string store = "S" + std::to_string((number + 1) / 2);  // two tills a store
    TALLY_TRY(const scenario::Blank* blank, scenario::blank_replica(static_cast<std::size_t>(number)));
    TALLY_OK(scenario::copy_folder(blank->folder, path(name)));
    {
        TALLY_TRY(replica::Replica fresh, replica::Replica::open(path(name), blank->key, store::Sync::kFull));
        TALLY_TRY(const crypto::Device device, fresh.device());
        TALLY_TRY(Bytes secret, hq_->add_ticket(store, name, now_ms_));
        const wire::Enrol enrol{{wire::kProtocolVersion}, std::move(secret), "sim"};
        TALLY_TRY(const auto answer, hq_->books().enrol(device.public_key(), enrol, now_ms_));
        const auto* enrolled = std::get_if<wire::Enrolled>(&answer);
        if (!enrolled) return fail(Code::kRefused, "headquarters refused to enrol " + name);
        replica::Enrolment kept;
        kept.terminal = enrolled->terminal;
        kept.store = enrolled->store;
        kept.store_name = enrolled->store_name;
        kept.hq_key = hq_->device().public_key();
        kept.root_key = enrolled->root_key;
        kept.recovery_key = enrolled->recovery_key;
        TALLY_OK(fresh.save_enrolment(kept));
    }
    machines_.push_back(std::make_unique<Machine>(name, path(name), blank->key, now_ms_, random_));
    Machine& machine = *machines_.back();
    machine.terminal = static_cast<domain::TerminalId>(number + 1);
    machine.store = store;
    start_machine(machine);
    return {};
}

void World::nightly(std::int64_t day) {
    at(kStart_ms + kMidnight_ms + day * kDay_ms + kMinute_ms, [this] {
        if (!hq_->is_running()) return;
        const Status done = hq_->run_day(now_ms_);
        if (!done) trouble("headquarters' night: " + to_string(done.error()));
        after_hq_use();
        feed_moved();
    });
}

// --- machines

Machine* World::machine(std::int64_t number) {
    if (number < 1 || number > static_cast<std::int64_t>(machines_.size())) return nullptr;
    Machine& out = *machines_[static_cast<std::size_t>(number - 1)];
    out.move_to(now_ms_);
    return &out;
}

void World::start_machine(Machine& machine) {
    if (machine.is_running() || machine.is_retired) return;
    machine.move_to(now_ms_);
    const Status started = machine.start();
    if (machine.is_dead()) return after_use(machine);
    if (!started) {
        trouble(machine.name() + " does not start: " + to_string(started.error()));
        if (!starting_.insert(&machine).second) return;
        return at(now_ms_ + kStartAgain_ms, [this, &machine] {
            starting_.erase(&machine);
            start_machine(machine);
        });
    }
    check_after_start(*this, machine);
    dial_at(machine, now_ms_ + 1);
}

// A machine whose disk died in the middle of a call is off until somebody starts it again.
void World::after_use(Machine& machine) {
    if (!machine.is_dead()) return;
    const PowerCut cut = machine.armed_cut();
    trouble(machine.name() + " died in a call");
    ++counts.of[Counts::kDeaths];
    drop_line(machine);
    if (cut.keep_percent < 0) {
        machine.kill();
    } else {
        machine.lose_power(cut);
    }
    at(now_ms_ + std::max(cut.down_ms, kMinute_ms), [this, &machine] { start_machine(machine); });
}

Machine* World::add_copy(Machine& of) {
    const std::string name = of.name() + "-copy-" + std::to_string(machines_.size());
    if (!of.copy_to(path(name))) return nullptr;
    machines_.push_back(std::make_unique<Machine>(name, path(name), of.data_key(), now_ms_, random_));
    Machine& copy = *machines_.back();
    copy.terminal = of.terminal;
    copy.store = of.store;
    copy.is_copy = true;
    start_machine(copy);
    return &copy;
}

// --- headquarters

void World::start_hq() {
    const Status started = hq_->start();
    if (hq_->is_dead()) return after_hq_use();
    if (!started) {
        trouble("headquarters does not start: " + to_string(started.error()));
        return at(now_ms_ + kStartAgain_ms, [this] { start_hq(); });
    }
    check_after_hq_start(*this, std::exchange(hq_was_restored_, false));
    const Status done = hq_->run_day(now_ms_);
    if (!done) trouble("headquarters' night: " + to_string(done.error()));
    after_hq_use();
}

void World::hq_went_down() {
    for (const auto& line : lines_) line->drop_hq_end();
}

void World::after_hq_use() {
    if (!hq_->is_dead()) return check_after_commit(*this);
    const PowerCut cut = hq_->armed_cut();
    trouble("headquarters died in a call");
    ++counts.of[Counts::kHqDeaths];
    hq_went_down();
    if (cut.keep_percent < 0) {
        hq_->kill();
    } else {
        hq_->lose_power(cut);
    }
    at(now_ms_ + std::max(cut.down_ms, kMinute_ms), [this] { start_hq(); });
}

void World::group_soon() {
    if (std::exchange(group_is_coming_, true)) return;
    at(now_ms_ + kGroup_ms, [this] {
        group_is_coming_ = false;
        if (!hq_->is_running() || !hq_->has_pushes()) return;
        ++counts.of[Counts::kCommits];
        hq_->commit_group(now_ms_);
        after_hq_use();
        tell_holders();
        feed_moved();
    });
}

// As Hub::tell_holders.
void World::tell_holders() {
    if (!hq_->is_running()) return;
    const auto lines = lines_;
    for (const intake::Recall& recall : hq_->take_recalls())
        for (const auto& line : lines) line->tell_holder(recall);
}

void World::feed_moved() {
    if (!hq_->is_running() || std::exchange(feed_is_coming_, true)) return;
    at(now_ms_ + coalesce_ms, [this] {
        feed_is_coming_ = false;
        if (!hq_->is_running()) return;
        const auto head = hq_->books().feed_head();
        after_hq_use();
        if (!head) return;
        const auto lines = lines_;
        for (const auto& line : lines) line->tell_feed_head(*head);
    });
}

}  // namespace tally::sim
