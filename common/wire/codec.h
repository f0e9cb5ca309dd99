// Domain values to bytes and back. Decoding checks bounds and ranges: whatever comes out has passed check_op. Protobuf
// stays inside this layer. Encoding an operation happens once, where it is made: afterwards its bytes are what counts.
#pragma once

#include "common/domain/account.h"
#include "common/domain/op.h"
#include "common/domain/profile.h"
#include "common/domain/programme.h"

namespace tally::wire {

inline constexpr std::size_t kOpBytesMax = 256 * 1024;

Bytes encode_op(const domain::Op& op);
Result<domain::Op> decode_op(
    ByteView bytes);  // kDamaged: not the grammar; kInvalid: check_op; kNewer: unknown format or kind

Bytes encode_fields(const domain::PersonalFields& fields);
Result<domain::PersonalFields> decode_fields(ByteView bytes);

Bytes encode_account(const domain::Account& account);
Result<domain::Account> decode_account(ByteView bytes);

Bytes encode_profile(const domain::Profile& profile);
Result<domain::Profile> decode_profile(ByteView bytes);

Bytes encode_programme(const domain::Programme& programme);
Result<domain::Programme> decode_programme(ByteView bytes);  // has passed check_programme

}  // namespace tally::wire
