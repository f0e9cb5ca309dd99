// A CSV file of any columns. Law: the rows that can be read, written again, are read as the same rows; line numbers
// rise.
#include "common/base/csv.h"
#include "tests/fuzz/target.h"
#include "tests/fuzz/text_file.h"

using namespace tally;

namespace {

using Table = std::vector<std::vector<std::string>>;  // the header first

// Empty: no header that can be read.
Table read(std::string_view text, bool& faults) {
    const fuzz::TextFile file(text);
    auto reader = CsvReader::open(file.path());
    if (!reader) return {};
    Table out{reader->header()};
    for (std::int64_t line = 1;;) {
        const auto row = reader->next();
        TALLY_ASSERT(row.has_value(), "nothing but a disk stops the rows");
        if (!*row) return out;
        TALLY_ASSERT((*row)->line_number > line, "line numbers rise");
        line = (*row)->line_number;
        if (!(*row)->fault.empty()) {
            faults = true;
            continue;
        }
        TALLY_ASSERT((*row)->fields.size() == out[0].size(), "as many fields as the header has");
        out.push_back((*row)->fields);
    }
}

std::string written(const Table& table) {
    std::string out = "\xEF\xBB\xBF";  // so that no first field is taken for one
    for (const auto& row : table) {
        if (row.size() == 1 && row[0].empty()) out += "\"\"";  // else a blank line, which is no row
        for (std::size_t i = 0; i < row.size(); ++i) out += (i > 0 ? "," : "") + csv_field(row[i]);
        out += '\n';
    }
    return out;
}

}  // namespace

TALLY_FUZZ(csv) {
    bool faults = false, faults_again = false;
    const Table table = read(text_of(input), faults);
    if (table.empty()) return;
    const Table again = read(written(table), faults_again);
    TALLY_ASSERT(!faults_again && again == table, "what is written is read");
}
