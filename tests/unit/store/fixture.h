// What the tests of the store share: a folder of its own for each test, a seed, and raw access to the files on disk.
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>
#include <string>

#include "common/base/random.h"
#include "common/store/db.h"
#include "common/store/vfs.h"
#include "tests/support/temp_dir.h"

namespace tally::store::test {

// A folder that goes away with the test.
class Folder {
  public:
    std::string file(const std::string& name) const { return folder_ / name; }
    std::filesystem::path path() const { return folder_.path(); }

  private:
    support::TempDir folder_;
};

std::uint64_t seed();  // TALLY_SEED or a random one; printed once

crypto::Secret test_key(std::uint8_t number = 1);  // 32 bytes, the same for the same number
Result<Db> open_db(const std::string& path, bool create = true, const char* vfs = "tally");
Db must_open(const std::string& path, bool create = true, const char* vfs = "tally");

Bytes read_all(const std::string& path);
void write_all(const std::string& path, const Bytes& bytes);
void flip(const std::string& path, std::int64_t offset, std::uint8_t mask = 0x01);
bool contains(const Bytes& haystack, std::string_view needle);
void copy_database(const std::string& from, const std::string& to);  // main file and WAL, without the index

// A table of `rows` rows that hold more than one page, text and blobs.
void fill(Db& db, int rows, std::size_t bytes_each = 200);
std::string row_text(int id, std::size_t bytes);

// SQLite's own handle on an encrypted database, for what Db hides.
class Raw {
  public:
    explicit Raw(const std::string& path, const char* vfs = "tally", std::uint8_t key = 1);
    ~Raw();
    Raw(const Raw&) = delete;
    Raw& operator=(const Raw&) = delete;
    sqlite3* db() { return db_; }
    int exec(const std::string& sql);
    std::string text(const std::string& sql);  // first column of the first row
    sqlite3_file* main_file();
    sqlite3_file* log_file();  // journal or WAL

  private:
    sqlite3* db_ = nullptr;
};

// Reads and writes of an open file as SQLite does them; the result is SQLite's code.
int read_at(sqlite3_file* file, Bytes& out, std::int64_t offset);
int write_at(sqlite3_file* file, const Bytes& bytes, std::int64_t offset);

}  // namespace tally::store::test

// The code of a failure, or a text when there was none: one CHECK says both.
#define CHECK_CODE(result, expected)                                                                 \
    do {                                                                                             \
        const auto& checked_result = (result);                                                       \
        REQUIRE_MESSAGE(!checked_result.has_value(), "it succeeded");                                \
        CHECK_MESSAGE(checked_result.error().code == (expected), to_string(checked_result.error())); \
    } while (false)
#define REQUIRE_OK(result)                                                                                 \
    do {                                                                                                   \
        const auto& checked_result = (result);                                                             \
        REQUIRE_MESSAGE(checked_result.has_value(),                                                        \
                        (checked_result.has_value() ? std::string() : to_string(checked_result.error()))); \
    } while (false)
