#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

#include "common/base/counted.h"
#include "common/base/log.h"
#include "hq-server/admin/commands.h"
#include "hq-server/admin/server_lock.h"
#include "hq-server/net/server.h"

namespace tally::admin {

namespace {

constexpr std::size_t kOwnFiles = 128;  // descriptors that are no terminal's connection: the ledger, the log, the loop

// A connection is a descriptor, and a shell's usual soft limit (1024) is far below the fleet: the limit is raised as
// far as it goes, and no more connections are taken than it bears, so that the ledger can always be opened.
std::size_t links_bearable(std::size_t wanted) {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return wanted;
    const rlim_t before = files.rlim_cur;
    files.rlim_cur = files.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &files) != 0) files.rlim_cur = before;
    if (files.rlim_cur == RLIM_INFINITY) return wanted;
    const std::size_t limit = files.rlim_cur;
    const std::size_t bearable = limit > kOwnFiles ? limit - kOwnFiles : 1;
    if (bearable < wanted) spdlog::warn("{} files may be open: at most {} terminals at a time", limit, bearable);
    return std::min(wanted, bearable);
}

int wait_for_end(const sigset_t& signals) {
    int signal = 0;
    while (::sigwait(&signals, &signal) != 0) {
    }
    return signal;
}

}  // namespace

Status serve_command(const Place& place, const ServeRequest& request, const Clock& clock) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread starts: they all inherit it
    TALLY_TRY(Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const ServerLock lock, ServerLock::take(place.dir));
    home.store.reset();  // the storage thread opens its own connection
    hqnet::ServerOptions options;
    options.host = request.host;
    options.port = request.port;
    options.links_max = links_bearable(options.links_max);
    const auto open = [&]() -> Result<std::unique_ptr<intake::LedgerStore>> {
        TALLY_TRY(auto store, storage::SqliteLedgerStore::open(database_path(place.dir), home.data_key));
        return std::unique_ptr<intake::LedgerStore>(std::move(store));
    };
    const auto started = hqnet::Server::start(options, open, home.device, clock);
    if (!started && started.error().code == Code::kInvalid)
        return fail(Code::kInvalid,
                    "--listen " + request.host + ":" + std::to_string(request.port) + ": " + started.error().detail);
    if (!started) return started.error();
    const std::unique_ptr<hqnet::Server>& server = *started;
    std::printf("listening on %s:%u; Ctrl-C (or SIGTERM) ends it in order\n", request.host.c_str(),
                static_cast<unsigned>(server->port()));
    std::fflush(stdout);
    const int signal = wait_for_end(signals);
    spdlog::info("{}: what has come is committed and answered, then it ends", signal == SIGINT ? "Ctrl-C" : "SIGTERM");
    server->stop();
    server->wait();
    const hqnet::ServerFigures figures = server->figures();
    spdlog::info("ended: {}, {} in {}", counted(figures.sessions_opened, "session"),
                 counted(figures.ops_committed, "operation"), counted(figures.groups_committed, "commit"));
    return {};
}

}  // namespace tally::admin
