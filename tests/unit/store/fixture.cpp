#include "tests/unit/store/fixture.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>

#include "common/store/database_keys.h"

namespace tally::store::test {

namespace fs = std::filesystem;

std::uint64_t seed() {
    static const std::uint64_t value = [] {
        const char* given = std::getenv("TALLY_SEED");
        const std::uint64_t out = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
        std::cout << "TALLY_SEED=" << out << std::endl;
        return out;
    }();
    return value;
}

crypto::Secret test_key(std::uint8_t number) {
    Bytes bytes(32, number);
    return crypto::Secret::copy_of(bytes);
}

Result<Db> open_db(const std::string& path, bool create, const char* vfs) {
    OpenOptions options;
    options.create = create;
    options.vfs = vfs;
    return Db::open(path, test_key(), options);
}

Db must_open(const std::string& path, bool create, const char* vfs) {
    Result<Db> db = open_db(path, create, vfs);
    REQUIRE_OK(db);
    return std::move(db).value();
}

Bytes read_all(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

void write_all(const std::string& path, const Bytes& bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// In place: a connection that has the file open sees it.
void flip(const std::string& path, std::int64_t offset, std::uint8_t mask) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    REQUIRE(file.good());
    char byte = 0;
    file.seekg(offset);
    file.read(&byte, 1);
    byte = static_cast<char>(byte ^ mask);
    file.seekp(offset);
    file.write(&byte, 1);
}

bool contains(const Bytes& haystack, std::string_view needle) {
    const ByteView view = view_of(needle);
    return std::search(haystack.begin(), haystack.end(), view.begin(), view.end()) != haystack.end();
}

void copy_database(const std::string& from, const std::string& to) {
    fs::copy_file(from, to, fs::copy_options::overwrite_existing);
    fs::remove(to + "-shm");
    fs::remove(to + "-wal");
    if (fs::exists(from + "-wal")) fs::copy_file(from + "-wal", to + "-wal", fs::copy_options::overwrite_existing);
}

std::string row_text(int id, std::size_t bytes) {
    std::string out = "row " + std::to_string(id) + " ";
    while (out.size() < bytes) out += static_cast<char>('a' + (out.size() * 7 + static_cast<std::size_t>(id)) % 26);
    return out;
}

void fill(Db& db, int rows, std::size_t bytes_each) {
    REQUIRE_OK(db.exec("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, body TEXT NOT NULL)"));
    Result<Transaction> transaction = Transaction::begin(db);
    REQUIRE_OK(transaction);
    Result<Statement> insert = db.prepare("INSERT INTO t (id, body) VALUES (?1, ?2)");
    REQUIRE_OK(insert);
    for (int id = 1; id <= rows; ++id) {
        const std::string body = row_text(id, bytes_each);
        REQUIRE_OK(insert->bind(1, id).bind(2, body).run());
    }
    REQUIRE_OK(transaction->commit());
}

Raw::Raw(const std::string& path, const char* vfs, std::uint8_t key) {
    REQUIRE_OK(register_vfs());
    const Handover offer(std::make_shared<const DatabaseKeys>(test_key(key)));
    const std::string uri = "file://" + path + "?" + kHandleParameter + "=" + offer.handle();
    REQUIRE(sqlite3_open_v2(uri.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, vfs) ==
            SQLITE_OK);
    sqlite3_extended_result_codes(db_, 1);
}

Raw::~Raw() { sqlite3_close_v2(db_); }

int Raw::exec(const std::string& sql) { return sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr); }

std::string Raw::text(const std::string& sql) {
    std::string out;
    sqlite3_exec(
        db_, sql.c_str(),
        [](void* target, int, char** values, char**) {
            *static_cast<std::string*>(target) = values[0] == nullptr ? "" : values[0];
            return 0;
        },
        &out, nullptr);
    return out;
}

sqlite3_file* Raw::main_file() {
    sqlite3_file* file = nullptr;
    REQUIRE(sqlite3_file_control(db_, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK);
    return file;
}

sqlite3_file* Raw::log_file() {
    sqlite3_file* file = nullptr;
    REQUIRE(sqlite3_file_control(db_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) == SQLITE_OK);
    return file;
}

int read_at(sqlite3_file* file, Bytes& out, std::int64_t offset) {
    return file->pMethods->xRead(file, out.data(), static_cast<int>(out.size()), offset);
}
int write_at(sqlite3_file* file, const Bytes& bytes, std::int64_t offset) {
    return file->pMethods->xWrite(file, bytes.data(), static_cast<int>(bytes.size()), offset);
}

}  // namespace tally::store::test
