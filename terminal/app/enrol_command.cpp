#include "terminal/app/enrol_command.h"

#include <unistd.h>

#include <array>
#include <filesystem>

#include "common/base/log.h"
#include "sync/agent/enrol.h"

namespace tally::terminal {

namespace {

constexpr std::size_t kPassphraseBytesMax = 1024;

Result<replica::Replica> open_or_create(const std::string& dir, const store::Unlock& unlock) {
    const std::string database = replica::Replica::database_path(dir);
    std::error_code failed;
    if (std::filesystem::exists(database, failed)) {
        TALLY_TRY(const crypto::Secret key, store::unlock_keys(database, unlock));
        return replica::Replica::open(dir, key, store::Sync::kFull);
    }
    auto key = store::create_keys(database, unlock);
    // Slots without a database: an enrolment that was cut short.
    if (!key && key.error().code == Code::kExists) key = store::unlock_keys(database, unlock);
    if (!key) return key.error();
    return replica::Replica::create(dir, *key);
}

}  // namespace

Status enrol_terminal(const std::string& dir, const store::Unlock& unlock, const std::string& ticket_text) {
    TALLY_TRY(const wire::Ticket ticket, wire::decode_ticket(ticket_text));
    std::error_code failed;
    std::filesystem::create_directories(dir, failed);
    if (failed) return fail(Code::kIo, "cannot make " + dir + ": " + failed.message());
    if (const auto* file = std::get_if<store::KeyFile>(&unlock); file && !std::filesystem::exists(file->path, failed)) {
        TALLY_OK(store::make_key_file(file->path));
    }
    TALLY_TRY(replica::Replica replica, open_or_create(dir, unlock));
    TALLY_TRY(const replica::Enrolment enrolment, agent::enrol(replica, ticket));
    TALLY_OK(store::add_recovery_slot(replica::Replica::database_path(dir), unlock, enrolment.recovery_key));
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
