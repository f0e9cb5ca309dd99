#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>

#include "common/store/database_keys.h"
#include "common/store/vfs.h"
#include "tests/lab/bench_store.h"

namespace tally::lab {

namespace {

void must(bool done, sqlite3* db, const char* what) {
    if (done) return;
    std::fprintf(stderr, "tally-lab: bench store: %s: %s\n", what, db == nullptr ? "no memory" : sqlite3_errmsg(db));
    std::exit(1);
}

}  // namespace

void BenchDb::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

void BenchDb::run(const char* sql) const {
    must(sqlite3_exec(handle.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK, handle.get(), sql);
}

BenchDb BenchStore::open(const std::string& path, int cache_kib) const {
    constexpr int kFlags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3* handle = nullptr;
    int code = SQLITE_OK;
    if (cipher == 0) {
        code = sqlite3_open_v2(path.c_str(), &handle, kFlags, "unix");
    } else {
        must(store::register_vfs().has_value(), nullptr, "the VFS");
        store::Handover offer(std::make_shared<const store::DatabaseKeys>(data_key));
        offer.cipher = cipher;
        code = sqlite3_open_v2(offer.uri_of(path).c_str(), &handle, kFlags, "tally");
        if (code == SQLITE_OK) code = sqlite3_exec(handle, "PRAGMA schema_version", nullptr, nullptr, nullptr);
    }
    BenchDb out;
    out.handle.reset(handle);
    must(code == SQLITE_OK, handle, "open");
    out.run(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
        "PRAGMA journal_size_limit = 16777216");
    if (cache_kib != 0) out.run(("PRAGMA cache_size = " + std::to_string(-cache_kib)).c_str());
    return out;
}

BenchStatement::BenchStatement(const BenchDb& db, const char* sql) {
    must(sqlite3_prepare_v2(db.handle.get(), sql, -1, &statement_, nullptr) == SQLITE_OK, db.handle.get(), sql);
}

BenchStatement::~BenchStatement() { sqlite3_finalize(statement_); }

BenchStatement& BenchStatement::bind(int index, std::int64_t value) {
    sqlite3_bind_int64(statement_, index, value);
    return *this;
}

BenchStatement& BenchStatement::bind(int index, const std::string& text) {
    sqlite3_bind_text(statement_, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    return *this;
}

std::int64_t BenchStatement::run() {
    std::int64_t rows = 0;
    int code = SQLITE_OK;
    while ((code = sqlite3_step(statement_)) == SQLITE_ROW) ++rows;
    must(code == SQLITE_DONE, sqlite3_db_handle(statement_), sqlite3_sql(statement_));
    sqlite3_reset(statement_);
    return rows;
}

}  // namespace tally::lab
