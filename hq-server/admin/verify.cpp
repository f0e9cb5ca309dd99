#include "hq-server/admin/verify.h"

#include <algorithm>
#include <map>

#include "common/base/counted.h"
#include "common/crypto/hash.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"
#include "hq-server/admin/refold.h"
#include "hq-server/intake/intake_limits.h"

namespace tally::admin {

using namespace domain;
using namespace intake;

namespace {

class Walk {
  public:
    Walk(LedgerStore& store, const crypto::PublicKey& hq_key, const VerifyProgress& progress)
        : store_(store),
          hq_key_(hq_key),
          progress_(progress),
          refold_(store, [this](std::string what) { fault(std::move(what)); }) {}

    Status run();
    VerifyReport report;

  private:
    struct Chain {
        std::uint64_t next_seq = 1;
        Hash head;
    };

    void fault(std::string what) {
        report.fault_count += 1;
        if (report.faults.size() < kFaultsMax) report.faults.push_back(std::move(what));
    }
    Status check_hq();
    Status check_programmes();
    Status read_batches();
    Status read_conflicts();
    Status check_operation(const OpRow& row);
    void check_position(const OpRow& row);
    void check_chain(const OpRow& row, const Op* op, const std::string& where);
    void check_signature(const OpRow& row, const std::string& where);
    void check_contents(const OpRow& row, const Op& op, const std::string& where);
    Status check_heads();
    void note_leases();

    LedgerStore& store_;
    crypto::PublicKey hq_key_;
    const VerifyProgress& progress_;
    Refold refold_;
    std::map<TerminalId, crypto::PublicKey> devices_;
    std::map<std::pair<TerminalId, Epoch>, Chain> chains_;
    std::set<std::pair<TerminalId, Epoch>> followed_;  // named by a first operation as the epoch before it
    std::map<Position, BatchRow> batches_;             // by first position
    bool is_other_position(Position pos) const { return programme_at_.contains(pos) || rejected_at_.contains(pos); }

    std::map<Position, std::uint64_t> programme_at_;
    std::set<Position> rejected_at_;
    Position expected_pos_ = 1;
};

Status Walk::check_hq() {
    TALLY_TRY(const HqRow hq, store_.hq());
    if (!crypto::verify(hq.root_key, kHqKeyContext, hq_key_.view(), hq.certificate))
        fault("headquarters' working key is not certified by its offline root");
    TALLY_TRY(const std::vector<DeviceRow> devices, store_.devices());
    for (const DeviceRow& device : devices) {
        devices_[device.terminal] = device.key;
        if (device.terminal == kHqTerminal && device.key != hq_key_)
            fault("terminal 1 is not headquarters' working device");
        if (device.status == DeviceStatus::kRevoked)
            report.notes.push_back("terminal " + std::to_string(device.terminal) +
                                   " is revoked; its operations count: " + device.reason);
        if (device.status == DeviceStatus::kQuarantined)
            report.notes.push_back("terminal " + std::to_string(device.terminal) + " is quarantined: " + device.reason);
    }
    return {};
}

Status Walk::check_programmes() {
    std::uint64_t expected = 1;
    return store_.each_programme([&](const ProgrammeRow& row) -> Status {
        const std::string which = "programme version " + std::to_string(row.version);
        if (row.version != expected) fault(which + " comes where version " + std::to_string(expected) + " is expected");
        expected = row.version + 1;
        if (!crypto::verify(hq_key_, wire::kProgrammeContext, row.programme.bytes, row.programme.signature))
            fault(which + " is not signed by headquarters");
        const auto programme = wire::decode_programme(row.programme.bytes);
        if (!programme)
            fault(which + " cannot be read: " + programme.error().detail);
        else if (programme->version != row.version)
            fault(which + " carries version " + std::to_string(programme->version));
        if (!programme_at_.emplace(row.changed_pos, row.version).second)
            fault(which + " has the position " + std::to_string(row.changed_pos) + " of another version");
        return {};
    });
}

Status Walk::read_batches() {
    std::map<std::pair<TerminalId, Epoch>, std::uint64_t> next;
    return store_.each_batch([&](const BatchRow& batch) -> Status {
        std::uint64_t& expected = next.try_emplace({batch.terminal, batch.epoch}, 1).first->second;
        if (batch.first_seq != expected)
            fault("terminal " + std::to_string(batch.terminal) + ": a signature begins with operation " +
                  std::to_string(batch.first_seq) + " where " + std::to_string(expected) + " is expected");
        expected = batch.first_seq + batch.count;
        batches_[batch.first_pos] = batch;
        return {};
    });
}

Status Walk::read_conflicts() {
    std::map<ConflictKind, std::uint64_t> counts;
    TALLY_OK(store_.each_conflict([&](const ConflictRow& row) -> Status {
        counts[row.kind] += 1;
        refold_.note_conflict(row);
        // Where intake recorded that it could not use the personal fields.
        const bool profile_held =
            row.kind == ConflictKind::kHeldForReview && row.detail.find("profile") != std::string::npos;
        if (row.kind == ConflictKind::kSealedUnreadable || profile_held) refold_.skip_profile_at(row.pos);
        return {};
    }));
    for (const auto& [kind, count] : counts)
        report.notes.push_back(std::to_string(count) + " x " + std::string(conflict_name(kind)));
    std::uint64_t branches = 0;
    TALLY_OK(store_.each_branch([&](const BranchRow& row) -> Status {
        branches += 1;
        if (crypto::hash_of(row.bytes) != row.hash)
            fault("branch of " + op_text(row.id) + ": its bytes do not have the hash that is stored");
        return {};
    }));
    if (branches > 0) report.notes.push_back(counted(branches, "operation") + " kept as branches");
    return {};
}

// Every position belongs to one operation, one programme or one rejection.
void Walk::check_position(const OpRow& row) {
    while (is_other_position(expected_pos_) && expected_pos_ < row.pos) expected_pos_ += 1;
    if (programme_at_.contains(row.pos))
        fault("position " + std::to_string(row.pos) + " is that of a programme and of " + op_text(row.id));
    if (rejected_at_.contains(row.pos))
        fault("position " + std::to_string(row.pos) + " is that of a rejection and of " + op_text(row.id));
    while (expected_pos_ < row.pos) {
        if (!is_other_position(expected_pos_))
            fault("position " + std::to_string(expected_pos_) + " is missing from the log");
        expected_pos_ += 1;
    }
    expected_pos_ = row.pos + 1;
}

void Walk::check_chain(const OpRow& row, const Op* op, const std::string& where) {
    const auto key = std::pair(row.id.terminal, row.id.epoch);
    const bool begins = !chains_.contains(key);
    Chain& chain = chains_[key];
    if (row.id.seq != chain.next_seq) {
        fault(where + " comes where operation " + std::to_string(chain.next_seq) + " of its chain is expected");
    } else if (op && row.id.seq > 1 && op->previous_hash != chain.head) {
        fault(where + " does not follow the operation before it: the hash it names is another");
    } else if (op && begins) {
        const bool has_other = std::any_of(chains_.begin(), chains_.end(), [&](const auto& entry) {
            return entry.first.first == row.id.terminal && entry.first.second != row.id.epoch;
        });
        // That one may never have come: a backup restored twice begins two epochs behind the same one.
        const bool has_sibling = row.id.terminal != kHqTerminal && !op->previous_epoch.is_zero() &&
                                 !followed_.insert({row.id.terminal, op->previous_epoch}).second;
        if (has_other && !has_sibling && !chains_.contains({row.id.terminal, op->previous_epoch}))
            fault(where + " begins an epoch and names none of the epochs before it");
        // A terminal may have had operations that never came here; headquarters has not.
        else if (has_other && row.id.terminal == kHqTerminal &&
                 op->previous_hash != chains_[{kHqTerminal, op->previous_epoch}].head)
            fault(where + " begins an epoch and does not follow the last operation of the one it names");
    }
    chain.next_seq = row.id.seq + 1;
    chain.head = row.hash;
}

void Walk::check_signature(const OpRow& row, const std::string& where) {
    auto found = batches_.upper_bound(row.pos);
    if (found == batches_.begin()) return fault(where + " is under no signature");
    const BatchRow& batch = std::prev(found)->second;
    const std::uint64_t at = row.pos - batch.first_pos;
    if (at >= batch.count || batch.terminal != row.id.terminal || batch.epoch != row.id.epoch ||
        batch.first_seq + at != row.id.seq)
        return fault(where + " is not the operation that the signature over its position was made for");
    if (at + 1 != batch.count) return;
    report.signatures += 1;
    const auto device = devices_.find(row.id.terminal);
    if (device == devices_.end()) return fault(where + " is of a terminal that is not enrolled");
    if (!crypto::verify(device->second, wire::kChainHeadContext, wire::chain_head_text(row.id, row.hash),
                        batch.signature))
        fault(where + ": the signature over the chain up to it is not that of its device");
}

void Walk::check_contents(const OpRow& row, const Op& op, const std::string& where) {
    if (op.id != row.id) fault(where + ": its bytes are those of " + op_text(op.id));
    if (op.member != row.member) fault(where + ": its bytes name another member than is stored");
    if (!row.sealed.empty() && crypto::hash_of(row.sealed) != op.sealed_hash)
        fault(where + ": its sealed fields are not those it commits to");
    if (row.effective_ms != std::min(op.at.ms(), row.received_ms + kEffectiveAhead_ms))
        fault(where + ": its stored effective time does not follow from its clock and its receipt");
}

Status Walk::check_operation(const OpRow& row) {
    report.operations += 1;
    const std::string where = "position " + std::to_string(row.pos) + ", operation " + op_text(row.id);
    check_position(row);
    const bool genuine = crypto::hash_of(row.bytes) == row.hash;
    if (!genuine) fault(where + ": its bytes do not have the hash that is stored");
    const auto op = wire::decode_op(row.bytes);
    if (!op) fault(where + " cannot be read: " + op.error().detail);
    check_chain(row, op ? &*op : nullptr, where);
    check_signature(row, where);
    if (!op || !genuine) {
        refold_.give_up_on(row.member);
        if (!op) return {};
    }
    check_contents(row, *op, where);
    return refold_.add(row, *op, where);
}

Status Walk::check_heads() {
    TALLY_TRY(const Position head, store_.head());
    while (is_other_position(expected_pos_)) expected_pos_ += 1;
    if (head + 1 != expected_pos_)
        fault("the stream's head says position " + std::to_string(head) + ", the log ends at " +
              std::to_string(expected_pos_ - 1));
    for (const auto& [terminal, key] : devices_) {
        TALLY_TRY(const std::vector<ChainRow> rows, store_.chains(terminal));
        for (const ChainRow& row : rows) {
            const auto found = chains_.find({row.terminal, row.epoch});
            const Chain held = found == chains_.end() ? Chain{} : found->second;
            if (row.next_seq != held.next_seq || row.head != held.head)
                fault("terminal " + std::to_string(terminal) + ": its stored head is operation " +
                      std::to_string(row.next_seq - 1) + ", the log ends with " + std::to_string(held.next_seq - 1) +
                      (row.next_seq == held.next_seq ? " and another hash" : ""));
            if (found != chains_.end()) chains_.erase(found);
        }
    }
    for (const auto& [key, chain] : chains_)
        fault("terminal " + std::to_string(key.first) + ": operations of an epoch without a stored head");
    return {};
}

void Walk::note_leases() {
    const Refold::LeaseTotals& totals = refold_.lease_totals();
    if (totals.leased > 0) report.notes.push_back(std::to_string(totals.leased) + " points are leased to terminals");
    if (totals.written_off == 0) return;
    report.notes.push_back(std::to_string(totals.written_off) +
                           " leased points were written off: " + std::to_string(totals.risk) + " at risk still, " +
                           std::to_string(totals.loss) + " lost to the chain");
    if (totals.loss > totals.written_off) fault("more leased points were lost than were written off");
}

Status Walk::run() {
    if (const Status pages = store_.check_pages(); !pages) fault("the database file: " + pages.error().detail);
    TALLY_TRY(const ReadScope scope, ReadScope::begin(store_));
    TALLY_OK(check_hq());
    TALLY_OK(check_programmes());
    TALLY_OK(read_batches());
    TALLY_OK(read_conflicts());
    TALLY_OK(refold_.read_decisions());
    TALLY_OK(refold_.read_verdicts(rejected_at_));
    TALLY_TRY(const Position head, store_.head());
    TALLY_OK(store_.each_op(0, [&](const OpRow& row) {
        if (progress_) progress_(row.pos, head);
        return check_operation(row);
    }));
    TALLY_OK(check_heads());
    TALLY_OK(refold_.read_programmes());
    TALLY_OK(refold_.compare_members(report.members));
    note_leases();
    TALLY_OK(refold_.compare_store_days(report.store_days));
    TALLY_OK(refold_.compare_profiles());
    refold_.compare_decisions();
    TALLY_OK(refold_.compare_identities());
    refold_.compare_verdicts();
    TALLY_OK(refold_.compare_notices());
    TALLY_OK(refold_.compare_bills());
    TALLY_OK(refold_.compare_campaigns());
    return refold_.compare_imported();
}

}  // namespace

Result<VerifyReport> verify_ledger(LedgerStore& store, const crypto::PublicKey& hq_key,
                                   const VerifyProgress& progress) {
    Walk walk(store, hq_key, progress);
    TALLY_OK(walk.run());
    return std::move(walk.report);
}

std::string verify_text(const VerifyReport& report) {
    std::string out;
    for (const std::string& note : report.notes) out += "note: " + note + "\n";
    for (const std::string& fault : report.faults) out += "WRONG: " + fault + "\n";
    if (report.fault_count > report.faults.size())
        out += "WRONG: and " + std::to_string(report.fault_count - report.faults.size()) + " more\n";
    out += "verified " + counted(report.operations, "operation") + ", " + counted(report.signatures, "signature") +
           ", " + counted(report.members, "member") + ", " + counted(report.store_days, "store-day") + ": " +
           (report.fault_count == 0 ? "all is well" : counted(report.fault_count, "fault"));
    return out + "\n";
}

}  // namespace tally::admin
