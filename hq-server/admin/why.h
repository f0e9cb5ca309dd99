// `tally-hq why`: what stands behind a member's numbers, for whoever must answer the member.
#pragma once

#include "common/domain/explain.h"
#include "hq-server/admin/commands.h"

namespace tally::admin {

struct WhyRequest {
    std::string member;     // phone, card number, e-mail, reference of another system, or member id
    std::optional<Day> on;  // today, unless said, or later
    domain::Language language = domain::Language::kEnglish;
    bool json = false;
};
// Balance, tier and coupons with their reasons. The state is today's: `on` says on which day lots are usable, locked or
// past their date and what counts towards the tier; operations dated later are told too. kNotFound; kInvalid: a day
// that has gone, or several members have this identity (they are listed by id).
Result<Said> why_command(const Place& place, const WhyRequest& request, std::int64_t now_ms);

// The member of that reference. kNotFound, kInvalid: as above.
Result<domain::MemberId> member_of_ref(intake::LedgerStore& store, const std::string& ref);

}  // namespace tally::admin
