#include "common/store/keys.h"

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <functional>

#include "common/store/database_lock.h"
#include "common/store/durable_file.h"
#include "common/store/rotation_files.h"
#include "common/store/slot_wrap.h"

namespace tally::store {
namespace {

namespace fs = std::filesystem;

constexpr int kWaitForSlots_ms = 5000;  // for somebody else's change of slots, which takes an Argon2id run or two

Result<SlotFile> load(const std::string& database_path) {
    const std::string path = slot_path(database_path);
    const auto named = [&](const Error& error) { return fail(error.code, path + ": " + error.detail); };
    const auto file = read_small(path, kSlotFileBytesMax);
    if (!file) return named(file.error());
    auto slots = parse_slots(file->bytes);
    return slots ? std::move(slots) : Result<SlotFile>(named(slots.error()));
}

// A write that was cut leaves a copy beside. It may hold a slot that was taken away since, so it goes with the next
// one.
void clear_cut_writes(const std::string& database_path) {
    const fs::path path(slot_path(database_path));
    const std::string prefix = path.filename().string() + ".new.";
    std::error_code failed;
    std::vector<fs::path> cut;
    fs::directory_iterator entry(path.parent_path().empty() ? fs::path(".") : path.parent_path(), failed);
    for (; !failed && entry != fs::directory_iterator(); entry.increment(failed))
        if (entry->path().filename().string().starts_with(prefix)) cut.push_back(entry->path());
    for (const fs::path& file : cut) ::unlink(file.c_str());
}

// One change of the slot table, in one replacement of the file. `edit` gets the slots, the data key, and which slot the
// authority opened.
Status change(const std::string& database_path, const Unlock& authority,
              const std::function<Status(std::vector<Slot>&, const OpenedSlot&)>& edit) {
    crypto::start();
    std::error_code failed;
    if (!fs::exists(slot_path(database_path), failed)) return fail(Code::kNotFound, "there is no key slot file");
    TALLY_TRY(const DatabaseLock lock, DatabaseLock::alone(database_path, DatabaseLock::Part::kKeys, kWaitForSlots_ms));
    TALLY_OK(settle_rotation_locked(database_path));
    clear_cut_writes(database_path);
    TALLY_TRY(SlotFile file, load(database_path));
    TALLY_TRY(const OpenedSlot opened, open_slots(file, authority));
    TALLY_OK(edit(file.slots, opened));
    TALLY_TRY(const Bytes bytes, seal_slots(std::move(file.slots), opened.data_key));
    return write_durably(slot_path(database_path), bytes, IfThere::kReplace);
}

Status add(const std::string& database_path, const Unlock& authority,
           const std::function<Result<Slot>(const crypto::Secret&)>& make) {
    return change(database_path, authority, [&](std::vector<Slot>& slots, const OpenedSlot& opened) -> Status {
        if (slots.size() >= kSlotsMax) return fail(Code::kRefused, "all key slots are taken");
        TALLY_TRY(Slot slot, make(opened.data_key));
        slots.push_back(std::move(slot));
        return {};
    });
}

}  // namespace

Result<crypto::Secret> create_keys(const std::string& database_path, const Unlock& first, const PassphraseCost& cost) {
    crypto::start();
    std::error_code failed;
    // A new key for a database that is there could never open it; an empty file holds nothing yet.
    const bool is_empty = fs::is_regular_file(database_path, failed) && fs::file_size(database_path, failed) == 0;
    if ((!is_empty && fs::exists(database_path, failed)) || fs::exists(slot_path(database_path), failed))
        return fail(Code::kExists, "the database or its key slot file exists");
    crypto::Secret data_key = crypto::Secret::random(kDataKeyBytes);
    TALLY_TRY(Slot slot, make_slot(data_key, first, cost));
    std::vector<Slot> slots;
    slots.push_back(std::move(slot));
    TALLY_TRY(const Bytes bytes, seal_slots(std::move(slots), data_key));
    TALLY_OK(write_durably(slot_path(database_path), bytes, IfThere::kFail));
    return data_key;
}

Result<Opened> open_keys(const std::string& database_path, const Unlock& with) {
    crypto::start();
    TALLY_OK(settle_rotation(database_path));
    TALLY_TRY(const SlotFile file, load(database_path));
    TALLY_TRY(OpenedSlot opened, open_slots(file, with));
    return Opened{std::move(opened.data_key), static_cast<int>(opened.index)};
}

Result<crypto::Secret> unlock_keys(const std::string& database_path, const Unlock& with) {
    TALLY_TRY(Opened opened, open_keys(database_path, with));
    return std::move(opened.data_key);
}

Status add_slot(const std::string& database_path, const Unlock& authority, const Unlock& added,
                const PassphraseCost& cost) {
    return add(database_path, authority,
               [&](const crypto::Secret& data_key) { return make_slot(data_key, added, cost); });
}

Status add_recovery_slot(const std::string& database_path, const Unlock& authority, const crypto::PublicKey& recovery) {
    return add(database_path, authority,
               [&](const crypto::Secret& data_key) { return make_recovery_slot(data_key, recovery); });
}

Status change_slot(const std::string& database_path, const Unlock& old, const Unlock& fresh,
                   const PassphraseCost& cost) {
    return change(database_path, old, [&](std::vector<Slot>& slots, const OpenedSlot& opened) -> Status {
        TALLY_TRY(slots[opened.index], make_slot(opened.data_key, fresh, cost));
        return {};
    });
}

Status remove_slot(const std::string& database_path, const Unlock& authority, int index) {
    return change(database_path, authority, [&](std::vector<Slot>& slots, const OpenedSlot&) -> Status {
        if (index < 0 || static_cast<std::size_t>(index) >= slots.size())
            return fail(Code::kNotFound, "there is no such key slot");
        if (slots.size() == 1) return fail(Code::kRefused, "the last key slot stays");
        slots.erase(slots.begin() + index);
        return {};
    });
}

Result<std::vector<SlotInfo>> list_slots(const std::string& database_path) {
    TALLY_OK(settle_rotation(database_path));
    TALLY_TRY(const SlotFile file, load(database_path));
    std::vector<SlotInfo> out;
    for (const Slot& slot : file.slots)
        out.push_back({static_cast<int>(out.size()), slot.kind, slot.cost, slot.recovery});
    return out;
}

Status copy_slots(const std::string& from_database, const std::string& to_database, const crypto::Secret& data_key) {
    TALLY_TRY(const SlotFile from, load(from_database));
    TALLY_TRY(const bool ours, slots_are_of(from, data_key));
    if (!ours) return fail(Code::kWrongKey, "the key slots are of another data key");
    const Result<SlotFile> there = load(to_database);
    if (there) {
        TALLY_TRY(const bool same_key, slots_are_of(*there, data_key));
        if (!same_key) return fail(Code::kExists, "a key slot file of another database is there");
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

}  // namespace tally::store
