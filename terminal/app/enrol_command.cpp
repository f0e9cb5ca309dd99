#include "terminal/app/enrol_command.h"

#include <unistd.h>

#include <array>
#include <filesystem>

#include "common/base/log.h"
#include "sync/agent/enrol.h"

namespace tally::terminal {

namespace {

constexpr std::size_t kPassphraseBytesMax = 1024;

}  // namespace

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

Result<crypto::Secret> read_passphrase(int fd) {
    crypto::Secret buffer(kPassphraseBytesMax + 2);
    std::size_t used = 0;
    while (used < buffer.size()) {
        const ssize_t got = ::read(fd, buffer.writable().data() + used, buffer.size() - used);
        if (got < 0) return fail(Code::kIo, "the passphrase cannot be read");
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    if (used > 0 && buffer.view()[used - 1] == '\n') --used;
    if (used == 0 || used > kPassphraseBytesMax) return fail(Code::kInvalid, "a passphrase has 1 to 1024 bytes");
    return crypto::Secret::copy_of(buffer.view().first(used));
}

}  // namespace tally::terminal
