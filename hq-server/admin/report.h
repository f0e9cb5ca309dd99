// The figures of the chain as headquarters holds them, by store, member or day. Reads only.
#pragma once

#include <string>

#include "hq-server/intake/ledger_store.h"

namespace tally::admin {

enum class ReportBy { kStore, kMember, kDay };

// CSV with a header row, or the same as an aligned table:
//     store:  store,bills,amount_minor,points_earned,points_reversed,points_redeemed,redeemed_minor   (last row ALL)
//     day:    store,day,bills, ... as above
//     member: member_ref,bills,amount_minor,points_earned,points_reversed,points_redeemed,expired,debt,balance
// Balances are those of `today`. A member without a reference of another system is named by its id.
Result<std::string> report(intake::LedgerStore& store, ReportBy by, bool csv, Day today);

}  // namespace tally::admin
