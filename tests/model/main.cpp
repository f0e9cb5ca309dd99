// Explores the lease protocol: test_lease_model [--long] [--faults] [--most STATES] [CONFIGURATION...]
//
// Without arguments: every short configuration, and every planted fault, which must be found. --long: the long
// configurations instead. --faults: the planted faults alone. Prints a row of tests/model/RESULTS.md for each; exit 1
// when a rule is broken, a fault is not found, or a search is not complete.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tests/model/configurations.h"
#include "tests/model/explore.h"
#include "tests/model/tokens.h"

namespace tally::lease_model {
namespace {

uint64_t states_max = 4'000'000'000;

void print_trace(const Found& found) {
    for (const std::string& step : found.trace) std::printf("    %s\n", step.c_str());
}

bool explored(const Bounds& b) {
    const Found found = explore(b, states_max);
    const bool good = found.complete && found.broken == nullptr;
    std::printf("| %-14s | %s | %llu | %llu | %d | %.1f | %s |\n", b.name, b.what,
                static_cast<unsigned long long>(found.states), static_cast<unsigned long long>(found.steps),
                found.bits_most, found.seconds,
                good                      ? "holds"
                : found.broken != nullptr ? found.broken
                                          : "not complete");
    print_trace(found);
    std::fflush(stdout);
    return good;
}

bool fault_found(const Planted& planted) {
    Bounds b = *find_configuration(planted.configuration);
    b.faults = planted.fault;
    const Found found = explore(b, states_max);
    std::printf("%s (%s, %llu states, %.1f s): %s\n", planted.what, b.name,
                static_cast<unsigned long long>(found.states), found.seconds,
                found.broken != nullptr ? found.broken : "NOT FOUND");
    print_trace(found);
    std::fflush(stdout);
    return found.broken != nullptr;
}

// The token rule holds; the two readings in which HQ makes the tokens do not.
bool tokens_explored() {
    struct Case {
        const char* what;
        TokenRule rule;
        bool copied, late, holds;
    };
    constexpr Case kCases[] = {
        {"tokens: the terminal chooses, nothing copied", TokenRule::kTerminalChooses, false, false, true},
        {"tokens: the terminal chooses, a copy", TokenRule::kTerminalChooses, true, false, true},
        {"tokens: HQ makes them and repeats, a copy", TokenRule::kHqRepeats, true, false, false},
        {"tokens: HQ makes them and renews, a copy", TokenRule::kHqRenews, true, false, true},
        {"tokens: HQ makes them and renews, questions read late", TokenRule::kHqRenews, false, true, false},
        {"tokens: the terminal chooses, questions read late", TokenRule::kTerminalChooses, false, true, false},
    };
    bool good = true;
    for (const Case& c : kCases) {
        const TokenVerdict verdict = explore_tokens(c.rule, c.copied, c.late);
        const bool as_said = (verdict.broken == nullptr) == c.holds;
        good &= as_said;
        std::printf("%s: %d states, %s%s\n", c.what, verdict.states,
                    verdict.broken != nullptr ? verdict.broken : "holds",
                    as_said ? "" : ", WHICH IS NOT WHAT RULES.md SAYS");
        for (const std::string& step : verdict.trace) std::printf("    %s\n", step.c_str());
    }
    return good;
}

int run(int argc, char** argv) {
    bool faults = argc == 1, configurations = argc == 1, good = true;
    std::vector<Bounds> chosen;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--faults") == 0) {
            faults = true;
        } else if (std::strcmp(argv[i], "--most") == 0 && i + 1 < argc) {
            states_max = std::strtoull(argv[++i], nullptr, 10);
        } else if (std::strcmp(argv[i], "--long") == 0) {
            for (const Bounds& b : long_configurations()) chosen.push_back(b);
        } else if (const Bounds* b = find_configuration(argv[i])) {
            chosen.push_back(*b);
        } else {
            std::fprintf(stderr, "no configuration %s\n", argv[i]);
            return 2;
        }
    }
    if (configurations) chosen.assign(short_configurations().begin(), short_configurations().end());
    for (const Bounds& b : chosen) good &= explored(b);
    if (faults) good &= tokens_explored();
    for (const Planted& planted : planted_faults()) good &= !faults || fault_found(planted);
    return good ? 0 : 1;
}

}  // namespace
}  // namespace tally::lease_model

int main(int argc, char** argv) { return tally::lease_model::run(argc, argv); }
