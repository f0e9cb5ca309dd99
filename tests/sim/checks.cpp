#include "tests/sim/checks.h"

#include "common/wire/codec.h"
#include "tests/sim/account_laws.h"
#include "tests/sim/world.h"

namespace tally::sim {

namespace {

constexpr std::uint64_t kPagesPerFold = 128;   // one page in so many is followed by a refold of the replica
constexpr std::uint64_t kPagesPerOverlay = 4;  // and by a look at what the overlay counts

void read_fault(World& world, const Machine& machine, const Error& error) {
    world.fault("readable", machine.name() + ": " + to_string(error));
}

// The lots of an account that this operation made.
std::size_t lots_of(const domain::Account& account, const domain::OpId& id) {
    std::size_t out = 0;
    for (const domain::Lot& lot : account.lots) out += lot.maker == id ? 1 : 0;
    return out;
}

// Every sale that the till waits with is in the overlay once, and not in the confirmed state.
Status check_pending(World& world, Machine& machine) {
    TALLY_TRY(const auto pending, machine.replica().pending_ops());
    for (const replica::PendingOp& op : pending) {
        if (op.kind != domain::OpKind::kEarn) continue;
        TALLY_TRY(const domain::Account confirmed, machine.replica().confirmed_account(op.member));
        TALLY_TRY(const auto view, machine.replica().member(op.member));
        if (lots_of(confirmed, op.id) != 0)
            world.fault("counted-once", machine.name() + ": the confirmed state holds " + domain::op_text(op.id) +
                                            ", which is still pending");
        if (view && lots_of(view->account, op.id) > 1)
            world.fault("counted-once", machine.name() + ": the overlay counts " + domain::op_text(op.id) + " twice");
    }
    return {};
}

}  // namespace

Result<std::set<domain::OpId>> branched_pending(Machine& machine) {
    std::set<domain::OpId> out;
    TALLY_TRY(const auto chains, machine.replica().chains());
    TALLY_TRY(const auto pending, machine.replica().pending_ops());
    for (const replica::OwnChain& chain : chains)
        for (const replica::PendingOp& op : pending)
            if (chain.branch_seq != 0 && op.id.epoch == chain.epoch && op.id.seq >= chain.branch_seq) out.insert(op.id);
    return out;
}

void check_after_act(World& world, Machine& machine, bool printed) {
    if (!machine.is_running() || machine.is_dead()) return;
    const Onlooker onlooker(machine.disk());
    const Status noted = world.ledger().note(machine, printed);
    if (!noted) read_fault(world, machine, noted.error());
}

// Everything that was printed is in the log: its newest of each epoch, and with its hash all before it.
void check_after_start(World& world, Machine& machine) {
    const Onlooker onlooker(machine.disk());
    for (const auto& [epoch, name] : world.ledger().ends_of(machine)) {
        const auto hash = machine.replica().hash_of_operation(epoch, name.first.seq);
        if (!hash)
            world.fault("durable", machine.name() + " printed " + domain::op_text(name.first) +
                                       " and has it no more: " + to_string(hash.error()));
        else if (*hash != name.second)
            world.fault("durable", machine.name() + " holds another operation as " + domain::op_text(name.first));
    }
    const Status read = world.ledger().read_machine(machine);
    if (!read) read_fault(world, machine, read.error());
}

// What headquarters acknowledged it has, or had before a backup was put in its place.
void check_after_ack(World& world, Machine& machine, const wire::Ack& ack) {
    if (ack.through_seq == 0) return;
    const domain::OpId last{machine.terminal, ack.epoch, ack.through_seq};
    if (!world.ledger().was_at_hq(last))
        world.fault("acknowledged", machine.name() + " was told that headquarters has " + domain::op_text(last));
}

void check_after_page(World& world, Machine& machine, const wire::FeedPage& page) {
    if (machine.is_dead()) return;
    const Onlooker onlooker(machine.disk());
    if (world.random().below(kPagesPerOverlay) == 0)
        if (const Status done = check_pending(world, machine); !done) read_fault(world, machine, done.error());
    if (page.members.empty() || world.random().below(kPagesPerFold) != 0) return;
    if (const auto fold = machine.replica().check_fold(); !fold)
        world.fault("overlay", machine.name() + ": " + to_string(fold.error()));
}

// After a crash all is there that was there; after a restore what the backup had.
void check_after_hq_start(World& world, bool restored) {
    const Onlooker onlooker(world.hq().disk());
    Ledger& ledger = world.ledger();
    const auto before = ledger.at_hq();
    if (const Status noted = ledger.note_hq(world.hq().ledger(), true); !noted)
        world.fault("readable", "headquarters: " + to_string(noted.error()));
    if (!ledger.hq_fault().empty()) world.fault("hq-log", ledger.hq_fault());
    for (const auto& [id, row] : before)
        if (!restored && !ledger.is_at_hq({id, row.hash}))
            world.fault("hq-durable", "headquarters had " + domain::op_text(id) + " and has it no more");
    if (restored) ledger.excuse_what_is_lost();
}

void check_after_commit(World& world) {
    if (!world.hq().is_running() || world.hq().is_dead()) return;
    const Onlooker onlooker(world.hq().disk());
    Ledger& ledger = world.ledger();
    if (const Status noted = ledger.note_hq(world.hq().ledger(), false); !noted)
        world.fault("readable", "headquarters: " + to_string(noted.error()));
    if (!ledger.hq_fault().empty()) world.fault("hq-log", ledger.hq_fault());
    std::set<domain::MemberId> touched;
    for (const domain::OpId& id : ledger.fresh_at_hq()) touched.insert(ledger.at_hq().at(id).member);
    for (const domain::MemberId& member : touched) {
        if (member.is_zero()) continue;
        const auto row = world.hq().ledger().member(member);
        const auto account = row && *row ? wire::decode_account((*row)->account)
                                         : Result<domain::Account>(fail(Code::kNotFound, "no state of a member"));
        if (!account) return world.fault("readable", "headquarters: " + to_string(account.error()));
        const std::string broken = broken_law(*account);
        if (!broken.empty()) world.fault("account-laws", domain::uuid_text(member) + ": " + broken);
    }
}

}  // namespace tally::sim
