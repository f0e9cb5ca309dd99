// Rows of cells as the commands print them: as CSV, or in columns for people. Pure; any thread.
#pragma once

#include <string>
#include <vector>

namespace tally::admin {

using Table = std::vector<std::vector<std::string>>;  // the first row is the header; every row has as many cells

std::string as_csv(const Table& table);

enum class Cells { kNumbers, kWords };  // numbers stand to the right, except in the first column
// Widths are counted in code points: a column of Chinese is aligned only where it is the last.
std::string as_text(const Table& table, Cells cells);

}  // namespace tally::admin
