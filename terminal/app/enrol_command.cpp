#include "terminal/app/enrol_command.h"

#include <filesystem>

#include "common/base/log.h"
#include "sync/agent/enrol.h"

namespace tally::terminal {

Status enrol_terminal(const std::string& dir, const store::Unlock& unlock, const std::string& ticket_file) {
    TALLY_TRY(const wire::Ticket ticket, agent::read_ticket(ticket_file));
    std::error_code failed;
    std::filesystem::create_directories(dir, failed);
    if (failed) return fail(Code::kIo, "cannot make " + dir + ": " + failed.message());
    if (const auto* file = std::get_if<store::KeyFile>(&unlock); file && !std::filesystem::exists(file->path, failed)) {
        TALLY_OK(store::make_key_file(file->path));
    }
    TALLY_TRY(replica::Replica replica, agent::open_or_create(dir, unlock));
    TALLY_TRY(const std::optional<replica::Enrolment> before, replica.enrolment());
    // Killed between the answer's saving and the slot: made up for, then told that it is enrolled.
    if (before) TALLY_OK(agent::ensure_recovery_slot(dir, unlock, *before));
    TALLY_TRY(const replica::Enrolment enrolment, agent::enrol(replica, ticket));
    TALLY_OK(agent::ensure_recovery_slot(dir, unlock, enrolment));
    spdlog::info("enrolled as terminal {} of store {}", enrolment.terminal, enrolment.store);
    return {};
}

}  // namespace tally::terminal
