#include <sodium.h>

#include "common/store/page_ciphers.h"

namespace tally::store {
namespace {

static_assert(kNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == 32);

class XChaCha20Poly1305 final : public CipherEngine {
  public:
    explicit XChaCha20Poly1305(ByteView key) : key_(key.data()) {}

    void seal(std::uint8_t* sealed, const std::uint8_t* plain, std::size_t size, ByteView bound) const override {
        std::uint8_t* nonce = sealed + size;
        randombytes_buf(nonce, kNonceBytes);
        crypto_aead_xchacha20poly1305_ietf_encrypt_detached(sealed, nonce + kNonceBytes, nullptr, plain, size,
                                                            bound.data(), bound.size(), nullptr, nonce, key_);
    }

    bool open(std::uint8_t* plain, const std::uint8_t* sealed, std::size_t size, ByteView bound) const override {
        const std::uint8_t* nonce = sealed + size;
        return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(plain, nullptr, sealed, size, nonce + kNonceBytes,
                                                                   bound.data(), bound.size(), nonce, key_) == 0;
    }

  private:
    const std::uint8_t* key_;
};

}  // namespace

std::unique_ptr<CipherEngine> make_xchacha20_poly1305(ByteView key) { return std::make_unique<XChaCha20Poly1305>(key); }

}  // namespace tally::store
