// The clock of the scenario, in the chain's time zone, and clocks of terminals that are wrong.
#include "tests/scenario/runner/step.h"

namespace tally::scenario {

namespace {

constexpr std::int64_t kMinute_ms = 60'000;
constexpr std::int64_t kHour_ms = 60 * kMinute_ms;

Status move_to(Step& step, Day day, const std::string& time) {
    TALLY_TRY(const TimeZone zone, step.world.zone());
    TALLY_TRY(const std::int64_t at_ms, zone.parse_time(format_day(day) + "T" + time));
    TALLY_OK(step.world.move_to(at_ms));
    return step.world.after_act();
}

Result<std::string> time_of_day(Step& step) {
    TALLY_TRY(const TimeZone zone, step.world.zone());
    return zone.format_time(step.world.now_ms(), "%H:%M:%S");
}

Status pass_ms(Step& step, std::int64_t ms) {
    TALLY_OK(step.world.move_to(step.world.now_ms() + ms));
    return step.world.after_act();
}

Status set_clock(Step& step, std::int64_t ahead_ms) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    terminal->own_clock().set_wall_ms(step.world.now_ms() + ahead_ms);
    return step.world.after_act();
}

}  // namespace

void add_time_statements(Table& statements) {
    statements.add({.pattern = "today is <date>",
                    .says = "The date in the chain's time zone; the time of day stays. A scenario begins at noon of "
                            "2026-01-15. Once there is a store, time does not go back.",
                    .example = "today is 2026-01-15",
                    .run = [](Step& step) -> Status {
                        TALLY_TRY(const std::string time, time_of_day(step));
                        return move_to(step, step.day("date"), time);
                    }});
    statements.add({.pattern = "time <time>",
                    .says = "The time of that day.",
                    .example = "time 23:59",
                    .run = [](Step& step) -> Status {
                        TALLY_TRY(const Day today, step.world.today());
                        return move_to(step, today, step.text("time"));
                    }});
    statements.add({.pattern = "<count> day|days pass|passes",
                    .says = "The same time so many days later. At each midnight headquarters does its nightly work.",
                    .example = "3 days pass",
                    .run = [](Step& step) -> Status {
                        TALLY_TRY(const Day today, step.world.today());
                        TALLY_TRY(const std::string time, time_of_day(step));
                        return move_to(step, today + static_cast<Day>(step.number("count")), time);
                    }});
    statements.add({.pattern = "<count> hour|hours pass|passes",
                    .says = "So many hours go by.",
                    .example = "2 hours pass",
                    .run = [](Step& step) { return pass_ms(step, step.number("count") * kHour_ms); }});
    statements.add({.pattern = "<count> minute|minutes pass|passes",
                    .says = "So many minutes go by.",
                    .example = "10 minutes pass",
                    .run = [](Step& step) { return pass_ms(step, step.number("count") * kMinute_ms); }});
    statements.add({.pattern = "HQ runs the night",
                    .says = "Headquarters' nightly work now: points of lots past their date expire. Once a day; a "
                            "second time on the same day does nothing.",
                    .example = "HQ runs the night",
                    .run = [](Step& step) -> Status {
                        TALLY_OK(step.world.run_night());
                        return step.world.after_act();
                    }});
    statements.add({.pattern = "the clock of <terminal> is <count> hour|hours fast",
                    .says = "The machine's own clock is wrong from now on. A terminal that talks to headquarters "
                            "corrects it.",
                    .example = "the clock of T1 is 5 hours fast",
                    .run = [](Step& step) { return set_clock(step, step.number("count") * kHour_ms); }});
    statements.add({.pattern = "the clock of <terminal> is <count> hour|hours slow",
                    .says = "The same, behind.",
                    .example = "the clock of T1 is 5 hours slow",
                    .run = [](Step& step) { return set_clock(step, -step.number("count") * kHour_ms); }});
    statements.add({.pattern = "the clock of <terminal> is right",
                    .says = "Somebody set it.",
                    .example = "the clock of T1 is right",
                    .run = [](Step& step) { return set_clock(step, 0); }});
}

}  // namespace tally::scenario
