// The cashier screen at the end of the demonstration.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tests/lab/demo.h"
#include "tests/lab/process.h"

namespace tally::lab {

namespace {

constexpr std::int64_t kDisplay_ms = 10'000;
constexpr std::int64_t kPicture_ms = 60'000;
constexpr const char* kSize = "1280x800";

std::vector<std::string> screen_command(const std::string& terminal_dir) {
    return {program_beside("tally-terminal"), "run", "--dir", terminal_dir};
}

// A virtual display of our own: a number that no other display's lock or socket has.
Result<std::pair<Process, std::string>> start_xvfb(const std::string& log_path) {
    for (int number = 120; number < 200; ++number) {
        const std::string text = std::to_string(number);
        const std::string socket = "/tmp/.X11-unix/X" + text;
        if (std::filesystem::exists("/tmp/.X" + text + "-lock") || std::filesystem::exists(socket)) continue;
        Process::Options options;
        options.command = {"/usr/bin/Xvfb", ":" + text, "-screen", "0", std::string(kSize) + "x24", "-nolisten", "tcp"};
        options.log_path = log_path;
        TALLY_TRY(Process xvfb, Process::start(options));
        for (std::int64_t waited_ms = 0; waited_ms < kDisplay_ms; waited_ms += 20) {
            if (xvfb.wait_ms(20) >= 0) break;  // somebody else took the number
            if (std::filesystem::exists(socket)) return std::make_pair(std::move(xvfb), ":" + text);
        }
    }
    return fail(Code::kNotFound, "no virtual display; is Xvfb installed?");
}

Status take_picture(const std::string& terminal_dir, const std::string& picture) {
    TALLY_TRY(auto display, start_xvfb(terminal_dir + "/xvfb.log"));
    Process::Options options;
    options.command = screen_command(terminal_dir);
    options.command.insert(options.command.end(), {"--size", kSize, "--screenshot-after-ms", "4000", picture});
    options.log_path = terminal_dir + "/screen.log";
    options.environment = {"DISPLAY=" + display.second};
    TALLY_TRY(Process screen, Process::start(options));
    const int code = screen.wait_ms(kPicture_ms);
    display.first.signal(SIGTERM);  // it takes its lock file along
    display.first.wait_ms(2'000);
    if (code != 0 || !std::filesystem::exists(picture))
        return fail(Code::kBug, "tally-terminal left no picture; its words are in " + options.log_path);
    return {};
}

}  // namespace

bool show_cashier_screen(const std::string& terminal_dir) {
    const char* display = std::getenv("DISPLAY");
    if (display && *display) {
        std::printf("\nThe cashier screen of this till opens now; close its window to end.\n");
        std::fflush(stdout);
        Process::Options options;
        options.command = screen_command(terminal_dir);
        options.log_path = terminal_dir + "/screen.log";
        auto screen = Process::start(options);
        if (screen && screen->wait_ms(INT64_MAX / 4) == 0) return true;
        std::fprintf(stderr, "tally-lab: the screen did not run; its words are in %s\n", options.log_path.c_str());
        return false;
    }
    const std::string picture = terminal_dir + "/cashier-screen.png";
    const Status taken = take_picture(terminal_dir, picture);
    if (!taken) {
        std::fprintf(stderr, "tally-lab: %s\n", to_string(taken.error()).c_str());
        return false;
    }
    std::printf("\nThere is no display here: a picture of the cashier screen is in\n   %s\n", picture.c_str());
    return true;
}

}  // namespace tally::lab
