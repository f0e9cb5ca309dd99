#include "terminal/app/enrol_command.h"

#include "common/base/log.h"
#include "common/store/private_file.h"
#include "sync/agent/enrol.h"

namespace tally::terminal {

Status enrol_terminal(const std::string& dir, const store::Unlock& unlock, const std::string& ticket_file) {
    TALLY_TRY(const wire::Ticket ticket, agent::read_ticket(ticket_file));
    TALLY_OK(store::make_private_folder(dir));
    TALLY_TRY(replica::Replica replica, agent::open_or_create(dir, unlock));
    TALLY_TRY(const std::optional<replica::Enrolment> before, replica.enrolment());
    // Killed between the answer's saving and the slot: made up for, then told that it is enrolled.
    if (before) TALLY_OK(agent::ensure_recovery_slot(dir, unlock, *before));
    TALLY_TRY(const replica::Enrolment enrolment, agent::enrol(replica, ticket));
    TALLY_OK(agent::ensure_recovery_slot(dir, unlock, enrolment));
    spdlog::info("enrolled{} as terminal {} of store {}", before ? " anew" : "", enrolment.terminal, enrolment.store);
    if (before) {
        TALLY_TRY(const std::uint64_t unsent, replica.unacknowledged_count());
        spdlog::info("{} operations that never reached headquarters go up when it next connects", unsent);
    }
    return {};
}

}  // namespace tally::terminal
