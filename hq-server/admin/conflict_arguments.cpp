#include "hq-server/admin/conflict_arguments.h"

#include "hq-server/admin/conflicts_command.h"

namespace tally::admin {

namespace {

struct Given {
    ConflictFilter filter;
    std::string since;
    std::uint64_t number = 0;
    DecideRequest decide;
    bool all = false;
};

void add_decision(CLI::App* command, Given& in, const char* what, const char* choices) {
    command->add_option("what", in.decide.what, what)->required();
    command->add_option("choice", in.decide.choice, choices)->required();
    command->add_option("--by", in.decide.by, "the number of whoever decides")->required();
    command->add_option("--reason", in.decide.reason, "why, in words; it stays at headquarters")->required();
}

}  // namespace

void add_conflict_commands(CLI::App& app, const AddCommand& add, const Place& place, Action& action) {
    const auto given = std::make_shared<Given>();
    Given& in = *given;
    auto* conflicts = app.add_subcommand("conflicts", "what a person should look at: list, show and decide it");
    conflicts->require_subcommand(1);
    auto* list = add(*conflicts, "list", "list conflicts");
    list->add_flag("--open", in.filter.open, "those that nobody has decided");
    list->add_option("--kind", in.filter.kind, "of one kind, e.g. held-for-review; a wrong one lists them");
    list->add_option("--member", in.filter.member, "id, phone, card, e-mail or external reference");
    list->add_option("--store", in.filter.store, "of operations of this store");
    list->add_option("--since", in.since, "received on this date or later, YYYY-MM-DD");
    list->callback([given, &place, &action] {
        action = [given, &place](const Clock&) -> Result<Said> {
            if (!given->since.empty()) {
                TALLY_TRY(given->filter.since, parse_day(given->since));
            }
            return list_conflicts_command(place, given->filter);
        };
    });
    auto* show = add(*conflicts, "show", "show one: both operations, what was done, what may be decided");
    show->add_option("number", in.number, "as listed")->required();
    show->callback([given, &place, &action] {
        action = [given, &place](const Clock&) { return show_conflict_command(place, given->number); };
    });
    auto* decide = add(*conflicts, "decide", "decide one, once");
    add_decision(decide, in, "number, as listed",
                 "release (its operation counts from now on), reject (it never does), seen (where nothing is held)");
    decide->callback([given, &place, &action] {
        action = [given, &place](const Clock& clock) {
            return decide_conflict_command(place, given->decide, clock.wall_ms());
        };
    });

    auto* quarantine =
        app.add_subcommand("quarantine", "what is held: operations, operations of branched logs, terminals");
    quarantine->require_subcommand(1);
    auto* held = add(*quarantine, "list", "list what is held");
    held->add_flag("--all", in.all, "operations that were decided, too");
    held->callback([given, &place, &action] {
        action = [given, &place](const Clock&) { return list_quarantine_command(place, given->all); };
    });
    auto* look = add(*quarantine, "show", "show one: of a branch both operations, side by side");
    look->add_option("what", in.decide.what, "name, as listed: 12, t3, b1f3a02c4d5e")->required();
    look->callback([given, &place, &action] {
        action = [given, &place](const Clock&) { return show_quarantine_command(place, given->decide.what); };
    });
    auto* rule = add(*quarantine, "decide", "decide one, once");
    add_decision(rule, in, "name, as listed: 12, t3, b1f3a02c4d5e",
                 "release or reject; of a terminal readmit or revoke");
    rule->callback([given, &place, &action] {
        action = [given, &place](const Clock& clock) {
            return decide_quarantine_command(place, given->decide, clock.wall_ms());
        };
    });
}

}  // namespace tally::admin
