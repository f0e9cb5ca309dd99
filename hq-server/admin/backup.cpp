#include "hq-server/admin/backup.h"

#include <filesystem>

#include "common/base/counted.h"
#include "common/store/building_site.h"

namespace tally::admin {

namespace {

namespace fs = std::filesystem;

constexpr store::SitePlan kRestoreSite{"tally-hq restore", "hq.db", "a headquarters"};

Result<std::string> contents_of(intake::LedgerStore& store) {
    TALLY_TRY(const intake::Position head, store.head());
    TALLY_TRY(const auto devices, store.devices());
    return counted(devices.size() - 1, "terminal") + ", its history up to position " + std::to_string(head);
}

// Opens the copy at `path` with the recovery key, and gives it the place's secret as a new slot. A key file that is
// made within the new folder is built in the site with the rest.
Result<crypto::Secret> open_with_recovery(const std::string& path, const Place& place, const RestoreRequest& request) {
    TALLY_TRY(const crypto::Secret seed, store::read_key_file(store::KeyFile{request.recovery_key_file}));
    TALLY_TRY(const crypto::Device recovery, crypto::Device::from_seed(seed.view()));
    TALLY_TRY(const store::Unlock fresh,
              unlock_with(place.dir, choice_in(fs::path(path).parent_path().string(), store::absolute_place(place.dir),
                                               place.unlock)));
    std::error_code failed;
    if (const auto* file = std::get_if<store::KeyFile>(&fresh); file && !fs::exists(file->path, failed))
        TALLY_OK(store::make_key_file(file->path));
    TALLY_OK(store::add_slot(path, store::RecoveryKey{&recovery}, fresh, request.cost));
    return store::unlock_keys(path, fresh);
}

Result<crypto::Secret> open_copy(const std::string& path, const Place& place, const RestoreRequest& request) {
    if (!request.recovery_key_file.empty()) return open_with_recovery(path, place, request);
    const store::UnlockChoice search{place.unlock.key_file, place.unlock.passphrase_fd, default_key_file(place.dir),
                                     true};
    TALLY_TRY(const store::FoundUnlock found, store::find_unlock(path, search));
    return store::unlock_keys(path, found.unlock);
}

}  // namespace

Result<std::string> begin_new_history(Home& home) {
    crypto::SystemRandom random;
    wire::Incarnation incarnation;
    domain::Epoch own_epoch;
    random.fill(incarnation.bytes);
    random.fill(own_epoch.bytes);
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const auto renewal, intake.begin_again(incarnation, own_epoch));
    return "headquarters begins a new history at position " + std::to_string(renewal.head) + ": incarnation " +
           incarnation.hex() + " follows " + renewal.incarnation_before.hex() +
           "\nits own operations go on in a new epoch, after " + std::to_string(renewal.own_operations) +
           " that are here: " + own_epoch.hex() + " follows " + renewal.epoch_before.hex() +
           "\nWhat happens next: start tally-hq serve. Every terminal, when it next connects, fetches all states "
           "anew and pushes again whatever headquarters lacks of its own log. Expiries are "
           "written again by themselves.\nWhat a person does: import again what was imported since that copy; set "
           "the programme, revoke and release terminals again where that was done since. A terminal that was "
           "enrolled since is not known here: enrol it in a new folder, and enter its sales again from the old one "
           "(its till log, F7, shows the newest 60; tally-hq recover --operations N lists more of them, without "
           "amounts: those are on the receipts). A terminal that was itself restored or repaired holds what "
           "headquarters gave back to it beside its log, and does not push that again: compare its receipts.\n";
}

Result<Said> backup_command(const Place& place, const std::string& to, const store::CopyProgress& progress) {
    TALLY_TRY(Home home, open_home(place.dir, place.unlock));
    Result<std::string> contents = std::string();
    store::BackupJob job;
    job.to = to;
    job.progress = [&](const store::BackupProgress& now) {
        if (contents && contents->empty()) contents = contents_of(*home.store);  // within the moment that is copied
        if (progress) progress(now);
    };
    TALLY_OK(store::make_backup(home.store->db(), database_path(place.dir), home.data_key, job));
    if (!contents) return contents.error();
    std::error_code failed;
    return Said{"backup of headquarters written: " + to + " (" + store::size_text(fs::file_size(to, failed)) + "), " +
                    to + ".keys; " + *contents +
                    "; it opens with the same secrets as this headquarters. Keep the two files together, and the key "
                    "file or passphrase elsewhere.\n",
                {},
                true};
}

Result<Said> restore_command(const Place& place, const RestoreRequest& request) {
    const std::string dir = store::absolute_place(place.dir);
    if (dir.empty()) return fail(Code::kInvalid, "no folder is named");
    std::error_code failed;
    if (!fs::exists(request.from, failed)) return fail(Code::kNotFound, "there is no file " + request.from);
    if (!request.recovery_key_file.empty() && place.unlock.key_file.empty() && place.unlock.passphrase_fd < 0)
        return fail(Code::kInvalid, "with --recovery-key a new secret is needed too: --keyfile or --passphrase-fd");
    TALLY_TRY(store::BuildingSite site, store::BuildingSite::open(dir, kRestoreSite));
    const std::string path = database_path(site.path());
    TALLY_OK(store::lay_out_backup(request.from, path, {}, request.progress));
    TALLY_TRY(crypto::Secret key, open_copy(path, place, request));
    std::string contents, history;
    {
        TALLY_TRY(auto store, storage::SqliteLedgerStore::open(path, key));
        TALLY_TRY(crypto::Device device, store->working_device());
        Home home{std::move(key), std::move(store), std::move(device)};
        if (const Status pages = home.store->check_pages(); !pages)
            return fail(pages.error().code, "the backup is damaged: " + pages.error().detail);
        TALLY_TRY(contents, contents_of(*home.store));
        TALLY_TRY(history, begin_new_history(home));
    }
    TALLY_OK(site.move_up());
    return Said{"headquarters restored in " + place.dir + ": " + contents + "\n" + history,
                "Do not start the old headquarters again, should it come back. tally-hq verify walks all of this "
                "one.\n",
                true};
}

}  // namespace tally::admin
