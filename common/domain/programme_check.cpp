// What a programme may say: every bound that earning, pricing and tiers rely on.
#include "common/domain/earning_bounds.h"
#include "common/domain/programme.h"

namespace tally::domain {

Status check_programme(const Programme& programme) {
    const auto wrong = [](const char* what) { return Status(fail(Code::kInvalid, what)); };
    if (programme.version == 0) return wrong("version: must be 1 or more");
    if (programme.chain_name.empty() || programme.chain_name.size() > 200) return wrong("chain_name: 1 to 200 bytes");
    if (!TimeZone::load(programme.time_zone)) return wrong("time_zone: not a known IANA name");
    if (programme.currency.size() != 3) return wrong("currency: three letters (ISO 4217)");
    if (programme.currency_digits > 4) return wrong("currency_digits: 0 to 4");
    TALLY_OK(check_earning_bounds(programme));
    if (programme.redeem_step_points < 1 || programme.redeem_step_points > kPointsMax)
        return wrong("redeem_step_points: 1 or more");
    if (programme.redeem_step_minor < 1 || programme.redeem_step_minor > kAmountMinorMax)
        return wrong("redeem_step_minor: 1 or more");
    if (programme.redeem_min_points < 0 || programme.redeem_min_points > kPointsMax)
        return wrong("redeem_min_points: 0 or more");
    if (programme.expiry_rule > ExpiryRule::kYearEnd) return wrong("expiry_rule: unknown");
    if (programme.expiry_count > 36'500) return wrong("expiry_count: 0 to 36,500");
    if (programme.floor_limit_points < 0 || programme.floor_limit_points > kPointsMax)
        return wrong("floor_limit_points: 0 or more");
    return {};
}

}  // namespace tally::domain
