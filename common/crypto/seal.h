// Seals small texts with a per-member key: XChaCha20-Poly1305 (IETF), sealed = nonce 24 || ciphertext || tag 16.
#pragma once

#include "common/crypto/secret.h"

namespace tally::crypto {

inline constexpr std::size_t kMemberKeyBytes = 32;
inline constexpr std::size_t kSealOverheadBytes = 24 + 16;

Bytes seal(ByteView key, ByteView plain, ByteView associated);           // key: 32 bytes
Result<Bytes> open(ByteView key, ByteView sealed, ByteView associated);  // kDamaged when it does not authenticate

}  // namespace tally::crypto
