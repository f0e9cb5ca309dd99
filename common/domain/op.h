// The operations: the only truth about members (domain, section 2). A value of what the hashed bytes say; the bytes
// themselves are made once by wire/op_codec and never re-serialised. Personal fields are not in here: they travel
// sealed beside the bytes (profile.h), which hold only `sealed_hash`. Nothing here is ever removed or renumbered.
#pragma once

#include <optional>
#include <variant>

#include "common/domain/op_bodies.h"

namespace tally::domain {

using Body = std::variant<Register, ProfileEdit, IdentityBind, Consent, Earn, Sale, Redeem, Adjust, Reverse, Note,
                          Expire, Bonus, OpeningBalance, TierChange, CouponIssue, CouponReserve, CouponRedeem,
                          CouponVoid, LeaseGrant, LeaseReturn, LeaseWriteOff, Release>;

enum class OpKind : std::uint8_t {
    kRegister = 1,
    kProfileEdit,
    kIdentityBind,
    kConsent,
    kEarn,
    kSale,
    kRedeem,
    kAdjust,
    kReverse,
    kNote,
    kExpire,
    kBonus,
    kOpeningBalance,
    kTierChange,
    kCouponIssue,
    kCouponReserve,
    kCouponRedeem,
    kCouponVoid,
    kLeaseGrant,
    kLeaseReturn,
    kLeaseWriteOff,
    kRelease
};
OpKind kind_of(const Body& body);
std::string_view kind_name(OpKind kind);

struct Op {
    OpId id;
    Hash previous_hash;    // of the operation before; of a new epoch's first: the last known of the epoch before
    Epoch previous_epoch;  // set only on an epoch's first operation; zero when there was none
    Hlc at;
    Day business_day = 0;  // in the chain's time zone
    std::string store;
    std::uint32_t cashier = 1;
    MemberId member;  // zero for a sale without a member
    Presented presented;
    std::uint64_t programme_version = 0;
    Hash sealed_hash;               // BLAKE2b-256 of the sealed fields; zero when there are none
    std::uint32_t approved_by = 0;  // the second person; 0: none
    // The programme's limit that it exceeds, as far as its terminal saw ("bills_hour"): it is recorded, and counts from
    // a person's release. Empty: none.
    std::string over_limit;
    Body body;
    bool operator==(const Op&) const = default;
};

// What a release makes count, as it is folded: without its till's mark, under the release's id where it is renamed.
// None of any other operation.
std::optional<Op> released_op(const Op& op);

// What the grammar cannot say: ranges of amounts and points, lengths, one target at most. Every operation is checked by
// whoever makes it and by whoever receives it. kInvalid names the field.
Status check_op(const Op& op);

}  // namespace tally::domain
