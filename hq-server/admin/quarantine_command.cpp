#include "common/base/counted.h"
#include "hq-server/admin/conflict_words.h"
#include "hq-server/admin/desk.h"
#include "hq-server/admin/op_words.h"
#include "hq-server/admin/text_table.h"

namespace tally::admin {

using namespace intake;

namespace {

constexpr const char* kTimeFormat = "%Y-%m-%d %H:%M:%S";
constexpr std::size_t kCodeDigits = 12;
constexpr std::size_t kCodeDigitsMin = 6;

std::string code_of(const HeldOp& op) { return "b" + to_hex(op.hash.view()).substr(0, kCodeDigits); }

Error unknown(const std::string& what) {
    return fail(Code::kNotFound, "'" + shown(what) +
                                     "' is nothing in quarantine: a conflict's number, t3 for terminal 3, or b and the "
                                     "digits of a branch's operation; tally-hq quarantine list has those there are");
}

std::optional<domain::TerminalId> terminal_of(const std::string& what) {
    const auto number = what.starts_with("t") ? number_of(what.substr(1)) : std::nullopt;
    if (!number || *number > UINT32_MAX) return std::nullopt;
    return static_cast<domain::TerminalId>(*number);
}

// The branch's operation of this code; kInvalid where its digits are those of several.
Result<HeldOp> branch_op_of(LedgerStore& store, const std::string& code) {
    TALLY_TRY(std::vector<HeldOp> all, branch_ops(store));
    const HeldOp* found = nullptr;
    if (code.size() > kCodeDigitsMin)
        for (const HeldOp& op : all) {
            if (!("b" + to_hex(op.hash.view())).starts_with(code)) continue;
            if (found)
                return fail(Code::kInvalid, "'" + shown(code) + "' is the beginning of several: give more digits");
            found = &op;
        }
    if (!found) return unknown(code);
    return *found;
}

Result<std::string> branch_page(const Home& home, const HeldOp& op, const TimeZone& zone) {
    TALLY_TRY(const auto verdict, home.store->verdict(op.hash));
    TALLY_TRY(const auto kept, stored_op(*home.store, op.op.id));
    std::string out = "operation " + code_of(op) + " of terminal " + std::to_string(op.op.id.terminal) +
                      ", kept as a branch: " +
                      (!verdict                                  ? "open"
                       : verdict->decision == Decision::kRelease ? "released"
                                                                 : "rejected") +
                      "\nreceived: " + zone.format_time(op.received_ms, kTimeFormat) + "\n";
    if (verdict) out += "decided: " + verdict_text(*verdict, zone) + "\n";
    out += kept ? "the log holds another operation under its id\n" : "the log holds no operation under its id\n";
    out += "\n" + facts_text(op.op, kept ? &kept->op : nullptr, zone);
    if (verdict) return out;
    const std::string how = " --by STAFF --reason TEXT\n";
    return out + "\nopen:\n  tally-hq quarantine decide " + code_of(op) + " release" + how +
           "  tally-hq quarantine decide " + code_of(op) + " reject" + how;
}

Result<std::string> terminal_page(const Home& home, domain::TerminalId terminal, const TimeZone& zone) {
    TALLY_TRY(const auto device, home.store->device(terminal));
    if (!device || terminal == domain::kHqTerminal) return unknown("t" + std::to_string(terminal));
    const std::string name = "t" + std::to_string(terminal);
    const bool held = device->status == DeviceStatus::kQuarantined;
    std::string out = "terminal " + std::to_string(terminal) + " of store " + shown(device->store) +
                      (held ? ": quarantined" : ": not in quarantine");
    if (held) out += " since " + zone.format_time(device->status_ms, kTimeFormat);
    out += device->reason.empty() ? "\n" : "\nwhy: " + shown(device->reason) + "\n";
    TALLY_TRY(const auto incidents, home.store->incidents(terminal));
    for (const IncidentRow& incident : incidents)
        out += "on record: " + zone.format_time(incident.received_ms, kTimeFormat) + " " +
               std::string(wire::incident_name(incident.report.kind)) + ", its log ended at " +
               std::to_string(incident.report.log_seq) + "\n";
    TALLY_TRY(const auto branch, branch_ops(*home.store));
    for (const HeldOp& op : branch) {
        if (op.op.id.terminal != terminal) continue;
        TALLY_TRY(const std::string page, branch_page(home, op, zone));
        out += "\n" + page;
    }
    if (!held) return out;
    const std::string how = " --by STAFF --reason TEXT\n";
    return out +
           "\nopen, of the terminal (readmitted, its log goes on under a new epoch):\n  tally-hq quarantine decide " +
           name + " readmit" + how + "  tally-hq quarantine decide " + name + " revoke" + how;
}

// Readmitted, a terminal whose log branched has begun another epoch by itself (PROTOCOL.md, R12): nothing of the branch
// comes with it but what a person releases.
Result<Said> decide_terminal(const Home& home, domain::TerminalId terminal, const DecideRequest& request,
                             std::int64_t now_ms) {
    const bool readmits = request.choice == "readmit";
    if (!readmits && request.choice != "revoke")
        return fail(Code::kInvalid, "'" + shown(request.choice) + "': readmit or revoke");
    TALLY_TRY(const Intake::Word word, word_of(request, Intake::Choice::kSeen));
    const std::string which = "terminal " + std::to_string(terminal);
    TALLY_TRY(WriteScope scope, WriteScope::begin(*home.store));
    TALLY_TRY(const auto device, home.store->device(terminal));
    if (!device || terminal == domain::kHqTerminal) return unknown(request.what);
    if (device->status != DeviceStatus::kQuarantined)
        return fail(Code::kRefused, which + " is not in quarantine; nothing is changed");
    const std::string by = std::to_string(word.by) + ": " + word.why;
    const std::string was = device->reason.empty() ? "" : "; it was quarantined: " + device->reason;
    TALLY_OK(home.store->set_device_status(terminal, readmits ? DeviceStatus::kActive : DeviceStatus::kRevoked,
                                           (readmits ? "readmitted by " : "revoked by ") + by + was, now_ms));
    TALLY_OK(scope.commit());
    if (!readmits) return Said{which + " is revoked; what it has sent stays and counts\n", {}, true};
    return Said{which + " is readmitted: let one copy of it go on, it continues under a new epoch\n", {}, true};
}

}  // namespace

Result<Said> list_quarantine_command(const Place& place, bool all) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const TimeZone zone, zone_of(home));
    TALLY_TRY(const ReadScope scope, ReadScope::begin(*home.store));
    Table table{{"name", "state", "since", "terminal", "store", "what"}};
    TALLY_TRY(const auto devices, home.store->devices());
    for (const DeviceRow& device : devices) {
        if (device.status != DeviceStatus::kQuarantined) continue;
        table.push_back({"t" + std::to_string(device.terminal), "open", zone.format_time(device.status_ms, kTimeFormat),
                         std::to_string(device.terminal), shown(device.store),
                         "the terminal: " + shown(device.reason)});
    }
    const auto row_of = [&](const std::string& name, const char* state, const HeldOp& op, const std::string& why) {
        table.push_back({name, state, zone.format_time(op.received_ms, kTimeFormat), std::to_string(op.op.id.terminal),
                         op.op.store.empty() ? "-" : shown(op.op.store),
                         op_line(op.op) + (why.empty() ? "" : ": " + shown(why))});
    };
    TALLY_OK(home.store->each_conflict([&](const ConflictRow& row) -> Status {
        TALLY_TRY(const Conflict conflict, conflict_of(*home.store, row));
        if (conflict.holds && (all || conflict.is_open()))
            row_of(std::to_string(row.number), state_word(conflict), *conflict.op, row.detail);
        return {};
    }));
    TALLY_TRY(const auto branch, branch_ops(*home.store));
    for (const HeldOp& op : branch) {
        TALLY_TRY(const auto verdict, home.store->verdict(op.hash));
        if (verdict && !all) continue;
        const char* state = !verdict ? "open" : verdict->decision == Decision::kRelease ? "released" : "rejected";
        row_of(code_of(op), state, op, "of a branch");
    }
    if (table.size() == 1) return Said{all ? "nothing was ever held\n" : "nothing is held\n", {}, true};
    return Said{as_text(table, Cells::kWords), {}, true};
}

Result<Said> show_quarantine_command(const Place& place, const std::string& what) {
    if (const auto number = number_of(what)) return show_conflict_command(place, *number);
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const TimeZone zone, zone_of(home));
    TALLY_TRY(const ReadScope scope, ReadScope::begin(*home.store));
    std::string text;
    if (const auto terminal = terminal_of(what)) {
        TALLY_TRY(text, terminal_page(home, *terminal, zone));
    } else {
        TALLY_TRY(const HeldOp op, branch_op_of(*home.store, what));
        TALLY_TRY(text, branch_page(home, op, zone));
    }
    return Said{std::move(text), {}, true};
}

Result<Said> decide_quarantine_command(const Place& place, const DecideRequest& request, std::int64_t now_ms) {
    if (number_of(request.what)) return decide_conflict_command(place, request, now_ms);
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    if (const auto terminal = terminal_of(request.what)) return decide_terminal(home, *terminal, request, now_ms);
    if (request.choice != "release" && request.choice != "reject")
        return fail(Code::kInvalid, "'" + shown(request.choice) + "': release or reject");
    const auto choice = request.choice == "release" ? Intake::Choice::kRelease : Intake::Choice::kReject;
    TALLY_TRY(const Intake::Word word, word_of(request, choice));
    TALLY_TRY(const HeldOp op, branch_op_of(*home.store, request.what));
    Intake intake(*home.store, home.device);
    const auto folded = intake.decide_branch(op.hash, word, now_ms);
    if (!folded) return fail(folded.error().code, code_of(op) + ": " + folded.error().detail);
    return Said{decided_words(code_of(op), choice, *folded), {}, true};
}

}  // namespace tally::admin
