#include "hq-server/admin/text_table.h"

#include <algorithm>

#include "common/base/csv.h"
#include "common/base/utf8.h"

namespace tally::admin {

std::string as_csv(const Table& table) {
    std::string out;
    for (const auto& row : table) {
        for (std::size_t i = 0; i < row.size(); ++i) out += (i ? "," : "") + csv_field(row[i]);
        out += '\n';
    }
    return out;
}

std::string as_text(const Table& table, Cells cells) {
    std::vector<std::size_t> widths(table.front().size());
    for (const auto& row : table)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], code_points(row[i]));
    std::string out;
    for (const auto& row : table) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string pad(widths[i] - std::min(widths[i], code_points(row[i])), ' ');
            if (i > 0) line += "  ";
            line += cells == Cells::kNumbers && i > 0 ? pad + row[i] : row[i] + pad;
        }
        if (cells == Cells::kWords) line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    return out;
}

}  // namespace tally::admin
