// The cryptography of a key slot: a data key wrapped for one secret, and the keyed check of the whole table. No files
// but the key file that an Unlock names. Pure otherwise.
#pragma once

#include "common/store/keys.h"
#include "common/store/slot_file.h"

namespace tally::store {

inline constexpr std::size_t kDataKeyBytes = 32;
inline constexpr std::size_t kKeyFileBytes = 32;

// The data key. kWrongKey: this slot does not open with `with`; kInvalid, kIo and kRefused are about `with` itself.
Result<crypto::Secret> try_slot(const Slot& slot, const Unlock& with);
// A slot that opens with `with`. `cost` is for passphrases.
Result<Slot> make_slot(const crypto::Secret& data_key, const Unlock& with, const PassphraseCost& cost);
Result<Slot> make_recovery_slot(const crypto::Secret& data_key, const crypto::PublicKey& recovery);

struct OpenedSlot {
    crypto::Secret data_key;
    std::size_t index;
};
// The first slot that opens. kWrongKey: none does; kDamaged: the table was changed by somebody without the data key.
Result<OpenedSlot> open_slots(const SlotFile& file, const Unlock& with);
// Whether the table's check is that of this data key.
Result<bool> slots_are_of(const SlotFile& file, const crypto::Secret& data_key);
// The bytes of a slot file of these slots, with their check (K2).
Result<Bytes> seal_slots(std::vector<Slot> slots, const crypto::Secret& data_key);

}  // namespace tally::store
