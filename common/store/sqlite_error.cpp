#include "common/store/sqlite_error.h"

#include <sqlite3.h>

#include <cerrno>

namespace tally::store {

static bool is_full(int system_errno) {
    return system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG;
}

static Code code_of(sqlite3* db, int extended) {
    switch (extended) {
        case SQLITE_IOERR_DATA:
        case SQLITE_IOERR_CORRUPTFS: return Code::kDamaged;
        case SQLITE_IOERR_SHMSIZE:
        case SQLITE_IOERR_SHMMAP:
        case SQLITE_IOERR_WRITE:
        case SQLITE_IOERR_FSYNC:
        case SQLITE_IOERR_TRUNCATE: return db != nullptr && is_full(sqlite3_system_errno(db)) ? Code::kFull : Code::kIo;
        default: break;
    }
    switch (extended & 0xFF) {
        case SQLITE_FULL: return Code::kFull;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Code::kDamaged;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Code::kBusy;
        case SQLITE_CONSTRAINT:
        case SQLITE_AUTH:
        case SQLITE_PERM:
        case SQLITE_READONLY: return Code::kRefused;
        case SQLITE_TOOBIG: return Code::kInvalid;
        case SQLITE_ERROR:  // the SQL itself is wrong, and all SQL is ours
        case SQLITE_MISUSE:
        case SQLITE_RANGE:
        case SQLITE_MISMATCH: return Code::kBug;
        default: return Code::kIo;
    }
}

Error sqlite_error(sqlite3* db, int code, std::string_view what) {
    const int extended = db != nullptr && (code & 0xFF) == code && (sqlite3_extended_errcode(db) & 0xFF) == code
                             ? sqlite3_extended_errcode(db)
                             : code;
    std::string detail(what);
    detail += ": ";
    const bool fresh = db != nullptr && (sqlite3_errcode(db) & 0xFF) == (extended & 0xFF);
    detail += fresh ? sqlite3_errmsg(db) : sqlite3_errstr(extended);
    detail += " (" + std::to_string(extended) + ")";
    return fail(code_of(db, extended), std::move(detail));
}

}  // namespace tally::store
