// terminal.toml for the agent and for the screen, and screen.toml behind the first zero byte. Law: what is taken is in
// range, and a damaged screen.toml, which we write ourselves, never keeps the screen from starting.
#include "sync/agent/settings.h"
#include "terminal/app/screen_settings.h"
#include "tests/fuzz/target.h"

using namespace tally;

TALLY_FUZZ(settings) {
    constexpr std::int64_t kDay_ms = 24 * 3600 * 1000;
    const std::string_view text = text_of(input);
    const std::string_view terminal = text.substr(0, text.find('\0'));
    const std::string_view screen = terminal.size() == text.size() ? "" : text.substr(terminal.size() + 1);
    if (const auto settings = agent::parse_settings(terminal)) {
        for (const std::int64_t delay_ms :
             {settings->connect_ms, settings->poll_ms, settings->backoff.base_ms, settings->backoff.max_ms})
            TALLY_ASSERT(delay_ms >= 1 && delay_ms <= kDay_ms, "a delay is in range");
        TALLY_ASSERT(settings->hq_port.value_or(1) != 0, "a port is in range");
        TALLY_ASSERT(settings->hq_host.value_or("a") != "" && settings->key_file.value_or("a") != "", "no empty text");
    }
    if (const auto settings = terminal::parse_screen_settings(terminal, screen)) {
        TALLY_ASSERT(settings->width >= 640 && settings->width <= 16384, "the width is in range");
        TALLY_ASSERT(settings->height >= 480 && settings->height <= 16384, "the height is in range");
        TALLY_ASSERT(settings->scan_gap_ms >= 1 && settings->scan_gap_ms <= 200, "the scan gap is in range");
        TALLY_ASSERT(terminal::parse_screen_settings(terminal, "").has_value(), "screen.toml decides nothing else");
    } else {
        TALLY_ASSERT(!terminal::parse_screen_settings(terminal, ""), "a damaged screen.toml is passed over");
    }
}
