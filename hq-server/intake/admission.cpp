// Who may speak: Hello of a known device, Enrol of an unknown one with a ticket.
#include "common/crypto/hash.h"
#include "common/wire/limits.h"
#include "hq-server/intake/intake.h"
#include "hq-server/intake/intake_limits.h"
#include "hq-server/intake/intake_state.h"

namespace tally::intake {

using wire::Refusal;
using wire::Refused;

namespace {

constexpr std::size_t kSoftwareBytesMax = 64;
constexpr std::size_t kTicketSecretBytes = 16;

std::string version_text() { return "headquarters speaks protocol version " + std::to_string(wire::kProtocolVersion); }

}  // namespace

Result<std::optional<Refused>> Intake::refusal_of(const crypto::PublicKey& device) {
    TALLY_TRY(const std::optional<DeviceRow> row, state_->store.device_of_key(device));
    if (!row || row->terminal == domain::kHqTerminal)
        return std::optional(Refused{Refusal::kUnknownDevice, "this device is not enrolled here"});
    return refusal_of_status(*row);
}

// The terminal's end of its chain against HQ's. Ahead is normal (it will push); behind or other means that its disk was
// put back or copied. Since version 2 the terminal finds that in Welcome, and mends it; before, it is told here.
static std::optional<Refused> compare_heads(const wire::Hello& hello, const std::optional<ChainRow>& chain) {
    if (!chain || hello.next_seq > chain->next_seq) return std::nullopt;
    if (hello.next_seq < chain->next_seq)
        return Refused{Refusal::kBrokenChain,
                       "headquarters holds operations up to " + std::to_string(chain->next_seq - 1) +
                           " of this epoch, the terminal only " + std::to_string(hello.next_seq - 1) +
                           ": its database is an older copy and must begin a new epoch"};
    if (hello.head != chain->head)
        return Refused{Refusal::kBrokenChain, "operation " + std::to_string(chain->next_seq - 1) +
                                                  " has another hash at headquarters: the terminal's log has branched"};
    return std::nullopt;
}

// R10. Headquarters may be an older copy of itself, or the terminal errs or lies: one terminal's word must not make the
// whole chain fetch everything again, so a person decides (`tally-hq restored`). Empty: nothing is wrong.
static std::string doubt_of(const wire::Hello& hello, const HqRow& hq, Position head) {
    if (hello.incarnation != hq.incarnation || hello.cursor <= head) return {};
    return "terminal " + std::to_string(hello.terminal) + " has seen " + std::to_string(hello.cursor) +
           " changes of this headquarters' history, headquarters holds " + std::to_string(head) +
           ": headquarters may be an older copy of itself. If it was put back from a backup, a person stops it and "
           "runs "
           "tally-hq restored; if not, this terminal must be looked at";
}

// R15. A terminal pushes its epochs in order, so one that comes with an epoch that another has followed is a second one
// in use, or was put back whole to before that other one began: the newest that followed; null: none. `chains` are in
// the order in which headquarters heard of them.
static const ChainRow* follower_of(const std::vector<ChainRow>& chains, const domain::Epoch& epoch) {
    const auto own = std::find_if(chains.begin(), chains.end(), [&](const ChainRow& c) { return c.epoch == epoch; });
    return own == chains.end() || std::next(own) == chains.end() ? nullptr : &chains.back();
}

static std::string fork_text(const domain::Epoch& epoch, const ChainRow& follower) {
    return "it came with epoch " + epoch.hex().substr(0, 8) + ", which ended when epoch " +
           follower.epoch.hex().substr(0, 8) +
           " began: two copies of this terminal are in use, or one was put back whole. Let one of them go on, and "
           "release it";
}

Status Intake::State::quarantine(domain::TerminalId terminal, const std::string& reason, std::int64_t now_ms) {
    TALLY_TRY(WriteScope scope, WriteScope::begin(store));
    TALLY_OK(store.set_device_status(terminal, DeviceStatus::kQuarantined, reason, now_ms));
    forget_device(terminal);
    return scope.commit();
}

Result<HelloAnswer> Intake::hello(const crypto::PublicKey& device, const wire::Hello& hello, std::int64_t now_ms) {
    State& state = *state_;
    TALLY_OK(state.refresh());
    const auto refused = [](Refused why) { return HelloAnswer{std::move(why), {}}; };
    const std::uint32_t version = wire::common_version(hello.versions);
    if (version == 0) return refused({Refusal::kVersion, version_text()});
    TALLY_TRY(const std::optional<DeviceRow> row, state.store.device_of_key(device));
    if (!row || row->terminal == domain::kHqTerminal)
        return refused({Refusal::kUnknownDevice, "this device is not enrolled here"});
    if (row->terminal != hello.terminal)
        return refused({Refusal::kUnknownDevice, "this device is enrolled as terminal " +
                                                     std::to_string(row->terminal) + ", it says " +
                                                     std::to_string(hello.terminal)});
    if (auto why = refusal_of_status(*row)) return refused(std::move(*why));
    if (hello.next_seq == 0 || hello.next_seq > INT64_MAX || hello.epoch.is_zero())
        return refused({Refusal::kBadMessage, "the Hello names no epoch or no sequence number"});

    ContactRow& contact = state.contacts[row->terminal];
    contact = {row->terminal, now_ms, false, hello.software.substr(0, kSoftwareBytesMax)};
    TALLY_TRY(const std::optional<ChainRow> chain, state.store.chain(row->terminal, hello.epoch));
    TALLY_TRY(const std::vector<ChainRow> chains, state.store.chains(row->terminal));
    const ChainRow* follower = follower_of(chains, hello.epoch);
    if (const Status noted = state.note_incidents(hello, chain, follower, now_ms);
        !noted && noted.error().code != Code::kFull)
        return noted.error();  // on a full disk the feed can still be read, and each Hello repeats them
    if (version == 1) {
        if (auto why = compare_heads(hello, chain)) return refused(std::move(*why));
    }

    TALLY_TRY(const HqRow* hq, state.hq_identity());
    TALLY_TRY(const Position head, state.store.head());
    if (std::string doubt = doubt_of(hello, *hq, head); !doubt.empty()) {
        HelloAnswer answer = refused({Refusal::kBrokenChain, doubt});
        answer.alarm = std::move(doubt);
        return answer;
    }
    wire::Welcome welcome;
    welcome.version = version;
    for (const ChainRow& other : newest_others(chains, hello.epoch))
        welcome.other_chains.push_back({other.epoch, other.next_seq, other.head});
    welcome.incarnation = hq->incarnation;
    welcome.next_seq = chain ? chain->next_seq : 1;
    if (chain) welcome.head = chain->head;
    welcome.feed_head = head;
    welcome.hq_ms = now_ms;
    const bool goes_on = hello.incarnation == hq->incarnation;
    HelloAnswer answer{welcome, {row->terminal, device, hello.epoch, goes_on ? hello.cursor : 0}};
    contact.connected = true;
    if (follower != nullptr) {  // welcomed this once, so that it learns of the other epoch and begins a third
        const Status done = state.quarantine(row->terminal, fork_text(hello.epoch, *follower), now_ms);
        if (!done && done.error().code != Code::kFull) return done.error();  // else the next Hello does it
        answer.alarm = "terminal " + std::to_string(row->terminal) + ": " + fork_text(hello.epoch, *follower);
        return answer;
    }
    // Not worth refusing anybody: on a full disk the feed can still be read, and the contacts are written later.
    (void)state.flush_contacts(now_ms).has_value();
    return answer;
}

Status Intake::State::note_incidents(const wire::Hello& hello, const std::optional<ChainRow>& chain,
                                     const ChainRow* follower, std::int64_t now_ms) {
    std::vector<wire::IncidentReport> reports = hello.incidents;
    if (follower != nullptr)
        reports.push_back({wire::IncidentKind::kFork,
                           now_ms,
                           hello.epoch,
                           hello.next_seq - 1,
                           follower->epoch,
                           follower->next_seq - 1,
                           {}});
    if (chain && hello.next_seq <= chain->next_seq && (hello.next_seq < chain->next_seq || hello.head != chain->head)) {
        wire::IncidentReport own;
        const bool behind = hello.next_seq < chain->next_seq;
        own.kind = behind ? wire::IncidentKind::kOlderCopy : wire::IncidentKind::kFork;
        own.at_ms = now_ms;
        own.epoch = own.seen_epoch = hello.epoch;
        own.log_seq = hello.next_seq - 1;
        own.seen_seq = chain->next_seq - 1;
        reports.push_back(own);
    }
    if (reports.empty()) return {};
    TALLY_TRY(const std::vector<IncidentRow> known, store.incidents(hello.terminal));
    std::erase_if(reports, [&](const wire::IncidentReport& report) {
        return std::any_of(known.begin(), known.end(), [&](const IncidentRow& row) {
            return row.report.kind == report.kind && row.report.epoch == report.epoch &&
                   row.report.log_seq == report.log_seq && row.report.seen_epoch == report.seen_epoch &&
                   row.report.seen_seq == report.seen_seq;
        });
    });
    if (reports.empty() || known.size() >= kIncidentsPerTerminalMax) return {};
    TALLY_TRY(WriteScope scope, WriteScope::begin(store));
    for (const wire::IncidentReport& report : reports) TALLY_OK(store.add_incident({hello.terminal, now_ms, report}));
    return scope.commit();
}

Result<wire::OpsReturn> Intake::give_back(const Session& session, const wire::OpsWant& want) {
    State& state = *state_;
    TALLY_TRY(const ReadScope scope, ReadScope::begin(state.store));
    wire::OpsReturn out{want.epoch, want.first_seq, {}};
    TALLY_TRY(const std::optional<ChainRow> chain, state.store.chain(session.terminal, want.epoch));
    if (!chain || want.first_seq >= chain->next_seq) return out;
    const std::uint64_t count = std::min<std::uint64_t>(wire::kOpsReturnMax, chain->next_seq - want.first_seq);
    std::size_t bytes = 0;
    bool full = false;
    TALLY_OK(state.store.each_op_of_chain(
        session.terminal, want.epoch, want.first_seq, count, [&](const OpRow& row) -> Status {
            bytes += row.bytes.size() + row.sealed.size();
            full = full || (!out.ops.empty() && bytes > wire::kOpsReturnBytesMax);
            if (full) return {};
            out.ops.push_back(
                {Bytes(row.bytes.begin(), row.bytes.end()), Bytes(row.sealed.begin(), row.sealed.end()), Bytes()});
            return {};
        }));
    return out;
}

// A person made a ticket for a revoked device: it speaks again as the terminal that it was, so that what it recorded
// and never sent fits its chain. That it was revoked stays on record.
static Status accept_again(LedgerStore& store, const DeviceRow& row, std::int64_t now_ms) {
    std::string reason = "enrolled anew; was revoked";
    if (!row.reason.empty()) reason += ": " + row.reason;
    return store.set_device_status(row.terminal, DeviceStatus::kActive, reason, now_ms);
}

Result<std::variant<wire::Enrolled, Refused>> Intake::enrol(const crypto::PublicKey& device, const wire::Enrol& enrol,
                                                            std::int64_t now_ms) {
    using Answer = std::variant<wire::Enrolled, Refused>;
    State& state = *state_;
    const auto refused = [](Refusal code, std::string text) { return Answer(Refused{code, std::move(text)}); };
    if (wire::common_version(enrol.versions) == 0) return refused(Refusal::kVersion, version_text());
    if (enrol.secret.size() != kTicketSecretBytes)
        return refused(Refusal::kTicket, "the ticket's secret has another length");
    if (!crypto::KeyWrap::between(state.hq, device))
        return refused(Refusal::kUnknownDevice, "the device's key is unusable");
    TALLY_TRY(WriteScope scope, WriteScope::begin(state.store));
    TALLY_OK(state.refresh());
    const Hash secret_hash = crypto::hash_of(enrol.secret);
    TALLY_TRY(const std::optional<TicketRow> ticket, state.store.ticket(secret_hash));
    if (!ticket) return refused(Refusal::kTicket, "headquarters knows no such ticket");
    TALLY_TRY(std::optional<DeviceRow> row, state.store.device_of_key(device));
    TALLY_TRY(const HqRow* hq, state.hq_identity());
    if (ticket->used_by != 0) {
        // The answer may have been lost on the way: the same device may ask again with the same ticket.
        if (!row || row->terminal != ticket->used_by) return refused(Refusal::kTicket, "the ticket has been used");
        if (auto why = refusal_of_status(*row)) return Answer(std::move(*why));
    } else {
        if (now_ms > ticket->expires_ms) return refused(Refusal::kTicket, "the ticket has expired");
        if (row && row->status != DeviceStatus::kRevoked)
            return refused(Refusal::kTicket,
                           "this device is enrolled already as terminal " + std::to_string(row->terminal));
        if (row && row->store != ticket->store)
            return refused(Refusal::kTicket, "this device is terminal " + std::to_string(row->terminal) + " of store " +
                                                 row->store + ", and the ticket is for store " + ticket->store);
        if (row) {
            TALLY_OK(accept_again(state.store, *row, now_ms));
            state.forget_device(row->terminal);
        } else {
            row.emplace();
            TALLY_TRY(row->terminal, state.store.next_terminal());
            row->key = device;
            row->store = ticket->store;
            row->name = ticket->name;
            row->enrolled_ms = now_ms;
            row->last_contact_ms = now_ms;
            row->software = enrol.software.substr(0, kSoftwareBytesMax);
            TALLY_OK(state.store.add_device(*row));
            state.forget_device(row->terminal);
        }
        TALLY_OK(state.store.use_ticket(secret_hash, row->terminal));
        TALLY_OK(scope.commit());
    }
    wire::Enrolled answer;
    answer.terminal = row->terminal;
    answer.store = row->store;
    answer.store_name = row->name;
    answer.root_key = hq->root_key;
    answer.recovery_key = hq->recovery_key;
    answer.hq_ms = now_ms;
    return Answer(std::move(answer));
}

}  // namespace tally::intake
