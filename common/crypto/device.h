// A device's identity for life: one 32-byte seed. Ed25519 signs chain heads and is the key of its TLS certificate;
// the X25519 key derived from it (crypto_sign_ed25519_sk_to_curve25519) wraps member keys between two devices.
#pragma once

#include "common/crypto/secret.h"

namespace tally::crypto {

using PublicKey = FixedBytes<struct PublicKeyTag, 32>;  // Ed25519
using Signature = FixedBytes<struct SignatureTag, 64>;  // Ed25519, detached

class Device {
  public:
    static Device create();                          // fresh random seed
    static Result<Device> from_seed(ByteView seed);  // 32 bytes, else kInvalid
    const PublicKey& public_key() const { return public_key_; }
    ByteView seed() const { return seed_.view(); }
    // Signs `context` || 0x00 || message, so a signature for one purpose serves no other.
    Signature sign(std::string_view context, ByteView message) const;

  private:
    explicit Device(Secret seed);
    friend class KeyWrap;
    Secret seed_;
    Secret secret_key_;  // libsodium's 64-byte form
    PublicKey public_key_;
};

[[nodiscard]] bool verify(const PublicKey& signer, std::string_view context, ByteView message,
                          const Signature& signature);

// Wraps small keys between two devices: crypto_box (X25519, XSalsa20-Poly1305) with the shared key computed once.
// Authenticated by both ends; the same object wraps and opens. wrapped = nonce 24 || box (key size + 16).
class KeyWrap {
  public:
    static Result<KeyWrap> between(const Device& own, const PublicKey& other);  // kInvalid: not a curve point
    Bytes wrap(ByteView key) const;
    // The key, kDamaged. Not in guarded memory: a member's key rests in the encrypted file among the member's rows, and
    // a catch-up opens a million of them (a guarded page each was half of its time).
    Result<Bytes> open(ByteView wrapped) const;

  private:
    explicit KeyWrap(Secret shared) : shared_(std::move(shared)) {}
    Secret shared_;
};

}  // namespace tally::crypto
