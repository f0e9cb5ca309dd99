// The encrypting SQLite VFS "tally": main file, WAL, rollback journal and temporary files, page by page with
// XChaCha20-Poly1305. Byte layout and numbered invariants: common/store/FILES.md. Thread-safe.
#pragma once

#include "common/crypto/secret.h"

namespace tally::store {

// Registers the VFS over `base_name` (null: SQLite's default VFS), under `name`. Idempotent. The crash tests put their
// own VFS below it. A database's key is handed over by Db::open, never by a file name or a PRAGMA.
Status register_vfs(const char* name = "tally", const char* base_name = nullptr);

}  // namespace tally::store
