#include "common/replica/account_check.h"

#include <unordered_map>

namespace tally::replica {

static Status damaged(const char* what) { return fail(Code::kDamaged, what); }

Status check_received(const domain::Account& account) {
    for (const domain::WaitingReverse& waiting : account.waiting)
        if (waiting.amount_minor < 0 || waiting.amount_minor > domain::kAmountMinorMax)
            return damaged("a waiting refund's amount is out of range");
    for (const domain::WaitingReverse& waiting : account.waiting)
        if (waiting.points < 0 || waiting.points > domain::kPointsMax)
            return damaged("a waiting reversal's points are out of range");
    for (const domain::Alias& alias : account.aliases)
        if (alias.duplicate.is_none() || alias.first.is_none() || alias.duplicate == alias.first)
            return damaged("an alias names no operation, or itself");
    domain::Points netted = 0;
    bool any_redeemed = false;
    for (const domain::Lot& lot : account.lots) {
        netted += lot.netted;
        any_redeemed = any_redeemed || lot.redeemed > 0;
    }
    if (account.redemptions.empty() && !any_redeemed) return {};

    std::unordered_map<domain::OpId, domain::Points> redeemed;
    domain::Points overdrawn = 0;
    for (const domain::Redemption& redemption : account.redemptions) {
        if (redemption.value_minor < 0 || redemption.value_minor > domain::kAmountMinorMax)
            return damaged("a redemption's value is out of range");
        domain::Points taken = redemption.overdrawn;
        for (const domain::LotTake& take : redemption.takes) {
            if (take.points <= 0 || take.points > domain::kPointsMax) return damaged("a redemption takes no points");
            redeemed[take.lot] += take.points;
            taken += take.points;
            if (taken > domain::kPointsMax) return damaged("a redemption takes more than its points");
        }
        if (taken != redemption.points - redemption.reversed) return damaged("R1: a redemption does not add up");
        overdrawn += redemption.overdrawn;
    }
    if (overdrawn > account.debt + netted) return damaged("R3: overdrawn points are neither debt nor netted");
    std::size_t met = 0;
    for (const domain::Lot& lot : account.lots) {
        const auto found = redeemed.find(lot.maker);
        if (lot.redeemed != (found == redeemed.end() ? 0 : found->second))
            return damaged("R2: a lot and its redemptions differ");
        met += found == redeemed.end() ? 0 : 1;
    }
    if (met != redeemed.size()) return damaged("R2: a redemption names a lot that is not there, or twice");
    return {};
}

}  // namespace tally::replica
