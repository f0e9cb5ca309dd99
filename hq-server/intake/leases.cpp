#include "hq-server/intake/leases.h"

#include <algorithm>

#include "common/base/checked.h"

namespace tally::intake {

using namespace domain;

namespace {

bool may_still_redeem(const Account& account, const Slice& slice, Day today) {
    return slice.outstanding > 0 && account.lots[slice.lot].usable_on(today) &&
           (!slice.through || today <= *slice.through);
}

Points usable_of(const Account& account, const std::vector<Holder>& holders, Day today) {
    Points sum = 0;
    for (const Holder& holder : holders) sum += usable_leased(account, holder, today);
    return sum;
}

Points whole_steps(const Programme& programme, Points points) { return points - points % programme.redeem_step_points; }

// The member's points that a store would have, where its tills and whoever else are counted as having `all`.
Points target_of(const Programme& programme, Points all) {
    const auto share = mul_div_floor(all, programme.lease_share_milli, 1000);
    if (!share) return 0;
    return programme.lease_cap_points == 0 ? *share : std::min(*share, programme.lease_cap_points);
}

}  // namespace

Points usable_leased(const Account& account, const Holder& holder, Day today) {
    Points sum = 0;
    for (const Slice& slice : account.slices)
        if (slice.is_of(holder.terminal, holder.epoch) && may_still_redeem(account, slice, today))
            sum += slice.outstanding;
    return sum;
}

Points grantable(const Account& account, Day today) {
    if (account.debt > 0) return 0;
    Points sum = 0;
    for (const Lot& lot : account.lots)
        if (lot.usable_on(today)) sum += lot.free;
    return sum;
}

std::vector<LotTake> slices_for(const Account& account, Day today, Points points) {
    std::vector<LotTake> slices;
    if (account.debt > 0) return slices;
    for (const std::size_t i : redemption_order(account)) {
        const Lot& lot = account.lots[i];
        if (points == 0) break;
        if (lot.free == 0 || !lot.usable_on(today)) continue;
        const Points part = std::min({points, lot.free, kPointsMax});
        slices.push_back({lot.maker, part});
        points -= part;
    }
    if (points > 0 || slices.size() > kSlicesMax) slices.clear();
    return slices;
}

std::vector<Holder> other_holders(const Account& account, const Holder& wanting, Day today) {
    std::vector<Holder> out;
    for (const Slice& slice : account.slices) {
        const Holder holder{slice.holder, slice.epoch};
        if (slice.outstanding == 0 || !account.lots[slice.lot].usable_on(today) || holder == wanting) continue;
        if (std::find(out.begin(), out.end(), holder) == out.end()) out.push_back(holder);
    }
    return out;
}

bool could_meet(const Account& account, const Holder& wanting, const std::vector<Holder>& others, Points points,
                Day today) {
    Points sum = usable_leased(account, wanting, today) + grantable(account, today);
    for (const Slice& slice : account.slices)
        if (std::find(others.begin(), others.end(), Holder{slice.holder, slice.epoch}) != others.end() &&
            account.lots[slice.lot].usable_on(today))
            sum += slice.outstanding;
    return sum >= points;
}

// A till that has not given back what ended is silent: more would be frozen there too.
static bool keeps_ended(const Account& account, const Holder& till, Day today) {
    return std::any_of(account.slices.begin(), account.slices.end(), [&](const Slice& slice) {
        return slice.is_of(till.terminal, till.epoch) && slice.outstanding > 0 && slice.through &&
               *slice.through < today;
    });
}

Advance advance_for(const Programme& programme, const Account& account, const std::vector<Holder>& tills, Day today) {
    Advance out;
    if (!programme.redeems_by_lease() || programme.lease_share_milli == 0 || tills.empty() || account.debt > 0)
        return out;
    const Points held = usable_of(account, tills, today);
    Points free = grantable(account, today);
    const Points target = target_of(programme, free + held);
    const auto count = static_cast<Points>(tills.size());
    const Points part = whole_steps(programme, target / count);
    Points after = held;
    for (std::size_t i = 0; i < tills.size() && out.grants.size() < kAdvanceGrantsMax; ++i) {
        const Points wanted = i == 0 ? whole_steps(programme, target - part * (count - 1)) : part;
        const Points has = usable_leased(account, tills[i], today);
        const Points lacking = std::min(wanted - has, free);
        if (has * 2 >= wanted || lacking <= 0 || keeps_ended(account, tills[i], today)) continue;
        out.grants.push_back({tills[i], lacking});
        free -= lacking;
        after += lacking;
    }
    Points elsewhere = 0;
    for (const Slice& slice : account.slices)
        if (slice.outstanding > 0 && account.lots[slice.lot].usable_on(today) &&
            std::find(tills.begin(), tills.end(), Holder{slice.holder, slice.epoch}) == tills.end())
            elsewhere += slice.outstanding;
    out.lacks = elsewhere > 0 && after * 2 < whole_steps(programme, target_of(programme, free + after + elsewhere));
    return out;
}

std::string lease_lateness(const Op& op, const Account& account) {
    const auto* redeem = std::get_if<Redeem>(&op.body);
    if (!redeem || !redeem->leased) return {};
    const Day day = op.business_day;
    for (const LotTake& named : redeem->takes) {
        const auto is_alias = [&](const Alias& alias) { return alias.duplicate == named.lot; };
        const auto alias = std::find_if(account.aliases.begin(), account.aliases.end(), is_alias);
        const OpId maker = alias == account.aliases.end() ? named.lot : alias->first;
        for (const Slice& slice : account.slices) {
            const Lot& lot = account.lots[slice.lot];
            if (lot.maker != maker || !slice.is_of(op.id.terminal, op.id.epoch)) continue;
            if (lot.expires && day > *lot.expires)
                return "redeemed on " + format_day(day) + " points of " + op_text(lot.maker) +
                       ", which were usable through " + format_day(*lot.expires);
            if (slice.through && day > *slice.through)
                return "redeemed on " + format_day(day) + " under a lease that ended on " + format_day(*slice.through);
        }
    }
    return {};
}

std::vector<Frozen> frozen_slices(const Account& account) {
    std::vector<Frozen> out;
    for (const Slice& slice : account.slices)
        if (slice.outstanding > 0) out.push_back({&slice, &account.lots[slice.lot]});
    return out;
}

}  // namespace tally::intake
