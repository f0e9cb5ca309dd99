#include "common/base/csv.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include <fstream>

#include "common/base/random.h"
#include "tests/support/seed.h"

using namespace tally;

namespace {

struct TempFile {
    explicit TempFile(const std::string& content) {
        static int number = 0;
        path = std::filesystem::temp_directory_path() /
               ("tally_csv_" + std::to_string(::getpid()) + "_" + std::to_string(number++));
        std::ofstream(path, std::ios::binary) << content;
    }
    ~TempFile() { std::filesystem::remove(path); }
    std::filesystem::path path;
};

std::vector<CsvRow> rows_of(const std::string& content) {
    const TempFile file(content);
    auto reader = CsvReader::open(file.path.string());
    REQUIRE(reader);
    std::vector<CsvRow> rows;
    while (true) {
        auto row = reader->next();
        REQUIRE(row);
        if (!*row) return rows;
        rows.push_back(std::move(**row));
    }
}

Code open_code(const std::string& content) {
    const TempFile file(content);
    const auto reader = CsvReader::open(file.path.string());
    return reader ? Code::kBug : reader.error().code;
}

}  // namespace

TEST_CASE("csv: rows come with the number of their first line, blank lines and CRLF counted") {
    const auto rows = rows_of(
        "\xEF\xBB\xBF"
        "a,b\r\n1,2\r\n\r\n\"x\ny\",\"say \"\"hi\"\"\"\n  \n3,\n");
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].line_number == 2);
    CHECK(rows[0].fields == std::vector<std::string>{"1", "2"});
    CHECK(rows[1].line_number == 4);
    CHECK(rows[1].fields == std::vector<std::string>{"x\ny", "say \"hi\""});
    CHECK(rows[2].line_number == 7);
    CHECK(rows[2].fields == std::vector<std::string>{"3", ""});
}

TEST_CASE("csv: the byte order mark is no part of the first column's name") {
    const TempFile file("\xEF\xBB\xBFname\nx\n");
    CHECK(CsvReader::open(file.path.string())->header() == std::vector<std::string>{"name"});
}

TEST_CASE("csv: the last row needs no line feed") {
    const auto rows = rows_of("a\n1\n2");
    REQUIRE(rows.size() == 2);
    CHECK(rows[1].fields[0] == "2");
}

TEST_CASE("csv: a bad row names its line and the rest goes on") {
    const auto rows = rows_of("a,b\n1,2\n3,\"4\"x\n5,6\nq\"q,1\n7\n8,9,10\n\xFF,1\n11,12\n");
    REQUIRE(rows.size() == 8);
    std::vector<std::int64_t> bad;
    for (const auto& row : rows) {
        if (!row.fault.empty()) bad.push_back(row.line_number);
    }
    CHECK(bad == std::vector<std::int64_t>{3, 5, 6, 7, 8});
    CHECK(rows[7].line_number == 9);
    CHECK(rows[7].fields == std::vector<std::string>{"11", "12"});
}

TEST_CASE("csv: a quote that is never closed costs its own row only") {
    std::string content = "a,b\n1,\"2\n";
    for (int i = 0; i < 300'000; ++i) content += "3,4\n";  // more than a row may hold
    auto rows = rows_of(content);
    REQUIRE(rows.size() == 300'001);
    CHECK(rows[0].line_number == 2);
    CHECK_FALSE(rows[0].fault.empty());
    CHECK(rows[1].line_number == 3);
    CHECK(rows.back().line_number == 300'002);
    rows = rows_of("a,b\n1,\"2\n3,4\n");
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].fault == "a quote that is never closed");
    CHECK(rows[1].fields[1] == "4");
}

TEST_CASE("csv: a row of a mebibyte is read, a longer one and too many fields are bad rows") {
    const std::string most(kCsvRowBytesMax - 1, 'x');
    auto rows = rows_of("a\n" + most + "\n" + most + "xx\nend\n");
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].fields[0] == most);
    CHECK(rows[1].fault == "longer than a row may be");
    CHECK(rows[1].line_number == 3);
    CHECK(rows[2].line_number == 4);
    rows = rows_of("a\n" + most + most + most + "\nend");
    REQUIRE(rows.size() == 2);
    CHECK(rows[1].fields[0] == "end");
    rows = rows_of("a\n" + std::string(100'000, ',') + "\nend\n");
    REQUIRE(rows.size() == 2);
    CHECK_FALSE(rows[0].fault.empty());
}

TEST_CASE("csv: a bare carriage return inside a line is a bad row") {
    const auto rows = rows_of("a,b\n1,2\r3,4\n5,6\n");
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].line_number == 2);
    CHECK_FALSE(rows[0].fault.empty());
    CHECK(rows[1].fields[0] == "5");
}

TEST_CASE("csv: a missing file, an empty one, a bad header and a doubled column are refused") {
    CHECK(CsvReader::open("/nonexistent/x.csv").error().code == Code::kNotFound);
    CHECK(CsvReader::open("/").error().code == Code::kIo);
    CHECK(open_code("") == Code::kInvalid);
    CHECK(open_code("\n\n") == Code::kInvalid);
    CHECK(open_code("a,\"b\n") == Code::kInvalid);
    CHECK(open_code("a,b,a\n") == Code::kInvalid);
    CHECK(open_code("\xFF\n1\n") == Code::kInvalid);
}

TEST_CASE("csv: a file without rows ends at once, and again") {
    const TempFile file("a,b\n");
    auto reader = CsvReader::open(file.path.string());
    REQUIRE(reader);
    CHECK_FALSE(reader->next().value());
    CHECK_FALSE(reader->next().value());
}

TEST_CASE("csv: what csv_field writes, the reader reads back") {
    const std::vector<std::string> pieces{"", ",", "\"", "\n", "\r\n", " ", "\t", "x", "\xE5\xBC\xA0", "=1", "'"};
    SeededRandom random(support::seed());
    std::string content = "a,b,c\n";
    std::vector<std::vector<std::string>> written;
    for (int row = 0; row < 2000; ++row) {
        std::vector<std::string> fields(3);
        fields[0] = "k";  // a row of empty fields only would look like any other, but a blank line must not arise
        for (std::size_t i = 1; i < 3; ++i) {
            for (std::uint64_t n = random.below(6); n > 0; --n) fields[i] += pieces[random.below(pieces.size())];
        }
        content += csv_field(fields[0]) + "," + csv_field(fields[1]) + "," + csv_field(fields[2]) + "\n";
        written.push_back(std::move(fields));
    }
    const auto rows = rows_of(content);
    REQUIRE(rows.size() == written.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CHECK(rows[i].fault.empty());
        CHECK(rows[i].fields == written[i]);
    }
}
