// RAII over SQLite, always through the encrypting VFS. A Db belongs to one thread at a time. No SQLite type leaves this
// layer: callers see Db, Statement, Transaction and Result. SQLite's errors map to kFull (SQLITE_FULL, ENOSPC),
// kDamaged (IOERR_DATA, CORRUPT, NOTADB), kBusy (BUSY, LOCKED), kRefused (a trigger's RAISE, constraint), kIo (the
// rest).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/secret.h"
#include "common/store/format.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tally::store {

enum class Sync { kFull, kNormal };  // PRAGMA synchronous: kFull syncs at every commit

struct OpenOptions {
    bool create = false;  // else a missing or empty file is kNotFound
    bool read_only = false;
    Sync sync = Sync::kFull;
    int cache_kib = 32 * 1024;  // PRAGMA cache_size; misses are what encryption costs
    int busy_ms = 5000;
    const char* vfs = "tally";                    // tests put another name here
    std::uint8_t cipher = cipher_of_new_files();  // of a file that is made; one that is there says itself
    bool alone = false;                           // the caller has the database alone (database_lock.h)
};

class Statement {
  public:
    Statement() = default;
    // Parameters count from 1. Views must stay alive until the next step() or reset().
    Statement& bind(int index, std::int64_t value);
    Statement& bind(int index, ByteView value);
    Statement& bind(int index, std::string_view value);
    Statement& bind_null(int index);
    // true: a row is there; false: done. After false or an error the statement is reset, ready to be bound again.
    Result<bool> step();
    // For statements without rows: bind, run, reset.
    Status run();
    void reset();
    // Columns count from 0; views live until the next step() or reset().
    std::int64_t int64(int column) const;
    ByteView blob(int column) const;
    std::string_view text(int column) const;
    bool is_null(int column) const;

  private:
    friend class Db;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int bind_error_ = 0;  // first failed bind, reported by the next step()
};

class Db {
  public:
    // Opens `path` with the database's data key (32 bytes; see keys.h), in WAL mode, foreign keys on, secure_delete on.
    // A database that does not authenticate under the key: kDamaged, or kWrongKey where that can be told.
    static Result<Db> open(const std::string& path, const crypto::Secret& data_key, const OpenOptions& options);
    Db(Db&&) noexcept;
    Db& operator=(Db&&) noexcept;
    ~Db();

    Result<Statement> prepare(std::string_view sql);         // one statement; kept prepared for its life
    Status exec(std::string_view sql);                       // any number of statements, rows ignored
    Result<std::int64_t> query_int64(std::string_view sql);  // first column of the first row; kNotFound without a row
    std::int64_t changes() const;                            // rows changed by the last statement
    bool in_transaction() const;
    // The WAL ended in frames that do not authenticate when this was opened: a cut write, or damage of the last one.
    bool wal_was_torn() const { return wal_was_torn_; }
    // Moves the WAL into the file as far as readers allow (PRAGMA wal_checkpoint(PASSIVE or TRUNCATE)).
    Status checkpoint(bool truncate);
    // Takes another encrypted database, under its own data key (32 bytes), into this connection as `schema` (a name of
    // letters); `create`: makes it, which this connection must have been allowed too. It enters WAL mode, so a
    // transaction over both is whole in each of them, but a power cut may leave it in one only. kRefused within a
    // transaction; else as open(). DETACH lets it go.
    Status attach(const std::string& path, const crypto::Secret& data_key, const std::string& schema, bool create);
    // VACUUM INTO: a compact copy in a new file, sealed under its own data key. kExists when a file is there; what a
    // failure leaves is removed. For a copy while others write see backup.h.
    Status vacuum_into(const std::string& path, const crypto::Secret& data_key);
    // Reads and authenticates every page, then SQLite's integrity check. kDamaged names the first page that fails.
    Status check_pages();

  private:
    friend sqlite3* handle_of(Db& db);  // for this layer
    explicit Db(sqlite3* handle) : handle_(handle) {}
    sqlite3* handle_ = nullptr;
    bool wal_was_torn_ = false;
};

// BEGIN IMMEDIATE at construction by begin(); rolls back in the destructor unless commit() succeeded.
class Transaction {
  public:
    static Result<Transaction> begin(Db& db);
    Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Status commit();

  private:
    explicit Transaction(Db& db) : db_(&db) {}
    Db* db_;
};

// One numbered step of a schema's history. Steps are applied in order, each with its bump of PRAGMA user_version in one
// transaction. A file with a higher number than the last step is refused with kNewer.
struct Migration {
    int version;  // 1, 2, 3 ...
    std::string_view sql;
};
Status migrate(Db& db, std::span<const Migration> steps);

}  // namespace tally::store
