// tally-terminal: the cashier screen (run), and making a directory a terminal (enrol).
#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>

#include "common/base/log.h"
#include "terminal/app/enrol_command.h"
#include "terminal/app/screen.h"

using namespace tally;

namespace {

struct KeyOptions {
    std::string key_file;
    int passphrase_fd = -1;
};

void add_key_options(CLI::App& command, KeyOptions& out) {
    auto* file = command.add_option("--keyfile", out.key_file, "Key file of the replica (32 random bytes)");
    command.add_option("--passphrase-fd", out.passphrase_fd, "File descriptor to read the replica's passphrase from")
        ->excludes(file);
}

// The command line first, then [key] file of terminal.toml.
Result<store::Unlock> unlock_of(const KeyOptions& options, const std::optional<std::string>& settings_file) {
    if (options.passphrase_fd >= 0) {
        TALLY_TRY(crypto::Secret text, terminal::read_passphrase(options.passphrase_fd));
        return store::Unlock(store::Passphrase{std::move(text)});
    }
    if (!options.key_file.empty()) return store::Unlock(store::KeyFile{options.key_file});
    if (settings_file) return store::Unlock(store::KeyFile{*settings_file});
    return fail(Code::kInvalid, "give --keyfile or --passphrase-fd, or [key] file in terminal.toml");
}

int say(const Status& status) {
    if (status) return 0;
    std::fprintf(stderr, "tally-terminal: %s\n", to_string(status.error()).c_str());
    return 1;
}

struct RunOptions {
    std::string dir, lang, size, dump_path, frame_times_path;
    KeyOptions key;
    std::vector<std::string> screenshot;  // milliseconds and file
};

Status run(const RunOptions& given) {
    terminal::ScreenOptions options;
    options.dir = given.dir;
    TALLY_TRY(options.sync, agent::read_settings(given.dir));
    TALLY_TRY(options.settings, terminal::read_screen_settings(given.dir));
    TALLY_TRY(options.unlock, unlock_of(given.key, options.sync.key_file));
    if (!given.lang.empty()) {
        TALLY_TRY(options.settings.lang, terminal::parse_lang(given.lang));
    }
    if (!given.size.empty()) {
        int width = 0, height = 0;
        char end = 0;
        if (std::sscanf(given.size.c_str(), "%dx%d%c", &width, &height, &end) != 2 || width < 640 || height < 480 ||
            width > 16384 || height > 16384) {
            return fail(Code::kInvalid, "--size is WIDTHxHEIGHT, at least 640x480");
        }
        options.settings.width = width, options.settings.height = height;
    }
    if (given.screenshot.size() == 2) {
        char* end = nullptr;
        options.screenshot_after_ms = std::strtoll(given.screenshot[0].c_str(), &end, 10);
        if (*end != 0 || options.screenshot_after_ms < 0)
            return fail(Code::kInvalid, "--screenshot-after-ms takes milliseconds and a file");
        options.screenshot_path = given.screenshot[1];
    }
    options.dump_path = given.dump_path;
    options.frame_times_path = given.frame_times_path;
    const SystemClock clock;
    return terminal::run_screen(std::move(options), clock);
}

int guarded_main(int argc, char** argv) {
    CLI::App app("Tallystick: the member terminal");
    app.require_subcommand(1);
    std::string log = "info";
    app.add_option("--log", log, "debug, info, warn or error");

    RunOptions run_options;
    CLI::App* run_command = app.add_subcommand("run", "Open the cashier screen");
    run_command->add_option("--dir", run_options.dir, "Directory of this terminal")->required();
    add_key_options(*run_command, run_options.key);
    run_command->add_option("--lang", run_options.lang, "zh or en");
    run_command->add_option("--size", run_options.size, "Window size, WIDTHxHEIGHT");
    run_command
        ->add_option("--screenshot-after-ms", run_options.screenshot, "MS FILE: leave a PNG after so long and end")
        ->expected(2);
    run_command->add_option("--ui-dump", run_options.dump_path,
                            "Write every drawn frame to this file as JSON (for tests; holds personal data)");
    run_command->add_option("--frame-times", run_options.frame_times_path,
                            "Write to this file how many microseconds each frame took to make, and to make and show");

    std::string enrol_dir, ticket;
    KeyOptions enrol_key;
    CLI::App* enrol_command = app.add_subcommand("enrol", "Make this directory a terminal of a chain");
    enrol_command->add_option("--dir", enrol_dir, "Directory of this terminal; made when missing")->required();
    enrol_command->add_option("--ticket", ticket, "File that holds the ticket, or - for standard input")->required();
    add_key_options(*enrol_command, enrol_key);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    start_log("tally-terminal", log);
    crypto::start();
    crypto::forbid_core_dumps();
    if (*run_command) return say(run(run_options));
    const auto unlock = unlock_of(enrol_key, std::nullopt);
    if (!unlock) return say(unlock.error());
    return say(terminal::enrol_terminal(enrol_dir, *unlock, ticket));
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
