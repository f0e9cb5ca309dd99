// What headquarters decides about leases, from an account and a day alone: which slices a want gets, how a store's
// tills share what is leased in advance, and who is asked to give points back. Never by time or silence: a slice is
// free again when its holder's own operation, or a person, says so. Pure.
#pragma once

#include "common/domain/account.h"
#include "common/domain/programme.h"

namespace tally::intake {

struct Holder {
    domain::TerminalId terminal = 0;
    domain::Epoch epoch;
    bool operator==(const Holder&) const = default;
};

// One operation names at most so many slices (check_op); what needs more is not granted.
inline constexpr std::size_t kSlicesMax = 1000;
// Grants in advance that one sale brings at most; of a store with more tills the others follow with later sales.
inline constexpr std::size_t kAdvanceGrantsMax = 4;
// Holders that are asked at once; a member whose points lie with more of them is asked for again soon.
inline constexpr std::size_t kRecalledMax = 16;

// What `holder` has of lots usable on `today`, in leases that have not ended.
domain::Points usable_leased(const domain::Account& account, const Holder& holder, Day today);
// Free points that may be leased on `today`; none while there is debt.
domain::Points grantable(const domain::Account& account, Day today);
// Slices of free points worth `points`, in redemption order; empty: there are not as many.
std::vector<domain::LotTake> slices_for(const domain::Account& account, Day today, domain::Points points);

// Who has usable slices, but `wanting`, in order of their first grant.
std::vector<Holder> other_holders(const domain::Account& account, const Holder& wanting, Day today);
// Whether asking `others` back could meet a want of `points` by `wanting`.
bool could_meet(const domain::Account& account, const Holder& wanting, const std::vector<Holder>& others,
                domain::Points points, Day today);

// How the tills of the store where the member shops share what is leased in advance. `tills`: its active terminals in
// their newest epochs, the one where the member is first. A till that has at least half of its part gets nothing, so
// that not every sale writes grants.
struct Advance {
    struct Grant {
        Holder to;
        domain::Points points = 0;
    };
    std::vector<Grant> grants;
    bool lacks = false;  // the store has less than half of what it would, could points be had from other stores
};
Advance advance_for(const domain::Programme& programme, const domain::Account& account,
                    const std::vector<Holder>& tills, Day today);

// A redemption of slices beyond their lease's end or their lot's date: accepted, since it happened, and flagged. Empty:
// it is not.
std::string lease_lateness(const domain::Op& op, const domain::Account& account);
// A slice that its holder still has, as people are told of it.
struct Frozen {
    const domain::Slice* slice = nullptr;
    const domain::Lot* lot = nullptr;
};
std::vector<Frozen> frozen_slices(const domain::Account& account);  // outstanding ones, in order of their first grant

}  // namespace tally::intake
