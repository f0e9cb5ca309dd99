// Base64 in the URL-safe alphabet without padding (RFC 4648, section 5), over libsodium. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/bytes.h"

namespace tally::crypto {

std::string to_base64url(ByteView bytes);
Result<Bytes> from_base64url(std::string_view text);  // kInvalid: another character, padding, or bits left over

}  // namespace tally::crypto
