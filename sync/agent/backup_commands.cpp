#include "sync/agent/backup_commands.h"

#include <filesystem>

#include "common/base/counted.h"
#include "common/replica/replica.h"
#include "common/store/building_site.h"
#include "common/store/database_keys.h"
#include "sync/agent/settings.h"

namespace tally::agent {
namespace {

namespace fs = std::filesystem;
using replica::Replica;

constexpr store::SitePlan kRestoreSite{"tally-terminal restore", "replica.db", "a terminal"};

std::string settings_path(const std::string& dir) { return dir + "/terminal.toml"; }

// What a replica holds at one moment, in a line.
Result<std::string> contents_of(Replica& replica) {
    TALLY_TRY(const replica::ChainHead head, replica.head());
    TALLY_TRY(const std::vector<replica::OwnChain> chains, replica.chains());
    std::uint64_t operations = 0;
    for (const replica::OwnChain& chain : chains) operations += chain.next_seq - 1;
    TALLY_TRY(const std::uint64_t waiting, replica.unacknowledged_count());
    return counted(operations, "operation") + ", the last no. " + std::to_string(head.next_seq - 1) + " of epoch " +
           head.epoch.hex().substr(0, 8) + " (head " + head.hash.hex().substr(0, 16) + "); " + std::to_string(waiting) +
           " not at headquarters yet";
}

Result<std::string> name_of(Replica& replica) {
    TALLY_TRY(const std::optional<replica::Enrolment> enrolment, replica.enrolment());
    if (!enrolment) return std::string("a terminal that is not enrolled");
    return "terminal " + std::to_string(enrolment->terminal) + " of store " + enrolment->store;
}

std::string gap_text(const RestoreRequest& request, const std::optional<replica::WitnessRecord>& lost,
                     std::uint64_t missing) {
    if (lost)
        return missing == 0 ? "the lost folder's witness saw nothing that the backup lacks\n"
                            : "the lost folder's witness saw " + counted(missing, "operation") +
                                  " more: headquarters gives back those that it has, the screen names the rest\n";
    const std::string why = request.old_dir.empty()
                                ? "the lost folder was not named (--old)"
                                : "the witness in " + request.old_dir + " cannot be read with this key";
    return why +
           ": compare the till's list with paper receipts once it has been online, and enter again what is "
           "missing\n";
}

Result<std::string> begin_again(const RestoreRequest& request, const std::string& dir, const crypto::Secret& data_key) {
    TALLY_TRY(Replica replica, Replica::open(dir, data_key, store::Sync::kFull));
    if (const Status pages = replica.db().check_pages(); !pages)
        return fail(pages.error().code, "the backup is damaged: " + pages.error().detail);
    if (const Status log = replica.verify_log(); !log)
        return fail(log.error().code, "the backup is damaged: " + log.error().detail);
    TALLY_TRY(const std::string name, name_of(replica));
    TALLY_TRY(const std::string contents, contents_of(replica));
    const auto lost = request.old_dir.empty() ? std::nullopt : replica::read_lost_witness(request.old_dir, data_key);
    TALLY_OK(replica.begin_restored(request.now_ms, lost, "restored from a backup of " + contents));
    TALLY_TRY(const std::vector<replica::Incident> incidents, replica.incidents(1));
    TALLY_TRY(const replica::ChainHead head, replica.head());
    return name + " restored in " + request.dir + "\n  from   " + contents + "\n  now    epoch " +
           head.epoch.hex().substr(0, 8) + " (no. " + std::to_string(head.epoch_no) +
           "); the next contact with headquarters brings back what was made after the backup and sent\n  gap    " +
           gap_text(request, lost, incidents.empty() ? 0 : incidents.front().missing) +
           "Do not start the old terminal again, should it come back: two copies of one terminal are a fork.\n";
}

}  // namespace

Result<std::string> backup_terminal(const KeysPlace& place, const std::string& to,
                                    const store::CopyProgress& progress) {
    const std::string path = Replica::database_path(place.dir);
    TALLY_TRY(const store::FoundUnlock found, store::find_unlock(path, place.unlock));
    TALLY_TRY(const crypto::Secret key, store::unlock_keys(path, found.unlock));
    TALLY_TRY(Replica replica, Replica::open(place.dir, key, store::Sync::kFull));
    TALLY_TRY(const std::string name, name_of(replica));
    Result<std::string> contents = std::string();
    store::BackupJob job;
    job.to = to;
    job.settings = settings_path(place.dir);
    job.progress = [&](const store::BackupProgress& now) {
        if (contents && contents->empty()) contents = contents_of(replica);  // within the moment that is copied
        if (progress) progress(now);
    };
    TALLY_OK(store::make_backup(replica.db(), path, key, job));
    if (!contents) return contents.error();
    std::error_code failed;
    const std::uint64_t bytes = fs::file_size(to, failed);
    return "backup of " + name + " written: " + to + " (" + store::size_text(bytes) + "), " + to + ".keys" +
           (fs::exists(to + ".toml", failed) ? ", " + to + ".toml" : "") + "; " + *contents +
           "; it opens with the same secrets as the terminal. Keep these files together.\n";
}

Result<std::string> restore_terminal(RestoreRequest request) {
    const std::string dir = store::absolute_place(request.dir);
    if (dir.empty()) return fail(Code::kInvalid, "no folder is named");
    std::error_code failed;
    if (!fs::exists(request.from, failed)) return fail(Code::kNotFound, "there is no file " + request.from);
    TALLY_TRY(store::BuildingSite site, store::BuildingSite::open(dir, kRestoreSite));
    const std::string path = Replica::database_path(site.path());
    TALLY_OK(store::lay_out_backup(request.from, path, settings_path(site.path()), request.progress));
    TALLY_TRY(const Settings settings, read_settings(site.path()));
    request.unlock.settings_key_file = settings.key_file.value_or("");
    TALLY_TRY(const store::FoundUnlock found, store::find_unlock(path, request.unlock));
    TALLY_TRY(const crypto::Secret key, store::unlock_keys(path, found.unlock));
    TALLY_TRY(std::string said, begin_again(request, site.path(), key));
    TALLY_OK(site.move_up());
    return said;
}

}  // namespace tally::agent
