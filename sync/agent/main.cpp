// tally-sync: the agent alone, for a till whose screen is another vendor's, and the way a terminal is enrolled without
// a screen. Keys come from where unlock_source.h looks, never from an argument. Exit codes: 0 done, 1 failed, 2
// wrong use.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/base/log.h"
#include "common/store/private_file.h"
#include "common/store/unlock_source.h"
#include "sync/agent/enrol.h"
#include "sync/agent/lock.h"
#include "sync/agent/settings.h"

using namespace tally;

namespace {

struct Arguments {
    std::string dir;
    std::string key_file;
    int passphrase_fd = -1;
    std::string ticket;
    std::string log;
    std::string clock_file;
};

constexpr std::size_t kIncidentsShown = 5;

Result<store::Unlock> unlock_from(const Arguments& arguments, const agent::Settings& settings) {
    const store::UnlockChoice choice{arguments.key_file, arguments.passphrase_fd, settings.key_file.value_or(""), true};
    TALLY_TRY(store::FoundUnlock found, store::find_unlock(replica::Replica::database_path(arguments.dir), choice));
    return std::move(found.unlock);
}

std::string time_text(std::int64_t wall_ms) {
    if (wall_ms == 0) return "never";
    const std::time_t seconds = static_cast<std::time_t>(wall_ms / 1000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

// --- the commands ---

Status run(const Arguments& arguments, const agent::Settings& settings) {
    // Blocked before any thread exists, so that all of them leave the signals to the wait below.
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    signal(SIGPIPE, SIG_IGN);

    TALLY_TRY(const store::Unlock unlock, unlock_from(arguments, settings));
    TALLY_TRY(const crypto::Secret key, agent::unlock_terminal(arguments.dir, unlock));
    std::unique_ptr<Clock> clock = std::make_unique<SystemClock>();
    if (!arguments.clock_file.empty()) {
        TALLY_TRY(clock, FileClock::open(arguments.clock_file));
    }
    agent::AgentOptions options;
    options.dir = arguments.dir;
    options.open = [&] { return agent::open_agent_store(arguments.dir, key); };
    options.clock = clock.get();
    options.software = "tally-sync";
    options.hq_host = settings.hq_host;
    options.hq_port = settings.hq_port;
    options.backoff = settings.backoff;
    options.connect_ms = settings.connect_ms;
    options.poll_ms = settings.poll_ms;
    int signal_number = 0;
    const auto wait = [&] {
        const timespec a_second{1, 0};
        signal_number = std::max(0, sigtimedwait(&ends, nullptr, &a_second));
        return signal_number == 0;
    };
    auto started = agent::Agent::start_when_free(options, wait);
    if (!started && signal_number != 0) {
        spdlog::info("ending by signal {}, having waited for the replica only", signal_number);
        return {};
    }
    TALLY_TRY(const std::unique_ptr<agent::Agent> agent, std::move(started));
    sigwait(&ends, &signal_number);
    spdlog::info("ending by signal {}", signal_number);
    agent->stop();
    const agent::AgentStatus status = agent->status();
    if (status.refusal && status.refusal->code == wire::Refusal::kRevoked)
        spdlog::warn("headquarters revoked this terminal; {} operations never reached it", status.waiting);
    else
        spdlog::info("{} operations wait, {} not covered yet", status.waiting, status.pending);
    return {};
}

Status enrol(const Arguments& arguments, const agent::Settings& settings) {
    TALLY_TRY(const wire::Ticket ticket, agent::read_ticket(arguments.ticket));
    TALLY_TRY(const store::Unlock unlock, unlock_from(arguments, settings));
    TALLY_OK(store::make_private_folder(arguments.dir));
    TALLY_TRY(replica::Replica replica, agent::open_or_create(arguments.dir, unlock));
    TALLY_TRY(const std::optional<replica::Enrolment> before, replica.enrolment());
    // Killed between the answer's saving and the slot: made up for, then told that it is enrolled.
    if (before) TALLY_OK(agent::ensure_recovery_slot(arguments.dir, unlock, *before));
    agent::EnrolOptions options;
    options.software = "tally-sync";
    options.connect_ms = settings.connect_ms;
    TALLY_TRY(const replica::Enrolment enrolment, agent::enrol(replica, ticket, options));
    TALLY_OK(agent::ensure_recovery_slot(arguments.dir, unlock, enrolment));
    std::printf("enrolled%s as terminal %u of store %s (%s), headquarters %s:%u\n", before ? " anew" : "",
                enrolment.terminal, enrolment.store.c_str(), enrolment.store_name.c_str(), enrolment.hq_host.c_str(),
                unsigned{enrolment.hq_port});
    if (before) {
        TALLY_TRY(const std::uint64_t unsent, replica.unacknowledged_count());
        std::printf("%llu operations that never reached headquarters go up when the terminal next connects\n",
                    static_cast<unsigned long long>(unsent));
    }
    return {};
}

Status show_status(const Arguments& arguments, const agent::Settings& settings) {
    const std::string path = replica::Replica::database_path(arguments.dir);
    TALLY_TRY(const store::Unlock unlock, unlock_from(arguments, settings));
    TALLY_TRY(const crypto::Secret key, agent::unlock_terminal(arguments.dir, unlock));
    TALLY_TRY(replica::Replica replica, replica::Replica::open(arguments.dir, key, store::Sync::kFull));
    TALLY_TRY(const std::optional<replica::Enrolment> enrolment, replica.enrolment());
    TALLY_TRY(const crypto::Device device, replica.device());
    TALLY_TRY(const replica::ChainHead head, replica.head());
    TALLY_TRY(const replica::FeedCursor cursor, replica.cursor());
    TALLY_TRY(const std::uint64_t waiting, replica.unacknowledged_count());
    TALLY_TRY(const std::uint64_t pending, replica.pending_count());
    TALLY_TRY(const std::uint64_t members, replica.member_count());
    TALLY_TRY(const std::optional<replica::Revocation> revoked, replica.revocation());
    TALLY_TRY(const long holder, agent::AgentLock::holder(path));
    std::printf("device     %s\n", device.public_key().hex().c_str());
    if (enrolment)
        std::printf("terminal   %u of store %s, headquarters %s:%u\n", enrolment->terminal, enrolment->store.c_str(),
                    enrolment->hq_host.c_str(), unsigned{enrolment->hq_port});
    else
        std::printf("terminal   not enrolled\n");
    if (revoked)
        std::printf(
            "revoked    heard %s: %s. It records nothing more; %llu operations never reached headquarters. To "
            "take it back: a new ticket of its store, and enrol in this folder\n",
            time_text(revoked->at_ms).c_str(), revoked->reason.c_str(), static_cast<unsigned long long>(waiting));
    const std::string process = holder == agent::FileLock::kUnknownProcess ? "running"
                                : holder == 0                              ? "not running"
                                                                           : "process " + std::to_string(holder);
    std::printf("agent      %s\n", process.c_str());
    std::printf("log        %llu operations in this epoch\n", static_cast<unsigned long long>(head.next_seq - 1));
    std::printf("waiting    %llu not at headquarters yet\n", static_cast<unsigned long long>(waiting));
    std::printf("pending    %llu not covered by headquarters' state yet\n", static_cast<unsigned long long>(pending));
    std::printf("confirmed  %s, position %llu\n", time_text(cursor.confirmed_ms).c_str(),
                static_cast<unsigned long long>(cursor.position));
    std::printf("members    %llu\n", static_cast<unsigned long long>(members));
    TALLY_TRY(const std::vector<replica::Incident> incidents, replica.incidents(kIncidentsShown));
    for (const replica::Incident& incident : incidents)
        std::printf("incident   %s, %s; %llu operations missing, %llu given back by headquarters\n",
                    time_text(incident.report.at_ms).c_str(), incident.detail.c_str(),
                    static_cast<unsigned long long>(incident.missing),
                    static_cast<unsigned long long>(incident.returned));
    return {};
}

int report(const Status& status) {
    if (status) return 0;
    std::fprintf(stderr, "tally-sync: %s\n", to_string(status.error()).c_str());
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    crypto::start();
    crypto::forbid_core_dumps();
    Arguments arguments;
    CLI::App app("Keeps a terminal's replica and headquarters agreeing.", "tally-sync");
    app.require_subcommand(1);
    const auto common = [&](CLI::App* command) {
        command->add_option("--dir", arguments.dir, "The replica's folder")->required();
        auto* file = command->add_option("--keyfile", arguments.key_file, "Key file that unlocks the replica");
        command->add_option("--passphrase-fd", arguments.passphrase_fd, "Descriptor to read the passphrase from")
            ->excludes(file);
        command->add_option("--log", arguments.log, "debug, info, warn or error")
            ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
        return command;
    };
    CLI::App* run_command =
        common(app.add_subcommand("run", "Sync until SIGTERM; waits while another process serves the replica"));
    run_command->add_option("--clock-file", arguments.clock_file,
                            "A file that another program keeps the time in (for replays)");
    CLI::App* enrol_command = common(app.add_subcommand("enrol", "Enrol this terminal with a ticket of headquarters"));
    enrol_command->add_option("--ticket", arguments.ticket, "File that holds the ticket, or - for standard input")
        ->required();
    CLI::App* status_command = common(app.add_subcommand("status", "Say how this replica stands"));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    const Result<agent::Settings> settings = agent::read_settings(arguments.dir);
    if (!settings) return report(settings.error());
    start_log("tally-sync", arguments.log.empty() ? settings->log : arguments.log);
    if (run_command->parsed()) return report(run(arguments, *settings));
    if (enrol_command->parsed()) return report(enrol(arguments, *settings));
    if (status_command->parsed()) return report(show_status(arguments, *settings));
    return 2;
}
