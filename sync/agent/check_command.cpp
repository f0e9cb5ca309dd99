#include "sync/agent/check_command.h"

#include "common/base/counted.h"
#include "common/replica/replica.h"

namespace tally::agent {
namespace {

using replica::Replica;

class Lines {
  public:
    void add(const char* what, const std::string& text) {
        std::string name(what);
        name.resize(11, ' ');
        report.text += name + text + "\n";
    }
    // True: it is well.
    bool add(const char* what, const Status& status, const std::string& well) {
        if (!status) report.well = false;
        add(what, status ? well : "WRONG: " + status.error().detail);
        return status.has_value();
    }
    CheckReport report;
};

std::string slots_text(const std::vector<store::SlotInfo>& slots) {
    std::string out = std::to_string(slots.size()) + " (";
    for (const store::SlotInfo& slot : slots) {
        if (slot.index > 0) out += ", ";
        out += slot.kind == store::SlotKind::kPassphrase ? "passphrase"
               : slot.kind == store::SlotKind::kKeyFile  ? "key file"
                                                         : "headquarters' recovery key";
    }
    return out + ")";
}

Status check_log(Replica& replica, std::string& well) {
    TALLY_OK(replica.verify_log());
    TALLY_TRY(const std::vector<replica::OwnChain> chains, replica.chains());
    std::uint64_t operations = 0, given_back = 0;
    for (const replica::OwnChain& chain : chains) {
        operations += chain.next_seq - 1;
        given_back += chain.returned_next - chain.next_seq;
    }
    TALLY_TRY(const std::uint64_t waiting, replica.unacknowledged_count());
    well = counted(operations, "operation") + " in " + counted(chains.size(), "epoch") +
           ": numbers, links, hashes and sealed fields are well; " + std::to_string(waiting) + " wait for headquarters";
    if (given_back > 0) well += "; " + std::to_string(given_back) + " given back stand beside it";
    return {};
}

Status check_witness(Replica& replica) {
    TALLY_TRY(const std::optional<wire::IncidentReport> found, replica.look_at_witness());
    if (!found) return {};
    std::string text(wire::incident_name(found->kind));
    if (!found->seen_epoch.is_zero())
        text += ": it stands at operation " + std::to_string(found->seen_seq) + " of epoch " +
                found->seen_epoch.hex().substr(0, 8);
    return fail(Code::kDamaged, text + "; the next start begins a new epoch");
}

}  // namespace

Result<CheckReport> check_terminal(const KeysPlace& place, const std::function<void(const char* stage)>& stage) {
    const std::string path = Replica::database_path(place.dir);
    Lines lines;
    const auto slots = store::list_slots(path);
    if (!slots && slots.error().code == Code::kNotFound) return fail(Code::kNotFound, place.dir + " holds no terminal");
    if (!slots) {
        lines.add("key slots", Status(slots.error()), "");
        return std::move(lines.report);
    }
    TALLY_TRY(const store::FoundUnlock found, store::find_unlock(path, place.unlock));
    TALLY_TRY(const crypto::Secret key, store::unlock_keys(path, found.unlock));
    lines.add("key slots", slots_text(*slots) + ": the file is whole, and " + found.where + " opens it");
    auto replica = Replica::open_to_look(place.dir, key);
    if (!lines.add("opens", replica ? Status() : Status(replica.error()), "page 1 and the WAL are well"))
        return std::move(lines.report);
    stage("pages");
    if (const auto pages = replica->db().query_int64("PRAGMA page_count");
        !lines.add("pages", replica->db().check_pages(),
                   std::to_string(pages.value_or(0)) + " and the WAL are authentic, and SQLite's own check is well"))
        lines.add("", "what can be saved of it: tally-terminal repair --help");
    stage("log");
    std::string well;
    const Status log = check_log(*replica, well);
    lines.add("log", log, well);
    stage("fold");
    const auto fold = replica->check_fold();
    lines.add("overlay", fold ? Status() : Status(fold.error()),
              fold ? std::to_string(fold->members) + " members, " + std::to_string(fold->overlays) +
                         " with pending operations: equals the fold; " + std::to_string(fold->bills) +
                         " bills are guarded"
                   : "");
    const auto programme = replica->check_programme();
    lines.add("programme", programme ? Status() : Status(programme.error()),
              programme && *programme > 0 ? "version " + std::to_string(*programme) + " is signed by headquarters"
                                          : "none received yet");
    lines.add("witness", check_witness(*replica), "agrees with the log");
    lines.add("", lines.report.well ? "all is well" : "NOT WELL: make a copy of the folder before anything else");
    return std::move(lines.report);
}

}  // namespace tally::agent
