#include "common/store/rotate.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>

#include "common/store/database_keys.h"
#include "common/store/database_lock.h"
#include "common/store/durable_file.h"
#include "common/store/rotate_pages.h"
#include "common/store/rotation_files.h"
#include "common/store/slot_wrap.h"

namespace tally::store {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSpareBytes = 1 << 20;  // beside the new file: slot file, WAL of the check

struct Plan {
    crypto::Secret old_key;
    crypto::Secret fresh_key;
    std::vector<Slot> slots;  // of the new file
    RotateReport report;
};

// The new slot for what `slot` held; none: nothing given opens it.
Result<std::optional<Slot>> carry_over(const Slot& slot, const Plan& plan, const Unlock& authority,
                                       const RotateOptions& options) {
    if (slot.kind == SlotKind::kRecovery) {
        TALLY_TRY(Slot made, make_recovery_slot(plan.fresh_key, slot.recovery));
        return std::optional<Slot>(std::move(made));
    }
    std::vector<const Unlock*> given = {&authority};
    for (const Unlock& unlock : options.keep) given.push_back(&unlock);
    for (const Unlock* unlock : given) {
        const Result<crypto::Secret> opened = try_slot(slot, *unlock);
        if (!opened && opened.error().code == Code::kWrongKey) continue;
        if (!opened) return opened.error();
        TALLY_TRY(Slot made, make_slot(plan.fresh_key, *unlock, slot.cost));
        return std::optional<Slot>(std::move(made));
    }
    return std::optional<Slot>();
}

Result<Plan> plan_slots(const std::string& path, const Unlock& authority, const RotateOptions& options) {
    TALLY_TRY(const SmallFile bytes, read_small(slot_path(path), kSlotFileBytesMax));
    TALLY_TRY(const SlotFile file, parse_slots(bytes.bytes));
    TALLY_TRY(OpenedSlot opened, open_slots(file, authority));
    // One that opens nothing is a mistake, and must not cost the slot that was meant.
    for (const Unlock& keep : options.keep) {
        const auto opens = open_slots(file, keep);
        if (!opens) return fail(opens.error().code, "a secret that is to be kept: " + opens.error().detail);
    }
    Plan plan{std::move(opened.data_key), crypto::Secret::random(kDataKeyBytes), {}, {}};
    std::string lost;
    for (std::size_t index = 0; index < file.slots.size(); ++index) {
        TALLY_TRY(std::optional<Slot> slot, carry_over(file.slots[index], plan, authority, options));
        if (slot) {
            plan.slots.push_back(std::move(*slot));
            ++plan.report.slots_kept;
        } else {
            lost += (lost.empty() ? "" : ", ") + std::to_string(index);
            ++plan.report.slots_dropped;
        }
    }
    if (!lost.empty() && !options.drop_others)
        return fail(Code::kRefused, "nothing given opens these key slots, so they would be lost: " + lost +
                                        ". Give their secrets too, or say that they may go");
    return plan;
}

Status enough_room(const std::string& path) {
    std::error_code failed;
    const std::uint64_t bytes = fs::file_size(path, failed);
    if (failed) return fail(Code::kIo, path + ": " + failed.message());
    struct statvfs room {};
    const std::string folder = fs::path(path).parent_path().string();
    if (::statvfs(folder.empty() ? "." : folder.c_str(), &room) != 0) return {};  // then the writing will tell
    const std::uint64_t free = std::uint64_t{room.f_bavail} * room.f_frsize;
    if (free >= bytes + kSpareBytes) return {};
    return fail(Code::kFull, "a second copy of the database needs " + std::to_string((bytes + kSpareBytes) >> 20) +
                                 " MiB, and " + std::to_string(free >> 20) + " MiB are free");
}

// A WAL of the old key beside the new file would be dead weight, one of the new file lost.
Status no_log_beside(const std::string& path) {
    for (const char* suffix : {"-wal", "-journal"}) {
        std::error_code failed;
        const std::uint64_t bytes = fs::file_size(path + suffix, failed);
        if (!failed && bytes != 0) return fail(Code::kBusy, path + suffix + " is still in use");
    }
    return {};
}

class Rotation {
  public:
    Rotation(const std::string& path, Plan& plan, const RotateOptions& options)
        : path_(path), plan_(plan), options_(options), id_(DatabaseKeys(plan.fresh_key).id()) {}

    // Everything up to the moment of the change: the old file stays in force.
    Status prepare() {
        {
            TALLY_TRY(Db old, Db::open(path_, plan_.old_key, open_options()));
            TALLY_OK(old.checkpoint(true));
            TALLY_OK(no_log_beside(path_));
            TALLY_TRY(plan_.report.pages, copy_pages(old, next(), plan_.fresh_key, open_options(),
                                                     [&](auto done, auto of) { tell(RotateStage::kCopy, done, of); }));
            TALLY_OK(check_copy(old));
        }
        TALLY_OK(no_log_beside(path_));
        TALLY_OK(no_log_beside(next()));
        TALLY_OK(take_owner(next(), path_));
        TALLY_TRY(const Bytes slots, seal_slots(plan_.slots, plan_.fresh_key));
        TALLY_OK(write_durably(next_slot_path(path_, id_), slots, IfThere::kReplace));
        TALLY_OK(take_owner(next_slot_path(path_, id_), slot_path(path_)));
        std::error_code failed;
        const std::string witness = next_witness_path(path_, id_);
        if (fs::exists(witness, failed)) TALLY_OK(take_owner(witness, path_));
        tell(RotateStage::kKeys, 2, 2);
        return {};
    }

    // The moment of the change is the first line.
    Status replace() {
        TALLY_OK(move_durably(next(), path_));
        tell(RotateStage::kReplace, 1, 2);
        TALLY_OK(settle_rotation_locked(path_, options_.base_vfs));
        tell(RotateStage::kReplace, 2, 2);
        return {};
    }

  private:
    std::string next() const { return next_main_path(path_); }

    OpenOptions open_options() const {
        OpenOptions out;
        out.vfs = options_.vfs;
        out.cipher = options_.cipher;
        out.alone = true;
        return out;
    }

    Status check_copy(Db& old) {
        TALLY_TRY(Db fresh, Db::open(next(), plan_.fresh_key, open_options()));
        TALLY_OK(fresh.check_pages());
        TALLY_OK(compare_pages(old, fresh, [&](auto done, auto of) { tell(RotateStage::kVerify, done, of); }));
        if (options_.make_witness)
            TALLY_OK(options_.make_witness(plan_.old_key, plan_.fresh_key, next_witness_path(path_, id_)));
        tell(RotateStage::kKeys, 1, 2);
        return fresh.checkpoint(true);
    }

    void tell(RotateStage stage, std::uint64_t done, std::uint64_t of) const {
        if (options_.progress) options_.progress({stage, done, of});
    }

    const std::string& path_;
    Plan& plan_;
    const RotateOptions& options_;
    DatabaseId id_;
};

}  // namespace

Result<RotateReport> rotate_data_key(const std::string& database_path, const Unlock& authority,
                                     const RotateOptions& options) {
    crypto::start();
    std::error_code failed;
    const fs::file_status kind = fs::symlink_status(database_path, failed);
    if (kind.type() == fs::file_type::not_found) return fail(Code::kNotFound, "there is no database file");
    if (kind.type() != fs::file_type::regular)
        return fail(Code::kRefused, database_path + " is a link: name the file that it leads to");
    // Held to the end: nobody opens, changes slots, or clears away what stands beside.
    TALLY_TRY(const DatabaseLock keys, DatabaseLock::alone(database_path, DatabaseLock::Part::kKeys, options.wait_ms));
    TALLY_TRY(const DatabaseLock use, DatabaseLock::alone(database_path, DatabaseLock::Part::kUse, options.wait_ms));
    TALLY_OK(settle_rotation_locked(database_path, options.base_vfs));
    TALLY_TRY(Plan plan, plan_slots(database_path, authority, options));
    TALLY_OK(enough_room(database_path));
    Rotation rotation(database_path, plan, options);
    if (Status ready = rotation.prepare(); !ready) {
        // Not in force yet, so this clears everything new away; what cannot be removed now goes at the next open.
        (void)settle_rotation_locked(database_path, options.base_vfs).has_value();
        return ready.error();
    }
    TALLY_OK(rotation.replace());
    return plan.report;
}

}  // namespace tally::store
