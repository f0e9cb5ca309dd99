// The bytes of a slot file: parse and write, nothing else. Input is hostile: every number is checked before it is used.
// Byte layout: FILES.md, "Slot file". Pure.
#pragma once

#include <vector>

#include "common/base/bytes.h"
#include "common/store/keys.h"

namespace tally::store {

inline constexpr std::size_t kSlotHeadBytes = 16;
inline constexpr std::size_t kSlotBytes = 192;
inline constexpr std::size_t kSlotsMax = 8;
inline constexpr std::size_t kSlotCheckBytes = 32;  // keyed: only the right data key gives it
inline constexpr std::size_t kSlotHashBytes = 32;   // unkeyed: tells damage from a wrong key
inline constexpr std::size_t kSlotFileBytesMax =
    kSlotHeadBytes + kSlotsMax * kSlotBytes + kSlotCheckBytes + kSlotHashBytes;
// K3: bounds of a passphrase slot's cost, checked before the cost is paid.
inline constexpr std::uint64_t kCostOperationsMax = 10;
inline constexpr std::uint64_t kCostMemoryMax = 256u << 20;
inline constexpr std::uint64_t kCostMemoryMin = 8192;

inline constexpr std::size_t kSaltBytes = 16;
inline constexpr std::size_t kWrappedBytes = 24 + 32 + 16;  // nonce, data key, tag
inline constexpr std::size_t kSealedKeyBytes = 32 + 48;

struct Slot {
    SlotKind kind = SlotKind::kPassphrase;
    PassphraseCost cost{0, 0};                    // passphrase
    std::array<std::uint8_t, kSaltBytes> salt{};  // passphrase
    crypto::PublicKey recovery;                   // recovery: whom it is sealed to
    Bytes wrapped;                                // kWrappedBytes, or kSealedKeyBytes for recovery
};

struct SlotFile {
    std::vector<Slot> slots;  // 1..kSlotsMax
    std::array<std::uint8_t, kSlotCheckBytes> check{};
};

Result<SlotFile> parse_slots(ByteView bytes);  // kDamaged, kNewer
// What `check` is a keyed hash of.
Bytes slot_table(const std::vector<Slot>& slots);
Bytes write_slots(const SlotFile& file);
bool cost_in_bounds(const PassphraseCost& cost);
// What a slot's wrapped key is bound to: the slot without the wrapped key.
Bytes slot_associated(const Slot& slot);

}  // namespace tally::store
