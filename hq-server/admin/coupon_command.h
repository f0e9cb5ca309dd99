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
};
// kInvalid, kNotFound: no such template, segment, tier or member. While headquarters serves, too.
Result<Said> issue_coupons_command(const Place& place, const CouponIssueRequest& request, std::int64_t now_ms);
// `member`: an id, a phone, a card, an e-mail or an external reference.
Result<Said> list_coupons_command(const Place& place, const std::string& member, std::int64_t now_ms);
enum class CouponEnd : std::uint8_t { kCoupon, kReservation };
// kReservation: of a till that will not come back; what it sold under it may then count twice, which is on record when
// it turns up. kRefused: it was used, or is not reserved.
Result<Said> void_coupon_command(const Place& place, const std::string& member, const std::string& code, CouponEnd what,
                                 std::int64_t now_ms);

}  // namespace tally::admin
