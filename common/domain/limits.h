// Risk limits of the programme (domain, section 7): what exceeds one is recorded and waits for a person. Pure.
#pragma once

#include "common/domain/account.h"
#include "common/domain/programme.h"

namespace tally::domain {

// What a cashier did today, as far as the asker's log knows.
struct CashierDay {
    std::uint32_t adjusts = 0;
    Points adjusted_points = 0;  // sum of absolute values
};

// The first limit that `op` would exceed on top of `account` ("earn_points_day", "redemptions_day",
// "redeem_points_day", "bills_hour", "adjusts_cashier_day", "adjust_points_cashier_day", "second_person", "reason");
// empty: none.
std::string limit_exceeded(const Programme& programme, const Account& account, const Op& op, const CashierDay& cashier);

}  // namespace tally::domain
