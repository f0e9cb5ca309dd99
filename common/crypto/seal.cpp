#include "common/crypto/seal.h"

#include <sodium.h>

namespace tally::crypto {

static constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
static constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kNonce + kTag == kSealOverheadBytes);

Bytes seal(ByteView key, ByteView plain, ByteView associated) {
    TALLY_ASSERT(key.size() == kMemberKeyBytes, "a member key has 32 bytes");
    Bytes out(kNonce + plain.size() + kTag);
    randombytes_buf(out.data(), kNonce);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out.data() + kNonce, nullptr, plain.data(), plain.size(),
                                               associated.data(), associated.size(), nullptr, out.data(), key.data());
    return out;
}

Result<Bytes> open(ByteView key, ByteView sealed, ByteView associated) {
    if (key.size() != kMemberKeyBytes) return fail(Code::kInvalid, "a member key has 32 bytes");
    if (sealed.size() < kSealOverheadBytes) return fail(Code::kDamaged, "a sealed text is too short");
    Bytes out(sealed.size() - kSealOverheadBytes);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out.data(), nullptr, nullptr, sealed.data() + kNonce,
                                                   sealed.size() - kNonce, associated.data(), associated.size(),
                                                   sealed.data(), key.data()) != 0)
        return fail(Code::kDamaged, "a sealed text does not open");
    return out;
}

}  // namespace tally::crypto
