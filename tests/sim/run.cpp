#include "tests/sim/run.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/scenario/runner/blank.h"
#include "tests/sim/one_run.h"
#include "tests/sim/plan.h"
#include "tests/sim/seeded_crypto.h"
#include "tests/sim/shrink.h"
#include "tests/sim/verbs.h"

namespace tally::sim {

namespace {

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

constexpr int kShrinkTriesMax = 600;
constexpr std::uint64_t kBlankSeed = 20260115;

// Databases are made once, before anybody forks; the same in every run.
Status make_blanks(int terminals) {
    seed_crypto(kBlankSeed);
    TALLY_TRY(const auto* hq, scenario::blank_hq());
    TALLY_TRY(const auto* last, scenario::blank_replica(static_cast<std::size_t>(terminals)));
    return hq && last ? Status{} : fail(Code::kBug, "no blank databases");
}

void add(Counts& sum, const Counts& one) {
    for (std::size_t i = 0; i < Counts::kNumber; ++i) sum.of[i] += one.of[i];
}

std::string summary(const Counts& counts) {
    std::string out;
    for (std::size_t i = 0; i < Counts::kNumber; ++i)
        out += (i == 0 ? "" : ", ") + std::string(count_name(i)) + " " + std::to_string(counts.of[i]);
    return out;
}

// Writes the smallest plan that fails the same way, and says how to play it again.
void write_down(const SimOptions& options, const Plan& plan, const Outcome& outcome) {
    Plan small = plan;
    if (options.shrinks)
        small = shrink(
            plan, [&](const Plan& less) { return play_apart(less, false).check == outcome.check; }, kShrinkTriesMax);
    const Outcome again = play_apart(small, false);
    const std::string path = options.traces + "/" + outcome.check + "-" + std::to_string(plan.seed) + ".trace";
    std::ofstream(path) << "# " << again.check << ": " << again.detail << "\n" << plan_text(small);
    std::cout << "  " << small.events.size() << " of " << plan.events.size() << " events are enough: " << again.detail
              << "\n  tally-lab sim --verbose --replay " << path << std::endl;
}

bool play_one(const SimOptions& options, const Plan& plan, const std::string& name, Counts& sum) {
    if (options.print_plan) std::cout << plan_text(plan);
    const Outcome outcome = play_apart(plan, options.verbose);
    add(sum, outcome.counts);
    if (outcome.is_good()) return true;
    std::cout << name << ": " << outcome.check << ": " << outcome.detail << std::endl;
    if (options.replay.empty()) write_down(options, plan, outcome);
    return false;
}

Result<std::vector<std::string>> traces_of(const std::vector<std::string>& named) {
    std::vector<std::string> out;
    for (const std::string& path : named) {
        std::error_code error;
        if (!fs::is_directory(path, error)) {
            out.push_back(path);
            continue;
        }
        for (const auto& entry : fs::directory_iterator(path, error))
            if (entry.path().extension() == ".trace") out.push_back(entry.path().string());
    }
    std::sort(out.begin(), out.end());
    if (out.empty()) return fail(Code::kNotFound, "no traces there");
    return out;
}

Result<Plan> read_plan(const std::string& path) {
    std::ifstream file(path);
    if (!file) return fail(Code::kNotFound, "no file " + path);
    std::ostringstream text;
    text << file.rdbuf();
    return plan_from_text(text.str());
}

int cannot(const Error& error) {
    std::cerr << to_string(error) << "\n";
    return 2;
}

}  // namespace

int run_sim(const SimOptions& options) {
    if (options.print_verbs) {
        std::cout << verbs_text();
        return 0;
    }
    const auto begun = std::chrono::steady_clock::now();
    const auto passed_s = [&] { return Seconds(std::chrono::steady_clock::now() - begun).count(); };
    Counts sum;
    std::uint64_t played = 0, failed = 0;
    if (!options.replay.empty()) {
        const auto traces = traces_of(options.replay);
        if (!traces) return cannot(traces.error());
        for (const std::string& path : *traces) {
            const auto plan = read_plan(path);
            if (!plan) return cannot(plan.error());
            if (const Status made = make_blanks(plan->terminals); !made) return cannot(made.error());
            played += 1;
            failed += play_one(options, *plan, path, sum) ? 0 : 1;
        }
    } else {
        if (const Status made = make_blanks(options.terminals); !made) return cannot(made.error());
        const auto goes_on = [&] {
            if (options.stops_at_first && failed > 0) return false;
            return options.minutes > 0 ? passed_s() < options.minutes * 60 : played < options.seeds;
        };
        for (std::uint64_t seed = options.seed; goes_on(); ++seed) {
            played += 1;
            const Plan plan = make_plan(seed, options.terminals, options.days);
            failed += play_one(options, plan, "seed " + std::to_string(seed), sum) ? 0 : 1;
        }
    }
    std::cout << played << (played == 1 ? " plan, " : " plans, ") << failed << " with a violation, "
              << static_cast<std::int64_t>(passed_s() * 1000) / 1000.0 << " s: " << summary(sum) << std::endl;
    return failed == 0 ? 0 : 1;
}

}  // namespace tally::sim
