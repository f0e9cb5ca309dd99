#include "terminal/app/run_cli.h"

#include <cstdio>
#include <memory>
#include <vector>

#include "sync/agent/settings.h"
#include "terminal/app/enrol_command.h"
#include "terminal/app/screen.h"

namespace tally::terminal {

namespace {

struct RunOptions {
    std::string dir, lang, size, dump_path, frame_times_path;
    KeyOptions key;
    std::vector<std::string> screenshot;  // milliseconds and file
};

Status run(const RunOptions& given) {
    ScreenOptions options;
    options.dir = given.dir;
    TALLY_TRY(options.sync, agent::read_settings(given.dir));
    TALLY_TRY(options.settings, read_screen_settings(given.dir));
    TALLY_TRY(options.unlock, unlock_of(given.dir, given.key, options.sync.key_file));
    if (!given.lang.empty()) {
        const auto lang = parse_lang(given.lang);
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
    return run_screen(std::move(options), clock);
}

struct EnrolOptions {
    std::string dir, ticket;
    KeyOptions key;
};

Status enrol(const EnrolOptions& given) {
    TALLY_TRY(const agent::Settings settings, agent::read_settings(given.dir));  // of a folder that is enrolled anew
    TALLY_TRY(const store::Unlock unlock, unlock_of(given.dir, given.key, settings.key_file));
    return enrol_terminal(given.dir, unlock, given.ticket);
}

}  // namespace

void add_run_command(CLI::App& app, ToRun& to_run) {
    const auto in = std::make_shared<RunOptions>();
    CLI::App& command = *app.add_subcommand("run", "Open the cashier screen");
    command.add_option("--dir", in->dir, "Directory of this terminal")->required();
    add_key_options(command, in->key);
    command.add_option("--lang", in->lang, "zh or en");
    command.add_option("--size", in->size, "Window size, WIDTHxHEIGHT");
    command.add_option("--screenshot-after-ms", in->screenshot, "MS FILE: leave a PNG after so long and end")
        ->expected(2);
    command.add_option("--ui-dump", in->dump_path,
                       "Write every drawn frame to this file as JSON (for tests; holds personal data)");
    command.add_option("--frame-times", in->frame_times_path,
                       "Write to this file how many microseconds each frame took to make, and to make and show");
    command.callback([in, &to_run] { to_run = [in] { return say(run(*in)); }; });
}

void add_enrol_command(CLI::App& app, ToRun& to_run) {
    const auto in = std::make_shared<EnrolOptions>();
    CLI::App& command = *app.add_subcommand("enrol", "Make this directory a terminal of a chain");
    command.add_option("--dir", in->dir, "Directory of this terminal; made when missing")->required();
    command.add_option("--ticket", in->ticket, "File that holds the ticket, or - for standard input")->required();
    add_key_options(command, in->key);
    command.callback([in, &to_run] { to_run = [in] { return say(enrol(*in)); }; });
}

}  // namespace tally::terminal
