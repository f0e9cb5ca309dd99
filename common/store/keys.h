// The key slots of one database: a file `<database>.keys` beside it that holds the random 32-byte data key, wrapped
// once a slot. Changing a passphrase rewraps; the data key itself never changes in place (rotate.h writes a new file).
// Byte layout: common/store/FILES.md. Every function may be called while other processes use the database; two that
// change slots at once wait for each other.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/crypto/device.h"
#include "common/crypto/secret.h"

namespace tally::store {

inline constexpr std::size_t kPassphraseBytesMax = 1024;

struct Passphrase {
    crypto::Secret text;  // UTF-8, 1..1024 bytes, no trailing newline
};
struct KeyFile {
    std::string path;       // a file of exactly 32 random bytes, readable by its owner only
    bool any_mode = false;  // readable by others too: support's extension warns instead of refusing
};
struct KeyBytes {
    crypto::Secret content;  // the 32 bytes of a key file that somebody else keeps (a systemd credential)
};
struct RecoveryKey {
    const crypto::Device* device;  // HQ's recovery device, whose public key the slot was sealed to
};
using Unlock = std::variant<Passphrase, KeyFile, KeyBytes, RecoveryKey>;

enum class SlotKind : std::uint8_t { kPassphrase = 1, kKeyFile = 2, kRecovery = 3 };

// Argon2id cost of a passphrase slot. Stored in the slot; values above the upper bounds are refused before they are
// run.
struct PassphraseCost {
    std::uint64_t operations = 3;
    std::uint64_t memory_bytes = 64u << 20;
};

// What can be told of a slot without any secret.
struct SlotInfo {
    int index;
    SlotKind kind;
    PassphraseCost cost{0, 0};   // of a passphrase
    crypto::PublicKey recovery;  // whom a recovery slot is sealed to
};

struct Opened {
    crypto::Secret data_key;
    int slot;  // that opened
};

// Makes the slot file of a database that does not exist yet or is empty, and returns its new data key. kExists when
// there is one.
Result<crypto::Secret> create_keys(const std::string& database_path, const Unlock& first,
                                   const PassphraseCost& cost = {});
// The data key. Finishes or clears away a change of the data key that was cut (K4). kWrongKey when no slot opens or the
// key file cannot serve (missing, of another size, open to others),
// kNotFound without a slot file, kDamaged, kNewer.
Result<crypto::Secret> unlock_keys(const std::string& database_path, const Unlock& with);
Result<Opened> open_keys(const std::string& database_path, const Unlock& with);  // the same, and which slot it was

// The slots are changed in one replacement of the file: after a crash it is the old one or the new one (K1).
// `authority` opens one of them. kBusy: the data key is being changed.
Status add_slot(const std::string& database_path, const Unlock& authority, const Unlock& added,
                const PassphraseCost& cost = {});
Status add_recovery_slot(const std::string& database_path, const Unlock& authority, const crypto::PublicKey& recovery);
// The slot that `old` opens from now on opens with `fresh`, and no more with `old`.
Status change_slot(const std::string& database_path, const Unlock& old, const Unlock& fresh,
                   const PassphraseCost& cost = {});
Status remove_slot(const std::string& database_path, const Unlock& authority, int index);  // the last one: kRefused
Result<std::vector<SlotInfo>> list_slots(const std::string& database_path);
// Gives `to_database` the slots of `from_database`, for a copy of it under the same data key, which is checked. Slots
// that are there are replaced if they are of this key too, else kExists.
Status copy_slots(const std::string& from_database, const std::string& to_database, const crypto::Secret& data_key);

// Writes a new key file (32 random bytes, mode 0600, synced). kExists when there is a file.
Status make_key_file(const std::string& path);
// Its bytes. Whatever is wrong with the file is said of the key, not of the database that it should open: kWrongKey,
// naming the file (missing, of another size, open to others); kIo.
Result<crypto::Secret> read_key_file(const KeyFile& key_file);

}  // namespace tally::store
