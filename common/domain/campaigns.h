// What all members together have of earn rules and coupon templates: what a campaign's bounds are held against.
// Headquarters counts it; a till knows what it last told.
#pragma once

#include <map>
#include <string>

#include "common/domain/op_parts.h"

namespace tally::domain {

struct CampaignTotals {
    Points points = 0;      // an earn rule's; refunds do not open a campaign again
    std::int64_t uses = 0;  // a template's redeemed and reserved coupons
    Minor minor = 0;        // what these took off, or may take off
    bool operator==(const CampaignTotals&) const = default;
    CampaignTotals& operator+=(const CampaignTotals& other);
    CampaignTotals& operator-=(const CampaignTotals& other);
};
std::string totals_text(const CampaignTotals& totals);                  // "0 points, 2 coupons worth 4000"
using TotalsById = std::map<std::string, CampaignTotals, std::less<>>;  // of a rule or template

// No total that is sent lies beyond this: headquarters holds what would lead there.
inline constexpr std::int64_t kCampaignTotalMax = std::int64_t{1} << 52;

}  // namespace tally::domain
