// tally-terminal: the cashier screen (run), making a directory a terminal (enrol), what unlocks it (keys), and
// copies and checks of it (backup, restore, repair, check). Each group of commands has a file of its own (*_cli.h).
#include <cstdio>

#include "common/base/log.h"
#include "common/crypto/secret.h"
#include "terminal/app/backup_cli.h"
#include "terminal/app/keys_cli.h"
#include "terminal/app/run_cli.h"

using namespace tally;

namespace {

int guarded_main(int argc, char** argv) {
    CLI::App app("Tallystick: the member terminal");
    app.require_subcommand(1);
    std::string log = "info";
    app.add_option("--log", log, "debug, info, warn or error")
        ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
    terminal::ToRun to_run;
    terminal::add_run_command(app, to_run);
    terminal::add_enrol_command(app, to_run);
    terminal::add_keys_commands(app, to_run);
    terminal::add_backup_commands(app, to_run);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    start_log("tally-terminal", log);
    crypto::start();
    crypto::forbid_core_dumps();
    return to_run();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return guarded_main(argc, argv);
    } catch (const std::exception& error) {  // of libraries; our own code throws nothing
        std::fprintf(stderr, "tally-terminal: %s\n", error.what());
        return 1;
    }
}
