#include "common/store/db.h"

#include <sqlite3.h>

#include <algorithm>

#include "common/store/sqlite_error.h"

namespace tally::store {

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int index, std::int64_t value) {
    const int code = sqlite3_bind_int64(statement_.get(), index, value);
    if (bind_error_ == SQLITE_OK) bind_error_ = code;
    return *this;
}

Statement& Statement::bind(int index, ByteView value) {
    const void* data = value.empty() ? "" : static_cast<const void*>(value.data());  // null would bind NULL
    const int code = sqlite3_bind_blob64(statement_.get(), index, data, value.size(), SQLITE_STATIC);
    if (bind_error_ == SQLITE_OK) bind_error_ = code;
    return *this;
}

Statement& Statement::bind(int index, std::string_view value) {
    const char* data = value.empty() ? "" : value.data();
    const int code = sqlite3_bind_text64(statement_.get(), index, data, value.size(), SQLITE_STATIC, SQLITE_UTF8);
    if (bind_error_ == SQLITE_OK) bind_error_ = code;
    return *this;
}

Statement& Statement::bind_null(int index) {
    const int code = sqlite3_bind_null(statement_.get(), index);
    if (bind_error_ == SQLITE_OK) bind_error_ = code;
    return *this;
}

Result<bool> Statement::step() {
    if (statement_ == nullptr) return fail(Code::kBug, "a statement that was never prepared");
    sqlite3* db = sqlite3_db_handle(statement_.get());
    if (bind_error_ != SQLITE_OK) {
        const int code = bind_error_;
        reset();
        return sqlite_error(nullptr, code, "bind");
    }
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(statement_.get());
        return false;
    }
    Error error = sqlite_error(db, code, "step");
    reset();
    return error;
}

Status Statement::run() {
    TALLY_TRY(const bool row, step());
    if (row) reset();
    return {};
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
    bind_error_ = SQLITE_OK;
}

std::int64_t Statement::int64(int column) const { return sqlite3_column_int64(statement_.get(), column); }

ByteView Statement::blob(int column) const {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view Statement::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

sqlite3* handle_of(Db& db) { return db.handle_; }

Db::Db(Db&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)), wal_was_torn_(other.wal_was_torn_) {}

Db& Db::operator=(Db&& other) noexcept {
    if (this != &other) {
        sqlite3_close_v2(handle_);
        handle_ = std::exchange(other.handle_, nullptr);
        wal_was_torn_ = other.wal_was_torn_;
    }
    return *this;
}

Db::~Db() { sqlite3_close_v2(handle_); }

Result<Statement> Db::prepare(std::string_view sql) {
    Statement out;
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement, &tail);
    out.statement_.reset(statement);
    if (code != SQLITE_OK) return sqlite_error(handle_, code, "prepare");
    const std::string_view rest(tail, static_cast<std::size_t>(sql.data() + sql.size() - tail));
    if (statement == nullptr || rest.find_first_not_of(" \t\r\n;") != std::string_view::npos)
        return fail(Code::kBug, "prepare takes exactly one statement");
    return out;
}

Status Db::exec(std::string_view sql) {
    const std::string text(sql);  // with its terminating zero
    const int code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_error(handle_, code, "exec");
    return {};
}

Result<std::int64_t> Db::query_int64(std::string_view sql) {
    TALLY_TRY(Statement statement, prepare(sql));
    TALLY_TRY(const bool row, statement.step());
    if (!row) return fail(Code::kNotFound, "a query gave no row");
    return statement.int64(0);
}

std::int64_t Db::changes() const { return sqlite3_changes64(handle_); }

bool Db::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

Status Db::checkpoint(bool truncate) {
    const int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    const int code = sqlite3_wal_checkpoint_v2(handle_, "main", mode, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_error(handle_, code, "checkpoint");
    return {};
}

Result<Transaction> Transaction::begin(Db& db) {
    if (db.in_transaction()) return fail(Code::kBug, "a transaction within a transaction");
    TALLY_OK(db.exec("BEGIN IMMEDIATE"));
    return Transaction(db);
}

// SQLite rolls back by itself after some errors (disk full, for one): then there is nothing left to do.
Transaction::~Transaction() {
    if (db_ == nullptr || !db_->in_transaction()) return;
    (void)db_->exec("ROLLBACK").has_value();
}

Status Transaction::commit() {
    if (db_ == nullptr) return fail(Code::kBug, "a transaction is committed twice");
    if (!db_->in_transaction()) return fail(Code::kIo, "the transaction was rolled back after an error");
    TALLY_OK(db_->exec("COMMIT"));
    db_ = nullptr;
    return {};
}

Status migrate(Db& db, std::span<const Migration> steps) {
    int before = 0;
    for (const Migration& step : steps) {
        if (step.version <= before) return fail(Code::kBug, "migrations are not in rising order");
        before = step.version;
    }
    // Nothing to do, nearly always: then no lock is taken, and a backup or a till opens while others write.
    TALLY_TRY(const std::int64_t there, db.query_int64("PRAGMA user_version"));
    if (there == before) return {};
    for (const Migration& step : steps) {
        TALLY_TRY(Transaction transaction, Transaction::begin(db));
        // Read within the transaction: another process may migrate the same file.
        TALLY_TRY(const std::int64_t version, db.query_int64("PRAGMA user_version"));
        if (version > before)
            return fail(Code::kNewer, "the database has schema " + std::to_string(version) + ", this program knows " +
                                          std::to_string(before) +
                                          ": it was used by a newer one, which has to be installed again");
        if (version >= step.version) continue;
        TALLY_OK(db.exec(step.sql));
        TALLY_OK(db.exec("PRAGMA user_version = " + std::to_string(step.version)));
        TALLY_OK(transaction.commit());
    }
    return {};
}

}  // namespace tally::store
