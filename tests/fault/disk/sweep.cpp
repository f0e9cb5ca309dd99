#include "tests/fault/disk/sweep.h"

#include <cstdio>
#include <cstdlib>
#include <numeric>

#include "tests/support/seed.h"

namespace tally::fault {
namespace {

constexpr const char* kCallNames[kCalls] = {"open", "create", "read", "write", "sync", "truncate", "remove", "rename"};
constexpr const char* kCrashNames[kCrashes] = {"error",      "errors on", "full",      "short write", "death",
                                               "half write", "cut: none", "cut: some", "cut: torn",   "cut: all"};
constexpr Fault kFaultOf[kCrashes] = {Fault::kError, Fault::kErrorOn,   Fault::kFull,  Fault::kShortWrite,
                                      Fault::kDeath, Fault::kHalfWrite, Fault::kDeath, Fault::kDeath,
                                      Fault::kDeath, Fault::kDeath};

bool goes_on(Crash crash) { return crash <= Crash::kShortWrite; }

// A crash before a read leaves what one before the next change leaves; so it is a failure of the read that counts.
bool differs(Crash crash, Call call) {
    if (!changes_disk(call)) return crash == Crash::kError;
    if (crash == Crash::kShortWrite || crash == Crash::kHalfWrite) return call == Call::kWrite;
    if (crash == Crash::kFull) return call == Call::kWrite || call == Call::kCreate || call == Call::kRename;
    return true;
}

// The long form: every read, and more than one seed for what is left to chance.
bool in_all() {
    const char* given = std::getenv("TALLY_SWEEP");
    return given != nullptr && std::string_view(given) == "all";
}

// Those that differ at this call; in the short form an error and one of the others, in turns, and a read now and then.
std::vector<Crash> crashes_at(std::size_t number, Call call) {
    static constexpr std::pair<Crash, Crash> kGroups[] = {{Crash::kError, Crash::kError},
                                                          {Crash::kErrorOn, Crash::kShortWrite},
                                                          {Crash::kDeath, Crash::kHalfWrite},
                                                          {Crash::kCutNone, Crash::kCutAll}};
    std::vector<Crash> out;
    if (call == Call::kRead && number % 5 != 0 && !in_all()) return out;
    for (std::size_t which = 0; which < std::size(kGroups); ++which) {
        if (!in_all() && which > 0 && which - 1 != number % 3) continue;
        const auto& [first, last] = kGroups[which];
        std::vector<Crash> group;
        for (auto i = static_cast<int>(first); i <= static_cast<int>(last); ++i)
            if (differs(static_cast<Crash>(i), call)) group.push_back(static_cast<Crash>(i));
        if (!in_all() && group.size() > 1) group = {group[number / 3 % group.size()]};
        out.insert(out.end(), group.begin(), group.end());
    }
    return out;
}

class Run {
  public:
    Run(const Sweep& sweep, std::int64_t call, Crash crash, std::uint64_t seed)
        : sweep_(sweep), call_(call), crash_(crash), random_(seed) {}

    // False: the act has fewer calls. `calls` gets those of a run without a failure.
    bool play() {
        const support::TempDir folder{support::fast_folder()};
        const std::string dir = folder / "till";
        std::filesystem::create_directories(dir);
        sweep_.lay_out(dir);
        disk_.begin(dir);
        disk_.arm(call_, kFaultOf[static_cast<std::size_t>(crash_)]);
        Books books;
        std::unique_ptr<Act> act = sweep_.begin(dir, books);
        const bool struck = goes_on(crash_) ? fail_and_go_on(*act) : fail_and_end(*act);
        act.reset();
        calls_ = disk_.calls();
        if (goes_on(crash_)) disk_.power_cut(random_, 0, false);
        if (crash_ == Crash::kCutNone) disk_.power_cut(random_, 0, false);
        if (crash_ == Crash::kCutSome) disk_.power_cut(random_, 50, false);
        if (crash_ == Crash::kCutTorn) disk_.power_cut(random_, 70, true);
        if (crash_ == Crash::kCutAll) disk_.power_cut(random_, 100, false);
        disk_.end();
        books.torn = crash_ == Crash::kCutTorn;
        sweep_.check(dir, books);
        return struck;
    }
    const std::vector<Call>& calls() const { return calls_; }

  private:
    bool fail_and_go_on(Act& act) {
        Status done = act.work();
        if (done && !disk_.struck()) {
            act.close();
            return disk_.struck();
        }
        CHECK(disk_.struck());
        disk_.lift();
        if (!done) {
            const std::string first = to_string(done.error());
            CAPTURE(first);
            done = act.work();
            CHECK_MESSAGE(done.has_value(), to_string(done.error()));
        }
        disk_.die();  // what was answered does not wait for an orderly end
        act.close();
        return true;
    }
    bool fail_and_end(Act& act) {
        if (const Status done = act.work(); !done) CHECK_MESSAGE(disk_.struck(), to_string(done.error()));
        act.close();
        return disk_.struck();
    }

    const Sweep& sweep_;
    std::int64_t call_;
    Crash crash_;
    SeededRandom random_;
    FaultDisk& disk_ = FaultDisk::get();
    std::vector<Call> calls_;
};

void print(const Sweep& sweep, const SweepCounts& counts) {
    std::string line = "sweep " + sweep.name + ": " +
                       std::to_string(std::accumulate(counts.calls.begin(), counts.calls.end(), 0)) + " calls (";
    for (std::size_t i = 0; i < kCalls; ++i)
        line += (i > 0 ? ", " : "") + std::to_string(counts.calls[i]) + " " + kCallNames[i];
    line += "), " + std::to_string(counts.crashes_in_all()) + " crash points (";
    for (std::size_t i = 0; i < kCrashes; ++i)
        line += (i > 0 ? ", " : "") + std::to_string(counts.crashes[i]) + " " + kCrashNames[i];
    std::puts((line + ")").c_str());
    std::fflush(stdout);
}

}  // namespace

static constexpr int kFailedMax = 12;  // runs that end in the middle; then the sweep ends too

// A run that a failed check ends does not end the sweep: where else it fails tells more than the first place.
static bool play_on(Run& run, int& failed) {
    try {
        return run.play();
    } catch (...) {  // the checks' own exception; the failure is on record
        FaultDisk::get().end();
        if (++failed == kFailedMax) throw;
        return true;
    }
}

int SweepCounts::crashes_in_all() const { return std::accumulate(crashes.begin(), crashes.end(), 0); }

SweepCounts run_sweep(const Sweep& sweep) {
    const std::uint64_t seed = support::seed();
    SweepCounts counts;
    Run whole(sweep, -1, Crash::kDeath, seed);
    REQUIRE_FALSE(whole.play());
    const std::vector<Call> calls = whole.calls();
    for (const Call call : calls) counts.calls[static_cast<std::size_t>(call)] += 1;
    int failed = 0;
    for (std::size_t number = 0; number < calls.size(); ++number) {
        for (const Crash crash : crashes_at(number, calls[number])) {
            const auto i = static_cast<std::size_t>(crash);
            const bool by_chance = crash == Crash::kCutSome || crash == Crash::kCutTorn;
            for (int again = 0; again < (by_chance && in_all() ? 3 : 1); ++again) {
                const std::string crashed = kCrashNames[i];
                const std::string at =
                    std::to_string(number) + " (" + kCallNames[static_cast<std::size_t>(calls[number])] + ")";
                CAPTURE(crashed);
                CAPTURE(at);
                CAPTURE(again);
                Run run(sweep, static_cast<std::int64_t>(number), crash,
                        seed + number * 100 + static_cast<std::size_t>(again));
                const bool struck = play_on(run, failed);
                CHECK(struck);
                counts.crashes[i] += struck;
            }
        }
    }
    print(sweep, counts);
    return counts;
}

}  // namespace tally::fault
