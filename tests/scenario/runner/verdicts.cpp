// What a till says that it does not do, in the words of scenarios.
#include "tests/scenario/runner/acts.h"

namespace tally::scenario {

const char* verdict_text(domain::RedeemVerdict verdict) {
    using enum domain::RedeemVerdict;
    switch (verdict) {
        case kAllowed: return "allowed";
        case kNoProgramme: return "no programme";
        case kNotPositive: return "not positive";
        case kNotAStep: return "not a step";
        case kBelowMinimum: return "below the minimum";
        case kOverBalance: return "over balance";
        case kOverOrder: return "over the bill";
        case kOverOfflineLimit: return "over the offline limit";
        case kOverMaximum: return "over the maximum";
        case kOverShare: return "over the share of the bill";
        case kNoSuchReward: return "no such reward";
        case kConditions: return "conditions";
        case kWeakIdentity: return "weak identity";
        case kNeedsApproval: return "needs approval";
        case kNewerProgramme: return "newer programme";
        case kNotLeased: return "not leased here";
    }
    return "for another reason";
}

const char* verdict_text(domain::CouponVerdict verdict) {
    using enum domain::CouponVerdict;
    switch (verdict) {
        case kAllowed: return "allowed";
        case kNoSuchCoupon: return "no such coupon";
        case kUsed: return "used";
        case kVoid: return "void";
        case kNotYet: return "not yet";
        case kExpired: return "expired";
        case kReservedElsewhere: return "reserved elsewhere";
        case kConditions: return "conditions";
        case kBelowThreshold: return "below the threshold";
        case kStacking: return "not together with another";
        case kNothingToTakeOff: return "nothing to take off";
        case kNeedsHeadquarters: return "needs headquarters";
        case kCampaignOver: return "the campaign is over";
        case kUnknownTemplate: return "unknown coupon";
    }
    return "for another reason";
}

}  // namespace tally::scenario
