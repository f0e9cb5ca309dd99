#include "sync/agent/keys_commands.h"

#include <sys/stat.h>

#include <filesystem>

#include "common/replica/replica.h"
#include "sync/agent/settings.h"

namespace tally::agent {
namespace {

std::string path_of(const KeysPlace& place) { return replica::Replica::database_path(place.dir); }

Result<store::FoundUnlock> authority_of(const KeysPlace& place) {
    return store::find_unlock(path_of(place), place.unlock);
}

std::string slot_text(const store::SlotInfo& slot) {
    std::string out = "  slot " + std::to_string(slot.index) + "     ";
    switch (slot.kind) {
        case store::SlotKind::kPassphrase:
            return out + "passphrase (Argon2id, " + std::to_string(slot.cost.operations) + " passes over " +
                   std::to_string(slot.cost.memory_bytes >> 20) + " MiB)";
        case store::SlotKind::kKeyFile: return out + "key file";
        case store::SlotKind::kRecovery:
            return out + "headquarters' recovery key " + slot.recovery.hex().substr(0, 16) + "...";
    }
    return out;
}

bool on_the_same_disk(const std::string& one, const std::string& other) {
    struct stat a {};
    struct stat b {};
    return ::stat(one.c_str(), &a) == 0 && ::stat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev;
}

// Plain words for a shopkeeper: who is kept out, who is not, and what to do about it.
std::string protection_of(const store::FoundUnlock& found, const std::string& database_path) {
    if (found.source == store::UnlockSource::kCredential)
        return "  starts      by itself, also after a power cut\n"
               "  keeps out   whoever copies the folder; and whoever takes the disk out of the machine, if the\n"
               "              credential was sealed to the machine's TPM (systemd-creds encrypt --with-key=auto\n"
               "              does, where there is one). Sealed by the host's key file alone, the whole disk opens.\n"
               "  not         whoever takes the whole machine and lets it start; its administrator\n";
    if (const auto* file = std::get_if<store::KeyFile>(&found.unlock)) {
        if (on_the_same_disk(file->path, database_path))
            return "  starts      by itself, also after a power cut\n"
                   "  keeps out   whoever copies the folder without the key file, and other users of this machine\n"
                   "  not         whoever takes the disk or the machine: the key file lies on the same disk as the\n"
                   "              data. Put it on a stick, or seal it with systemd-creds\n";
        return "  starts      by itself while the stick with the key file is in\n"
               "  keeps out   whoever takes the disk or the machine without the stick\n"
               "  not         whoever takes both: pull the stick when the shop is closed\n";
    }
    return "  starts      only when somebody types the passphrase\n"
           "  keeps out   whoever takes the disk or the machine, switched off\n"
           "  not         whoever sees the passphrase typed, or is administrator while the till runs\n";
}

std::string in_force(const KeysPlace& place, const std::vector<store::SlotInfo>& slots) {
    store::UnlockChoice look = place.unlock;
    look.may_ask = false;
    const Result<store::FoundUnlock> found = store::find_unlock(path_of(place), look);
    if (!found) {
        for (const store::SlotInfo& slot : slots)
            if (slot.kind == store::SlotKind::kPassphrase && found.error().code == Code::kInvalid)
                return "in force      passphrase, typed at every start\n" +
                       protection_of({store::Passphrase{crypto::Secret(1)}, store::UnlockSource::kTyped, ""},
                                     path_of(place));
        return "in force      NOTHING: the till does not start by itself. " + found.error().detail + "\n";
    }
    const Result<store::Opened> opened = store::open_keys(path_of(place), found->unlock);
    if (!opened)
        return "in force      NOTHING: " + found->where + " is what would be used, and it does not open (" +
               to_string(opened.error()) + ")\n";
    return "in force      " + found->where + ", which opens slot " + std::to_string(opened->slot) + "\n" +
           protection_of(*found, path_of(place));
}

}  // namespace

Result<KeysPlace> keys_place(const std::string& dir, const std::string& key_file, int passphrase_fd) {
    TALLY_TRY(const Settings settings, read_settings(dir));
    return KeysPlace{dir, {key_file, passphrase_fd, settings.key_file.value_or(""), true}};
}

Result<store::Unlock> new_passphrase(int fd) {
    Result<crypto::Secret> text =
        fd >= 0 ? store::read_passphrase(fd) : store::ask_passphrase("New passphrase: ", true);
    if (!text && text.error().code == Code::kNotFound)
        return fail(Code::kInvalid, "no terminal to ask for the new passphrase: give --new-passphrase-fd");
    if (!text) return text.error();
    return store::Unlock(store::Passphrase{std::move(text).value()});
}

Result<std::string> keys_status(const KeysPlace& place) {
    TALLY_TRY(const std::vector<store::SlotInfo> slots, store::list_slots(path_of(place)));
    std::string out = "database      " + path_of(place) + "\nkey slots\n";
    bool recovery = false;
    for (const store::SlotInfo& slot : slots) {
        out += slot_text(slot) + "\n";
        recovery |= slot.kind == store::SlotKind::kRecovery;
    }
    out += in_force(place, slots);
    if (!recovery)
        out += "recovery      NONE: when every secret above is lost, nobody can open this replica again\n";
    else
        out += "recovery      headquarters can open this replica with its recovery key (tally-hq recover)\n";
    return out;
}

Result<std::string> keys_add_passphrase(const KeysPlace& place, int new_passphrase_fd,
                                        const store::PassphraseCost& cost) {
    TALLY_TRY(const store::FoundUnlock authority, authority_of(place));
    TALLY_TRY(const store::Unlock added, new_passphrase(new_passphrase_fd));
    TALLY_OK(store::add_slot(path_of(place), authority.unlock, added, cost));
    return std::string("the passphrase opens this replica from now on\n");
}

Result<std::string> keys_change_passphrase(const KeysPlace& place, int new_passphrase_fd,
                                           const store::PassphraseCost& cost) {
    if (place.unlock.passphrase_fd < 0) {  // a key file or credential opens too, but it is the old passphrase that goes
        Result<crypto::Secret> old = store::ask_passphrase("Old passphrase: ", false);
        if (!old && old.error().code == Code::kNotFound)
            return fail(Code::kInvalid, "no terminal to ask for the old passphrase: give --passphrase-fd");
        if (!old) return old.error();
        TALLY_TRY(const store::Unlock fresh, new_passphrase(new_passphrase_fd));
        TALLY_OK(store::change_slot(path_of(place), store::Passphrase{std::move(old).value()}, fresh, cost));
    } else {
        TALLY_TRY(const store::FoundUnlock old, authority_of(place));
        TALLY_TRY(const store::Unlock fresh, new_passphrase(new_passphrase_fd));
        TALLY_OK(store::change_slot(path_of(place), old.unlock, fresh, cost));
    }
    return std::string(
        "the passphrase was changed. Whoever knew the old one and copied the files before still opens that copy;\n"
        "when that is to be feared, give the replica a new data key too: keys rotate\n");
}

Result<std::string> keys_add_key_file(const KeysPlace& place, const std::string& new_key_file) {
    TALLY_TRY(const store::FoundUnlock authority, authority_of(place));
    std::error_code failed;
    const bool there = std::filesystem::exists(new_key_file, failed);
    if (!there) TALLY_OK(store::make_key_file(new_key_file));
    const Status added = store::add_slot(path_of(place), authority.unlock, store::KeyFile{new_key_file});
    if (!added) {
        if (!there) std::filesystem::remove(new_key_file, failed);  // opens nothing
        return added.error();
    }
    return "key file " + new_key_file + (there ? "" : " (made)") + " opens this replica from now on\n";
}

Result<std::string> keys_remove(const KeysPlace& place, int slot) {
    TALLY_TRY(const store::FoundUnlock authority, authority_of(place));
    TALLY_OK(store::remove_slot(path_of(place), authority.unlock, slot));
    return "slot " + std::to_string(slot) + " is gone; the slots after it have moved up\n";
}

Result<std::string> keys_rotate(const KeysPlace& place, const RotateRequest& request) {
    TALLY_TRY(const store::FoundUnlock authority, authority_of(place));
    store::RotateOptions options;
    for (const std::string& file : request.keep_key_files) options.keep.push_back(store::KeyFile{file});
    for (const int fd : request.keep_passphrase_fds) {
        TALLY_TRY(crypto::Secret text, store::read_passphrase(fd));
        options.keep.push_back(store::Passphrase{std::move(text)});
    }
    options.drop_others = request.drop_others;
    options.wait_ms = request.wait_ms;
    options.progress = request.progress;
    options.make_witness = [&](const crypto::Secret& old_key, const crypto::Secret& fresh_key, const std::string& to) {
        return replica::Replica::rekey_witness(place.dir, old_key, fresh_key, to);
    };
    TALLY_TRY(const store::RotateReport report, store::rotate_data_key(path_of(place), authority.unlock, options));
    return "a new data key is in force: " + std::to_string(report.pages) + " pages, " +
           std::to_string(report.slots_kept) + " key slots kept, " + std::to_string(report.slots_dropped) +
           " dropped\n";
}

}  // namespace tally::agent
