// The whole simulated chain: virtual time and what is to happen in it, headquarters, machines, lines. It restarts what
// died, dials for whoever has no line, and tells the checker. The acts and faults themselves are verbs.h. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>

#include "tests/sim/event.h"
#include "tests/sim/headquarters.h"
#include "tests/sim/ledger.h"
#include "tests/sim/line.h"

namespace tally::sim {

inline constexpr std::int64_t kMinute_ms = 60'000;
inline constexpr std::int64_t kHour_ms = 60 * kMinute_ms;
inline constexpr std::int64_t kDay_ms = 24 * kHour_ms;
inline constexpr std::int64_t kStart_ms = 1'768'438'800'000;  // 2026-01-15 09:00 in Shanghai

// Virtual hours pass without work: ends say something every hour, and give one another up after three.
inline constexpr std::int64_t kHeartbeat_ms = kHour_ms;
inline constexpr std::int64_t kSilence_ms = 3 * kHour_ms;

// What was played, for the summary. Sums over seeds.
struct Counts {
    enum Which {
        kOperations,
        kActs,
        kRefusedActs,
        kCuts,
        kHalfOpen,
        kLateArrivals,
        kDeaths,
        kPowerCuts,
        kKills,
        kFullDisks,
        kIoErrors,
        kClockChanges,
        kRestores,
        kPutBacks,
        kCopies,
        kRevocations,
        kReleases,
        kHqDeaths,
        kHqRestores,
        kConnections,
        kPages,
        kCommits,
        kBranches,
        kWants,
        kRecalls,
        kEpochs,
        kFullChecks,
        kNumber
    };
    std::int64_t of[kNumber] = {};
};
const char* count_name(std::size_t which);

class World {
  public:
    World(const Plan& plan, std::string folder);
    ~World();

    Status set_up();
    // Plays the plan, then lets the chain come to rest. Stops at the first check that fails (failure()).
    Status play();

    // --- a check failed; the first one counts
    void fault(const std::string& check, const std::string& detail);
    bool has_failed() const { return !failed_check_.empty(); }
    const std::string& failed_check() const { return failed_check_; }
    const std::string& failed_detail() const { return failed_detail_; }

    // --- time
    std::int64_t now_ms() const { return now_ms_; }
    void at(std::int64_t ms, std::function<void()> what);
    void run_until(std::int64_t ms);

    // --- who is there
    Headquarters& hq() { return *hq_; }
    std::vector<std::unique_ptr<Machine>>& machines() { return machines_; }
    Machine* machine(std::int64_t number);  // null: none of that number; with its clock at now
    Line* line_of(const Machine& machine);  // null: none that the terminal knows of
    const std::vector<std::shared_ptr<Line>>& lines() const { return lines_; }
    Ledger& ledger() { return ledger_; }
    Random& random() { return random_; }
    const Plan& plan() const { return plan_; }
    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    Machine* add_copy(Machine& of);  // a second machine with its files, started

    // --- what the parts tell
    void after_use(Machine& machine);  // something was done on it: it may have died
    void after_hq_use();               // the same of headquarters
    void start_machine(Machine& machine);
    void start_hq();
    void hq_went_down();
    void hq_was_restored() { hq_was_restored_ = true; }  // before it starts again
    void drop_line(Machine& machine);                    // its process is gone
    void dial_at(Machine& machine, std::int64_t ms);     // or sooner, where that was to be
    void close_older_lines(Line& newest);
    void group_soon();
    void feed_moved();
    void tell_holders();                        // of whom other terminals want points
    void settle_leases_soon(Machine& machine);  // what it should not keep goes back
    bool settle_leases(Machine& machine);       // true: something was written
    void let_in(Machine& machine);              // a person releases it, or enrols it again
    static bool has_file(const std::string& path);
    void trouble(const std::string& what);  // an error that a fault explains: for --verbose

    Counts counts;
    std::map<std::uint64_t, struct Done> by_event;  // what acts left behind, by the event's number
    bool verbose = false;
    std::int64_t hq_cut_off_until_ms = 0;
    std::int64_t coalesce_ms = 5;

  private:
    struct Task {
        std::int64_t at_ms;
        std::uint64_t order;
        std::function<void()> what;
        bool operator>(const Task& other) const {
            return at_ms != other.at_ms ? at_ms > other.at_ms : order > other.order;
        }
    };
    Status enrol(int number);
    void dial(Machine& machine);
    void come_to_rest();
    void stop_faults();
    Status enrol_again(Machine& machine);
    void settle_copies();
    bool is_at_rest();
    void nightly(std::int64_t day);

    const Plan& plan_;
    std::string folder_;
    SeededRandom random_;
    std::int64_t now_ms_ = kStart_ms;
    std::priority_queue<Task, std::vector<Task>, std::greater<>> tasks_;
    std::uint64_t order_ = 0;
    std::unique_ptr<Headquarters> hq_;
    std::vector<std::unique_ptr<Machine>> machines_;
    std::vector<std::shared_ptr<Line>> lines_;
    std::map<const Machine*, std::int64_t> dialling_;  // when
    std::set<const Machine*> starting_;
    bool hq_was_restored_ = false;
    bool group_is_coming_ = false, feed_is_coming_ = false;
    Ledger ledger_;
    std::string failed_check_, failed_detail_;
};

// What an act left behind, for later acts that name it.
struct Done {
    std::string bill_no;
    std::int64_t person = 0;
    std::int64_t amount_minor = 0;
    domain::OpId op;
    domain::MemberId member;
};

}  // namespace tally::sim
