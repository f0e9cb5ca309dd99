// The key slots of one database: a file `<database>.keys` beside it that holds the random 32-byte data key, wrapped
// once a slot. Changing a passphrase rewraps; the data key itself never changes in place. Byte layout:
// common/store/FILES.md.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/crypto/device.h"
#include "common/crypto/secret.h"

namespace tally::store {

struct Passphrase {
    crypto::Secret text;  // UTF-8, 1..1024 bytes, no trailing newline
};
struct KeyFile {
    std::string path;       // a file of exactly 32 random bytes, readable by its owner only
    bool any_mode = false;  // readable by others too: support's extension warns instead of refusing
};
struct RecoveryKey {
    const crypto::Device* device;  // HQ's recovery device, whose public key the slot was sealed to
};
using Unlock = std::variant<Passphrase, KeyFile, RecoveryKey>;

enum class SlotKind : std::uint8_t { kPassphrase = 1, kKeyFile = 2, kRecovery = 3 };
struct SlotInfo {
    int index;
    SlotKind kind;
};

// Argon2id cost of a passphrase slot. Stored in the slot; values above the upper bounds are refused before they are
// run.
struct PassphraseCost {
    std::uint64_t operations = 3;
    std::uint64_t memory_bytes = 64u << 20;
};

// Makes the slot file of a database that does not exist yet or is empty, and returns its new data key. kExists when
// there is one.
Result<crypto::Secret> create_keys(const std::string& database_path, const Unlock& first,
                                   const PassphraseCost& cost = {});
// The data key. kWrongKey when no slot opens or the key file cannot serve (missing, of another size, open to others),
// kNotFound without a slot file, kDamaged, kNewer.
Result<crypto::Secret> unlock_keys(const std::string& database_path, const Unlock& with);
Status add_slot(const std::string& database_path, const Unlock& authority, const Unlock& added,
                const PassphraseCost& cost = {});
Status add_recovery_slot(const std::string& database_path, const Unlock& authority, const crypto::PublicKey& recovery);
Status remove_slot(const std::string& database_path, const Unlock& authority, int index);  // the last one: kRefused
Result<std::vector<SlotInfo>> list_slots(const std::string& database_path);
// Gives `to_database` the slots of `from_database`, for a copy of it under the same data key, which is checked. Slots
// that are there are replaced if they are of this key too, else kExists.
Status copy_slots(const std::string& from_database, const std::string& to_database, const crypto::Secret& data_key);

// Writes a new key file (32 random bytes, mode 0600, synced). kExists when there is a file.
Status make_key_file(const std::string& path);

}  // namespace tally::store
