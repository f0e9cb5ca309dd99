// What befalls lines, disks, clocks and machines.
#include "common/store/keys.h"
#include "tests/sim/checks.h"
#include "tests/sim/verbs.h"
#include "tests/sim/world.h"

namespace tally::sim {

namespace {

using fault::Fault;

void count(World& world, Counts::Which which) { ++world.counts.of[which]; }

// --- lines

void cut(World& world, const Event& event) {
    Machine* machine = world.machine(event.argument(0));
    if (!machine) return;
    const Line::Cut how = event.argument(2) != 0 ? Line::Cut::kLate : Line::Cut::kBoth;
    const std::int64_t cut_off_ms = event.argument(1) * kMinute_ms;
    count(world, Counts::kCuts);
    Line* line = world.line_of(*machine);
    if (line && event.argument(3) > 0) return line->cut_after(event.argument(3), how, cut_off_ms);
    machine->cut_off_until_ms = world.now_ms() + cut_off_ms;
    if (line) line->cut(how);
}

void cut_hq(World& world, const Event& event) {
    world.hq_cut_off_until_ms = world.now_ms() + event.argument(0) * kMinute_ms;
    for (const auto& line : std::vector(world.lines())) {
        if (line->is_over()) continue;
        count(world, Counts::kCuts);
        line->cut(Line::Cut::kBoth);
    }
}

void mute(World& world, const Event& event) {
    Machine* machine = world.machine(event.argument(0));
    Line* line = machine ? world.line_of(*machine) : nullptr;
    if (!line) return;
    count(world, Counts::kHalfOpen);
    constexpr Line::Cut kWays[] = {Line::Cut::kMuteUp, Line::Cut::kMuteDown, Line::Cut::kMute};
    line->cut(kWays[event.argument(1) % 3]);
}

void latency(World& world, const Event& event) {
    if (Machine* machine = world.machine(event.argument(0)))
        machine->latency_ms = std::max<std::int64_t>(event.argument(1), 1);
}

void coalesce(World& world, const Event& event) { world.coalesce_ms = std::max<std::int64_t>(event.argument(0), 1); }

// --- disks

// KEEP: the percentage of what was not synced that a power cut leaves; 101: the same with torn sectors; 102: the
// process dies and the machine stays up.
PowerCut cut_of(std::int64_t keep, std::int64_t minutes) {
    const std::int64_t down_ms = minutes * kMinute_ms;
    if (keep >= 102) return {-1, false, down_ms};
    if (keep == 101) return {50, true, down_ms};
    return {static_cast<int>(keep), false, down_ms};
}

constexpr Fault kDeaths[] = {Fault::kDeath, Fault::kHalfWrite};
constexpr Fault kErrors[] = {Fault::kError, Fault::kErrorOn, Fault::kFull, Fault::kShortWrite};

void crash(World& world, const Event& event) {
    Machine* machine = world.machine(event.argument(0));
    if (!machine || !machine->is_running()) return;
    machine->arm(event.argument(1), kDeaths[event.argument(2) % 2], cut_of(event.argument(3), event.argument(4)));
}

void crash_hq(World& world, const Event& event) {
    if (!world.hq().is_running()) return;
    world.hq().arm(event.argument(0), kDeaths[event.argument(1) % 2], cut_of(event.argument(2), event.argument(3)));
}

void power(World& world, const Event& event) {
    Machine* machine = world.machine(event.argument(0));
    if (!machine || !machine->is_running()) return;
    const PowerCut cut = cut_of(event.argument(1), event.argument(2));
    count(world, cut.keep_percent < 0 ? Counts::kKills : Counts::kPowerCuts);
    world.drop_line(*machine);
    if (cut.keep_percent < 0)
        machine->kill();
    else
        machine->lose_power(cut);
    world.at(world.now_ms() + std::max(cut.down_ms, kMinute_ms), [&world, machine] { world.start_machine(*machine); });
}

void power_hq(World& world, const Event& event) {
    if (!world.hq().is_running()) return;
    const PowerCut cut = cut_of(event.argument(0), event.argument(1));
    count(world, Counts::kHqDeaths);
    world.hq_went_down();
    if (cut.keep_percent < 0)
        world.hq().kill();
    else
        world.hq().lose_power(cut);
    world.at(world.now_ms() + std::max(cut.down_ms, kMinute_ms), [&world] { world.start_hq(); });
}

void ail(World& world, const Event& event) {
    Machine* machine = world.machine(event.argument(0));
    if (!machine || !machine->is_running()) return;
    const Fault fault = kErrors[event.argument(2) % 4];
    count(world, fault == Fault::kFull || fault == Fault::kShortWrite ? Counts::kFullDisks : Counts::kIoErrors);
    machine->arm(event.argument(1), fault, {});
    world.at(world.now_ms() + event.argument(3) * kMinute_ms, [machine] { machine->heal(); });
}

void ail_hq(World& world, const Event& event) {
    if (!world.hq().is_running()) return;
    const Fault fault = kErrors[event.argument(1) % 4];
    count(world, fault == Fault::kFull || fault == Fault::kShortWrite ? Counts::kFullDisks : Counts::kIoErrors);
    world.hq().arm(event.argument(0), fault, {});
    world.at(world.now_ms() + event.argument(2) * kMinute_ms, [&world] { world.hq().heal(); });
}

// --- clocks

void jump(World& world, const Event& event) {
    Machine* machine = world.machine(event.argument(0));
    if (!machine) return;
    count(world, Counts::kClockChanges);
    machine->jump_clock(event.argument(1) * kMinute_ms);
}

void drift(World& world, const Event& event) {
    Machine* machine = world.machine(event.argument(0));
    if (!machine) return;
    count(world, Counts::kClockChanges);
    machine->set_drift(event.argument(1));
}

// --- machines

std::string slot_of(World& world, const Machine& machine, std::int64_t slot) {
    return world.path(machine.name() + "-slot-" + std::to_string(slot));
}

void keep_folder(World& world, const Event& event) {
    Machine* machine = world.machine(event.argument(0));
    if (!machine) return;
    const Status done = machine->copy_to(slot_of(world, *machine, event.argument(1)));
    if (!done) world.fault("readable", to_string(done.error()));
}

// The folder is put back behind everybody's back, with the witness (HOW 0), or with the newer one left (1), or as a
// person restores a backup (2).
void put_back(World& world, const Event& event) {
    Machine* machine = world.machine(event.argument(0));
    if (!machine || !world.has_file(slot_of(world, *machine, event.argument(1)))) return;
    const std::int64_t how = event.argument(2) % 3;
    count(world, how == 2 ? Counts::kRestores : Counts::kPutBacks);
    world.drop_line(*machine);
    machine->heal();
    machine->stop();
    if (const Status done = machine->take_from(slot_of(world, *machine, event.argument(1)), how == 0); !done)
        return world.fault("readable", to_string(done.error()));
    const auto begin_restored = [&]() -> Status {
        TALLY_TRY(replica::Replica replica,
                  replica::Replica::open(machine->folder(), machine->data_key(), store::Sync::kFull));
        return replica.begin_restored(world.now_ms(), std::nullopt, "restored from a backup");
    };
    if (how == 2)
        if (const Status begun = begin_restored(); !begun) return world.fault("readable", to_string(begun.error()));
    world.ledger().forget_machine(*machine);
    world.start_machine(*machine);
    if (machine->is_running()) world.ledger().excuse_what_is_lost();
}

void copy(World& world, const Event& event) {
    Machine* machine = world.machine(event.argument(0));
    if (!machine || machine->is_copy) return;
    count(world, Counts::kCopies);
    world.add_copy(*machine);
}

}  // namespace

std::span<const Verb> fault_verbs() {
    static const Verb all[] = {
        {"cut", "TILL MINUTES LATE CHUNKS",
         "Its line is cut; LATE 1: what was under way arrives much later. CHUNKS: "
         "when so many more have been sent; 0: at once.",
         cut},
        {"cut-hq", "MINUTES", "All lines are cut.", cut_hq},
        {"mute", "TILL WAY", "Its line swallows bytes: 0 up, 1 down, 2 both.", mute},
        {"latency", "TILL MS", "Bytes need so long, one way.", latency},
        {"coalesce", "MS", "Headquarters tells of changes so late.", coalesce},
        {"crash", "TILL CALLS HALF KEEP MINUTES",
         "It dies in the n-th call on its disk from now; HALF 1: half of a "
         "write is done. KEEP: of unsynced bytes, in percent; 101: torn "
         "sectors too; 102: the process alone dies.",
         crash},
        {"crash-hq", "CALLS HALF KEEP MINUTES", "The same of headquarters.", crash_hq},
        {"power", "TILL KEEP MINUTES", "The power fails between two acts; KEEP as above.", power},
        {"power-hq", "KEEP MINUTES", "The same of headquarters.", power_hq},
        {"ail", "TILL CALLS HOW MINUTES",
         "The n-th call fails: 0 once, 1 and all that follow, 2 the disk is full, 3 "
         "in the middle of a write.",
         ail},
        {"ail-hq", "CALLS HOW MINUTES", "The same of headquarters.", ail_hq},
        {"jump", "TILL MINUTES", "Its clock is set on, or back.", jump},
        {"drift", "TILL PPM", "Its clock goes wrong.", drift},
        {"keep", "TILL SLOT", "Its folder is copied away.", keep_folder},
        {"put-back", "TILL SLOT HOW",
         "That copy replaces its folder: 0 all of it, 1 the witness stays, 2 as a "
         "person restores a backup.",
         put_back},
        {"copy", "TILL", "A second machine starts with its files.", copy},
    };
    return all;
}

}  // namespace tally::sim
