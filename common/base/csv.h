// Reads and writes CSV (RFC 4180, UTF-8, header row), over libcsv in its strict mode. Knows nothing of the columns'
// meaning. A reader belongs to one thread.
//
// A row that cannot be read does not stop the rest: it comes out with `fault` set, and reading goes on at the line
// after the bad row's first line. So a forgotten closing quote costs its own row, not the remainder of the file; the
// price is that the further lines of a broken multi-line field are then read as rows of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace tally {

inline constexpr std::size_t kCsvRowBytesMax = 1 << 20;
inline constexpr std::size_t kCsvFieldsMax = 256;

struct CsvRow {
    std::int64_t line_number = 0;     // of the row's first line; the header's is 1
    std::vector<std::string> fields;  // as many as the header has; unquoted blanks at either end are gone
    std::string fault;                // not empty: unreadable, and why (English, repeats nothing of the content)
};

class CsvReader {
  public:
    // kNotFound, kIo: the file; kInvalid: no header row, an unreadable one, or a column name twice. A byte order mark
    // is tolerated.
    static Result<CsvReader> open(const std::string& path);
    CsvReader(CsvReader&&) noexcept;
    CsvReader& operator=(CsvReader&&) noexcept;
    ~CsvReader();

    const std::vector<std::string>& header() const { return header_; }

    // The next row; empty at the end of the file. Blank lines are passed over. Errors: kIo only.
    Result<std::optional<CsvRow>> next();

  private:
    struct Impl;
    explicit CsvReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
    std::vector<std::string> header_;
};

// One field for writing: quoted when its content asks for it (comma, quote, line break, blank at an end). A row that is
// one empty field would be a blank line, and read as none.
std::string csv_field(std::string_view text);

}  // namespace tally
