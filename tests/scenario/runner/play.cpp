#include "tests/scenario/runner/play.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "tests/scenario/runner/sight.h"

namespace tally::scenario {

namespace {

// One order for each `in any order:`, by the place of that statement.
using Order = std::vector<std::size_t>;
using Orders = std::map<const Statement*, Order>;

Status run(Step& step, Act& act) {
    const Statement& statement = *step.statement;
    const Entry& entry = *statement.bound.entry;
    if (entry.act) step.act = &act;
    TALLY_OK(entry.run(step));
    if (!entry.act) return {};
    TALLY_OK(step.each(statement.answers));
    if (!act.refused.empty() && !step.refusal_expected && step.differences.empty())
        step.same("carried out", "refused: " + act.refused);
    return {};
}

std::optional<Failure> play_one(World& world, const Statement& statement, const Trace& trace) {
    if (trace) trace(std::to_string(statement.line) + ": " + statement.text);
    Act act;
    Step step(world, statement.bound.match);
    step.statement = &statement;
    const Status done = run(step, act);
    if (done && step.differences.empty()) return std::nullopt;
    return Failure{statement.line, statement.text, "", std::move(step.differences),
                   done ? "" : to_string(done.error())};
}

std::optional<Failure> check_end(World& world, const Scenario& scenario) {
    static const Match nothing;
    Step last(world, nothing);
    const Status sound = check_sound(last);
    if (sound && last.differences.empty()) return std::nullopt;
    const int line = scenario.statements.empty() ? scenario.line : scenario.statements.back().line;
    return Failure{line, "at the end of every scenario: ledger and logs are sound", "", last.differences,
                   sound ? "" : to_string(sound.error())};
}

std::string order_text(const Orders& orders) {
    std::string out;
    for (const auto& [block, order] : orders)
        for (const std::size_t i : order) out += (out.empty() ? "" : "; ") + block->any_order[i].text;
    return out;
}

std::optional<Failure> play_in_order(const Script& script, const Scenario& scenario, std::uint64_t seed,
                                     const Trace& trace, const Orders& orders) {
    World world(seed, trace ? [&](const std::string& what) { trace("    " + what); } : Trace());
    world.base = std::filesystem::path(script.file).parent_path().string();
    if (world.base.empty()) world.base = ".";
    for (const std::vector<Statement>* part : {&script.background, &scenario.statements}) {
        for (const Statement& statement : *part) {
            if (statement.any_order.empty()) {
                if (auto failure = play_one(world, statement, trace)) return failure;
                continue;
            }
            for (const std::size_t i : orders.at(&statement))
                if (auto failure = play_one(world, statement.any_order[i], trace)) return failure;
        }
    }
    return check_end(world, scenario);
}

// The next of all orders; false after the last.
bool advance(Orders& orders) {
    for (auto& [block, order] : orders)
        if (std::next_permutation(order.begin(), order.end())) return true;
    return false;
}

void shuffle(Orders& orders, Random& random) {
    for (auto& [block, order] : orders)
        for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
}

}  // namespace

std::optional<Failure> play(const Script& script, const Scenario& scenario, std::uint64_t seed, const Trace& trace) {
    Orders orders;
    std::size_t count = 1;
    for (const std::vector<Statement>* part : {&script.background, &scenario.statements}) {
        for (const Statement& statement : *part) {
            if (statement.any_order.empty()) continue;
            Order& order = orders[&statement];
            order.resize(statement.any_order.size());
            std::iota(order.begin(), order.end(), std::size_t{0});
            for (std::size_t i = 2; i <= order.size() && count <= kOrdersMax; ++i) count *= i;
        }
    }
    const bool all = count <= kOrdersMax;
    SeededRandom random(seed);
    for (std::size_t round = 0; round < std::min(count, kOrdersMax); ++round) {
        if (round > 0) {
            if (all)
                advance(orders);
            else
                shuffle(orders, random);
        }
        if (auto failure = play_in_order(script, scenario, seed, trace, orders)) {
            failure->order = order_text(orders);
            return failure;
        }
    }
    return std::nullopt;
}

}  // namespace tally::scenario
