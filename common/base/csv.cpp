#include "common/base/csv.h"

#include <csv.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "common/base/utf8.h"

namespace tally {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;

// One libcsv parser, used for one row and thrown away, so that a bad row leaves nothing behind.
class RowParser {
  public:
    RowParser() { ready_ = csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) == 0; }
    ~RowParser() {
        if (ready_) csv_free(&parser_);
    }
    RowParser(const RowParser&) = delete;
    RowParser& operator=(const RowParser&) = delete;

    // False when libcsv finds the text unreadable.
    bool feed(std::string_view text) {
        return ready_ && csv_parse(&parser_, text.data(), text.size(), on_field, on_row, this) == text.size();
    }
    bool finish() { return ready_ && csv_fini(&parser_, on_field, on_row, this) == 0; }

    int rows() const { return rows_; }
    bool begun() const { return begun_; }
    std::vector<std::string>& fields() { return fields_; }

    void note_begin(std::string_view line) {
        begun_ = begun_ || line.find_first_not_of(" \t\r\n") != std::string_view::npos;
    }

  private:
    static void on_field(void* bytes, std::size_t size, void* self) {
        auto& fields = static_cast<RowParser*>(self)->fields_;
        // One more than allowed is kept, so that the caller sees the excess.
        if (fields.size() <= kCsvFieldsMax) fields.emplace_back(static_cast<const char*>(bytes), size);
    }
    static void on_row(int, void* self) { ++static_cast<RowParser*>(self)->rows_; }

    csv_parser parser_{};
    bool ready_ = false;
    bool begun_ = false;
    int rows_ = 0;
    std::vector<std::string> fields_;
};

std::string fault_of(const std::vector<std::string>& fields) {
    if (fields.size() > kCsvFieldsMax) return "more than " + std::to_string(kCsvFieldsMax) + " fields";
    if (!std::all_of(fields.begin(), fields.end(), is_valid_utf8)) return "not UTF-8";
    return {};
}

}  // namespace

struct CsvReader::Impl {
    explicit Impl(int file) : file_(file) {}
    ~Impl() { ::close(file_); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    // The line at `offset` of the buffer with its line feed; the file's last may have none. Empty at the end of the
    // file. Longer than a row may be: cut there, without a line feed, and at_end() is false.
    Result<std::string_view> line_at(std::size_t offset) {
        std::size_t searched = offset;
        while (true) {
            const std::size_t feed = buffer_.find('\n', searched);
            if (feed != std::string::npos) return std::string_view(buffer_).substr(offset, feed + 1 - offset);
            if (buffer_.size() - offset > kCsvRowBytesMax || at_end_) return std::string_view(buffer_).substr(offset);
            searched = buffer_.size();
            TALLY_OK(fill());
        }
    }

    Status fill() {
        const std::size_t old_size = buffer_.size();
        buffer_.resize(old_size + kChunkBytes);
        ssize_t count = 0;
        do {
            count = ::read(file_, buffer_.data() + old_size, kChunkBytes);
        } while (count < 0 && errno == EINTR);
        buffer_.resize(old_size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (count < 0) return fail(Code::kIo, "reading the CSV file failed");
        if (count == 0) at_end_ = true;
        return {};
    }

    // Drops what was read, in amounts that keep the copying linear.
    void consume(std::size_t bytes) {
        start_ += bytes;
        if (start_ < kChunkBytes && start_ < buffer_.size()) return;
        buffer_.erase(0, start_);
        start_ = 0;
    }

    // Passes over the first line of a bad row.
    Status skip_line() {
        while (true) {
            TALLY_TRY(const std::string_view line, line_at(start_));
            const bool whole = line.empty() || line.back() == '\n' || at_end_;
            consume(line.size());
            if (!whole) continue;
            ++line_number_;
            return {};
        }
    }

    Result<std::optional<CsvRow>> bad(std::string fault) {
        CsvRow row{line_number_, {}, std::move(fault)};
        TALLY_OK(skip_line());
        return std::optional(std::move(row));
    }

    Result<std::optional<CsvRow>> next() {
        RowParser parser;
        std::size_t bytes = 0;
        std::int64_t lines = 0;
        while (parser.rows() == 0) {
            TALLY_TRY(const std::string_view line, line_at(start_ + bytes));
            if (line.empty()) {  // the end of the file
                const bool begun = parser.begun();
                if (!parser.finish()) return bad("a quote that is never closed");
                if (begun && parser.rows() > 0) break;
                return std::optional<CsvRow>();
            }
            parser.note_begin(line);
            bytes += line.size();
            ++lines;
            if (bytes > kCsvRowBytesMax) return bad("longer than a row may be");
            if (!parser.feed(line)) return bad("a quote at a wrong place");
            if (!parser.begun()) {  // a blank line: not part of any row
                consume(bytes);
                line_number_ += lines;
                bytes = 0;
                lines = 0;
            }
        }
        if (parser.rows() > 1) return bad("a carriage return inside the line");
        std::string fault = fault_of(parser.fields());
        if (!fault.empty()) return bad(std::move(fault));
        CsvRow row{line_number_, std::move(parser.fields()), {}};
        consume(bytes);
        line_number_ += lines;
        return std::optional(std::move(row));
    }

    int file_;
    bool at_end_ = false;
    std::int64_t line_number_ = 1;
    std::size_t start_ = 0;  // of what is not consumed yet
    std::string buffer_;
};

CsvReader::CsvReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CsvReader::CsvReader(CsvReader&&) noexcept = default;
CsvReader& CsvReader::operator=(CsvReader&&) noexcept = default;
CsvReader::~CsvReader() = default;

Result<CsvReader> CsvReader::open(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return fail(errno == ENOENT ? Code::kNotFound : Code::kIo, "cannot open the CSV file " + path);
    CsvReader reader(std::make_unique<Impl>(file));
    Impl& impl = *reader.impl_;
    TALLY_TRY(const std::string_view first_line, impl.line_at(0));
    if (first_line.starts_with("\xEF\xBB\xBF")) impl.consume(3);
    TALLY_TRY(auto row, impl.next());
    if (!row) return fail(Code::kInvalid, "no header row in " + path);
    if (!row->fault.empty()) return fail(Code::kInvalid, "header row of " + path + ": " + row->fault);
    std::set<std::string> seen;
    for (const std::string& column : row->fields) {
        if (!seen.insert(column).second) return fail(Code::kInvalid, "column twice in " + path + ": " + column);
    }
    reader.header_ = std::move(row->fields);
    return reader;
}

Result<std::optional<CsvRow>> CsvReader::next() {
    TALLY_TRY(auto row, impl_->next());
    if (row && row->fault.empty() && row->fields.size() != header_.size()) {
        row->fault =
            std::to_string(row->fields.size()) + " fields where the header has " + std::to_string(header_.size());
        row->fields.clear();
    }
    return row;
}

std::string csv_field(std::string_view text) {
    const bool blank_end =
        !text.empty() && (text.front() == ' ' || text.front() == '\t' || text.back() == ' ' || text.back() == '\t');
    if (!blank_end && text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

}  // namespace tally
