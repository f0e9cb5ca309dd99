#include <algorithm>

#include "common/wire/codec.h"
#include "hq-server/admin/verify.h"
#include "tests/sim/account_laws.h"
#include "tests/sim/checks.h"
#include "tests/sim/checks_parts.h"
#include "tests/sim/world.h"

namespace tally::sim {

namespace {

using AccountBytes = std::map<domain::MemberId, Bytes>;

bool takes_part(const Machine& machine) { return !machine.is_retired; }

// Nobody waits for anything.
Status nothing_pending(World& world) {
    for (const auto& machine : world.machines()) {
        if (!takes_part(*machine)) continue;
        if (!machine->is_running()) {
            world.fault("rest", machine->name() + " does not run");
            continue;
        }
        const Line* line = world.line_of(*machine);
        if (!line || !line->is_open()) world.fault("rest", machine->name() + " has no line");
        TALLY_TRY(std::uint64_t pending, machine->replica().pending_count());
        TALLY_TRY(const auto branched, branched_pending(*machine));
        pending -= branched.size();
        TALLY_TRY(const std::uint64_t unsent, machine->replica().unacknowledged_count());
        if (pending != 0 || unsent != 0)
            world.fault("rest", machine->name() + " has " + std::to_string(pending) + " pending operations and " +
                                    std::to_string(unsent) + " that headquarters has not acknowledged");
    }
    return {};
}

// What was printed or acknowledged, and not lost with every disk that held it, is at headquarters: in the log, or kept
// as a branch.
Status nothing_lost(World& world) {
    std::set<Name> branches;
    TALLY_OK(world.hq().ledger().each_branch([&](const intake::BranchRow& row) -> Status {
        branches.insert({row.id, row.hash});
        return {};
    }));
    world.counts.of[Counts::kBranches] += static_cast<std::int64_t>(branches.size());
    for (const auto& [name, made] : world.ledger().made()) {
        if ((!made.is_printed && !world.ledger().was_at_hq(name.first)) || made.may_be_lost) continue;
        if (!world.ledger().is_at_hq(name) && !branches.count(name))
            world.fault("lost", "headquarters lacks " + domain::op_text(name.first) + " (" +
                                    std::string(domain::kind_name(domain::kind_of(made.op.body))) + ")");
    }
    return {};
}

Status hq_verifies(World& world) {
    TALLY_TRY(const auto report, admin::verify_ledger(world.hq().ledger(), world.hq().device().public_key()));
    if (report.fault_count > 0) world.fault("verify", "headquarters: " + report.faults.front());
    return {};
}

Status replicas_verify(World& world) {
    for (const auto& machine : world.machines()) {
        if (!takes_part(*machine) || !machine->is_running()) continue;
        if (const Status log = machine->replica().verify_log(); !log)
            world.fault("verify", machine->name() + ": " + to_string(log.error()));
        if (const auto fold = machine->replica().check_fold(); !fold)
            world.fault("overlay", machine->name() + ": " + to_string(fold.error()));
    }
    return {};
}

Status everybody_agrees(World& world) {
    AccountBytes at_hq;
    TALLY_OK(world.hq().ledger().each_member([&](const intake::MemberRow& row) -> Status {
        at_hq[row.member] = row.account;
        return {};
    }));
    for (const auto& machine : world.machines()) {
        if (!takes_part(*machine) || !machine->is_running()) continue;
        TALLY_TRY(const auto pending, machine->replica().pending_ops());
        std::set<domain::MemberId> branched;  // what is left pending here is of a branch (nothing_pending)
        for (const replica::PendingOp& op : pending) branched.insert(op.member);
        std::size_t members = 0;
        TALLY_OK(machine->replica().each_member([&](const domain::MemberId& id, const domain::Account& account) {
            if (branched.count(id)) return members += at_hq.count(id), Status{};
            members += 1;
            const auto there = at_hq.find(id);
            if (there == at_hq.end())
                world.fault("agree", machine->name() + " has a member that headquarters has not");
            else if (wire::encode_account(account) != there->second)
                world.fault("agree", machine->name() + " and headquarters differ about " + domain::uuid_text(id));
            return Status{};
        }));
        if (members != at_hq.size())
            world.fault("agree", machine->name() + " has " + std::to_string(members) + " members of " +
                                     std::to_string(at_hq.size()));
    }
    return {};
}

bool counts(domain::Outcome outcome) {
    return outcome == domain::Outcome::kAccepted || outcome == domain::Outcome::kAcceptedWithDebt ||
           outcome == domain::Outcome::kCorrected;
}

// What tills printed and headquarters counts, against the totals of the accounts.
Status totals_add_up(World& world) {
    domain::Points earned = 0, given = 0, adjusted = 0;
    for (const auto& [id, row] : world.ledger().at_hq()) {
        if (!counts(row.outcome)) continue;
        if (const auto* earn = std::get_if<domain::Earn>(&row.op.body)) earned += earn->points;
        if (const auto* bonus = std::get_if<domain::Bonus>(&row.op.body)) given += bonus->points;
        if (const auto* adjust = std::get_if<domain::Adjust>(&row.op.body))
            adjusted += std::max<domain::Points>(adjust->points, 0);
    }
    TALLY_OK(world.hq().ledger().each_member([&](const intake::MemberRow& row) -> Status {
        TALLY_TRY(const domain::Account account, wire::decode_account(row.account));
        if (const std::string broken = broken_law(account); !broken.empty())
            world.fault("account-laws", domain::uuid_text(row.member) + ": " + broken);
        earned -= account.earned_total;
        given -= account.bonus_total;
        adjusted -= account.adjusted_up_total;
        return {};
    }));
    if (earned != 0 || given != 0 || adjusted != 0)
        world.fault("totals", "accounts differ from the operations by " + std::to_string(earned) + " points earned, " +
                                  std::to_string(given) + " of bonuses, " + std::to_string(adjusted) + " adjusted");
    return {};
}

// Of every lease that headquarters made, its holder's redemption counts: nobody else was given those points. But for
// what only a person can tell: two machines with the same files, a disk put back, headquarters put back, and what
// stands on a sale that is itself held.
Status leases_are_honoured(World& world) {
    const auto& counts_of = world.counts.of;
    const bool machines_doubled = counts_of[Counts::kCopies] + counts_of[Counts::kPutBacks] +
                                      counts_of[Counts::kHqRestores] + counts_of[Counts::kRestores] >
                                  0;
    for (const auto& [id, row] : world.ledger().at_hq()) {
        const auto* redeem = std::get_if<domain::Redeem>(&row.op.body);
        if (!redeem || !redeem->leased) continue;
        if (row.outcome == domain::Outcome::kAcceptedWithDebt)
            world.fault("lease", "a redemption by lease made debt: " + domain::op_text(id));
        if (row.outcome != domain::Outcome::kQuarantined || !row.op.over_limit.empty() || machines_doubled) continue;
        const bool stands_on_held = std::any_of(redeem->takes.begin(), redeem->takes.end(), [&](const auto& take) {
            const auto maker = world.ledger().at_hq().find(take.lot);
            return maker != world.ledger().at_hq().end() && !counts(maker->second.outcome);
        });
        if (!stands_on_held) world.fault("lease", "a redemption by lease is held: " + domain::op_text(id));
    }
    return {};
}

// Nothing stays leased past its end, or born leased, to an epoch that is its terminal's newest; but for what a restored
// headquarters has forgotten (ARCHITECTURE.md).
Status leases_end(World& world) {
    if (world.counts.of[Counts::kHqRestores] > 0) return {};
    std::map<domain::TerminalId, std::pair<domain::Epoch, Day>> holders;
    for (const auto& machine : world.machines()) {
        if (machine->is_retired || machine->is_copy || !machine->is_running()) continue;
        TALLY_TRY(const replica::ChainHead head, machine->replica().head());
        holders[machine->terminal] = {head.epoch, machine->till().today()};
    }
    return world.hq().ledger().each_member([&](const intake::MemberRow& row) -> Status {
        TALLY_TRY(const domain::Account account, wire::decode_account(row.account));
        for (const domain::Slice& slice : account.slices) {
            const auto holder = holders.find(slice.holder);
            if (slice.outstanding == 0 || holder == holders.end() || holder->second.first != slice.epoch) continue;
            if (!slice.through || *slice.through < holder->second.second)
                world.fault("lease", "terminal " + std::to_string(slice.holder) + " keeps " +
                                         std::to_string(slice.outstanding) + " points of " +
                                         domain::uuid_text(row.member) + " past the lease's end");
        }
        return {};
    });
}

}  // namespace

const std::vector<RestCheck>& rest_checks() {
    static const std::vector<RestCheck> all = {
        {"nothing is pending", nothing_pending},
        {"nothing is lost", nothing_lost},
        {"headquarters verifies", hq_verifies},
        {"replicas verify", replicas_verify},
        {"everybody agrees", everybody_agrees},
        {"totals add up", totals_add_up},
        {"coupons are used once", coupons_are_used_once},
        {"leases are honoured", leases_are_honoured},
        {"leases end", leases_end},
    };
    return all;
}

}  // namespace tally::sim
