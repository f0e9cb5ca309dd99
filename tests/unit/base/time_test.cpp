#include "common/base/timezone.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/base/clock.h"
#include "tests/support/check.h"

using namespace tally;

TEST_CASE("day: four hundred years of dates go to text and back, one by one") {
    Day day = day_of_civil(1900, 1, 1);
    const Day end = day_of_civil(2300, 1, 1);
    CHECK(end - day == 146'097);  // days of a Gregorian cycle
    CHECK(day_of_civil(1970, 1, 1) == 0);
    for (; day < end; ++day) {
        const auto read = parse_day(format_day(day));
        if (!read || *read != day) FAIL(format_day(day));
    }
}

TEST_CASE("day: what is no date is refused") {
    for (const char* text : {"", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-1-01", "26-01-01",
                             "2026/01/01", "2026-01-01 ", " 2026-01-01", "20260101", "2026-01-0x", "-026-01-01",
                             "+026-01-01", "２０２６-01-01", "2026-01-00"}) {
        CAPTURE(text);
        CHECK_FAILS(parse_day(text), Code::kInvalid);
    }
    CHECK(parse_day("2024-02-29"));
}

TEST_CASE("day: adding months keeps the day of the month, or takes the month's last") {
    const auto add = [](const char* text, int months) { return format_day(add_months(*parse_day(text), months)); };
    CHECK(add("2026-01-31", 1) == "2026-02-28");
    CHECK(add("2024-01-31", 1) == "2024-02-29");
    CHECK(add("2026-11-22", 12) == "2027-11-22");
    CHECK(add("2024-02-29", 12) == "2025-02-28");
    CHECK(add("2026-03-31", -1) == "2026-02-28");
    CHECK(add("2026-12-15", 1) == "2027-01-15");
}

TEST_CASE("time zone: a day begins and ends where the zone says, also when the clocks change") {
    const TimeZone shanghai = MUST(TimeZone::load("Asia/Shanghai"));
    const Day day = *parse_day("2026-11-22");
    CHECK(shanghai.last_ms_of(day) == 1795363199999);  // 2026-11-22T15:59:59.999Z
    CHECK(shanghai.day_at(1795363199999) == day);
    CHECK(shanghai.day_at(1795363200000) == day + 1);
    const TimeZone berlin = MUST(TimeZone::load("Europe/Berlin"));
    const Day shorter = *parse_day("2026-03-29");
    const Day longer = *parse_day("2026-10-25");
    CHECK(berlin.last_ms_of(shorter) - berlin.last_ms_of(shorter - 1) == 23 * 3'600'000);
    CHECK(berlin.last_ms_of(longer) - berlin.last_ms_of(longer - 1) == 25 * 3'600'000);
    CHECK_FAILS(TimeZone::load("Mars/Olympus"), Code::kInvalid);
}

TEST_CASE("time zone: a path is no name, even of a file that holds a zone") {
    CHECK_FAILS(TimeZone::load("../../etc/passwd"), Code::kInvalid);
    CHECK_FAILS(TimeZone::load("/usr/share/zoneinfo/Asia/Shanghai"), Code::kInvalid);
    CHECK_FAILS(TimeZone::load("Asia/../Asia/Shanghai"), Code::kInvalid);
    CHECK_FAILS(TimeZone::load("file:Asia/Shanghai"), Code::kInvalid);
    CHECK_FAILS(TimeZone::load(""), Code::kInvalid);
    CHECK(TimeZone::load("Etc/GMT+5").has_value());
    CHECK(TimeZone::load("America/Port-au-Prince").has_value());
}

TEST_CASE("time zone: a time without an offset is local, with one it is not") {
    const TimeZone zone = MUST(TimeZone::load("Asia/Shanghai"));
    const std::int64_t nine = 1795309200000;  // 2026-11-22T09:00 at +08:00
    for (const char* text :
         {"2026-11-22T09:00:00", "2026-11-22 09:00:00", "2026-11-22T09:00", "2026-11-22 09:00", "2026-11-22T01:00:00Z",
          "2026-11-22T01:00Z", "2026-11-21T20:00:00-05:00", "2026-11-22T09:00:00+08:00", "2026-11-22T09:00:00.000"}) {
        CAPTURE(text);
        CHECK(MUST(zone.parse_time(text)) == nine);
    }
    CHECK(MUST(zone.parse_time("2026-11-22")) == nine - 9 * 3'600'000);
    CHECK(MUST(zone.parse_time("2026-11-22T09:00:00.123")) == nine + 123);
    CHECK(zone.format_time(nine, "%Y-%m-%d %H:%M") == "2026-11-22 09:00");
}

TEST_CASE("time zone: what is no time is refused") {
    const TimeZone zone = MUST(TimeZone::load("Asia/Shanghai"));
    for (const char* text : {"", "now", "09:00", "2026-11-22T", "2026-11-22T25:00:00", "2026-11-22T09:61:00",
                             "2026-02-30T09:00:00", "2026-11-22T09:00:00x", "2026-11-22T09:00:00+99:99",
                             "2026-11-22T09", "22.11.2026 09:00", "2026-11-22T09:00:00\x01"}) {
        CAPTURE(text);
        CHECK_FAILS(zone.parse_time(text), Code::kInvalid);
    }
}

TEST_CASE("file clock: shows what another process writes, and refuses what is no clock") {
    const auto path = std::filesystem::temp_directory_path() / ("tally_clock_" + std::to_string(::getpid()));
    const auto write = [&](std::int64_t value, std::streamsize size) {
        std::fstream(path, std::ios::binary | std::ios::in | std::ios::out)
            .write(reinterpret_cast<const char*>(&value), size);
    };
    std::ofstream(path).close();
    CHECK_FAILS(FileClock::open(path.string()), Code::kInvalid);
    write(0, 7);
    CHECK_FAILS(FileClock::open(path.string()), Code::kInvalid);
    write(1795309200000, 8);
    const auto clock = MUST(FileClock::open(path.string()));
    CHECK(clock->wall_ms() == 1795309200000);
    write(17, 8);
    CHECK(clock->wall_ms() == 17);
    std::filesystem::remove(path);
    CHECK_FAILS(FileClock::open(path.string()), Code::kNotFound);
}

TEST_CASE("manual clock: stands still until told") {
    ManualClock clock(100);
    clock.advance_ms(5);
    CHECK(clock.wall_ms() == 105);
    CHECK(clock.steady_ms() == 5);
    clock.set_wall_ms(1);  // the wall may go back, the steady clock does not
    CHECK(clock.wall_ms() == 1);
    CHECK(clock.steady_ms() == 5);
}

TEST_CASE("clock: headquarters' offset counts until the own clock jumps, and again from the next contact on") {
    ManualClock own(1'000'000'000'000);
    CorrectedClock clock(own);
    CHECK(clock.wall_ms() == 1'000'000'000'000);
    CHECK_FALSE(clock.is_confirmed());
    clock.correct(86'400'000);
    CHECK(clock.is_confirmed());
    own.advance_ms(3'600'000);
    CHECK(clock.wall_ms() == 1'000'090'000'000);
    CHECK(clock.steady_ms() == own.steady_ms());
    own.set_wall_ms(own.wall_ms() + 2'000);  // a time server's small step
    CHECK(clock.wall_ms() == 1'000'090'002'000);
    own.set_wall_ms(1'000'090'000'000);  // somebody sets it right
    CHECK_FALSE(clock.is_confirmed());
    CHECK(clock.wall_ms() == 1'000'090'000'000);
    clock.correct(-5);
    CHECK(clock.is_confirmed());
    CHECK(clock.wall_ms() == 1'000'089'999'995);
}
