// Leases are granted here, as HQ's own operations beside what due.cpp writes: to a cashier who waits, and in advance to
// the tills of the store where a member shops. What was decided is told after the flush, in the same transaction.
#include <algorithm>

#include "common/wire/codec.h"
#include "hq-server/intake/intake_limits.h"
#include "hq-server/intake/own_work.h"

namespace tally::intake {

using namespace domain;

Result<Epoch> Intake::State::newest_epoch(TerminalId terminal) {
    if (const auto found = newest_epochs.find(terminal); found != newest_epochs.end()) return found->second;
    TALLY_TRY(const std::vector<ChainRow> chains, store.chains(terminal));
    return newest_epochs[terminal] = chains.empty() ? Epoch{} : chains.back().epoch;
}

Result<std::vector<Holder>> Intake::State::tills_of(const std::string& store_code, const Holder& first) {
    if (!tills) {
        tills.emplace();
        TALLY_TRY(const std::vector<DeviceRow> rows, store.devices());
        for (const DeviceRow& row : rows)
            if (row.terminal != kHqTerminal && row.status == DeviceStatus::kActive)
                (*tills)[row.store].push_back(row.terminal);
    }
    std::vector<Holder> out;
    for (const TerminalId terminal : (*tills)[store_code]) {
        TALLY_TRY(const Epoch epoch, newest_epoch(terminal));
        if (!epoch.is_zero()) out.push_back({terminal, epoch});
    }
    const auto at = std::find(out.begin(), out.end(), first);
    if (at != out.end()) std::rotate(out.begin(), at, std::next(at));
    return out;
}

Result<std::vector<Holder>> Intake::State::reachable(std::vector<Holder> holders) {
    std::vector<Holder> out;
    for (const Holder& holder : holders) {
        TALLY_TRY(const DeviceRow* row, device(holder.terminal));
        if (!row || refusal_of_status(*row)) continue;
        TALLY_TRY(const std::optional<ChainRow> chain, store.chain(holder.terminal, holder.epoch));
        TALLY_TRY(const Epoch last_epoch, newest_epoch(holder.terminal));
        // An epoch that no operation has begun yet is the newest of all.
        if (!chain || last_epoch == holder.epoch) out.push_back(holder);
        if (out.size() == kRecalledMax) break;
    }
    return out;
}

Status Intake::State::grant_wanted(LedgerWork& work, std::optional<OwnWork>& own, const LeaseAsk& ask, Recalls& recalls,
                                   std::int64_t now_ms) {
    const wire::LeaseWant& want = ask.want;
    const Holder holder{ask.session.terminal, want.epoch};
    TALLY_TRY(const DeviceRow* row, device(holder.terminal));
    if (!row || refusal_of_status(*row) || want.epoch != ask.session.epoch) return {};
    TALLY_TRY(const std::optional<ChainRow> chain, work.chain(holder.terminal, holder.epoch));
    if (want.after_seq != (chain ? chain->next_seq : 1)) return {};
    TALLY_TRY(const Epoch last_epoch, newest_epoch(holder.terminal));
    if (chain && last_epoch != holder.epoch) return {};
    TALLY_TRY(const MemberState* member, cache.member(want.member));
    if (member->member_seq == 0 || member->bytes > kAccountBytesMax) return {};
    TALLY_TRY(const Day today, this->today(now_ms));
    const Points lacking = want.points - usable_leased(member->account, holder, today);
    if (lacking <= 0) return {};
    std::vector<LotTake> slices = slices_for(member->account, today, lacking);
    if (!slices.empty()) {
        LeaseGrant grant{holder.terminal, holder.epoch, std::move(slices), today};
        TALLY_TRY(const Folded folded, add_own(work, own, OwnOp::of(want.member, today, std::move(grant)), now_ms));
        work.take_touched();  // a lease changes no tier
        return {};
    }
    TALLY_TRY(const std::vector<Holder> others, reachable(other_holders(member->account, holder, today)));
    if (!could_meet(member->account, holder, others, want.points, today)) return {};
    for (const Holder& other : others) recalls[{other.terminal, want.member}] = other.epoch;
    return {};
}

Status Intake::State::grant_in_advance(LedgerWork& work, std::optional<OwnWork>& own, Recalls& recalls,
                                       std::int64_t now_ms) {
    for (const LedgerWork::Shopped& shopped : work.take_shopped()) {
        TALLY_TRY(const MemberState* member, cache.member(shopped.member));
        if (member->bytes > kAccountBytesMax) continue;
        const Holder first{shopped.terminal, shopped.epoch};
        TALLY_TRY(const std::vector<Holder> at_store, tills_of(shopped.store, first));
        TALLY_TRY(const Day today, this->today(now_ms));
        const Advance advance = advance_for(*work.newest(), member->account, at_store, today);
        const Day through = std::min(kBusinessDayMax, today + static_cast<Day>(work.newest()->lease_days));
        for (const Advance::Grant& grant : advance.grants) {
            std::vector<LotTake> slices = slices_for(member->account, today, grant.points);
            if (slices.empty()) continue;
            LeaseGrant body{grant.to.terminal, grant.to.epoch, std::move(slices), through};
            TALLY_TRY(const Folded folded,
                      add_own(work, own, OwnOp::of(shopped.member, today, std::move(body)), now_ms));
        }
        if (!advance.lacks) continue;
        std::vector<Holder> others = other_holders(member->account, first, today);
        std::erase_if(others, [&](const Holder& other) {
            return std::find(at_store.begin(), at_store.end(), other) != at_store.end();
        });
        TALLY_TRY(others, reachable(std::move(others)));
        for (const Holder& other : others) recalls[{other.terminal, shopped.member}] = other.epoch;
    }
    work.take_touched();
    return {};
}

Result<wire::LeaseState> Intake::State::lease_state(const Session& session, const MemberId& member,
                                                    std::int64_t now_ms) {
    wire::LeaseState out;
    TALLY_TRY(const HqRow* identity, hq_identity());
    out.page.incarnation = identity->incarnation;
    out.page.hq_ms = now_ms;
    TALLY_OK(cover(out.page, session));
    TALLY_TRY(std::optional<MemberRow> row, store.member(member));
    if (!row) return out;
    wire::MemberChange change;
    change.member = member;
    change.member_seq = row->member_seq;
    change.account = std::move(row->account);
    TALLY_TRY(std::optional<ProfileRow> profile, store.profile(member));
    if (profile && !profile->sealed_profile.empty() && !profile->keys.empty()) {
        TALLY_TRY(const DeviceRow* device_row, device(session.terminal));
        TALLY_ASSERT(device_row, "a session's device is enrolled");
        TALLY_TRY(const crypto::KeyWrap* wrap, wrap_for(*device_row));
        change.wrapped_key = wrap->wrap(profile->keys.front());
        change.sealed_profile = std::move(profile->sealed_profile);
        for (Bytes& key : profile->keys) crypto::wipe(key);
    }
    out.page.members.push_back(std::move(change));
    return out;
}

Result<LeaseAnswer> Intake::State::lease_answer(const LeaseAsk& ask, std::int64_t now_ms) {
    TALLY_TRY(const DeviceRow* row, device(ask.session.terminal));
    if (!row) return LeaseAnswer{wire::Refused{wire::Refusal::kUnknownDevice, "this device is not enrolled here"}};
    if (auto why = refusal_of_status(*row)) return LeaseAnswer{std::move(*why)};
    TALLY_TRY(wire::LeaseState state, lease_state(ask.session, ask.want.member, now_ms));
    return LeaseAnswer{std::move(state)};
}

Status Intake::State::tell_recalls(const Recalls& recalls, std::vector<Recall>& out, std::int64_t now_ms) {
    for (const auto& [who, epoch] : recalls) {
        const auto& [terminal, member] = who;
        TALLY_TRY(const DeviceRow* row, device(terminal));
        TALLY_ASSERT(row, "only a reachable holder is asked");
        TALLY_TRY(wire::LeaseState state, lease_state({terminal, row->key, epoch, 0}, member, now_ms));
        state.give_back = true;
        out.push_back({terminal, std::move(state)});
    }
    return {};
}

Result<Points> Intake::write_off(const WriteOff& what, std::int64_t now_ms) {
    State& state = *state_;
    return state.write_own(now_ms, [&](LedgerWork& work, auto& own) -> Result<Points> {
        TALLY_TRY(const Day today, state.today(now_ms));
        TALLY_TRY(const MemberState* member, state.cache.member(what.member));
        std::map<Epoch, std::vector<LotTake>> by_epoch;
        for (const Frozen& one : frozen_slices(member->account))
            if (one.slice->holder == what.terminal && (!what.epoch || one.slice->epoch == *what.epoch))
                by_epoch[one.slice->epoch].push_back({one.lot->maker, std::min(one.slice->outstanding, kPointsMax)});
        Points points = 0;
        for (auto& [epoch, slices] : by_epoch) {
            if (slices.size() > kSlicesMax) slices.resize(kSlicesMax);
            for (const LotTake& slice : slices) points += slice.points;
            OwnOp op = OwnOp::of(what.member, today, LeaseWriteOff{what.terminal, epoch, std::move(slices)});
            op.op.cashier = what.by;
            op.fields[Field::kReason] = what.reason;
            TALLY_TRY(const Folded folded, state.add_own(work, own, std::move(op), now_ms));
            if (folded.outcome != Outcome::kAccepted) return fail(Code::kRefused, folded.reason);
        }
        work.take_touched();
        if (by_epoch.empty()) return fail(Code::kNotFound, "this terminal holds no points of this member");
        return points;
    });
}

}  // namespace tally::intake
