// The chain: its programme, stores and terminals, and how the scenario is played.
#include <fstream>
#include <sstream>

#include "tests/scenario/runner/step.h"

namespace tally::scenario {

namespace {

Status add_store(Step& step) {
    for (const std::string& name : step.texts("terminal")) TALLY_OK(step.world.add_terminal(name, step.text("store")));
    return step.world.after_act();
}

Status add_channel(Step& step) {
    TALLY_OK(step.world.add_terminal(step.text("terminal"), step.text("store")));
    TALLY_TRY(Terminal * terminal, step.terminal());
    terminal->channel = step.text("store");
    return step.world.after_act();
}

Status programme_of_file(Step& step) {
    const std::string path = step.world.base + "/" + step.text("file");
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(Code::kNotFound, "no programme file " + path);
    std::ostringstream text;
    text << in.rdbuf();
    TALLY_OK(step.world.set_programme(text.str()));
    return step.world.after_act();
}

}  // namespace

void add_setup_statements(Table& statements) {
    statements.add({.pattern = "programme:",
                    .says =
                        "The indented lines below are the programme as JSON. What they do not name stays as it was, "
                        "at first the product's defaults with one point worth one minor unit of money. A programme "
                        "in the middle of a scenario is published by headquarters as its next version.",
                    .example = "programme:",
                    .run = [](Step& step) -> Status {
                        TALLY_OK(step.world.set_programme(step.statement->block));
                        return step.world.after_act();
                    },
                    .block = Block::kText});
    statements.add({.pattern = "programme <file:text>",
                    .says = "The same from a JSON file beside the scenario.",
                    .example = "programme tiers.json",
                    .run = programme_of_file});
    statements.add({.pattern = "store <store> with terminal|terminals <terminal> {, <terminal>}",
                    .says = "Opens a store; headquarters enrols its terminals.",
                    .example = "store S1 with terminals T1, T2",
                    .run = add_store});
    statements.add({.pattern = "channel <store> with terminal <terminal>",
                    .says = "An online channel: it has a terminal of its own, like a store, and rules can name it.",
                    .example = "channel web with terminal W1",
                    .run = add_channel});
    statements.add({.pattern = "manual|automatic sync",
                    .says =
                        "Automatic, as at first: after every statement all that is connected comes to rest. Manual: "
                        "only what the statements about lines say is sent.",
                    .example = "manual sync",
                    .run = [](Step& step) -> Status {
                        step.world.manual_sync = step.statement->text.starts_with("manual");
                        return step.world.after_act();
                    }});
    statements.add({.pattern = "manual|automatic nights",
                    .says =
                        "Automatic, as at first: headquarters does its nightly work when a day passes. Manual: only "
                        "with `HQ runs the night`.",
                    .example = "manual nights",
                    .run = [](Step& step) -> Status {
                        step.world.manual_nights = step.statement->text.starts_with("manual");
                        return {};
                    }});
}

}  // namespace tally::scenario
