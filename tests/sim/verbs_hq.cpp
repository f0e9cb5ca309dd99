// What people at headquarters do, on a connection of their own beside the server's.
#include "tests/sim/checks.h"
#include "tests/sim/programme.h"
#include "tests/sim/verbs.h"
#include "tests/sim/world.h"

namespace tally::sim {

namespace {

void told(World& world, const Status& done) {
    if (!done) world.trouble("headquarters: " + to_string(done.error()));
    world.after_hq_use();
    world.feed_moved();
}

void issue(World& world, const Event& event) {
    if (!world.hq().is_running()) return;
    const std::string phone = "+86138" + std::to_string(10'000'000 + event.argument(0));
    const auto members = world.hq().ledger().members_of_identity(domain::IdentityKind::kPhone, phone);
    if (!members) return told(world, members.error());
    if (members->empty()) return;
    const auto given = world.hq().desk().issue_by_hand({kTemplates[event.argument(1) % kTemplatesCount]},
                                                       std::span(&members->front(), 1), world.now_ms());
    told(world, given ? Status{} : Status(given.error()));
}

void publish(World& world, const Event& event) {
    if (!world.hq().is_running()) return;
    const auto programme = programme_of(static_cast<std::uint64_t>(event.argument(0)));
    const auto version = world.hq().desk().publish(*programme, world.now_ms());
    told(world, version ? Status{} : Status(version.error()));
}

void revoke(World& world, const Event& event) {
    const Machine* machine = world.machine(event.argument(0));
    if (!machine || !world.hq().is_running()) return;
    ++world.counts.of[Counts::kRevocations];
    told(world, world.hq().set_status(machine->terminal, intake::DeviceStatus::kRevoked, world.now_ms()));
    for (const auto& line : std::vector(world.lines()))  // as Hub::check_everybody, after another process wrote
        if (line->welcomed() == machine->terminal) line->refuse({wire::Refusal::kRevoked, "a person at headquarters"});
}

void let_in(World& world, const Event& event) {
    Machine* machine = world.machine(event.argument(0));
    if (!machine || !world.hq().is_running()) return;
    world.let_in(*machine);
    world.after_use(*machine);
    told(world, {});
}

void back_up(World& world, const Event& event) {
    if (!world.hq().is_running()) return;
    const std::string path = world.path("hq-backup-" + std::to_string(event.argument(0)));
    told(world, world.hq().back_up(path));
}

void restore(World& world, const Event& event) {
    const std::string path = world.path("hq-backup-" + std::to_string(event.argument(0)));
    if (!world.has_file(path)) return;
    ++world.counts.of[Counts::kHqRestores];
    world.hq_went_down();
    world.hq().stop();
    world.hq().heal();
    if (const Status done = world.hq().restore(path); !done) return world.fault("readable", to_string(done.error()));
    world.hq_was_restored();
    world.start_hq();
}

}  // namespace

std::span<const Verb> hq_verbs() {
    static const Verb all[] = {
        {"issue", "PERSON TEMPLATE", "A coupon is given by hand.", issue},
        {"publish", "KIND", "Another version of the programme.", publish},
        {"revoke", "TILL", "The terminal is revoked.", revoke},
        {"let-in", "TILL", "It is released from quarantine, or enrolled again.", let_in},
        {"hq-backup", "SLOT", "A backup of headquarters is made.", back_up},
        {"hq-restore", "SLOT", "Headquarters is lost and goes on from that backup.", restore},
    };
    return all;
}

}  // namespace tally::sim
