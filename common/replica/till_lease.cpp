// What is leased to this till: spending it, and giving it back.
#include <algorithm>

#include "common/replica/till.h"

namespace tally::replica {

Result<std::vector<domain::LotTake>> Till::leased_here(const domain::MemberId& member, const domain::Account& account) {
    TALLY_TRY(const std::vector<HeldSlice> held, replica_->held_slices(member));
    std::vector<domain::LeasedLot> lots;
    for (const HeldSlice& slice : held) lots.push_back({slice.lot, slice.spendable, slice.through});
    return domain::leased_today(account, lots, today());
}

Result<domain::Points> Till::leased(const domain::MemberId& member) {
    TALLY_TRY(const domain::Account account, account_of(member));
    TALLY_TRY(const std::vector<domain::LotTake> slices, leased_here(member, account));
    domain::Points sum = 0;
    for (const domain::LotTake& slice : slices) sum += slice.points;
    return sum;
}

Status Till::add_return(Act& act, const domain::Programme& programme, const domain::MemberId& member,
                        const std::function<bool(const HeldSlice&)>& wanted, domain::Points points) {
    TALLY_TRY(const std::vector<HeldSlice> held, replica_->held_slices(member));
    domain::LeaseReturn back;
    for (const HeldSlice& slice : held) {
        const domain::Points part = std::min(points, slice.spendable + slice.at_risk);
        if (part == 0 || !wanted(slice)) continue;
        back.slices.push_back({slice.lot, part});
        points -= part;
        if (back.slices.size() < domain::kSlicesPerOpMax) continue;
        TALLY_OK(add(act, programme, member, {}, std::exchange(back, {})));
    }
    if (back.slices.empty()) return {};
    return add(act, programme, member, {}, std::move(back));
}

Result<std::size_t> Till::settle_leases(const SettleLeases& how) {
    const auto in = [](const std::vector<domain::MemberId>& members, const domain::MemberId& member) {
        return std::find(members.begin(), members.end(), member) != members.end();
    };
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const std::vector<domain::MemberId> members, replica_->members_with_leases());
    std::size_t written = 0;
    for (const domain::MemberId& member : members) {
        if (in(how.waiting, member)) continue;
        const bool all = in(how.wanted_elsewhere, member), late = in(how.abandoned, member);
        TALLY_TRY(Act act, begin_act());
        const auto goes_back = [&](const HeldSlice& slice) {
            const bool over = slice.through ? *slice.through < today() : how.can_be_asked;
            return all || over || slice.at_risk > 0 || (late && slice.through && *slice.through == today());
        };
        TALLY_OK(add_return(act, programme, member, goes_back, domain::kPointsMax));
        if (act.ops.empty()) continue;
        TALLY_TRY(const Receipt receipt, write(programme, std::move(act)));
        written += 1;
    }
    return written;
}

Status Till::return_beyond(const domain::MemberId& member, domain::Points keep) {
    TALLY_TRY(const domain::Points here, leased(member));
    if (here <= keep) return {};
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(Act act, begin_act());
    TALLY_OK(add_return(
        act, programme, member, [](const HeldSlice&) { return true; }, here - keep));
    if (act.ops.empty()) return {};
    TALLY_TRY(const Receipt receipt, write(programme, std::move(act)));
    return {};
}

}  // namespace tally::replica
