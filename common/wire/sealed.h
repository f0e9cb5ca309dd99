// The personal part of an operation: sealed with the member's key, bound to the member, committed to by the hashed
// bytes.
#pragma once

#include "common/crypto/seal.h"
#include "common/domain/op.h"
#include "common/domain/profile.h"

namespace tally::wire {

// Seals to bytes whose hash goes into Op::sealed_hash.
Bytes seal_fields(ByteView member_key, const domain::MemberId& member, const domain::PersonalFields& fields);
Result<domain::PersonalFields> open_fields(ByteView member_key, const domain::MemberId& member, ByteView sealed);

// A member's whole profile, as the feed carries it.
Bytes seal_profile(ByteView member_key, const domain::MemberId& member, const domain::Profile& profile);
Result<domain::Profile> open_profile(ByteView member_key, const domain::MemberId& member, ByteView sealed);

// See domain::Presented. `value` is normalised.
domain::IdentityTag identity_tag(ByteView member_key, domain::IdentityKind kind, std::string_view value);

// What a chain signs (context kChainHeadContext): everything up to this operation, by its hash.
inline constexpr std::string_view kChainHeadContext = "tally chain head v1";
inline constexpr std::string_view kProgrammeContext = "tally programme v1";
Bytes chain_head_text(const domain::OpId& last, const Hash& hash);

}  // namespace tally::wire
