#include "common/store/page_cipher.h"

#include <sodium.h>

namespace tally::store {

static_assert(kNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);

AssociatedData::AssociatedData(PageKind kind, const DatabaseId& id) {
    bytes_[size_++] = static_cast<std::uint8_t>(kind);
    add(ByteView(id));
}

AssociatedData& AssociatedData::add(std::uint32_t number) {
    for (int i = 0; i < 4; ++i) bytes_[size_++] = static_cast<std::uint8_t>(number >> (8 * i));
    return *this;
}

AssociatedData& AssociatedData::add(std::uint64_t number) {
    return add(static_cast<std::uint32_t>(number)).add(static_cast<std::uint32_t>(number >> 32));
}

AssociatedData& AssociatedData::add(ByteView bytes) {
    TALLY_ASSERT(size_ + bytes.size() <= bytes_.size(), "associated data fits its buffer");
    std::memcpy(bytes_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
    return *this;
}

PageCipher::PageCipher(ByteView key) : key_(key.data()) {
    TALLY_ASSERT(key.size() == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "a page key has 32 bytes");
}

void PageCipher::seal(std::uint8_t* sealed, const std::uint8_t* plain, std::size_t size,
                      const AssociatedData& bound) const {
    std::uint8_t* nonce = sealed + size;
    randombytes_buf(nonce, kNonceBytes);
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(sealed, nonce + kNonceBytes, nullptr, plain, size,
                                                        bound.view().data(), bound.view().size(), nullptr, nonce, key_);
}

bool PageCipher::open(std::uint8_t* plain, const std::uint8_t* sealed, std::size_t size,
                      const AssociatedData& bound) const {
    const std::uint8_t* nonce = sealed + size;
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(plain, nullptr, sealed, size, nonce + kNonceBytes,
                                                               bound.view().data(), bound.view().size(), nonce,
                                                               key_) == 0;
}

bool all_zero(const std::uint8_t* bytes, std::size_t size) { return sodium_is_zero(bytes, size) != 0; }

}  // namespace tally::store
