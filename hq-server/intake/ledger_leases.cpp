// What accepting an operation means for leases.
#include <algorithm>

#include "hq-server/intake/leases.h"
#include "hq-server/intake/ledger_work.h"

namespace tally::intake {

using namespace domain;

void LedgerWork::note_lease(const Op& op, const Folded& folded, const Account& after, const std::string& store_code,
                            Judgement& judgement) {
    const auto* redeem = std::get_if<Redeem>(&op.body);
    if (folded.outcome == Outcome::kQuarantined) {
        const bool by_fold = !is_held(op, judgement.ruling);
        if (redeem && redeem->leased && by_fold) judgement.held_as = ConflictKind::kNoLease;
        return;
    }
    if (folded.outcome == Outcome::kDuplicate || op.id.terminal == kHqTerminal) return;
    if (std::string late = lease_lateness(op, after); !late.empty())
        judgement.conflicts.emplace_back(ConflictKind::kLeaseLate, std::move(late));
    const bool shops = redeem || std::holds_alternative<Earn>(op.body);
    if (!shops || !newest_ || !newest_->redeems_by_lease() || newest_->lease_share_milli == 0) return;
    std::erase_if(shopped_, [&](const Shopped& one) { return one.member == op.member; });
    shopped_.push_back({op.member, op.id.terminal, op.id.epoch, store_code});
}

}  // namespace tally::intake
