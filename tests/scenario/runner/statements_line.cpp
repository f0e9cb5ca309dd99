// Outages, and what goes over a line when the scenario says so itself.
#include "tests/scenario/runner/step.h"

namespace tally::scenario {

namespace {

Status cut(Step& step, const std::vector<Terminal*>& terminals, bool cut_off) {
    for (Terminal* terminal : terminals) {
        terminal->cut_off = cut_off;
        if (cut_off) step.world.drop_line(*terminal);
    }
    return step.world.after_act();
}

template <bool kCutOff>
Status cut_terminal(Step& step) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    return cut(step, {terminal}, kCutOff);
}

template <bool kCutOff>
Status cut_store(Step& step) {
    TALLY_TRY(const auto terminals, step.world.terminals_of(step.text("store")));
    return cut(step, terminals, kCutOff);
}

template <bool kCutOff>
Status cut_everyone(Step& step) {
    std::vector<Terminal*> all;
    for (const auto& terminal : step.world.terminals()) all.push_back(terminal.get());
    return cut(step, all, kCutOff);
}

Status pump(Step& step, const Line::Gates& gates) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    return step.world.pump(*terminal, gates);
}

Status send_bytes(Step& step) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    TALLY_TRY(Line * line, step.world.connect(*terminal));
    if (!line) return fail(Code::kRefused, terminal->name() + " has no line to headquarters");
    return line->send_bytes(static_cast<std::size_t>(step.number("count")));
}

}  // namespace

void add_line_statements(Table& statements) {
    statements.add({.pattern = "store <store> is cut off",
                    .says = "No terminal of the store reaches headquarters.",
                    .example = "store S1 is cut off",
                    .run = cut_store<true>});
    statements.add({.pattern = "store <store> is back",
                    .says = "They reach it again.",
                    .example = "store S1 is back",
                    .run = cut_store<false>});
    statements.add({.pattern = "everyone is cut off",
                    .says = "No terminal reaches headquarters.",
                    .example = "everyone is cut off",
                    .run = cut_everyone<true>});
    statements.add({.pattern = "everyone is back",
                    .says = "All reach it again.",
                    .example = "everyone is back",
                    .run = cut_everyone<false>});
    statements.add({.pattern = "<terminal> is cut off",
                    .says = "One terminal does not reach headquarters.",
                    .example = "T1 is cut off",
                    .run = cut_terminal<true>});
    statements.add({.pattern = "<terminal> is back",
                    .says = "It reaches it again.",
                    .example = "T1 is back",
                    .run = cut_terminal<false>});
    statements.add({.pattern = "sync",
                    .says = "Everything that is connected comes to rest, terminals in the order of their declaration.",
                    .example = "sync",
                    .run = [](Step& step) { return step.world.sync(); }});
    statements.add({.pattern = "<terminal> connects",
                    .says = "With manual sync: Hello and Welcome, and nothing more.",
                    .example = "T1 connects",
                    .run = [](Step& step) {
                        return pump(step, {false, false, false});
                    }});
    statements.add({.pattern = "<terminal> sends",
                    .says = "With manual sync: its operations reach headquarters, which commits them; the answer is "
                            "still on its way.",
                    .example = "T1 sends",
                    .run = [](Step& step) {
                        return pump(step, {true, false, false});
                    }});
    statements.add({.pattern = "<terminal> sends <count> bytes",
                    .says = "With manual sync: only so many bytes of what it sends arrive.",
                    .example = "T1 sends 100 bytes",
                    .run = send_bytes});
    statements.add({.pattern = "<terminal> gets acks",
                    .says = "With manual sync: the acknowledgements arrive.",
                    .example = "T1 gets acks",
                    .run = [](Step& step) {
                        return pump(step, {false, true, false});
                    }});
    statements.add({.pattern = "<terminal> gets feed",
                    .says = "With manual sync: all pages of the feed arrive.",
                    .example = "T1 gets feed",
                    .run = [](Step& step) {
                        return pump(step, {false, false, true});
                    }});
    statements.add({.pattern = "the line of <terminal> breaks",
                    .says = "What was under way is lost. It may connect again at once.",
                    .example = "the line of T1 breaks",
                    .run = [](Step& step) -> Status {
                        TALLY_TRY(Terminal * terminal, step.terminal());
                        step.world.drop_line(*terminal);
                        return step.world.after_act();
                    }});
    statements.add({.pattern = "HQ is down",
                    .says = "Headquarters' server stops.",
                    .example = "HQ is down",
                    .run = [](Step& step) -> Status {
                        TALLY_TRY(Hq * hq, step.world.hq());
                        step.world.drop_lines();
                        hq->stop();
                        return {};
                    }});
    statements.add({.pattern = "HQ is up",
                    .says = "It starts again on the same database.",
                    .example = "HQ is up",
                    .run = [](Step& step) -> Status {
                        TALLY_TRY(Hq * hq, step.world.hq());
                        TALLY_OK(hq->start());
                        if (!step.world.manual_nights) TALLY_OK(step.world.run_night());
                        return step.world.after_act();
                    }});
}

}  // namespace tally::scenario
