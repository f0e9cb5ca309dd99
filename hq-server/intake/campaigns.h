// What all members together have of earn rules with a campaign cap and of coupon templates. Headquarters alone knows
// it, so headquarters alone confirms a reservation, and holds a use that neither a reservation nor room covers: that
// bounds what coupons take. Points of a campaign are not so bounded: an earn beyond it stands, and is told. The totals
// follow from the log: of an earn, what the programme version that it names caps, where that was issued before; of
// coupons, whatever the member's account holds reserved or redeemed. Storage thread; lives no longer than its
// transaction.
#pragma once

#include <map>

#include "common/domain/coupons.h"
#include "common/domain/fold.h"
#include "hq-server/intake/ledger_store.h"

namespace tally::intake {

// What one accepted operation adds; an earn at most the whole of a campaign. `programme`: the version that it names,
// null where that was not issued before it. `before`, `after`: coupon_totals() of its member. Pure.
domain::TotalsById campaign_moves(const domain::Op& op, domain::Outcome outcome, const domain::Programme* programme,
                                  const domain::TotalsById& before, const domain::TotalsById& after);

// Within what is ever sent of totals: 0 to kCampaignTotalMax.
void add_move(domain::CampaignTotals& totals, const domain::CampaignTotals& move);

// Why headquarters does not accept an operation on coupons, apart from the coupon's own state, which the fold sees;
// empty: it does. `newest`: whose budgets count. `all`: what all have of the coupon's template.
std::string coupon_hindrance(const domain::Op& op, const domain::Account& account, const domain::Programme* newest,
                             const domain::CampaignTotals& all);
// The coupon that `op` reserves, uses or ends; null: the member has none of that id, or the operation is another.
const domain::Coupon* coupon_of_op(const domain::Op& op, const domain::Account& account);
// A use of a coupon that was used, ended or reserved elsewhere.
bool is_taken_elsewhere(const domain::Op& op, const domain::Account& account);
// A use that takes off more than its template can; empty: it does not. `programme`: the version that `op` names, or
// the newest where that was never issued.
std::string coupon_difference(const domain::Op& op, const domain::Account& account, const domain::Programme* programme);
// Whether `totals` are beyond what `programme` gives to the rule or template `id`.
bool is_exceeded(const domain::Programme& programme, std::string_view id, const domain::CampaignTotals& totals);

class Campaigns {
  public:
    explicit Campaigns(LedgerStore& store) : store_(store) {}

    // As this transaction sees it.
    Result<domain::CampaignTotals> of(std::string_view id);
    // Of operation `index` of the transaction.
    Status add(const domain::TotalsById& moves, std::uint64_t index);
    Status flush(Position base);

  private:
    struct State {
        domain::CampaignTotals totals;
        bool dirty = false;
        std::uint64_t changed_index = 0;
    };
    Result<State*> find(std::string_view id);

    LedgerStore& store_;
    std::map<std::string, State, std::less<>> states_;
};

}  // namespace tally::intake
