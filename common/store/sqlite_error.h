// SQLite's result codes as ours. The detail never holds bound values: SQLite's messages name tables and columns only.
#pragma once

#include <string_view>

#include "common/base/result.h"

struct sqlite3;

namespace tally::store {

// `db` may be null. `what` says what was tried.
Error sqlite_error(sqlite3* db, int code, std::string_view what);

}  // namespace tally::store
