// The screen's words in Simplified Chinese and English, with their arguments worded in the reader's language. Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "terminal/model/format.h"
#include "terminal/model/texts_table.h"

namespace tally::terminal {

enum class Text : std::uint16_t {
#define TALLY_TEXT_NAME(name, zh, en) name,
    TALLY_TEXTS(TALLY_TEXT_NAME)
#undef TALLY_TEXT_NAME
};
std::size_t text_count();
std::string_view text(Lang lang, Text id);

struct PointsArg {  // worded with its unit
    domain::Points points = 0;
    bool sign = false;
    bool operator==(const PointsArg&) const = default;
};
struct MoneyArg {
    domain::Minor minor = 0;
    bool operator==(const MoneyArg&) const = default;
};
struct CountArg {
    std::int64_t count = 0;
    bool operator==(const CountArg&) const = default;
};
struct OpsArg {  // "3 operations", "3 笔"
    std::int64_t count = 0;
    bool operator==(const OpsArg&) const = default;
};
struct DayArg {
    Day day = 0;
    bool operator==(const DayArg&) const = default;
};
struct TimeArg {
    std::int64_t wall_ms = 0;
    bool operator==(const TimeArg&) const = default;
};
struct WordArg {
    Text id{};
    bool operator==(const WordArg&) const = default;
};
using Arg = std::variant<std::string, PointsArg, MoneyArg, CountArg, OpsArg, DayArg, TimeArg, WordArg>;

// A sentence not yet worded: state holds these, so that a change of language rewords what is on the screen.
struct Said {
    Text id{};
    std::vector<Arg> args;
    bool operator==(const Said&) const = default;
};

std::string word(const Locale& locale, const Arg& arg);
std::string say(const Locale& locale, const Said& said);

}  // namespace tally::terminal
