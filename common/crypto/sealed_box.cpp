#include "common/crypto/sealed_box.h"

#include <sodium.h>

namespace tally::crypto {

static_assert(kSealedBoxOverheadBytes == crypto_box_SEALBYTES);

Result<Bytes> seal_to(const PublicKey& owner, ByteView plain) {
    start();
    std::array<std::uint8_t, crypto_box_PUBLICKEYBYTES> curve{};
    if (crypto_sign_ed25519_pk_to_curve25519(curve.data(), owner.bytes.data()) != 0)
        return fail(Code::kInvalid, "not an Ed25519 public key");
    Bytes out(plain.size() + kSealedBoxOverheadBytes);
    if (crypto_box_seal(out.data(), plain.data(), plain.size(), curve.data()) != 0)
        return fail(Code::kInvalid, "not a usable public key");
    return out;
}

Result<Secret> open_sealed(const Device& owner, ByteView sealed) {
    if (sealed.size() <= kSealedBoxOverheadBytes) return fail(Code::kDamaged, "a sealed box is too short");
    Secret sign_key(crypto_sign_SECRETKEYBYTES);
    std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> sign_public{};
    crypto_sign_seed_keypair(sign_public.data(), sign_key.writable().data(), owner.seed().data());
    Secret curve_key(crypto_box_SECRETKEYBYTES);
    std::array<std::uint8_t, crypto_box_PUBLICKEYBYTES> curve{};
    if (crypto_sign_ed25519_sk_to_curve25519(curve_key.writable().data(), sign_key.view().data()) != 0 ||
        crypto_scalarmult_base(curve.data(), curve_key.view().data()) != 0)
        return fail(Code::kInvalid, "a device key that has no X25519 form");
    Secret out(sealed.size() - kSealedBoxOverheadBytes);
    if (crypto_box_seal_open(out.writable().data(), sealed.data(), sealed.size(), curve.data(),
                             curve_key.view().data()) != 0)
        return fail(Code::kDamaged, "a sealed box does not open");
    return out;
}

}  // namespace tally::crypto
