#include "tests/lab/replay.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "common/base/random.h"
#include "tests/lab/fleet.h"
#include "tests/lab/headquarters.h"
#include "tests/lab/outages.h"
#include "tests/lab/work_folder.h"

namespace tally::lab {

namespace {

using nlohmann::json;
using std::printf;

constexpr std::int64_t kReunionStall_ms = 120'000;  // without any movement the reunion has failed
constexpr std::size_t kDifferencesShown = 20;       // of each place

std::int64_t steady_now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

class Replay {
  public:
    explicit Replay(const ReplayOptions& options)
        : options_(options),
          killer_(options.outage_seed * 0x9E3779B97F4A7C15u + 1),
          fleet_([this](std::size_t i, const json& request, const json& answer) { on_answer(i, request, answer); }) {}

    // The number of differences.
    Result<std::size_t> run(const std::string& dir) {
        dir_ = dir;
        hq_ = std::make_unique<Headquarters>(dir + "/hq", dir + "/hq.clock");
        started_ms_ = steady_now_ms();
        TALLY_OK(read());
        TALLY_OK(open_chain());
        TALLY_OK(open_stores());
        TALLY_OK(wait_for_members());
        TALLY_OK(play());
        TALLY_OK(reunite());
        TALLY_TRY(const std::size_t differences, compare_all());
        TALLY_OK(close());
        return differences;
    }

  private:
    double seconds() const { return static_cast<double>(steady_now_ms() - started_ms_) / 1000.0; }
    void say(const std::string& text) const {
        printf("[%6.1f s] %s\n", seconds(), text.c_str());
        std::fflush(stdout);
    }

    Status read() {
        TALLY_TRY(const TimeZone zone, TimeZone::load(options_.time_zone));
        TALLY_TRY(history_, read_sales(options_.sales_csv, zone));
        if (history_.rows.empty()) return fail(Code::kInvalid, "no sale could be read from " + options_.sales_csv);
        if (!options_.stores_csv.empty()) {
            TALLY_TRY(const auto named, read_stores(options_.stores_csv));
            for (const auto& [store, name] : named) store_names_[store] = name;
        }
        if (!options_.expect_csv.empty()) {
            TALLY_TRY(outside_, read_outside(options_.expect_csv));
        }
        return {};
    }

    Status open_chain() {
        TALLY_TRY(clock_, ClockFile::create(dir_ + "/hq.clock", history_.rows.front().time_ms));
        TALLY_OK(hq_->init(options_.time_zone, "Replay"));
        TALLY_TRY(const std::string said, hq_->import_members(options_.members_csv));
        say("headquarters imported the members: " + said);
        TALLY_TRY(const Figures imported, hq_->report());
        std::set<std::string> known;
        for (const auto& [ref, totals] : imported.members) known.insert(ref);
        members_ = known.size();
        reject_unknown_members(history_, known);
        for (const RowFault& fault : history_.faults)
            printf("  rejected: sales line %lld: %s\n", static_cast<long long>(fault.line), fault.why.c_str());
        if (!history_.faults.empty() && options_.strict)
            return fail(Code::kInvalid, std::to_string(history_.faults.size()) + " rows cannot be played");
        if (history_.rows.empty()) return fail(Code::kInvalid, "no row is left to play");
        return hq_->serve();
    }

    Status open_stores() {
        std::set<std::pair<std::string, std::string>> places;
        std::set<std::string> stores;
        for (const SaleRow& row : history_.rows) {
            places.insert({row.store, row.terminal});
            stores.insert(row.store);
        }
        for (const auto& [store, terminal] : places) {
            TerminalPlace place{store, terminal, dir_ + "/till-" + std::to_string(fleet_.size() + 1), ""};
            std::error_code error;
            std::filesystem::create_directories(place.dir, error);
            place.ticket_file = place.dir + "/ticket";
            const auto name = store_names_.find(store);
            TALLY_OK(hq_->enrol(store, name == store_names_.end() ? store : name->second, place.ticket_file));
            TALLY_TRY(place_index_[std::make_pair(store, terminal)],
                      fleet_.start(place, history_.rows.front().time_ms));
        }
        plan_ = std::make_unique<OutagePlan>(options_.outage_seed, history_.rows.front().day, history_.rows.back().day,
                                             stores);
        if (!options_.cut_list.empty()) {
            TALLY_TRY(const auto list, read_cut_list(options_.cut_list));
            for (const TwoStoreDay& entry : list) {
                plan_->cut(entry.store_a, entry.day);
                plan_->cut(entry.store_b, entry.day);
            }
        }
        offline_.assign(fleet_.size(), false);
        say(std::to_string(fleet_.size()) + " terminals in " + std::to_string(stores.size()) + " stores; outages on " +
            std::to_string(plan_->store_days()) + " store-days (seed " + std::to_string(options_.outage_seed) + ")");
        return {};
    }

    Status wait_for_members() {
        std::int64_t moved_ms = steady_now_ms();
        for (std::uint64_t before = 0;;) {
            TALLY_TRY(const auto states, fleet_.ask_all({{"do", "status"}}));
            std::uint64_t sum = 0;
            bool ready = true;
            for (const json& state : states) {
                if (state.count("error")) return fail(Code::kBug, state.at("error").get<std::string>());
                sum += state.at("members").get<std::uint64_t>();
                ready = ready && state.at("members") == members_ && state.at("programme") != 0;
            }
            if (ready) break;
            if (sum != before) moved_ms = steady_now_ms();
            before = sum;
            if (steady_now_ms() - moved_ms > kReunionStall_ms)
                return fail(Code::kBusy, "members do not reach the replicas");
            TALLY_OK(pump_for(100));
        }
        say("every replica holds the " + std::to_string(members_) + " members");
        return {};
    }

    Status pump_for(std::int64_t duration_ms) {
        for (const std::int64_t end = steady_now_ms() + duration_ms; steady_now_ms() < end;) {
            TALLY_OK(fleet_.pump(std::max<std::int64_t>(1, end - steady_now_ms())));
            TALLY_OK(maybe_kill());
        }
        return {};
    }

    Status maybe_kill() {
        if (options_.kill_every_ms <= 0 || !killing_ || steady_now_ms() < next_kill_ms_) return {};
        next_kill_ms_ = steady_now_ms() + options_.kill_every_ms;
        if (killer_.below(4) != 0) return fleet_.kill(killer_.below(fleet_.size()));
        ++hq_kills_;
        hq_->kill();
        return hq_->serve();
    }

    Status play() {
        killing_ = true;
        next_kill_ms_ = steady_now_ms() + options_.kill_every_ms;
        std::int64_t told_ms = steady_now_ms();
        std::size_t sold = 0;
        for (auto row = history_.rows.begin(); row != history_.rows.end();) {
            const Day day = row->day;
            for (const auto& [place, index] : place_index_) set_line(index, !plan_->is_offline(place.first, day));
            for (; row != history_.rows.end() && row->day == day; ++row, ++sold) {
                fleet_.post(place_index_.at({row->store, row->terminal}), {{"do", "sale"},
                                                                           {"at", row->time_ms},
                                                                           {"ref", row->member_ref},
                                                                           {"bill", row->bill_no},
                                                                           {"amount", row->amount_minor},
                                                                           {"refund", row->is_refund},
                                                                           {"of", row->refund_of},
                                                                           {"line", row->line}});
                clock_->set(row->time_ms);
            }
            while (fleet_.unanswered() > 0) TALLY_OK(pump_for(1));
            if (steady_now_ms() - told_ms > 5000) {
                told_ms = steady_now_ms();
                say(format_day(day) + ": " + std::to_string(sold) + " of " + std::to_string(history_.rows.size()) +
                    " bills" + kills());
            }
        }
        say(std::to_string(sold) + " bills played" + kills());
        return {};
    }

    std::string kills() const {
        if (options_.kill_every_ms <= 0) return "";
        return "; killed so far: " + std::to_string(fleet_.kills()) + " terminals, headquarters " +
               std::to_string(hq_kills_) + " times";
    }

    void set_line(std::size_t index, bool up) {
        if (offline_[index] == !up) return;
        offline_[index] = !up;
        fleet_.post(index, {{"do", "line"}, {"up", up}});
    }

    Status reunite() {
        for (std::size_t i = 0; i < fleet_.size(); ++i) set_line(i, true);
        killing_ = false;
        std::int64_t moved_ms = steady_now_ms(), told_ms = moved_ms;
        for (json before;;) {
            TALLY_TRY(const auto states, fleet_.ask_all({{"do", "status"}}));
            std::uint64_t waiting = 0, pending = 0;
            bool together = true;
            for (const json& state : states) {
                if (state.count("error")) return fail(Code::kBug, state.at("error").get<std::string>());
                waiting += state.at("waiting").get<std::uint64_t>();
                pending += state.at("pending").get<std::uint64_t>();
                together = together && state.at("caught_up") == true && state.at("cursor") == states[0].at("cursor");
            }
            if (waiting == 0 && pending == 0 && together) {
                say("everybody is online and every replica stands at position " + states[0].at("cursor").dump());
                return {};
            }
            if (steady_now_ms() - told_ms > 2000) {
                told_ms = steady_now_ms();
                say("reunion: " + std::to_string(waiting) + " operations on their way up, " + std::to_string(pending) +
                    " not yet confirmed");
            }
            if (json(states) != before) moved_ms = steady_now_ms();
            before = states;
            if (steady_now_ms() - moved_ms > kReunionStall_ms)
                return fail(Code::kBusy, "the reunion stands still: " + before.dump());
            TALLY_OK(pump_for(50));
        }
    }

    std::size_t tell(const std::vector<std::string>& differences) const {
        for (std::size_t i = 0; i < differences.size() && i < kDifferencesShown; ++i)
            printf("  DIFFERS  %s\n", differences[i].c_str());
        if (differences.size() > kDifferencesShown)
            printf("  ... and %zu more there\n", differences.size() - kDifferencesShown);
        return differences.size();
    }

    Result<std::size_t> compare_all() {
        const Expected expected = recompute(history_.rows);
        TALLY_TRY(const Figures hq, hq_->report());
        std::size_t count = tell(failures_) + tell(compare(expected, hq, "headquarters"));
        if (!outside_.empty()) count += tell(compare_outside(outside_, hq, "headquarters"));
        for (std::size_t i = 0; i < fleet_.size(); ++i) {
            const std::string dir = fleet_.place(i).dir;
            fleet_.post(i, {{"do", "report"}, {"members", dir + "/members.csv"}, {"days", dir + "/days.csv"}});
            fleet_.post(i, {{"do", "verify"}});
        }
        while (fleet_.unanswered() > 0) TALLY_OK(fleet_.pump(50));
        count += tell(std::exchange(failures_, {}));
        for (std::size_t i = 0; i < fleet_.size(); ++i) {
            const std::string where = "replica of store " + fleet_.place(i).name();
            Figures replica;
            TALLY_OK(read_members(fleet_.place(i).dir + "/members.csv", replica));
            TALLY_OK(read_store_days(fleet_.place(i).dir + "/days.csv", replica));
            count += tell(compare(expected, replica, where));
            count += tell(compare_exact(replica, hq, where + " against headquarters"));
            if (!outside_.empty()) count += tell(compare_outside(outside_, replica, where));
            if (replica.members.size() != members_) {
                printf("  DIFFERS  %s: %zu members, expected %zu\n", where.c_str(), replica.members.size(), members_);
                ++count;
            }
        }
        TALLY_TRY(const std::string verified, hq_->verify());
        say("tally-hq verify: " + verified);
        summarise(hq, count);
        return count;
    }

    void summarise(const Figures& hq, std::size_t count) const {
        const Totals chain = hq.chain();
        std::size_t bought = 0;
        for (const auto& [ref, totals] : hq.members) bought += totals.bills > 0;
        printf("\n%-12s %10s %14s %12s %12s\n", "store", "bills", "amount_minor", "earned", "reversed");
        for (const auto& [store, totals] : hq.stores())
            printf("%-12s %10lld %14lld %12lld %12lld\n", store.c_str(), static_cast<long long>(totals.bills),
                   static_cast<long long>(totals.amount_minor), static_cast<long long>(totals.points_earned),
                   static_cast<long long>(totals.points_reversed));
        printf("%-12s %10lld %14lld %12lld %12lld\n", "ALL", static_cast<long long>(chain.bills),
               static_cast<long long>(chain.amount_minor), static_cast<long long>(chain.points_earned),
               static_cast<long long>(chain.points_reversed));
        printf("%zu members, %zu of them bought; %zu rows rejected%s\n", members_, bought, history_.faults.size(),
               kills().c_str());
        printf(
            "%s in %.1f s: per member, per store and day, per store and chain, at headquarters and in %zu replicas%s\n",
            count == 0 ? "ALL AGREE" : (std::to_string(count) + " DIFFERENCES").c_str(), seconds(), fleet_.size(),
            outside_.empty() ? "" : ", and with the table from outside");
    }

    Status close() {
        TALLY_OK(fleet_.stop());
        return hq_->stop();
    }

    void on_answer(std::size_t index, const json& request, const json& answer) {
        if (!answer.count("error")) return;
        std::string what = request.at("do").get<std::string>();
        if (request.count("line")) what = "sales line " + request.at("line").dump();
        failures_.push_back("terminal of store " + fleet_.place(index).name() + ", " + what + ": " +
                            answer.at("error").get<std::string>());
    }

    const ReplayOptions& options_;
    SeededRandom killer_;
    Fleet fleet_;
    std::string dir_;
    std::int64_t started_ms_ = 0;
    std::unique_ptr<Headquarters> hq_;
    std::unique_ptr<ClockFile> clock_;
    std::unique_ptr<OutagePlan> plan_;
    History history_;
    std::vector<OutsideRow> outside_;
    std::map<std::string, std::string> store_names_;
    std::map<std::pair<std::string, std::string>, std::size_t> place_index_;
    std::vector<bool> offline_;
    std::size_t members_ = 0;
    std::vector<std::string> failures_;
    bool killing_ = false;
    std::int64_t next_kill_ms_ = 0;
    std::uint64_t hq_kills_ = 0;
};

}  // namespace

int run_replay(const ReplayOptions& options) {
    auto folder = WorkFolder::make(options.dir, "tally-replay");
    if (!folder) {
        std::fprintf(stderr, "tally-lab: %s\n", to_string(folder.error()).c_str());
        return 2;
    }
    Result<std::size_t> differences = fail(Code::kBug, "not run");
    {
        Replay replay(options);
        differences = replay.run(folder->path());
    }
    const bool well = differences && *differences == 0;
    if (!differences) std::fprintf(stderr, "tally-lab: %s\n", to_string(differences.error()).c_str());
    if (well && !options.keep)
        folder->remove();
    else
        printf("everything is left in %s\n", folder->path().c_str());
    return !differences ? 2 : well ? 0 : 1;
}

}  // namespace tally::lab
