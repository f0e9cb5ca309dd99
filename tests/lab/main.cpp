// tally-lab: the project's own instrument. Words to functions; nothing else.
#include <CLI/CLI.hpp>
#include <cstring>
#include <iostream>

#include "common/crypto/secret.h"
#include "tests/lab/bench.h"
#include "tests/lab/demo.h"
#include "tests/lab/process.h"
#include "tests/lab/replay.h"
#include "tests/lab/worker_protocol.h"
#include "tests/scenario/runner/run.h"
#include "tests/sim/run.h"

int main(int argc, char** argv) {
    if (argc > 1 && std::strcmp(argv[1], "with-me") == 0) return tally::lab::become_child(argc, argv);
    tally::crypto::start();
    CLI::App app("tally-lab: replays, demonstrations and measurements of Tallystick on real parts");
    app.require_subcommand(1);

    tally::lab::ReplayOptions replay;
    auto* replay_command = app.add_subcommand("replay", "play history through real terminals and compare every total");
    replay_command->add_option("--members", replay.members_csv, "members.csv")->required()->check(CLI::ExistingFile);
    replay_command->add_option("--sales", replay.sales_csv, "sales.csv")->required()->check(CLI::ExistingFile);
    replay_command->add_option("--stores", replay.stores_csv, "names: store,name")->check(CLI::ExistingFile);
    replay_command->add_option("--outages", replay.outage_seed, "seed of the outage schedule")->required();
    replay_command->add_option("--expect", replay.expect_csv, "store,bills,amount_minor; last row ALL")
        ->check(CLI::ExistingFile);
    replay_command
        ->add_option("--cut-list", replay.cut_list, "date,member_ref,storeA,storeB: both are cut off that day")
        ->check(CLI::ExistingFile);
    replay_command->add_option("--kill-every-ms", replay.kill_every_ms, "kill -9 somebody so often")
        ->check(CLI::NonNegativeNumber);
    replay_command->add_option("--dir", replay.dir, "work here (an empty folder)");
    replay_command->add_flag("--keep", replay.keep, "leave the folder afterwards");
    replay_command->add_option("--time-zone", replay.time_zone, "of the chain (IANA name)")->capture_default_str();
    replay_command->add_flag("--strict", replay.strict, "stop at a row that cannot be played");

    tally::lab::DemoOptions demo;
    auto* demo_command = app.add_subcommand("demo", "a headquarters, two stores, an outage, the reunion");
    demo_command->add_option("--dir", demo.dir, "work here (an empty folder); it is left");
    demo_command->add_flag("!--no-screen", demo.screen, "do not open the cashier screen at the end");

    tally::lab::BenchOptions bench;
    auto* bench_command = app.add_subcommand("bench", "figures as JSON lines, each with its plain floor");
    bench_command->add_option("names", bench.names, "upload, live, earn, lookup; none: all");
    bench_command->add_option("--dir", bench.dir, "work here (an empty folder)");
    bench_command->add_option("--members", bench.members, "of the large replica")->capture_default_str();
    bench_command->add_option("--rounds", bench.rounds, "that are measured")->capture_default_str();

    tally::scenario::RunOptions scenario;
    auto* scenario_command = app.add_subcommand("scenario", "play scenarios written in plain words");
    scenario_command->add_option("files", scenario.files, "FILE.scenario, or a folder of them");
    scenario_command->add_option("--only", scenario.only, "those with this in their title");
    scenario_command->add_flag("--list", scenario.list, "print the titles, play nothing");
    scenario_command->add_flag("--verbose", scenario.verbose, "print what every statement did");
    scenario_command->add_flag("--grammar", scenario.grammar, "print the language: every statement with an example");
    scenario_command->add_option("--seed", scenario.seed, "of member ids")->capture_default_str();

    tally::sim::SimOptions sim;
    auto* sim_command = app.add_subcommand("sim", "simulate a chain with faults, by seed, in virtual time");
    sim_command->add_option("--seed", sim.seed, "the first")->capture_default_str();
    sim_command->add_option("--seeds", sim.seeds, "how many")->capture_default_str();
    sim_command->add_option("--terminals", sim.terminals)->check(CLI::Range(1, 100))->capture_default_str();
    sim_command->add_option("--days", sim.days)->check(CLI::Range(1, 400))->capture_default_str();
    sim_command->add_option("--minutes", sim.minutes, "instead of a number of seeds: until so much time has passed");
    sim_command->add_option("--replay", sim.replay, "traces, or folders of them, instead of seeds");
    sim_command->add_option("--traces", sim.traces, "where a failing trace is written")->capture_default_str();
    sim_command->add_flag("!--no-shrink", sim.shrinks, "write a failing trace as it is");
    sim_command->add_flag("--stop-at-first", sim.stops_at_first, "play no more seeds after one that fails");
    sim_command->add_flag("--print", sim.print_plan, "print each plan");
    sim_command->add_flag("--verbose", sim.verbose, "say what happens");
    sim_command->add_flag("--verbs", sim.print_verbs, "list what an event can be");

    tally::lab::WorkerOptions worker;
    bool line_down = false;
    auto* worker_command = app.add_subcommand("till-worker", "a terminal without a screen")->group("");
    worker_command->add_option("--dir", worker.dir)->required();
    worker_command->add_option("--ticket-file", worker.ticket_file);
    worker_command->add_option("--clock-ms", worker.clock_ms);
    worker_command->add_flag("--line-down", line_down);

    CLI11_PARSE(app, argc, argv);
    if (*replay_command) return tally::lab::run_replay(replay);
    if (*demo_command) return tally::lab::run_demo(demo);
    if (*bench_command) return tally::lab::run_bench(bench);
    if (*scenario_command) return tally::scenario::run_scenarios(scenario);
    if (*sim_command) return tally::sim::run_sim(sim);
    worker.line_up = !line_down;
    return tally::lab::run_till_worker(worker);
}
