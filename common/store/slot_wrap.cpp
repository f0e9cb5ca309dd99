#include "common/store/slot_wrap.h"

#include <sodium.h>

#include "common/crypto/seal.h"
#include "common/crypto/sealed_box.h"

namespace tally::store {
namespace {

Result<crypto::Secret> keyed(ByteView key, std::string_view purpose) {
    crypto::Secret out(32);
    const ByteView text = view_of(purpose);
    if (crypto_generichash(out.writable().data(), out.size(), text.data(), text.size(), key.data(), key.size()) != 0)
        return fail(Code::kBug, "sizes of a keyed hash");
    return out;
}

// K2: the table's keyed hash is key check value and seal of the table in one. XChaCha20-Poly1305 does not commit to a
// key: a wrapped key could be made to open under two passphrases, to two data keys. Only one of them gives this value.
Result<Bytes> check_of(const crypto::Secret& data_key, const std::vector<Slot>& slots) {
    TALLY_TRY(const crypto::Secret key, keyed(data_key.view(), "tally key slots: check"));
    const Bytes table = slot_table(slots);
    Bytes out(kSlotCheckBytes);
    crypto_generichash(out.data(), out.size(), table.data(), table.size(), key.view().data(), key.size());
    return out;
}

Result<crypto::Secret> passphrase_key(const Passphrase& passphrase, const Slot& slot) {
    const ByteView text = passphrase.text.view();
    if (text.empty() || text.size() > kPassphraseBytesMax)
        return fail(Code::kInvalid, "a passphrase has 1 to 1024 bytes");
    TALLY_ASSERT(cost_in_bounds(slot.cost), "the cost of a passphrase was checked");  // K3
    crypto::Secret out(32);
    if (crypto_pwhash(out.writable().data(), out.size(), reinterpret_cast<const char*>(text.data()), text.size(),
                      slot.salt.data(), slot.cost.operations, slot.cost.memory_bytes,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        return fail(Code::kIo, "not enough memory for the passphrase");
    return out;
}

Result<crypto::Secret> key_file_key(ByteView content) {
    if (content.size() != kKeyFileBytes) return fail(Code::kWrongKey, "a key file has exactly 32 bytes");
    return keyed(content, "tally key slots: key file");
}

// The key that wraps a key-file slot, from the file or from its bytes.
Result<crypto::Secret> key_file_key(const Unlock& with) {
    if (const auto* bytes = std::get_if<KeyBytes>(&with)) return key_file_key(bytes->content.view());
    TALLY_TRY(const crypto::Secret content, read_key_file(std::get<KeyFile>(with)));
    return key_file_key(content.view());
}

bool is_key_file(const Unlock& with) {
    return std::holds_alternative<KeyFile>(with) || std::holds_alternative<KeyBytes>(with);
}

Result<crypto::Secret> unwrap(const Slot& slot, ByteView wrapping_key) {
    TALLY_TRY(Bytes plain, crypto::open(wrapping_key, slot.wrapped, slot_associated(slot)));
    crypto::Secret out = crypto::Secret::copy_of(plain);
    crypto::wipe(plain);
    return out;
}

}  // namespace

Result<crypto::Secret> try_slot(const Slot& slot, const Unlock& with) {
    const Error wrong = fail(Code::kWrongKey, "the key slot does not open with this");
    if (const auto* passphrase = std::get_if<Passphrase>(&with)) {
        if (slot.kind != SlotKind::kPassphrase) return wrong;
        TALLY_TRY(const crypto::Secret key, passphrase_key(*passphrase, slot));
        Result<crypto::Secret> out = unwrap(slot, key.view());
        return out ? std::move(out) : Result<crypto::Secret>(wrong);
    }
    if (is_key_file(with)) {
        if (slot.kind != SlotKind::kKeyFile) return wrong;
        TALLY_TRY(const crypto::Secret key, key_file_key(with));
        Result<crypto::Secret> out = unwrap(slot, key.view());
        return out ? std::move(out) : Result<crypto::Secret>(wrong);
    }
    const crypto::Device* device = std::get<RecoveryKey>(with).device;
    if (device == nullptr) return fail(Code::kInvalid, "no recovery device was given");
    if (slot.kind != SlotKind::kRecovery || slot.recovery != device->public_key()) return wrong;
    Result<crypto::Secret> out = crypto::open_sealed(*device, slot.wrapped);
    if (!out || out->size() != kDataKeyBytes) return wrong;
    return out;
}

Result<Slot> make_recovery_slot(const crypto::Secret& data_key, const crypto::PublicKey& recovery) {
    Slot out;
    out.kind = SlotKind::kRecovery;
    out.recovery = recovery;
    TALLY_TRY(out.wrapped, crypto::seal_to(recovery, data_key.view()));
    return out;
}

Result<Slot> make_slot(const crypto::Secret& data_key, const Unlock& with, const PassphraseCost& cost) {
    Slot out;
    if (const auto* passphrase = std::get_if<Passphrase>(&with)) {
        if (!cost_in_bounds(cost)) return fail(Code::kInvalid, "the passphrase cost is out of bounds");
        out.kind = SlotKind::kPassphrase;
        out.cost = cost;
        randombytes_buf(out.salt.data(), out.salt.size());
        TALLY_TRY(const crypto::Secret key, passphrase_key(*passphrase, out));
        out.wrapped = crypto::seal(key.view(), data_key.view(), slot_associated(out));
        return out;
    }
    if (is_key_file(with)) {
        out.kind = SlotKind::kKeyFile;
        TALLY_TRY(const crypto::Secret key, key_file_key(with));
        out.wrapped = crypto::seal(key.view(), data_key.view(), slot_associated(out));
        return out;
    }
    const crypto::Device* device = std::get<RecoveryKey>(with).device;
    if (device == nullptr) return fail(Code::kInvalid, "no recovery device was given");
    return make_recovery_slot(data_key, device->public_key());
}

Result<OpenedSlot> open_slots(const SlotFile& file, const Unlock& with) {
    if (const auto* key_file = std::get_if<KeyFile>(&with)) {  // read once, so that what is wrong with it is said
        TALLY_TRY(crypto::Secret content, read_key_file(*key_file));
        auto opened = open_slots(file, KeyBytes{std::move(content)});
        if (opened || opened.error().code != Code::kWrongKey) return opened;
        return fail(Code::kWrongKey, "the key file " + key_file->path + " opens no key slot of this database");
    }
    for (std::size_t index = 0; index < file.slots.size(); ++index) {
        Result<crypto::Secret> data_key = try_slot(file.slots[index], with);
        if (!data_key && data_key.error().code == Code::kWrongKey) continue;
        if (!data_key) return data_key.error();
        TALLY_TRY(const Bytes check, check_of(*data_key, file.slots));
        if (!crypto::same(check, file.check)) return fail(Code::kDamaged, "the key slot table was changed");
        return OpenedSlot{std::move(data_key).value(), index};
    }
    const char* what = std::holds_alternative<Passphrase>(with) ? "the passphrase"
                       : std::holds_alternative<KeyBytes>(with) ? "the key"
                                                                : "the recovery key";
    return fail(Code::kWrongKey, std::string(what) + " opens no key slot of this database");
}

Result<bool> slots_are_of(const SlotFile& file, const crypto::Secret& data_key) {
    TALLY_TRY(const Bytes check, check_of(data_key, file.slots));
    return crypto::same(check, file.check);
}

Result<Bytes> seal_slots(std::vector<Slot> slots, const crypto::Secret& data_key) {
    SlotFile file;
    file.slots = std::move(slots);
    TALLY_TRY(const Bytes check, check_of(data_key, file.slots));
    std::copy(check.begin(), check.end(), file.check.begin());
    return write_slots(file);
}

}  // namespace tally::store
