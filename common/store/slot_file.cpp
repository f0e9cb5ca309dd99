#include "common/store/slot_file.h"

#include <algorithm>

#include "common/crypto/hash.h"

namespace tally::store {

static constexpr std::array<std::uint8_t, 8> kSlotMagic = {'T', 'L', 'Y', 'K', 'E', 'Y', 'S', '\n'};
static constexpr std::uint8_t kSlotVersion = 1;
// Offsets within a slot.
static constexpr std::size_t kKindAt = 0;
static constexpr std::size_t kOperationsAt = 8;
static constexpr std::size_t kMemoryAt = 16;
static constexpr std::size_t kSaltAt = 24;
static constexpr std::size_t kRecoveryAt = 40;
static constexpr std::size_t kWrappedAt = 72;
static_assert(kWrappedAt + std::max(kWrappedBytes, kSealedKeyBytes) <= kSlotBytes);

static std::uint64_t get_u64(ByteView bytes, std::size_t at) {
    std::uint64_t out = 0;
    for (std::size_t i = 8; i-- > 0;) out = out << 8 | bytes[at + i];
    return out;
}

static void put_u64(Bytes& bytes, std::size_t at, std::uint64_t value) {
    for (std::size_t i = 0; i < 8; ++i, value >>= 8) bytes[at + i] = static_cast<std::uint8_t>(value);
}

static std::size_t wrapped_size(SlotKind kind) { return kind == SlotKind::kRecovery ? kSealedKeyBytes : kWrappedBytes; }

bool cost_in_bounds(const PassphraseCost& cost) {
    return cost.operations >= 1 && cost.operations <= kCostOperationsMax && cost.memory_bytes >= kCostMemoryMin &&
           cost.memory_bytes <= kCostMemoryMax;
}

static Bytes encode_slot(const Slot& slot) {
    Bytes out(kSlotBytes);
    out[kKindAt] = static_cast<std::uint8_t>(slot.kind);
    put_u64(out, kOperationsAt, slot.cost.operations);
    put_u64(out, kMemoryAt, slot.cost.memory_bytes);
    std::copy(slot.salt.begin(), slot.salt.end(), out.begin() + kSaltAt);
    std::copy(slot.recovery.bytes.begin(), slot.recovery.bytes.end(), out.begin() + kRecoveryAt);
    TALLY_ASSERT(slot.wrapped.empty() || slot.wrapped.size() == wrapped_size(slot.kind), "a wrapped key fits its slot");
    std::copy(slot.wrapped.begin(), slot.wrapped.end(), out.begin() + kWrappedAt);
    return out;
}

static Result<Slot> decode_slot(ByteView bytes) {
    Slot out;
    const std::uint8_t kind = bytes[kKindAt];
    if (kind < 1 || kind > 3) return fail(Code::kDamaged, "a key slot of no known kind");
    out.kind = static_cast<SlotKind>(kind);
    out.cost = {get_u64(bytes, kOperationsAt), get_u64(bytes, kMemoryAt)};
    if (out.kind == SlotKind::kPassphrase && !cost_in_bounds(out.cost))
        return fail(Code::kDamaged, "a key slot asks for more work than is allowed");
    std::copy_n(bytes.begin() + kSaltAt, kSaltBytes, out.salt.begin());
    std::copy_n(bytes.begin() + kRecoveryAt, crypto::PublicKey::kSize, out.recovery.bytes.begin());
    const ByteView wrapped = bytes.subspan(kWrappedAt, wrapped_size(out.kind));
    out.wrapped.assign(wrapped.begin(), wrapped.end());
    return out;
}

Bytes slot_associated(const Slot& slot) {
    Slot bare = slot;
    bare.wrapped.clear();
    Bytes out(kSlotMagic.begin(), kSlotMagic.end());
    out.push_back(kSlotVersion);
    const Bytes encoded = encode_slot(bare);
    out.insert(out.end(), encoded.begin(), encoded.end());
    return out;
}

Bytes slot_table(const std::vector<Slot>& slots) {
    Bytes out(kSlotHeadBytes);
    std::copy(kSlotMagic.begin(), kSlotMagic.end(), out.begin());
    out[8] = kSlotVersion;
    out[9] = static_cast<std::uint8_t>(slots.size());
    for (const Slot& slot : slots) {
        const Bytes encoded = encode_slot(slot);
        out.insert(out.end(), encoded.begin(), encoded.end());
    }
    return out;
}

Bytes write_slots(const SlotFile& file) {
    Bytes out = slot_table(file.slots);
    out.insert(out.end(), file.check.begin(), file.check.end());
    const Hash hash = crypto::hash_of(out);
    out.insert(out.end(), hash.bytes.begin(), hash.bytes.end());
    return out;
}

Result<SlotFile> parse_slots(ByteView bytes) {
    if (bytes.size() < kSlotHeadBytes || !std::equal(kSlotMagic.begin(), kSlotMagic.end(), bytes.begin()))
        return fail(Code::kDamaged, "not a key slot file");
    if (bytes[8] > kSlotVersion) return fail(Code::kNewer, "the key slot file is of a newer format");
    const std::size_t count = bytes[9];
    if (bytes[8] != kSlotVersion || count < 1 || count > kSlotsMax)
        return fail(Code::kDamaged, "a key slot file of no known form");
    const std::size_t table = kSlotHeadBytes + count * kSlotBytes;
    if (bytes.size() != table + kSlotCheckBytes + kSlotHashBytes)
        return fail(Code::kDamaged, "the key slot file has a wrong length");
    const Hash hash = crypto::hash_of(bytes.first(table + kSlotCheckBytes));
    if (!std::equal(hash.bytes.begin(), hash.bytes.end(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(table + kSlotCheckBytes)))
        return fail(Code::kDamaged, "the key slot file is changed or damaged");
    SlotFile out;
    for (std::size_t i = 0; i < count; ++i) {
        TALLY_TRY(Slot slot, decode_slot(bytes.subspan(kSlotHeadBytes + i * kSlotBytes, kSlotBytes)));
        out.slots.push_back(std::move(slot));
    }
    // The keyed check is made over the slots as we write them, so it would not see a byte that we do not read (K2).
    const Bytes written = slot_table(out.slots);
    if (!std::equal(written.begin(), written.end(), bytes.begin()))
        return fail(Code::kDamaged, "a key slot file with bytes that have no meaning");
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(table), kSlotCheckBytes, out.check.begin());
    return out;
}

}  // namespace tally::store
