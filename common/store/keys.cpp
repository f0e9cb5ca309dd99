#include "common/store/keys.h"

#include <sodium.h>

#include <filesystem>
#include <functional>

#include "common/crypto/seal.h"
#include "common/crypto/sealed_box.h"
#include "common/store/durable_file.h"
#include "common/store/slot_file.h"

namespace tally::store {
namespace {

constexpr std::size_t kDataKeyBytes = 32;
constexpr std::size_t kKeyFileBytes = 32;
constexpr std::size_t kPassphraseBytesMax = 1024;

std::string slot_path(const std::string& database_path) { return database_path + ".keys"; }

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

// Whatever is wrong with the file is said of the key, not of the database that it should open.
Result<crypto::Secret> read_key_file(const KeyFile& key_file) {
    auto read = read_small(key_file.path, kKeyFileBytes);
    if (!read && read.error().code == Code::kIo) return read.error();
    if (!read) return fail(Code::kWrongKey, "the key file " + key_file.path + ": " + read.error().detail);
    SmallFile& file = *read;
    crypto::Secret out(kKeyFileBytes);
    const bool whole = file.bytes.size() == kKeyFileBytes;
    if (whole) std::memcpy(out.writable().data(), file.bytes.data(), kKeyFileBytes);
    crypto::wipe(file.bytes);
    if (!whole) return fail(Code::kWrongKey, key_file.path + " is no key file: one has exactly 32 bytes");
    if ((file.mode & 077) != 0 && !key_file.any_mode)
        return fail(Code::kWrongKey,
                    "the key file " + key_file.path + " can be read by others than its owner: chmod 600 it");
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

Result<crypto::Secret> key_file_key(const KeyFile& file) {
    TALLY_TRY(const crypto::Secret content, read_key_file(file));
    return keyed(content.view(), "tally key slots: key file");
}

Result<crypto::Secret> unwrap(const Slot& slot, ByteView wrapping_key) {
    TALLY_TRY(Bytes plain, crypto::open(wrapping_key, slot.wrapped, slot_associated(slot)));
    crypto::Secret out = crypto::Secret::copy_of(plain);
    crypto::wipe(plain);
    return out;
}

// kWrongKey: this slot does not open with `with`.
Result<crypto::Secret> try_slot(const Slot& slot, const Unlock& with) {
    const Error wrong = fail(Code::kWrongKey, "the key slot does not open with this");
    if (const auto* passphrase = std::get_if<Passphrase>(&with)) {
        if (slot.kind != SlotKind::kPassphrase) return wrong;
        TALLY_TRY(const crypto::Secret key, passphrase_key(*passphrase, slot));
        Result<crypto::Secret> out = unwrap(slot, key.view());
        return out ? std::move(out) : Result<crypto::Secret>(wrong);
    }
    if (const auto* file = std::get_if<KeyFile>(&with)) {
        if (slot.kind != SlotKind::kKeyFile) return wrong;
        TALLY_TRY(const crypto::Secret key, key_file_key(*file));
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

Result<Slot> recovery_slot(const crypto::Secret& data_key, const crypto::PublicKey& recovery) {
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
    if (const auto* file = std::get_if<KeyFile>(&with)) {
        out.kind = SlotKind::kKeyFile;
        TALLY_TRY(const crypto::Secret key, key_file_key(*file));
        out.wrapped = crypto::seal(key.view(), data_key.view(), slot_associated(out));
        return out;
    }
    const crypto::Device* device = std::get<RecoveryKey>(with).device;
    if (device == nullptr) return fail(Code::kInvalid, "no recovery device was given");
    return recovery_slot(data_key, device->public_key());
}

Result<SlotFile> load(const std::string& database_path) {
    TALLY_TRY(const SmallFile file, read_small(slot_path(database_path), kSlotFileBytesMax));
    return parse_slots(file.bytes);
}

Status save(const std::string& database_path, std::vector<Slot> slots, const crypto::Secret& data_key,
            IfThere if_there) {
    SlotFile file;
    file.slots = std::move(slots);
    TALLY_TRY(const Bytes check, check_of(data_key, file.slots));
    std::copy(check.begin(), check.end(), file.check.begin());
    return write_durably(slot_path(database_path), write_slots(file), if_there);
}

Result<crypto::Secret> unlock(const SlotFile& file, const Unlock& with) {
    for (const Slot& slot : file.slots) {
        Result<crypto::Secret> data_key = try_slot(slot, with);
        if (!data_key && data_key.error().code == Code::kWrongKey) continue;
        if (!data_key) return data_key.error();
        TALLY_TRY(const Bytes check, check_of(*data_key, file.slots));
        if (!crypto::same(check, file.check)) return fail(Code::kDamaged, "the key slot table was changed");
        return data_key;
    }
    return fail(Code::kWrongKey, "no key slot opens with this");
}

Status add(const std::string& database_path, const Unlock& authority,
           const std::function<Result<Slot>(const crypto::Secret&)>& make) {
    TALLY_TRY(SlotFile file, load(database_path));
    TALLY_TRY(const crypto::Secret data_key, unlock(file, authority));
    if (file.slots.size() >= kSlotsMax) return fail(Code::kRefused, "all key slots are taken");
    TALLY_TRY(Slot slot, make(data_key));
    file.slots.push_back(std::move(slot));
    return save(database_path, std::move(file.slots), data_key, IfThere::kReplace);
}

}  // namespace

Result<crypto::Secret> create_keys(const std::string& database_path, const Unlock& first, const PassphraseCost& cost) {
    crypto::start();
    std::error_code failed;
    // A new key for a database that is there could never open it; an empty file holds nothing yet.
    const bool is_empty = std::filesystem::is_regular_file(database_path, failed) &&
                          std::filesystem::file_size(database_path, failed) == 0;
    if ((!is_empty && std::filesystem::exists(database_path, failed)) ||
        std::filesystem::exists(slot_path(database_path), failed))
        return fail(Code::kExists, "the database or its key slot file exists");
    crypto::Secret data_key = crypto::Secret::random(kDataKeyBytes);
    TALLY_TRY(Slot slot, make_slot(data_key, first, cost));
    std::vector<Slot> slots;
    slots.push_back(std::move(slot));
    TALLY_OK(save(database_path, std::move(slots), data_key, IfThere::kFail));
    return data_key;
}

Result<crypto::Secret> unlock_keys(const std::string& database_path, const Unlock& with) {
    crypto::start();
    TALLY_TRY(const SlotFile file, load(database_path));
    return unlock(file, with);
}

Status add_slot(const std::string& database_path, const Unlock& authority, const Unlock& added,
                const PassphraseCost& cost) {
    return add(database_path, authority,
               [&](const crypto::Secret& data_key) { return make_slot(data_key, added, cost); });
}

Status add_recovery_slot(const std::string& database_path, const Unlock& authority, const crypto::PublicKey& recovery) {
    return add(database_path, authority,
               [&](const crypto::Secret& data_key) { return recovery_slot(data_key, recovery); });
}

Status remove_slot(const std::string& database_path, const Unlock& authority, int index) {
    TALLY_TRY(SlotFile file, load(database_path));
    TALLY_TRY(const crypto::Secret data_key, unlock(file, authority));
    if (index < 0 || static_cast<std::size_t>(index) >= file.slots.size())
        return fail(Code::kNotFound, "there is no such key slot");
    if (file.slots.size() == 1) return fail(Code::kRefused, "the last key slot stays");
    file.slots.erase(file.slots.begin() + index);
    return save(database_path, std::move(file.slots), data_key, IfThere::kReplace);
}

Result<std::vector<SlotInfo>> list_slots(const std::string& database_path) {
    TALLY_TRY(const SlotFile file, load(database_path));
    std::vector<SlotInfo> out;
    for (const Slot& slot : file.slots) out.push_back({static_cast<int>(out.size()), slot.kind});
    return out;
}

Status copy_slots(const std::string& from_database, const std::string& to_database, const crypto::Secret& data_key) {
    TALLY_TRY(const SlotFile from, load(from_database));
    TALLY_TRY(const Bytes check, check_of(data_key, from.slots));
    if (!crypto::same(check, from.check)) return fail(Code::kWrongKey, "the key slots are of another data key");
    const Result<SlotFile> there = load(to_database);
    if (there) {
        TALLY_TRY(const Bytes theirs, check_of(data_key, there->slots));
        if (!crypto::same(theirs, there->check))
            return fail(Code::kExists, "a key slot file of another database is there");
    } else if (there.error().code != Code::kNotFound) {
        return fail(Code::kExists, "a key slot file is there: " + there.error().detail);
    }
    return write_durably(slot_path(to_database), write_slots(from), IfThere::kReplace);
}

Status make_key_file(const std::string& path) {
    crypto::start();
    const crypto::Secret content = crypto::Secret::random(kKeyFileBytes);
    return write_durably(path, content.view(), IfThere::kFail);
}

}  // namespace tally::store
