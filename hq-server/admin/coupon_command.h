// `tally-hq coupon issue | list | void`: coupons by hand, to one member or to all of a segment or tier.
#pragma once

#include "hq-server/admin/commands.h"

namespace tally::admin {

struct CouponIssueRequest {
    std::string template_id;
    std::string member;  // exactly one of these three
    std::string segment;
    std::string tier;
    std::uint32_t count = 1;  // to each; 1 .. 100. The template's per_member bounds it
    // Who has had a coupon of this template in this batch gets no second one, so a run that was broken off is run
    // again. Empty: of a segment or tier the day and its name ("2026-01-15 segment gold"); of one member: no batch.
    std::string batch;
};
inline constexpr std::size_t kBatchBytesMax = 60;
// In transactions of some hundred members each. kInvalid, kNotFound: no such template, segment, tier or member. While
// headquarters serves, too.
Result<Said> issue_coupons_command(const Place& place, const CouponIssueRequest& request, std::int64_t now_ms);
// `member`: an id, a phone, a card, an e-mail or an external reference.
Result<Said> list_coupons_command(const Place& place, const std::string& member, std::int64_t now_ms);
// All coupons of all members that a terminal holds; `terminal`: of this one alone, 0: of any.
Result<Said> list_reserved_command(const Place& place, domain::TerminalId terminal);
enum class CouponEnd : std::uint8_t { kCoupon, kReservation };
// kReservation: of a till that will not come back; what it sold under it may then count twice, which is on record when
// it turns up; a holder that was in contact within the last hour is warned of. kRefused: it was used, or is not
// reserved.
Result<Said> void_coupon_command(const Place& place, const std::string& member, const std::string& code, CouponEnd what,
                                 std::int64_t now_ms);

}  // namespace tally::admin
