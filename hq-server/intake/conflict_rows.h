// Conflicts, and what people decided of them, as they are stored. Which kinds there are, and what merges without one:
// ARCHITECTURE.md.
#pragma once

#include <string>
#include <string_view>

#include "common/domain/op.h"

namespace tally::intake {

using Position = std::uint64_t;  // ledger_store.h

enum class ConflictKind : std::uint8_t {  // stored: never renumber
    kEarnDiffers = 1,                     // HQ computes other points or expiry, or the bill came again with others
    kPriceTooLow = 2,                     // the till took fewer points than the price
    kPriceCorrected = 3,                  // the till took more than the price; HQ took the price
    kOverdrawn = 4,                       // a redemption or refund left debt
    kHeldForReview = 5,                   // quarantined
    kUnknownProgramme = 6,                // names a version that HQ never issued
    kSealedUnreadable = 7,                // personal fields that no key opens, or that are missing
    kClock = 8,                           // dated further ahead than plausible
    kSameIdentity = 9,                    // an identity that another member has
    kOtherStore = 10,                     // names a store that is not the terminal's
    kRefundBeyond = 11,                   // refunds more than was paid
    kCapExceeded = 12,                    // a cap, because two stores could not see each other; the points stand
    kBonusDiffers = 13,                   // HQ computes another bonus, or the programme has no such rule
    kRewardDiffers = 14,                  // the programme has no such reward, or another value
    kLateUnknownBill = 18,                // points for a forgotten bill whose sale headquarters does not know
    kLevelUnknown = 19,                   // a terminal gave a level by hand that its programme does not have
    kCouponTwice = 20,                    // a coupon that was used, reserved elsewhere or ended
    kCampaignExceeded = 21,               // a campaign gave more than its budget
    kCouponDiffers = 22,                  // took off more than its template says
    kNoLease = 23,                        // redeemed points that were not leased to its terminal; quarantined
    kLeaseLate = 24,                      // redeemed after its lease's end or its lot's date; it counts
    kEditLost = 25,                       // an edit of a field that a later one, made elsewhere, had overruled
};
std::string_view conflict_name(ConflictKind kind);

struct ConflictRow {
    Position pos = 0;  // of the operation concerned
    ConflictKind kind = ConflictKind::kHeldForReview;
    domain::MemberId member;
    std::string detail;        // English; no personal data
    domain::OpId other;        // the operation that it conflicts with; none: none
    std::uint64_t number = 0;  // the database's own name of it; 0: not stored yet
};

// What a person decided of an operation that was held or kept as a branch; once, for good. Of a release it follows from
// the log, but for `why`.
enum class Decision : std::uint8_t { kRelease = 1, kReject = 2 };  // stored: never renumber
struct VerdictRow {
    Hash hash;  // of the operation
    Decision decision = Decision::kRelease;
    Position pos = 0;              // of the release; of a rejection: a position of its own, for its notice
    std::uint32_t decided_by = 0;  // staff
    std::int64_t decided_ms = 0;
    std::string why;  // free text: it may name a person, and goes to nobody
};
// A person has looked at a conflict that needs no more than that.
struct SeenRow {
    std::uint64_t conflict = 0;
    std::uint32_t decided_by = 0;
    std::int64_t decided_ms = 0;
    std::string why;
};
inline constexpr std::size_t kWhyBytesMax = 500;

}  // namespace tally::intake
