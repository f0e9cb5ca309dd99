#include "hq-server/admin/conflicts_command.h"

#include <charconv>

#include "common/base/counted.h"
#include "hq-server/admin/conflict_words.h"
#include "hq-server/admin/desk.h"
#include "hq-server/admin/op_words.h"
#include "hq-server/admin/text_table.h"
#include "hq-server/admin/why.h"

namespace tally::admin {

using namespace intake;

std::optional<std::uint64_t> number_of(const std::string& what) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(what.data(), what.data() + what.size(), number);
    if (error != std::errc() || end != what.data() + what.size() || number == 0) return std::nullopt;
    return number;
}

Result<TimeZone> zone_of(const Home& home) {
    Intake intake(*home.store, home.device);
    TALLY_TRY(const domain::Programme programme, intake.programme());
    return TimeZone::load(programme.time_zone);
}

Result<Intake::Word> word_of(const DecideRequest& request, Intake::Choice choice) {
    if (request.by == 0) return fail(Code::kInvalid, "--by: the number of whoever decides");
    Intake::Word word{choice, request.by, {}};
    TALLY_TRY(word.why, clean_argument("--reason", request.reason, kWhyBytesMax));
    return word;
}

namespace {

Result<Intake::Choice> choice_of(const std::string& word) {
    if (word == "release") return Intake::Choice::kRelease;
    if (word == "reject") return Intake::Choice::kReject;
    if (word == "seen") return Intake::Choice::kSeen;
    return fail(Code::kInvalid, "'" + shown(word) + "': release, reject or seen");
}

struct Sieve {
    const ConflictFilter& filter;
    const TimeZone& zone;
    std::optional<ConflictKind> kind;
    domain::MemberId member;

    bool may_pass(const ConflictRow& row) const {
        return (!kind || row.kind == *kind) && (filter.member.empty() || row.member == member);
    }
    bool passes(const Conflict& conflict) const {
        if (filter.open && !conflict.is_open()) return false;
        if (!filter.store.empty() && (!conflict.op || conflict.op->op.store != filter.store)) return false;
        return !filter.since || (conflict.op && zone.day_at(conflict.op->received_ms) >= *filter.since);
    }
};

}  // namespace

Result<Said> list_conflicts_command(const Place& place, const ConflictFilter& filter) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const TimeZone zone, zone_of(home));
    Sieve sieve{filter, zone, {}, {}};
    if (!filter.kind.empty()) {
        TALLY_TRY(sieve.kind, kind_of_word(filter.kind));
    }
    if (!filter.member.empty()) {
        TALLY_TRY(sieve.member, member_of_ref(*home.store, filter.member));
    }
    Table table{{"number", "received", "state", "kind", "store", "operation", "what"}};
    TALLY_TRY(const ReadScope scope, ReadScope::begin(*home.store));
    TALLY_OK(home.store->each_conflict([&](const ConflictRow& row) -> Status {
        if (!sieve.may_pass(row)) return {};
        TALLY_TRY(const Conflict conflict, conflict_of(*home.store, row));
        if (!sieve.passes(conflict)) return {};
        const auto& op = conflict.op;
        table.push_back({std::to_string(row.number), op ? zone.format_time(op->received_ms, "%Y-%m-%d %H:%M") : "-",
                         state_word(conflict), kind_word(row.kind),
                         op && !op->op.store.empty() ? shown(op->op.store) : "-", op ? domain::op_text(op->op.id) : "-",
                         shown(row.detail)});
        return {};
    }));
    if (table.size() == 1) return Said{filter.open ? "no conflict is open\n" : "no conflict\n", {}, true};
    return Said{as_text(table, Cells::kWords), {}, true};
}

Result<std::string> conflict_page(const Home& home, const ConflictRow& row, const TimeZone& zone) {
    TALLY_TRY(const Conflict conflict, conflict_of(*home.store, row));
    const std::string number = std::to_string(row.number);
    std::string out = "conflict " + number + ", " + std::string(conflict_name(row.kind)) + ": " + state_word(conflict) +
                      "\nwhat: " + shown(row.detail) + "\ndone: " + done_text(conflict) + "\n";
    if (const std::string decided = decided_text(conflict, zone); !decided.empty()) out += "decided: " + decided + "\n";
    if (!conflict.op) return out + "its operation cannot be read: tally-hq verify says why\n";
    out += "received: " + zone.format_time(conflict.op->received_ms, "%Y-%m-%d %H:%M:%S") + ", " +
           std::string(domain::outcome_name(conflict.op->outcome)) + "\n";
    std::optional<HeldOp> other;
    if (!row.other.is_none()) {
        TALLY_TRY(other, stored_op(*home.store, row.other));
    }
    out += "\n" + facts_text(conflict.op->op, other ? &other->op : nullptr, zone);
    if (!conflict.is_open()) return out;
    const std::string how = " --by STAFF --reason TEXT\n";
    out += "\nopen:\n";
    if (!conflict.holds) return out + "  tally-hq conflicts decide " + number + " seen" + how;
    out += "  tally-hq conflicts decide " + number + " release" + how;
    return out + "  tally-hq conflicts decide " + number + " reject" + how;
}

Result<Said> show_conflict_command(const Place& place, std::uint64_t number) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const TimeZone zone, zone_of(home));
    TALLY_TRY(const ReadScope scope, ReadScope::begin(*home.store));
    TALLY_TRY(const auto row, home.store->conflict(number));
    if (!row)
        return fail(Code::kNotFound,
                    "there is no conflict " + std::to_string(number) + "; tally-hq conflicts list has those there are");
    TALLY_TRY(std::string text, conflict_page(home, *row, zone));
    return Said{std::move(text), {}, true};
}

std::string decided_words(const std::string& what, Intake::Choice choice, const std::optional<domain::Folded>& folded) {
    if (choice == Intake::Choice::kSeen) return what + " is noted as seen\n";
    if (choice == Intake::Choice::kReject) return what + " is rejected: its operation never counts\n";
    std::string out = what + " is released: its operation counts from now on";
    if (folded && folded->outcome != domain::Outcome::kAccepted)
        out += ", " + std::string(domain::outcome_name(folded->outcome)) +
               (folded->reason.empty() ? "" : ": " + shown(folded->reason));
    if (folded && !folded->settled.empty())
        out += "; " + counted(folded->settled.size(), "refund") + " settled with it";
    return out + "\n";
}

Result<Said> decide_conflict_command(const Place& place, const DecideRequest& request, std::int64_t now_ms) {
    const auto number = number_of(request.what);
    if (!number) return fail(Code::kInvalid, "'" + shown(request.what) + "' is no number of a conflict");
    TALLY_TRY(const Intake::Choice choice, choice_of(request.choice));
    TALLY_TRY(const Intake::Word word, word_of(request, choice));
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    Intake intake(*home.store, home.device);
    const auto folded = intake.decide(*number, word, now_ms);
    if (!folded) return fail(folded.error().code, "conflict " + std::to_string(*number) + ": " + folded.error().detail);
    return Said{decided_words("conflict " + std::to_string(*number), choice, *folded), {}, true};
}

}  // namespace tally::admin
