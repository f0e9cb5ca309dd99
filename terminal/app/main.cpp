// tally-terminal: the cashier screen (run), making a directory a terminal (enrol), and what unlocks it (keys).
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <optional>

#include "common/base/log.h"
#include "common/store/unlock_source.h"
#include "sync/agent/keys_commands.h"
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

Result<store::Unlock> unlock_of(const std::string& dir, const KeyOptions& options,
                                const std::optional<std::string>& settings_file) {
    const store::UnlockChoice choice{options.key_file, options.passphrase_fd, settings_file.value_or(""), true};
    TALLY_TRY(store::FoundUnlock found, store::find_unlock(replica::Replica::database_path(dir), choice));
    return std::move(found.unlock);
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
    TALLY_TRY(options.unlock, unlock_of(given.dir, given.key, options.sync.key_file));
    if (!given.lang.empty()) {
        const auto lang = terminal::parse_lang(given.lang);
        if (!lang) return fail(Code::kInvalid, "--lang " + given.lang + ": " + lang.error().detail);
        options.settings.lang = *lang;
    }
    if (!given.size.empty()) {
        int width = 0, height = 0;
        char end = 0;
        if (std::sscanf(given.size.c_str(), "%dx%d%c", &width, &height, &end) != 2 || width < 640 || height < 480 ||
            width > 16384 || height > 16384) {
            return fail(Code::kInvalid, "--size " + given.size + ": it is WIDTHxHEIGHT, from 640x480 to 16384x16384");
        }
        options.settings.width = width, options.settings.height = height;
    }
    if (given.screenshot.size() == 2) {
        char* end = nullptr;
        options.screenshot_after_ms = std::strtoll(given.screenshot[0].c_str(), &end, 10);
        if (*end != 0 || options.screenshot_after_ms < 0)
            return fail(Code::kInvalid,
                        "--screenshot-after-ms " + given.screenshot[0] + ": it takes milliseconds and a file");
        options.screenshot_path = given.screenshot[1];
    }
    options.dump_path = given.dump_path;
    options.frame_times_path = given.frame_times_path;
    const SystemClock clock;
    return terminal::run_screen(std::move(options), clock);
}

// `keys ...`: what is asked for, and how it is done once the command line was read.
struct KeysOptions {
    std::string dir, new_key_file;
    KeyOptions key;
    int new_passphrase_fd = -1;
    int slot = -1;
    agent::RotateRequest rotate;
    std::function<Result<std::string>(const agent::KeysPlace&)> action;
};

// To the terminal only: a log would get a line for every megabyte.
void show_progress(const store::RotateProgress& progress) {
    static constexpr const char* kStages[] = {"copying", "verifying", "key slots", "replacing"};
    if (::isatty(STDERR_FILENO) == 0) return;
    std::fprintf(stderr, "\r%-10s %llu of %llu   ", kStages[static_cast<int>(progress.stage)],
                 static_cast<unsigned long long>(progress.done), static_cast<unsigned long long>(progress.of));
    if (progress.stage == store::RotateStage::kReplace && progress.done == progress.of) std::fputc('\n', stderr);
}

CLI::App* add_keys_command(CLI::App& keys, KeysOptions& in, const std::string& name, const std::string& text,
                           std::function<Result<std::string>(const agent::KeysPlace&)> action) {
    CLI::App* command = keys.add_subcommand(name, text);
    command->add_option("--dir", in.dir, "Directory of this terminal")->required();
    add_key_options(*command, in.key);
    command->callback([&in, action] { in.action = action; });
    return command;
}

void add_keys_commands(CLI::App& app, KeysOptions& in) {
    CLI::App& keys = *app.add_subcommand("keys", "What unlocks this terminal's data, and changes of it");
    keys.require_subcommand(1);
    const auto new_passphrase = [&](CLI::App* command) {
        command->add_option("--new-passphrase-fd", in.new_passphrase_fd,
                            "Descriptor to read the new passphrase from; else it is asked for");
    };
    add_keys_command(keys, in, "status", "Say what unlocks it, and against whom that protects", agent::keys_status);
    new_passphrase(add_keys_command(keys, in, "add-passphrase", "Add a passphrase", [&in](const auto& place) {
        return agent::keys_add_passphrase(place, in.new_passphrase_fd);
    }));
    new_passphrase(add_keys_command(keys, in, "change-passphrase", "Replace a passphrase", [&in](const auto& place) {
        return agent::keys_change_passphrase(place, in.new_passphrase_fd);
    }));
    add_keys_command(keys, in, "add-key-file", "Add a key file, made when it is missing",
                     [&in](const auto& place) { return agent::keys_add_key_file(place, in.new_key_file); })
        ->add_option("file", in.new_key_file, "The key file, best on a stick")
        ->required();
    add_keys_command(keys, in, "remove", "Remove a slot; the last one stays",
                     [&in](const auto& place) { return agent::keys_remove(place, in.slot); })
        ->add_option("slot", in.slot, "Its number in keys status")
        ->required();
    CLI::App* rotate =
        add_keys_command(keys, in, "rotate", "Write everything anew under a new data key; the terminal must be ended",
                         [&in](const auto& place) { return agent::keys_rotate(place, in.rotate); });
    rotate->add_option("--keep-keyfile", in.rotate.keep_key_files, "Key file of another slot that is to stay");
    rotate->add_option("--keep-passphrase-fd", in.rotate.keep_passphrase_fds, "Descriptor with the passphrase of one");
    rotate->add_flag("--drop-others", in.rotate.drop_others, "Let slots go whose secrets are not given");
    rotate->add_option("--wait-ms", in.rotate.wait_ms, "Wait so long for others to end");
    in.rotate.progress = show_progress;
}

int run_keys(const KeysOptions& in) {
    const Result<agent::KeysPlace> place = agent::keys_place(in.dir, in.key.key_file, in.key.passphrase_fd);
    if (!place) return say(place.error());
    const Result<std::string> said = in.action(*place);
    if (!said) return say(said.error());
    return std::fputs(said->c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
}

int guarded_main(int argc, char** argv) {
    CLI::App app("Tallystick: the member terminal");
    app.require_subcommand(1);
    std::string log = "info";
    app.add_option("--log", log, "debug, info, warn or error")
        ->check(CLI::IsMember({"debug", "info", "warn", "error"}));

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

    KeysOptions keys_options;
    add_keys_commands(app, keys_options);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    start_log("tally-terminal", log);
    crypto::start();
    crypto::forbid_core_dumps();
    if (*run_command) return say(run(run_options));
    if (keys_options.action) return run_keys(keys_options);
    const auto unlock = unlock_of(enrol_dir, enrol_key, std::nullopt);
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
