// The keys of one open database, all derived from its data key, and the hand-over of them from Db::open to the VFS: an
// in-process registry under a random handle. No key ever stands in a file name, a PRAGMA or a log (F10). Thread-safe.
#pragma once

#include <memory>
#include <optional>

#include "common/crypto/secret.h"
#include "common/store/format.h"

namespace tally::store {

class DatabaseKeys {
  public:
    explicit DatabaseKeys(const crypto::Secret& data_key);  // 32 bytes
    ByteView main() const { return keys_.view().subspan(0, 32); }
    ByteView wal() const { return keys_.view().subspan(32, 32); }
    ByteView journal() const { return keys_.view().subspan(64, 32); }
    ByteView header() const { return keys_.view().subspan(96, 16); }
    // Follows from the data key (F4), so a file tells whether it belongs to a key without telling the key.
    const DatabaseId& id() const { return id_; }

  private:
    crypto::Secret keys_;
    DatabaseId id_{};
};

// Secrets of 32 bytes for one use each above this layer, derived from the data key like the database's own. The numbers
// stand in FILES.md and are never given another meaning.
enum class DerivedUse : std::uint64_t { kImportedRows = 6, kWitness = 7 };
crypto::Secret derived_secret(const crypto::Secret& data_key, DerivedUse use);

// Keys on offer to the VFS while a call of Db runs that opens a file. The VFS leaves the reason here when it refuses
// the file.
class Handover {
  public:
    explicit Handover(std::shared_ptr<const DatabaseKeys> keys);
    Handover(const Handover&) = delete;
    Handover& operator=(const Handover&) = delete;
    ~Handover();

    const std::string& handle() const { return handle_; }
    // How SQLite is told to open `path` with these keys, for as long as they are on offer. `mode`: SQLite's parameter
    // of that name, or null.
    std::string uri_of(const std::string& path, const char* mode = nullptr) const;
    const std::shared_ptr<const DatabaseKeys>& keys() const { return keys_; }
    std::uint8_t cipher = cipher_of_new_files();  // of a file that is made
    bool alone = false;  // the opener has the database alone already (DatabaseLock::Part::kUse)
    int wait_ms = 0;     // for one that has
    std::optional<Error> refusal;

    static Handover* find(std::string_view handle);  // null: nothing is offered under it
    // Whether this is an URI made by uri_of() whose keys are on offer now: the one kind of file SQL may attach.
    static bool offers(std::string_view uri);

  private:
    std::string handle_;
    std::shared_ptr<const DatabaseKeys> keys_;
};

inline constexpr const char* kHandleParameter = "tally_handle";

}  // namespace tally::store
