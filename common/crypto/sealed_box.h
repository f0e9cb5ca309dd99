// Sealed boxes to a device's identity (crypto_box_seal): anybody can seal to a public key, only its owner opens. The
// Ed25519 key is converted to X25519. Used for the recovery slot of a database.
#pragma once

#include "common/crypto/device.h"

namespace tally::crypto {

inline constexpr std::size_t kSealedBoxOverheadBytes = 48;

Result<Bytes> seal_to(const PublicKey& owner, ByteView plain);     // kInvalid: not a curve point
Result<Secret> open_sealed(const Device& owner, ByteView sealed);  // kDamaged: not sealed to this device, or changed

}  // namespace tally::crypto
