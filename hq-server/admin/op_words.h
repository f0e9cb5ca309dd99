// An operation in English, for the commands: one line, or what it says fact by fact, so that two can stand side by
// side. No sealed field is opened. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/timezone.h"
#include "common/domain/op.h"

namespace tally::admin {

// Without what would move a terminal's cursor: numbers of bills are what tills wrote.
std::string shown(std::string text);

// "earn, bill 77, amount 1200, eligible 1200, points 12": money as minor units.
std::string op_line(const domain::Op& op);

using Facts = std::vector<std::pair<std::string, std::string>>;  // name and value
Facts facts_of(const domain::Op& op, const TimeZone& zone);

// A table of one operation's facts, or of two: a line that differs is marked.
std::string facts_text(const domain::Op& one, const domain::Op* other, const TimeZone& zone);

}  // namespace tally::admin
