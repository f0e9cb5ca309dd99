#include "tests/sim/one_run.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "common/base/log.h"
#include "tests/sim/seeded_crypto.h"
#include "tests/support/temp_dir.h"

namespace tally::sim {

namespace {

constexpr unsigned kSecondsMax = 120;  // of real time; a week needs less than one

struct Report {
    char check[64];
    char detail[400];
    Counts counts;
};

void put_text(char* out, std::size_t size, const std::string& text) { std::strncpy(out, text.c_str(), size - 1); }

Report play_here(const Plan& plan, const std::string& folder, bool verbose) {
    spdlog::set_level(verbose ? spdlog::level::warn : spdlog::level::off);
    seed_crypto(plan.seed);
    Report report{};
    World world(plan, folder);
    world.verbose = verbose;
    Status played = world.set_up();
    if (played) played = world.play();
    if (!played) world.fault("playable", to_string(played.error()));
    put_text(report.check, sizeof report.check, world.failed_check());
    put_text(report.detail, sizeof report.detail, world.failed_detail());
    report.counts = world.counts;
    return report;
}

[[noreturn]] void be_child(const Plan& plan, const std::string& folder, bool verbose, int pipe) {
    ::alarm(kSecondsMax);
    const Report report = play_here(plan, folder, verbose);
    const auto* at = reinterpret_cast<const char*>(&report);
    for (std::size_t left = sizeof report; left > 0;) {
        const ssize_t done = ::write(pipe, at, left);
        if (done <= 0) break;
        at += done;
        left -= static_cast<std::size_t>(done);
    }
    ::_exit(0);
}

}  // namespace

Outcome play_apart(const Plan& plan, bool verbose) {
    const support::TempDir folder(support::fast_folder());
    int ends[2];
    TALLY_ASSERT(::pipe(ends) == 0, "a pipe to the player");
    const pid_t child = ::fork();
    TALLY_ASSERT(child >= 0, "a process for the player");
    if (child == 0) {
        ::close(ends[0]);
        be_child(plan, folder.path(), verbose, ends[1]);
    }
    ::close(ends[1]);
    Report report{};
    std::size_t had = 0;
    for (;;) {
        const ssize_t got = ::read(ends[0], reinterpret_cast<char*>(&report) + had, sizeof report - had);
        if (got <= 0) break;
        had += static_cast<std::size_t>(got);
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    Outcome out;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        out.check = "hang";
        out.detail = "it does not end within " + std::to_string(kSecondsMax) + " s";
    } else if (had != sizeof report) {
        out.check = "assertion";
        out.detail = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                         : "exit code " + std::to_string(WEXITSTATUS(status));
    } else {
        out.check = report.check;
        out.detail = report.detail;
        out.counts = report.counts;
    }
    return out;
}

}  // namespace tally::sim
