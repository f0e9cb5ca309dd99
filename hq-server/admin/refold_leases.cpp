// Leases against the log: every grant and write-off is headquarters' own, and no account has more slices than grants
// and offline sales gave it.
#include "hq-server/admin/refold.h"

namespace tally::admin {

using namespace domain;

void Refold::expect_lease(const Op& op, const Folded& folded, const std::string& where) {
    const auto* grant = std::get_if<LeaseGrant>(&op.body);
    if ((grant || std::holds_alternative<LeaseWriteOff>(op.body)) && op.id.terminal != kHqTerminal)
        report_(where + " grants or writes off a lease, and is not headquarters'");
    if (folded.outcome == Outcome::kQuarantined || folded.outcome == Outcome::kDuplicate) return;
    if (grant)
        for (const LotTake& slice : grant->slices) leased_out_[op.member] += slice.points;
    const std::optional<Op> released = released_op(op);
    const Op& counts = released ? *released : op;
    if (const auto* earn = std::get_if<Earn>(&counts.body); earn && earn->born_leased)
        leased_out_[counts.member] += earn->points;
}

void Refold::check_leases(const MemberId& member, const Account& account, const std::string& who) {
    if (const Status sound = check_account(account); !sound) report_(who + ": " + sound.error().detail);
    Points granted = 0;
    for (const Slice& slice : account.slices) {
        granted += slice.granted;
        lease_totals_.leased += slice.outstanding;
        lease_totals_.written_off += slice.written_off;
        lease_totals_.risk += slice.risk;
    }
    for (const Lot& lot : account.lots) lease_totals_.loss += lot.loss;
    const auto found = leased_out_.find(member);
    const Points named = found == leased_out_.end() ? 0 : found->second;
    if (granted > named)
        report_(who + ": " + std::to_string(granted) + " points are stored as leased, ever; the log grants " +
                std::to_string(named));
}

}  // namespace tally::admin
