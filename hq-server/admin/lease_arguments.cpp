#include "hq-server/admin/lease_arguments.h"

#include <CLI/CLI.hpp>

namespace tally::admin {

void add_lease(CLI::App& app, const AddCommand& add_command, const Place& place, LeaseArguments& in, Action& action) {
    constexpr const char* kWhose = "id, phone, card, e-mail or external reference";
    auto* lease = app.add_subcommand("lease", "points that terminals hold: list them, write a silent holder's off");
    lease->require_subcommand(1);

    auto* list = add_command(*lease, "list", "list who holds points of whom");
    list->add_option("--member", in.list.member, kWhose);
    list->add_option("--terminal", in.list.terminal, "held by this one alone");
    list->add_flag("--in-doubt", in.list.in_doubt, "only those of an epoch that the terminal has left");
    list->callback(
        [&] { action = [&](const Clock& clock) { return list_leases_command(place, in.list, clock.wall_ms()); }; });

    auto* show = add_command(*lease, "show", "say what of a member's points is free, and who holds the rest");
    show->add_option("member", in.list.member, kWhose)->required();
    show->callback([&] {
        action = [&](const Clock& clock) { return show_leases_command(place, in.list.member, clock.wall_ms()); };
    });

    auto* write_off = add_command(*lease, "write-off", "free what a silent terminal holds, at the chain's risk");
    write_off->add_option("--terminal", in.write_off.terminal, "its number")->required();
    write_off->add_option("--member", in.write_off.member, kWhose)->required();
    write_off->add_option("--epoch", in.write_off.epoch, "of this one alone: its first digits, as list has them");
    write_off->add_option("--by", in.write_off.by, "staff number of who decides it")->required();
    write_off->add_option("--reason", in.write_off.reason, "kept sealed on record")->required();
    write_off->add_flag("--yes", in.write_off.yes, "do it; without, it is only said what would be risked");
    write_off->callback(
        [&] { action = [&](const Clock& clock) { return write_off_command(place, in.write_off, clock.wall_ms()); }; });

    auto* loss = add_command(*lease, "loss", "what the chain lost to write-offs, and by which operations");
    loss->callback([&] { action = [&](const Clock&) { return loss_command(place); }; });
}

}  // namespace tally::admin
