// The encrypting SQLite VFS "tally": main file, WAL, rollback journal and temporary files, page by page with
// XChaCha20-Poly1305. Byte layout and numbered invariants: common/store/FILES.md. Thread-safe. One VFS serves the
// product and, as a loadable extension, foreign programs (extension.cpp).
#pragma once

#include <functional>
#include <memory>

#include "common/crypto/secret.h"

namespace tally::store {

class DatabaseKeys;

// What the program around the VFS is. The default is the product: a database's key is handed over by Db under a handle,
// never by a file name or a PRAGMA, and a file opened without a handle is refused (F10).
struct VfsHost {
    // The keys of a main file that is opened without a handle, asked before the file is opened or made. `name` is as
    // SQLite gives it (for sqlite3_uri_parameter), `flags` are SQLITE_OPEN_*.
    std::function<Result<std::shared_ptr<const DatabaseKeys>>(const char* name, int flags)> keys_of;
    // Told why a main file without a handle was refused, for SQLite has no words of ours.
    std::function<void(const char* name, const Error& why)> refused;
    // A foreign program: it may load extensions, and its PRAGMA page_size is answered with 4096 instead of refused.
    bool guest = false;
    bool is_default = false;  // of all connections that name no VFS
};

// Registers the VFS over `base_name` (null: SQLite's default VFS), under `name`. Idempotent. The crash tests put their
// own VFS below it.
Status register_vfs(const char* name = "tally", const char* base_name = nullptr, VfsHost host = {});

}  // namespace tally::store
