// Which coupons headquarters owes a member: what an accepted operation gives (the first order, the next order, a
// sign-up, a tier reached), and what a day gives (birthday, anniversary). Each is once-only by its key, so asking again
// gives nothing again. Pure.
#pragma once

#include "common/domain/account.h"
#include "common/domain/programme.h"

namespace tally::intake {

// The ids are filled in by whoever writes them, and the dates by date_coupon().
using OwedCoupons = std::vector<domain::CouponIssue>;

// For `op`, which was accepted and is folded into `account`; what headquarters imported of another system gives
// nothing. Of a tier reached: the gifts of that level and of those below it, each once in a member's life.
OwedCoupons coupons_owed_for(const domain::Programme& programme, const domain::Account& account, const domain::Op& op);
// Valid from `today` on, for as long as its template says.
void date_coupon(const domain::Programme& programme, domain::CouponIssue& issue, Day today);
// Whether it is owed still: the template is there, its key is new, the member has not as many as one may have, and the
// bill that gives it did not go back meanwhile.
bool is_still_owed(const domain::Programme& programme, const domain::Account& account,
                   const domain::CouponIssue& issue);
// Of a bill that was refunded whole: what it gave for the next order, as long as nobody has used or reserved that.
std::vector<domain::CouponId> coupons_to_end(const domain::Account& account);
// Whether any template of the programme is given by a day, so that every member must be looked at by night.
bool gives_by_day(const domain::Programme& programme);
// On `today` and for a few days after the day itself, in case headquarters stood still. `birthday`: YYYY-MM-DD, may be
// empty or no date. 0 as joined_day: not known.
OwedCoupons coupons_owed_on(const domain::Programme& programme, const domain::Account& account,
                            std::string_view birthday, Day joined_day, Day today);

}  // namespace tally::intake
