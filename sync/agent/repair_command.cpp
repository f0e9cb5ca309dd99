#include "sync/agent/repair_command.h"

#include <unistd.h>

#include <filesystem>

#include "common/base/counted.h"
#include "common/replica/damaged.h"
#include "common/store/building_site.h"
#include "common/store/database_lock.h"
#include "common/store/durable_file.h"
#include "sync/agent/settings.h"

namespace tally::agent {
namespace {

namespace fs = std::filesystem;
using replica::Replica;
using replica::SavedReplica;

constexpr store::SitePlan kRepairSite{"tally-terminal repair", "replica.db", "a terminal"};
constexpr std::size_t kSmallFileBytesMax = 1 << 20;

// What lies beside the damaged database and is small: key slots, settings. The settings may be missing.
Status copy_small(const std::string& from, const std::string& to, bool must_be_there) {
    const auto file = store::read_small(from, kSmallFileBytesMax);
    if (!file && file.error().code == Code::kNotFound && !must_be_there) return {};
    if (!file) return fail(file.error().code, from + ": " + file.error().detail);
    return store::write_durably(to, file->bytes, store::IfThere::kFail);
}

Bytes file_of(const SavedReplica& saved, const std::vector<wire::Push>& pushes) {
    wire::Hello who;
    who.versions = {wire::kProtocolVersion};
    who.terminal = saved.enrolment->terminal;
    who.epoch = pushes.front().epoch;
    who.software = "tally-terminal repair";
    Bytes out = wire::encode_message(who);
    for (const wire::Push& push : pushes) {
        const Bytes frame = wire::encode_message(push);
        out.insert(out.end(), frame.begin(), frame.end());
    }
    return out;
}

std::string damage_text(const store::SalvageReport& pages) {
    std::string out = std::to_string(pages.damaged_pages) + " of " + std::to_string(pages.pages) + " pages";
    for (std::size_t i = 0; i < pages.first_damaged.size(); ++i)
        out += (i == 0 ? " (" : ", ") + std::to_string(pages.first_damaged[i]);
    if (!pages.first_damaged.empty())
        out += static_cast<std::int64_t>(pages.first_damaged.size()) < pages.damaged_pages ? " ...)" : ")";
    if (pages.damaged_transactions > 0)
        out += ", " + counted(static_cast<std::uint64_t>(pages.damaged_transactions), "transaction") + " of the WAL";
    if (pages.lost_rows > 0) out += ", " + counted(static_cast<std::uint64_t>(pages.lost_rows), "long row");
    return out;
}

// `missing`: by the old folder's witness, which saw operations that left no trace in the file.
std::string report_text(const RepairRequest& request, const SavedReplica& saved, const std::vector<wire::Push>& pushes,
                        std::uint64_t missing) {
    const std::size_t kept = replica::unbroken(saved.log);
    const auto lost =
        static_cast<std::size_t>(saved.last_pos) - std::min(saved.log.size(), static_cast<std::size_t>(saved.last_pos));
    std::size_t waiting = 0;
    for (const replica::SavedOp& op : saved.log) waiting += op.pos > saved.acked_pos;
    std::string out = "terminal " + std::to_string(saved.enrolment->terminal) + " of store " + saved.enrolment->store +
                      " made again in " + request.dir + "\n";
    out += "  damaged  " + damage_text(saved.pages) + "\n";
    out += "  saved    " + counted(saved.log.size(), "operation") + ", " + std::to_string(waiting) +
           " of them not at headquarters yet as far as the old folder knows\n";
    out += "  lost     " + counted(lost, "operation") + " of this log\n";
    // Those up to last_pos are in the lines above and below.
    const std::uint64_t accounted = static_cast<std::uint64_t>(saved.last_pos) -
                                    std::min(std::uint64_t{kept}, static_cast<std::uint64_t>(saved.last_pos));
    if (missing > accounted)
        out += "           " + counted(missing - accounted, "operation") +
               " that the folder's witness saw left no trace: what headquarters has of them it gives back\n";
    for (const std::int64_t pos : saved.contested)
        out += "           two operations stand at position " + std::to_string(pos) + ": neither was taken\n";
    out += "  log      " + counted(kept, "operation") + " up to the first gap: they go to headquarters by themselves\n";
    if (!pushes.empty())
        out +=
            "  behind   " + counted(saved.log.size() - kept, "operation") + " behind a gap: take " +
            saved_operations_path(request.dir) +
            " to headquarters and run tally-hq take-in there BEFORE this till is started; what it has, it gives back\n";
    return out + "Members come again at the next contact. Do not start the damaged folder again.\n";
}

}  // namespace

std::string saved_operations_path(const std::string& dir) { return dir + "/saved-operations.tally"; }

Result<std::string> repair_terminal(RepairRequest request) {
    const std::string dir = store::absolute_place(request.dir);
    if (dir.empty()) return fail(Code::kInvalid, "no folder is named");
    const std::string damaged = Replica::database_path(request.from);
    std::error_code failed;
    if (!fs::exists(damaged, failed)) return fail(Code::kNotFound, request.from + " holds no terminal");
    TALLY_TRY(const Settings settings, read_settings(request.from));
    request.unlock.settings_key_file = settings.key_file.value_or("");
    TALLY_TRY(const store::FoundUnlock found, store::find_unlock(damaged, request.unlock));
    TALLY_TRY(const crypto::Secret key, store::unlock_keys(damaged, found.unlock));
    store::DatabaseLock use = store::DatabaseLock::nothing();
    if (::access(request.from.c_str(), W_OK) == 0) {  // else nobody has it open for writing
        TALLY_TRY(use, store::DatabaseLock::alone(damaged, store::DatabaseLock::Part::kUse, 0));
    }
    TALLY_TRY(const SavedReplica saved, replica::read_damaged(request.from, key));

    TALLY_TRY(store::BuildingSite site, store::BuildingSite::open(dir, kRepairSite));
    const std::string path = Replica::database_path(site.path());
    TALLY_OK(copy_small(damaged + ".keys", path + ".keys", true));
    TALLY_OK(copy_small(request.from + "/terminal.toml", site.path() + "/terminal.toml", false));
    std::uint64_t missing = 0;
    {
        TALLY_TRY(Replica replica, replica::rebuild_replica(site.path(), key, saved));
        TALLY_OK(replica.verify_log());
        const auto checked = replica.check_fold();
        if (!checked) return checked.error();
        TALLY_OK(replica.begin_restored(request.now_ms, replica::read_lost_witness(request.from, key),
                                        "saved from a damaged database: " + counted(saved.log.size(), "operation") +
                                            " of " + std::to_string(saved.last_pos)));
        TALLY_TRY(const auto incidents, replica.incidents(1));
        if (!incidents.empty()) missing = incidents.front().missing;
    }
    TALLY_TRY(const std::vector<wire::Push> pushes, replica::pushes_behind_gap(saved));
    if (!pushes.empty())
        TALLY_OK(
            store::write_durably(saved_operations_path(site.path()), file_of(saved, pushes), store::IfThere::kFail));
    TALLY_OK(site.move_up());
    return report_text(request, saved, pushes, missing);
}

}  // namespace tally::agent
