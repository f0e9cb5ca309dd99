#include "tests/scenario/runner/play.h"

#include <filesystem>

#include "tests/scenario/runner/sight.h"

namespace tally::scenario {

namespace {

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
    return Failure{statement.line, statement.text, std::move(step.differences), done ? "" : to_string(done.error())};
}

}  // namespace

std::optional<Failure> play(const Script& script, const Scenario& scenario, std::uint64_t seed, const Trace& trace) {
    World world(seed, trace ? [&](const std::string& what) { trace("    " + what); } : Trace());
    world.base = std::filesystem::path(script.file).parent_path().string();
    if (world.base.empty()) world.base = ".";
    for (const std::vector<Statement>* part : {&script.background, &scenario.statements})
        for (const Statement& statement : *part)
            if (auto failure = play_one(world, statement, trace)) return failure;
    static const Match nothing;
    Step last(world, nothing);
    const Status sound = check_sound(last);
    if (sound && last.differences.empty()) return std::nullopt;
    const int line = scenario.statements.empty() ? scenario.line : scenario.statements.back().line;
    return Failure{line, "at the end of every scenario: ledger and logs are sound", last.differences,
                   sound ? "" : to_string(sound.error())};
}

}  // namespace tally::scenario
